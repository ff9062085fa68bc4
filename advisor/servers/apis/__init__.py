"""Which cloud APIs can be measured, and how is each spoken to? One provider a file."""
