"""What was chosen for models, and the names of it."""
