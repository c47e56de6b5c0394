"""What the machine of a worker and its runs use."""
