"""Searches in the database."""
