"""Files that the dashboard hands out: exported models, pictures of instances."""
