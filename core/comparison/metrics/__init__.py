"""Metrics of models against a baseline on the same instances, with intervals of the difference."""
