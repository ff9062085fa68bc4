"""How do other programs look at what was measured, over HTTP or in a file that they collect?"""
