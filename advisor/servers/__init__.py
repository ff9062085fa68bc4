"""Who serves a model here?"""
