"""Predictions of compared models, instance by instance."""
