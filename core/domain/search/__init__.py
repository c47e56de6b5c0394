"""Which combinations of a sweep are made: all, a random sample, a list, or those that a search proposes."""
