"""Experiments on the Queue page."""
