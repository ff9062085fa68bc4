"""How fast, at what latency and energy?"""
