"""What does each choice cost? Pure functions of plain numbers."""
