"""What do APIs charge, and since when?"""
