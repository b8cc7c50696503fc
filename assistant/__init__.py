"""Tidings' assistant: from a file and a question to a verified answer."""
