"""Recipes to start with, recipes that people keep, and recipes in files."""
