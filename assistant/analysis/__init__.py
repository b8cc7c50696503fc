"""Statistics of the user's series: pure functions from arrays to frozen dataclasses."""
