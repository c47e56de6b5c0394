"""Studies and predictions that were made elsewhere."""
