"""One file a revision, `rev_NUMBER_what.py`. A released one is never changed."""
