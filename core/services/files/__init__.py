"""Projects and recipes as YAML files."""
