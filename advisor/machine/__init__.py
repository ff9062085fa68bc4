"""What is this box?"""
