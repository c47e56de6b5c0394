"""The part of the drawer that says which combinations are made: all, a sample, a list, or a search."""
