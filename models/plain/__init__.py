"""Plain models: statistical forecasters and baselines, each learned model's yardstick."""
