"""A run's process, from claim to result."""
