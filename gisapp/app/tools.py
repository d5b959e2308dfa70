"""Map tools turn pointer events into things that should happen. They do nothing themselves."""
