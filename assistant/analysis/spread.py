"""Where a series changes its spread, and by how much."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.change import LONGEST, SHORTEST, Change, least_score
from assistant.analysis.noise import LARGEST_SCORE, robust_scale
from assistant.analysis.prepare import Array, runs

_RATIO = 1.5  # of standard deviations: smaller changes of spread are not reported


def lively_rows(values: Array, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows that were observed and do not repeat one value five times or more: a stuck sensor says nothing of the spread."""
    lively = known.copy()
    for start, end in runs(np.concatenate([[False], np.diff(values) == 0])):
        if end - start >= 3:
            lively[start - 1 : end + 1] = False
    return np.flatnonzero(lively if lively.sum() > known.sum() / 2 else known)


def spread_changes(remainder: Array, phi: float, rows: NDArray[np.int64]) -> list[Change]:
    """Changes of the standard deviation of `remainder` (time,), outliers and memory taken out; only `rows` were observed."""
    from ruptures import KernelCPD
    from scipy.ndimage import median_filter

    # What the regression left of a curve must not pass for spread.
    remainder = remainder[rows]
    if len(remainder) < SHORTEST:
        return []
    remainder = remainder - median_filter(remainder, min(31, len(remainder) // 8 * 2 + 1), mode="nearest")
    fresh = remainder[1:] - phi * remainder[:-1]
    scale = robust_scale(fresh)
    n = len(fresh)
    shortest = max(12, n // 50)
    if scale == 0 or n < 4 * shortest:
        return []
    block = -(-n // LONGEST)
    # The square root of a normal size is nearly normal itself, so that a shift of its mean shows best.
    size = np.sqrt(np.minimum(np.abs(fresh), 8 * scale))
    coarse = size[: n // block * block].reshape(-1, block).mean(axis=1)
    search = KernelCPD(kernel="linear", min_size=max(5, shortest // block)).fit(coarse[:, None])
    penalty = 2.5 * float(np.var(coarse)) * np.log(len(coarse))
    edges = [0, *(int(end) * block for end in search.predict(pen=penalty)[:-1]), n]
    edges = _distinct(fresh, edges)
    for k in range(1, len(edges) - 1):
        edges[k] = edges[k - 1] + _widening(fresh[edges[k - 1] : edges[k + 1]], shortest)
    edges = _distinct(fresh, edges)
    scores = _spread_scores(fresh, edges)
    spreads = [_clipped_deviation(remainder[a + 1 : b + 1]) for a, b in itertools.pairwise(edges)]
    return [
        Change(int(rows[edge + 1]), "variance", spreads[k + 1] - spreads[k], scores[k], spreads[k], spreads[k + 1])
        for k, edge in enumerate(edges[1:-1])
    ]


def _spread_scores(fresh: Array, edges: Sequence[int]) -> list[float]:
    return [_spread_score(fresh[a:b], fresh[b:c]) for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)]


def _distinct(fresh: Array, edges: Sequence[int]) -> list[int]:
    """`edges` of stretches of `fresh` (time,) without those on either side of which the spread is much the same."""
    kept = list(edges)
    while len(kept) > 2:
        scores = _spread_scores(fresh, kept)
        worst = int(np.argmin(scores))
        if scores[worst] >= least_score(len(fresh)):
            break
        del kept[worst + 1]
    return kept


def _widening(fresh: Array, shortest: int) -> int:
    """Where the mean size of `fresh` (time,) changes most clearly: the likeliest place for two double exponential stretches."""
    n = len(fresh)
    size = np.minimum(np.abs(fresh), 8 * robust_scale(fresh))
    sums = np.cumsum(size)
    counts = np.arange(1, n)
    before, after = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (n - counts)
    tiny = 1e-300
    loss = counts * np.log(np.maximum(before, tiny)) + (n - counts) * np.log(np.maximum(after, tiny))
    inner = slice(shortest - 1, n - shortest)
    return shortest + int(np.argmin(loss[inner]))


def _spread_score(before: Array, after: Array) -> float:
    """How many standard errors apart the log mean sizes of two stretches are; 0 where the ratio is not worth telling."""
    logs, errors = [], []
    for part in (before, after):
        scale = robust_scale(part)
        if scale == 0:
            return 0.0
        size = np.minimum(np.abs(part), 4 * scale)
        mean = float(size.mean())
        logs.append(np.log(mean))
        # For normal noise the deviation of the size is 0.756 of its mean.
        errors.append(max(float(size.std()) / mean, 0.756) / np.sqrt(len(part)))
    if abs(logs[1] - logs[0]) < np.log(_RATIO):
        return 0.0
    return min(float(abs(logs[1] - logs[0]) / np.hypot(*errors)), LARGEST_SCORE)


def _clipped_deviation(values: Array) -> float:
    """Standard deviation (about zero) of `values` (time,) with outliers pulled in to four robust deviations."""
    bound = 4 * robust_scale(values)
    return float(np.sqrt(np.mean(np.clip(values, -bound, bound) ** 2)))
