"""MiniRocket's random convolutions by aeon: a new transform, and a fitted one from the arrays that are saved of it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

KERNEL_LENGTH = 9
PARAMETERS = ("channel_counts", "channel_indices", "dilations", "features_per_dilation", "biases")


def new_transform(kernels: int, seed: int) -> Any:
    """aeon's transform before fitting. kernels: features, rounded down to a multiple of 84 and at least that."""
    from aeon.transformations.collection.convolution_based import MiniRocket

    return MiniRocket(n_kernels=kernels, random_state=seed, n_jobs=1)


def fitted_transform(parameters: Sequence[np.ndarray], kernels: int, seed: int, channels: int, length: int) -> Any:
    """aeon's transform in its fitted state. parameters: in the order of PARAMETERS; channels, length: of the training cases."""
    transform = new_transform(kernels, seed)
    transform.parameters = tuple(parameters)
    transform.n_kernels_ = max(kernels, 84)
    transform._n_jobs = 1
    transform.metadata_ = {"n_channels": channels, "n_timepoints": length}
    transform.is_fitted = True
    return transform


@contextmanager
def threads_kept() -> Iterator[None]:
    """Around aeon's compiled loops: they set the number of threads that torch shares with them, and torch may crawl after."""
    torch = sys.modules.get("torch")
    threads = torch.get_num_threads() if torch else 0
    try:
        yield
    finally:
        if torch:
            torch.set_num_threads(threads)
