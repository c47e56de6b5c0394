"""Data sets of projects: declared, checked, previewed."""
