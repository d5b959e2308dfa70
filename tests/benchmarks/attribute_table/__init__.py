"""The attribute table at 200,000 rows."""
