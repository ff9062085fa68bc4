"""What does it draw?"""
