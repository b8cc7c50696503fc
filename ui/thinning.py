"""Thin a long series for drawing so that no spike, dip or gap disappears."""

from __future__ import annotations

import itertools

import numpy as np

DRAWN_POINTS = 2_000


def thin(values: np.ndarray, limit: int = DRAWN_POINTS) -> np.ndarray:
    """Positions to draw of `values`, at most `limit`, in rising order: min-max thinning.

    values: (time,) float64; NaN marks a missing value. The axis is cut into equal stretches; each keeps its lowest and its
    highest value and, where it has one, a missing value, so that a line drawn through the kept positions reaches every
    extreme of the stretch and breaks where the series does. First and last positions are always kept.

    Errors: ValueError where `limit` is below 5 (two ends and one stretch).
    """
    if limit < 5:
        raise ValueError(f"limit: expected at least 5 points to draw, found {limit}")
    count = len(values)
    if count <= limit:
        return np.arange(count)
    bounds = np.linspace(0, count, (limit - 2) // 3 + 1).astype(int)
    missing = np.isnan(values)
    low = np.where(missing, np.inf, values)
    high = np.where(missing, -np.inf, values)
    kept = {0, count - 1}
    for start, stop in itertools.pairwise(bounds):
        gap = missing[start:stop]
        if not gap.all():
            kept.add(int(start + np.argmin(low[start:stop])))
            kept.add(int(start + np.argmax(high[start:stop])))
        if gap.any():
            kept.add(int(start + np.argmax(gap)))
    return np.array(sorted(kept))
