"""Labelled cases that every classifier learns in a moment, and options that make each quick."""

from __future__ import annotations

import numpy as np

SMALL = {
    "minirocket": {"kernels": 168},
    "hitime": {
        "head": "ridge",
        "data": {"codes": 8, "width": 16, "tokens": 4, "tokenizer_steps": 4, "steps": 4, "kernels": 84, "components": 8},
        "task": {"members": [{"encoder": "cnn"}], "width": 16, "tokens": 4, "steps": 60},
        "views": 2,
    },
}


def labelled(count=24, seed=0, channels=2, steps=20):
    generator = np.random.default_rng(seed)
    cases = generator.normal(size=(count, channels, steps))
    labels = ["rising" if row % 2 else "falling steep" for row in range(count)]
    cases[:, 0] += np.where(np.arange(count) % 2, 1, -1)[:, None] * np.linspace(0, 6, steps)
    return cases, labels
