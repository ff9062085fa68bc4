"""Which pictures does a report draw? One SVG a function, from plain numbers."""
