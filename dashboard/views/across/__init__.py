"""Models of several projects on shared axes."""
