"""How do other programs' models use it? Tools for MCP clients, and answers that cite them."""
