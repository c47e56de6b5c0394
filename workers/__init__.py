"""Processes that claim runs from the database and carry them out, with or without a broker."""
