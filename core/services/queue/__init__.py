"""Runs: the queue as people see it, and the life of a run as workers drive it."""
