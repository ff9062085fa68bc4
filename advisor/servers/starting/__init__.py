"""How is a server started for a measurement, and surely ended afterwards?"""
