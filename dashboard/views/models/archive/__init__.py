"""A project as one file, from the page: take it away, bring one in."""
