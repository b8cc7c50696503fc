"""Random convolutions without labels: how often each of many fixed kernels answers, reduced to principal components.

Source: Dempster, Schmidt & Webb 2021, MiniRocket (kernels of nine steps, shares of positive values).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Self

import numpy as np

from models.cases import resample_cases
from models.errors import BadInput
from models.plain.kernels import KERNEL_LENGTH, PARAMETERS, fitted_transform, new_transform, threads_kept

# Cases that the components are learnt from: more would cost time and hardly turn them.
MOST = 1_000


class RandomConvolutions:
    """MiniRocket's features of the cases, standardised, as principal components whose mean variance on the training cases is 1.

    Their proportions stay: with few cases the last components are noise, which equal variances would blow up.
    kernels: features, at least 84. components: kept at most; training cases − 1 where that is fewer. seed: of the biases.
    mixing: (channel, mixture); mixtures of the channels that the kernels read beside these.
    Cases have the training cases' length and no NaN (`models.cases.resample_cases`); below nine steps they are stretched.
    """

    def __init__(self, kernels: int, components: int, *, seed: int, mixing: np.ndarray | None = None) -> None:
        self._kernels, self._components, self._seed, self._mixing = kernels, components, seed, mixing

    @property
    def components(self) -> int:
        """How many components a case has, once fitted."""
        return int(self._directions.shape[1])

    def fit(self, cases: np.ndarray) -> Self:
        """Learn from (batch, channel, time) without NaN, at least two cases; no labels are used. Errors: BadInput."""
        if cases.ndim != 3 or len(cases) < 2 or np.isnan(cases).any():
            raise BadInput(
                f"Random convolutions are fitted to at least two cases (batch, channel, time) without gaps; found {cases.shape}"
                f"{' with gaps' if np.isnan(cases).any() else ''}. Fill them by resample_cases."
            )
        self._channels, self._length = cases.shape[1:]
        if len(cases) > MOST:
            cases = cases[np.random.default_rng(self._seed).permutation(len(cases))[:MOST]]
        transform = new_transform(self._kernels, self._seed)
        with threads_kept():
            features = transform.fit_transform(self._read(cases)).astype(np.float64)
        self._parameters = tuple(np.asarray(part) for part in transform.parameters)
        self._mean = features.mean(axis=0).astype(np.float32)
        spread = features.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0).astype(np.float32)
        standard = (features - self._mean) / self._spread
        _, sizes, right = np.linalg.svd(standard - standard.mean(axis=0), full_matrices=False)
        count = max(1, min(self._components, len(cases) - 1, int((sizes > 1e-6 * max(sizes[0], 1e-12)).sum())))
        # Half precision is what a checkpoint keeps, so that a saved transform and this one give the same.
        self._directions = np.ascontiguousarray(right[:count].T, dtype=np.float16)
        size = np.sqrt((sizes[:count] ** 2).sum() / (count * (len(cases) - 1)))
        self._scale = np.array([size if size > 0 else 1.0], dtype=np.float32)
        return self

    def transform(self, cases: np.ndarray) -> np.ndarray:
        """(batch, components) float32 of cases (batch, channel, time) without NaN. Errors: BadInput for another shape."""
        if cases.ndim != 3 or cases.shape[1:] != (self._channels, self._length):
            raise BadInput(
                f"These random convolutions take cases of {self._channels} channel(s) and {self._length} steps; found "
                f"{cases.shape[1:]}. Bring them to that length by resample_cases."
            )
        stretched = self._read(cases)
        fitted = fitted_transform(self._parameters, self._kernels, self._seed, *stretched.shape[1:])
        with threads_kept():
            features = fitted.transform(stretched)
        standard = (features - self._mean) / self._spread
        directions = self._directions.astype(np.float32)
        # A matrix product's rounding depends on the batch's shape; row by row a case gives the same alone and in company.
        scores = np.array([row @ directions for row in standard.astype(np.float32)])
        return np.asarray(scores / self._scale, dtype=np.float32)

    def arrays(self) -> dict[str, np.ndarray]:
        """The fitted state for a checkpoint, in the precision to be kept; the directions, by far the largest, in half."""
        settings = np.array([self._kernels, self._components, self._seed, self._channels, self._length], dtype=np.int64)
        fitted = dict(zip(PARAMETERS, self._parameters, strict=True))
        learnt = {"mean": self._mean, "spread": self._spread, "directions": self._directions, "scale": self._scale}
        return fitted | learnt | {"settings": settings} | ({} if self._mixing is None else {"mixing": self._mixing})

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """What `arrays` gave, read back; the components are equal bit for bit. Errors: KeyError, BadInput where damaged."""
        kernels, components, seed, channels, length = (int(value) for value in arrays["settings"])
        restored = cls(kernels, components, seed=seed, mixing=arrays.get("mixing"))
        restored._channels, restored._length = channels, length
        restored._parameters = tuple(arrays[name] for name in PARAMETERS)
        restored._mean, restored._spread = arrays["mean"], arrays["spread"]
        restored._directions, restored._scale = arrays["directions"], arrays["scale"]
        if restored._mixing is not None and restored._mixing.shape != (channels, channels):
            raise BadInput(f"a mixing of the shape {restored._mixing.shape} for {channels} channel(s)")
        if restored._directions.shape != (len(restored._mean), restored._directions.shape[-1]):
            raise BadInput(f"{restored._directions.shape} directions for {len(restored._mean)} random convolutions")
        return restored

    def _read(self, cases: np.ndarray) -> np.ndarray:
        """What the kernels read, (batch, channels and mixtures, time): float32, stretched to their length where shorter."""
        if self._mixing is not None:
            cases = np.concatenate([cases, np.einsum("bct,cm->bmt", cases, self._mixing)], axis=1)
        return _long_enough(cases)


def _long_enough(cases: np.ndarray) -> np.ndarray:
    """The cases as float32, stretched to the kernels' length where they are shorter."""
    if cases.shape[2] < KERNEL_LENGTH:
        cases = resample_cases(cases, KERNEL_LENGTH, np.zeros(cases.shape[1]))
    return np.asarray(cases, dtype=np.float32)
