"""How many tokens does the team really use?"""
