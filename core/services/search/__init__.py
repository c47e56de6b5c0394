"""Searches over a recipe's values: what is proposed next, what became of it, and when a search ends."""
