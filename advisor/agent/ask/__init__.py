"""What does a model answer that may only use the tools and must cite them for every number?"""
