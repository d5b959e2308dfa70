"""What can be computed."""
