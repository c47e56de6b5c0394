"""Weight files that other tools quantized, as far as their headers and configurations tell."""
