"""Tidings' interfaces: the command line and the web chat."""
