"""What may a model do here? One tool a file, each with typed arguments and one document."""
