"""What does a client use that keeps no log? A pass-through in front of its server counts."""
