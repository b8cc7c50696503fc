"""Evaluation questions over the sample data, and what their answers must say."""
