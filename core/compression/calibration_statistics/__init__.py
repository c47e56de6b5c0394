"""What calibration data show of layers: ranges, second moments, means."""
