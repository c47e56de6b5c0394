"""Comparisons worth looking at next."""
