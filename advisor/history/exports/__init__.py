"""In which formats of others can a run be written? One module a format."""
