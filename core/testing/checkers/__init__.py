"""Recomputes sentences of pages from raw data, sharing no code with them."""
