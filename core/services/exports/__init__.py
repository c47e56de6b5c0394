"""Taking a model away: its weights, how it was made and what was measured, in one archive."""
