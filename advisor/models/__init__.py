"""What could run on it?"""
