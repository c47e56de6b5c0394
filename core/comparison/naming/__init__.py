"""Names of steps and models for people: the same on every page and on the command line."""
