"""What people save: views of pages, and recipes."""
