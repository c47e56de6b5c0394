"""Runs and experiments: statuses, moves, durations."""
