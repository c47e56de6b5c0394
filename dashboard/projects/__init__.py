"""What pages read of a project."""
