"""What a step would do to a model's file and arithmetic, computed from tables and never from weights."""
