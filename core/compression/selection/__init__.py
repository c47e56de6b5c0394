"""Which weights or units a step removes."""
