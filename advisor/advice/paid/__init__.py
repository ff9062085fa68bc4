"""What does it cost to measure a paid API, and how is that kept within a limit?"""
