"""The pane of the model map."""
