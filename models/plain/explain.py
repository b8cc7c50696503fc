"""Nearest training examples: what a plain classifier shows as its reason."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.cases import case_lengths, channel_means, resample_cases
from models.types import Neighbour

ROWS_AT_ONCE = 64


@dataclass(frozen=True)
class Examples:
    """The training cases at one length. cases: (batch, channel, time) float32, resampled, not normalised; no NaN.

    means: (channel,) of the training cases, for channels that a case lacks.
    """

    cases: np.ndarray
    labels: tuple[str, ...]
    means: np.ndarray
    normalise: Literal["case", "none"]

    @classmethod
    def of(cls, table: np.ndarray, labels: Sequence[str], normalise: Literal["case", "none"], shortest: int = 1) -> Examples:
        """From (batch, channel, time) with NaN; every case is stretched to the longest one's length, at least `shortest`."""
        means = channel_means(table)
        length = max(shortest, int(case_lengths(table).max()))
        return cls(resample_cases(table, length, means).astype(np.float32), tuple(labels), means, normalise)

    def match(self, table: np.ndarray) -> np.ndarray:
        """New cases (batch, channel, time) with NaN, stretched to the training length: float32 without NaN."""
        return resample_cases(table, self.cases.shape[2], self.means).astype(np.float32)

    def distances(self, matched: np.ndarray) -> np.ndarray:
        """(new, training) Euclidean distances per time step and channel, between (z-normalised) cases."""
        known = self._vectors(self.cases)
        result = np.empty((len(matched), len(known)))
        for start in range(0, len(matched), ROWS_AT_ONCE):
            rows = self._vectors(matched[start : start + ROWS_AT_ONCE])
            for offset, row in enumerate(rows):
                result[start + offset] = np.sqrt(np.mean((known - row) ** 2, axis=1))
        return result

    def nearest(self, distances: np.ndarray, count: int) -> tuple[tuple[Neighbour, ...], ...]:
        """For each row of (new, training) distances, the `count` nearest training cases, nearest first."""
        order = np.argsort(distances, axis=1, kind="stable")[:, :count]
        return tuple(
            tuple(Neighbour(int(index), self.labels[index], float(row[index])) for index in indices)
            for row, indices in zip(distances, order, strict=True)
        )

    def state(self, classes: Sequence[str]) -> dict[str, np.ndarray]:
        """Arrays for a checkpoint; labels as positions in `classes`."""
        codes = np.array([classes.index(label) for label in self.labels], dtype=np.int32)
        return {"examples": self.cases, "example_labels": codes, "channel_means": self.means}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], classes: Sequence[str], normalise: Literal["case", "none"]) -> Examples:
        """What `state` gave, read back."""
        labels = tuple(classes[code] for code in arrays["example_labels"])
        return cls(arrays["examples"], labels, arrays["channel_means"], normalise)

    def _vectors(self, cases: np.ndarray) -> np.ndarray:
        """(batch, channel · time) float64; z-normalised a case and channel if asked, constant channels as zeros."""
        values = cases.astype(np.float64)
        if self.normalise == "case":
            spread = values.std(axis=2, keepdims=True)
            centred = values - values.mean(axis=2, keepdims=True)
            # float32 keeps seven digits: a spread below that is rounding, not shape.
            flat = spread <= 1e-6 * np.abs(values).max(axis=2, keepdims=True)
            values = np.where(flat, 0.0, centred / np.where(flat, 1.0, spread))
        return values.reshape(len(values), -1)
