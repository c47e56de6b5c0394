"""Parameters of techniques and sources: what they are, mean and accept."""
