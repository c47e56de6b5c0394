"""Which parts of a network can go, and how they are removed."""
