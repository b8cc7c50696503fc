"""From cases to what networks read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from models.cases import case_lengths
from models.errors import BadInput

# Longer cases are averaged down to this: convolutions at full length cost time, and shapes survive.
LONGEST = 1_024
# In standard deviations; a spike beyond says no more than that it is one.
LARGEST = 20.0
# More channels than this become so many mixtures, their first principal components: all of them would cost time and memory.
MOST_CHANNELS = 128


@dataclass(frozen=True)
class Batch:
    """values: (batch, time, channel) float32, zeros where missing. observed: (batch, time), true where any channel was."""

    values: Tensor
    observed: Tensor

    def __len__(self) -> int:
        return len(self.values)

    def rows(self, chosen: Tensor) -> Batch:
        """The cases at these row numbers."""
        return Batch(self.values[chosen], self.observed[chosen])

    def to(self, device: str) -> Batch:
        """The same on another device."""
        return Batch(self.values.to(device), self.observed.to(device))


@dataclass(frozen=True)
class Scaling:
    """How cases are brought to one scale: of each channel over all training cases, so that level and size stay visible.

    means, spreads: (channel,). span: time steps that are averaged into one, 1 below `LONGEST`. length: of the longest training
    case, in such spans. mixing: (channel, mixture) where there are more channels than `MOST_CHANNELS`.
    """

    means: np.ndarray
    spreads: np.ndarray
    span: int
    length: int
    mixing: np.ndarray | None = None

    @property
    def width(self) -> int:
        """How many channels, or mixtures of them, networks read."""
        return len(self.means) if self.mixing is None else int(self.mixing.shape[1])

    @classmethod
    def of(cls, table: np.ndarray) -> Scaling:
        """From training cases (batch, channel, time) with NaN where missing; a channel that never changes has spread 1."""
        observed = ~np.isnan(table)
        counts = np.maximum(observed.sum(axis=(0, 2)), 1)
        means = np.where(observed, table, 0.0).sum(axis=(0, 2)) / counts
        squares = np.where(observed, (table - means[:, None]) ** 2, 0.0).sum(axis=(0, 2)) / counts
        spreads = np.sqrt(squares)
        flat = spreads <= 1e-9 * np.maximum(np.abs(means), 1e-300)
        longest = int(case_lengths(table).max())
        span = -(-longest // LONGEST)
        scaling = cls(means, np.where(flat, 1.0, spreads), span, -(-longest // span))
        return scaling if len(means) <= MOST_CHANNELS else replace(scaling, mixing=_components(scaling.apply(table)))

    def apply(self, table: np.ndarray) -> Batch:
        """Cases (batch, channel, time) with NaN, standardised: (batch, length, channel), whatever else is among them.

        A case longer than any training case is averaged down to the length. A channel that is missing where another is observed
        is filled by straight lines, and by its mean where it has no value.
        """
        scaled = np.clip((table - self.means[:, None]) / self.spreads[:, None], -LARGEST, LARGEST)
        lengths = -(-case_lengths(table) // self.span)
        spare = -scaled.shape[2] % self.span
        padded = np.pad(scaled, ((0, 0), (0, 0), (0, spare)), constant_values=np.nan)
        reduced = _averaged(padded, padded.shape[2] // self.span)
        fitted = np.full((*table.shape[:2], self.length), np.nan)
        width = min(self.length, reduced.shape[2])
        fitted[:, :, :width] = reduced[:, :, :width]
        for case in np.flatnonzero(lengths > self.length):
            fitted[case] = _averaged(reduced[case : case + 1, :, : lengths[case]], self.length)[0]
        observed = np.asarray(~np.isnan(fitted).all(axis=1))
        values = np.where(observed[:, None, :], _bridged(fitted), 0.0).transpose(0, 2, 1).astype(np.float32)
        mixed = values if self.mixing is None else values @ self.mixing
        return Batch(torch.from_numpy(mixed), torch.from_numpy(observed))

    def arrays(self) -> dict[str, np.ndarray]:
        """For a checkpoint."""
        arrays = {"means": self.means, "spreads": self.spreads, "shape": np.array([self.span, self.length])}
        return arrays if self.mixing is None else arrays | {"mixing": self.mixing.astype(np.float16)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Scaling:
        """What `arrays` gave, read back. Errors: KeyError, BadInput where damaged."""
        span, length = (int(value) for value in arrays["shape"])
        if span < 1 or length < 1 or arrays["means"].shape != arrays["spreads"].shape:
            raise BadInput(f"a length of {length} spans of {span} steps, {arrays['means'].shape} means")
        mixing = arrays.get("mixing")
        if mixing is not None and (mixing.ndim != 2 or len(mixing) != len(arrays["means"])):
            raise BadInput(f"a mixing of the shape {mixing.shape} for {len(arrays['means'])} channels")
        return cls(arrays["means"], arrays["spreads"], span, length, None if mixing is None else mixing.astype(np.float32))


def _components(batch: Batch) -> np.ndarray:
    """(channel, mixture): the first principal components of all channels, of mean variance 1; exact in half precision."""
    flat = batch.values[batch.observed].double().numpy()
    variances, directions = np.linalg.eigh(flat.T @ flat / max(len(flat), 1))
    largest = np.argsort(variances)[::-1][:MOST_CHANNELS]
    scale = np.sqrt(max(float(variances[largest].mean()), 1e-12))
    return np.asarray((directions[:, largest] / scale).astype(np.float16).astype(np.float32))


def _averaged(table: np.ndarray, length: int) -> np.ndarray:
    """(batch, channel, length): means of the observed values in `length` nearly equal spans; NaN where a span has none."""
    if table.shape[2] == length:
        return table
    edges = np.linspace(0, table.shape[2], length + 1).astype(int)
    observed = ~np.isnan(table)
    sums = np.add.reduceat(np.where(observed, table, 0.0), edges[:-1], axis=2)
    counts = np.add.reduceat(observed.astype(float), edges[:-1], axis=2)
    return np.asarray(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan))


def _bridged(table: np.ndarray) -> np.ndarray:
    """Gaps of (batch, channel, time) filled by straight lines within each channel, by 0 where it has no value."""
    filled = table.copy()
    places = np.arange(table.shape[2])
    for case, channel in np.argwhere(np.isnan(table).any(axis=2)):
        known = np.flatnonzero(~np.isnan(table[case, channel]))
        filled[case, channel] = np.interp(places, known, table[case, channel, known]) if len(known) else 0.0
    return filled
