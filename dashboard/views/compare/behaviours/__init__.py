"""The behaviours tab: groups of instances, calibration and where predictions went."""
