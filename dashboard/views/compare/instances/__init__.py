"""The list of instances below the groups, with its filters, histograms and saved groups."""
