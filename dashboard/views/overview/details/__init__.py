"""The details of the selection: no model, one, a few or many."""
