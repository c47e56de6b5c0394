"""The protocol of a project."""
