"""Chosen models against a baseline: metrics with intervals, and sentences."""
