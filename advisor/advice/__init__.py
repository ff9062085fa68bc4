"""So what should we do, and why?"""
