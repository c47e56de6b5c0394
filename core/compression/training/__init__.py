"""Training within a step: what stays as it is, and how long it takes."""
