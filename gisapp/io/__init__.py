"""How data comes in and goes out: the only place that opens files."""
