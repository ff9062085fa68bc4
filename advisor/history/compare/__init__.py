"""How do runs, machines or dates differ, and what is that in money?"""
