"""The models as a table and as a file."""
