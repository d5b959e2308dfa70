"""What the user sees: widgets only."""
