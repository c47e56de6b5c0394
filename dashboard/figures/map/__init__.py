"""The model map and other trees as pictures."""
