"""Rows to frozen values and back."""
