"""HiTime: a language model that names the class of a time series.

Source: Tao et al. 2024 (arXiv 2410.18686); the code is ours.
"""
