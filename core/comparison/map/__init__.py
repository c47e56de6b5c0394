"""Columns, folds and places of the model map."""
