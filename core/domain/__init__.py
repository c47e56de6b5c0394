"""Frozen values and the rules that hold between them; pure Python."""
