"""The panel of one run."""
