"""The scatterplot of two metrics."""
