"""Commands that read or write files."""
