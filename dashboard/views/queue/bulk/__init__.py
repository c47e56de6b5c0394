"""Changing several runs at once."""
