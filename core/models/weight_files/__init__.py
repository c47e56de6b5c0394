"""Reading weight files of many kinds."""
