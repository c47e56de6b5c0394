"""Projects, their settings and their saved views."""
