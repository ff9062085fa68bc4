"""What happens when requests come at their own hours and a server takes only so many at once?"""
