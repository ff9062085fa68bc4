"""Who keeps a record of usage, and how? One source a file, told apart by what it holds."""
