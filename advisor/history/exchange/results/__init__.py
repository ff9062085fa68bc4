"""What did other tools measure? One module a format, with what that tool means by a number."""
