"""The Layers tab: the tree of modules with a column per model, drawn by `assets/compare/layers`."""
