"""What tests see of pages."""
