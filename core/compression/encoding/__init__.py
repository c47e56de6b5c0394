"""Exact forms of weights that take few values, and how they are stored."""
