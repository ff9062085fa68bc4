"""How are many boxes measured at once, and what did each of them show?"""
