"""Texts as people and as models read them."""
