"""The Sensitivity panel of the Layers tab: which parts of the baseline bear which candidate."""
