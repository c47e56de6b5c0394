"""The Overview: the model map, the scatterplot and the details of what is selected."""
