"""Building blocks that several views share."""
