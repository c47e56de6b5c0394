"""Weight files that come through the browser."""
