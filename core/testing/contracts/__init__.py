"""What techniques and databases promise, as test classes to subclass."""
