"""Image files to bytes, thumbnails and variations."""
