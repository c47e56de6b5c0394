"""Models of projects: base models, notes and tags."""
