"""Runs in the database: lists, moves, graphs."""
