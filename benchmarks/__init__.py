"""Measurements of what this project promises in numbers; see README.md in this folder."""
