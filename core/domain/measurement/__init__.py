"""What is measured, and the figures derived from it."""
