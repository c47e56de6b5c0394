"""Recipes as people keep them: files, presets, and those saved in a project."""
