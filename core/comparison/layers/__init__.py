"""Layers of models side by side: the tree of modules, figures per module, order, filter and histograms."""
