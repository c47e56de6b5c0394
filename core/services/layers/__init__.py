"""Layers of models, alone and beside those of others."""
