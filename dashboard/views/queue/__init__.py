"""The Queue page: every run of every project, live, with what can be done about it."""
