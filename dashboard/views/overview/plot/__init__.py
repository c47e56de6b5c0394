"""The pane of the scatterplot and the parallel coordinates."""
