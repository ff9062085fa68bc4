"""What is a currency worth in USD, on which day, and who says so?"""
