"""What was measured, when, where?"""
