"""Weights that no layer holds, such as those of experts in one tensor."""
