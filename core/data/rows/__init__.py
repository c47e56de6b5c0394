"""Tables as texts and images with classes."""
