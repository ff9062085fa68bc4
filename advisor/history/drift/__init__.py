"""Has something changed over the runs of a machine, since when, and why?"""
