"""What the Compare page, the report and the command line read of chosen models."""
