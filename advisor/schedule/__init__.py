"""When is it measured again?"""
