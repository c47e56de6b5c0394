"""Experiments: previewed, submitted, followed."""
