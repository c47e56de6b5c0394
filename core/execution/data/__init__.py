"""What runs keep of the data that they read."""
