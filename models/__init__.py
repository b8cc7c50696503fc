"""Tidings' models: forecasters and classifiers behind one contract; usable alone.

from models import create_forecaster, load_model
"""
