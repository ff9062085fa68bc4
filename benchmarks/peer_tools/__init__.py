"""How is each tool started, read and judged in the comparison of `benchmarks/peers.py`?"""
