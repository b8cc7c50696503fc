"""Text generation on this machine."""
