"""Models as files: written, read, taken apart."""
