"""Made waves, and a HiTime that learns them in a second or two."""

from __future__ import annotations

import numpy as np


def waves(count=24, seed=0, channels=2, steps=24):
    """Slow and fast waves of random phase."""
    generator = np.random.default_rng(seed)
    speed = np.where(np.arange(count) % 2, 1.0, 4.0)
    phase = generator.uniform(0, 2 * np.pi, (count, channels, 1))
    cases = np.sin(2 * np.pi * speed[:, None, None] * np.linspace(0, 1, steps) + phase)
    labels = ["slow walk" if row % 2 else "été" for row in range(count)]
    return cases + 0.05 * generator.normal(size=cases.shape), labels


def small_config(folder):
    """Options of a HiTime that trains in a second or two, with the language model in `folder`."""
    return {
        "data": {"codes": 8, "code_width": 8, "width": 16, "tokens": 4, "tokenizer_steps": 4, "steps": 4, "layers": 1}
        | {"heads": 2, "kernels": 84, "components": 8, "batch": 8},
        "task": {"members": [{"encoder": "cnn"}, {"encoder": "cnn", "differences": True, "decorrelated": True, "blend": 0.4}]}
        | {"width": 16, "tokens": 4, "steps": 40},
        "alignment": {"queries": 2, "width": 16, "layers": 1, "heads": 2, "steps": 30},
        "language": {"source": str(folder), "layers": 2, "rank": 2, "alpha": 4, "steps": 10, "batch": 8},
        "views": 2,
    }
