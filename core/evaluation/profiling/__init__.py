"""Size, operations, time and memory of a model."""
