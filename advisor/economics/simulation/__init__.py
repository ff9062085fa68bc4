"""What does each choice cost in a million futures? Seeded, vectorised, plain numbers."""
