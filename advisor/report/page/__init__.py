"""What does a report say to somebody who never opens a terminal? One page from the documents.

`subject` is what it is about, `view` what it says, `render` and `markdown` how that is written.
"""
