"""Reading and writing, a module per kind of value."""
