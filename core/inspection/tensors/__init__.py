"""Figures of single tensors and of pairs."""
