"""Files → tables → series."""
