"""Data of projects: previews, instances, groups, files."""
