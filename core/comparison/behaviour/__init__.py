"""What compression did to the predictions of models on the same instances."""
