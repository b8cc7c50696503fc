"""Development commands: python -m scripts.NAME."""
