"""Cases of a classification task: from arrays of any lengths to one table, and to the equal length that plain models need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np

from models.errors import BadInput

Cases: TypeAlias = np.ndarray | Sequence[np.ndarray]

# Classifiers work in single precision, which ends at 3e38: squares of such values, summed over a long case, still fit.
LARGEST_CASE_VALUE = 1e15


def as_cases(cases: Cases) -> np.ndarray:
    """(batch, channel, time) float64 copy; shorter cases are padded with NaN at the end.

    cases: such an array, or a sequence of (channel, time) arrays with one channel count.
    Errors: BadInput for other shapes, no cases, infinite values or values beyond 1e15, or a case without any value.
    """
    try:
        parts = [np.asarray(case, dtype=np.float64) for case in cases]
    except (TypeError, ValueError) as error:
        raise BadInput(f"Cases are arrays of numbers; {error}.") from None
    if not parts:
        raise BadInput("There are no cases; give at least one.")
    shapes = {part.shape for part in parts}
    if any(len(shape) != 2 for shape in shapes):
        raise BadInput(f"Each case has the shape (channel, time); found {sorted(shapes)[0]}.")
    if len({shape[0] for shape in shapes}) != 1:
        raise BadInput(f"All cases need the same channels; found counts {sorted({shape[0] for shape in shapes})}.")
    table = np.full((len(parts), parts[0].shape[0], max(shape[1] for shape in shapes)), np.nan)
    for row, part in zip(table, parts, strict=True):
        row[:, : part.shape[1]] = part
    if np.isinf(table).any():
        raise BadInput(f"Case {int(np.argwhere(np.isinf(table))[0][0])} holds an infinite value; mark it as missing.")
    beyond = np.flatnonzero((np.abs(table) > LARGEST_CASE_VALUE).any(axis=(1, 2)))
    if len(beyond):
        raise BadInput(f"Case {int(beyond[0])} holds values beyond {LARGEST_CASE_VALUE:g}; rescale them or mark them as missing.")
    empty = np.flatnonzero(np.isnan(table).all(axis=(1, 2)))
    if len(empty):
        raise BadInput(f"Case {int(empty[0])} has no value at all; leave it out.")
    return table


def case_lengths(table: np.ndarray) -> np.ndarray:
    """(batch,) time steps of each case in (batch, channel, time): up to the last one with a value in any channel."""
    present = ~np.isnan(table).all(axis=1)
    return np.asarray(table.shape[2] - np.argmax(present[:, ::-1], axis=1))


def channel_means(table: np.ndarray) -> np.ndarray:
    """(channel,) mean of the observed values of (batch, channel, time); 0 for a channel that was never observed."""
    observed = ~np.isnan(table)
    counts = observed.sum(axis=(0, 2))
    return np.asarray(np.where(observed, table, 0.0).sum(axis=(0, 2)) / np.maximum(counts, 1))


def resample_cases(table: np.ndarray, length: int, means: np.ndarray) -> np.ndarray:
    """(batch, channel, length) without NaN: gaps filled and every case stretched to `length`, both by straight lines.

    A channel without any value in a case takes the channel's mean over the training cases, `means` (channel,).
    """
    batch, channels, _ = table.shape
    result = np.empty((batch, channels, length))
    for index, steps in enumerate(case_lengths(table)):
        targets = np.linspace(0, steps - 1, length)
        for channel in range(channels):
            values = table[index, channel, :steps]
            known = np.flatnonzero(~np.isnan(values))
            result[index, channel] = np.interp(targets, known, values[known]) if len(known) else means[channel]
    return result
