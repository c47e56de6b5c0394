"""Putting weights on grids and palettes."""
