"""Synthetic series with known truth, what counts as found, and the usual plain methods: the parts of benchmark_diagnostics."""
