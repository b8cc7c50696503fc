"""How noisy a series is and how long its noise remembers, measured so that outliers, shifts and trends do not matter."""

from __future__ import annotations

import numpy as np

from assistant.analysis.prepare import Array

_NORMAL = 1.4826  # the standard deviation of a normal variable, over its median absolute deviation
_MOST_PERSISTENT = 0.99


def robust_scale(values: Array) -> float:
    """Standard deviation of `values` (time,) as its median absolute deviation says; NaN is left out, 0 for a constant.

    Where more than half of the values are equal the mean absolute deviation stands in.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0
    distances = np.abs(known - np.median(known))
    scale = _NORMAL * float(np.median(distances))
    if scale <= 1e-9 * (float(np.max(np.abs(known))) or 1.0):
        scale = 1.2533 * float(np.mean(distances))
    return scale


def persistence(values: Array) -> float:
    """Autocorrelation φ of the noise at lag one, −0.5–0.99, of `values` (time,) without NaN.

    For an AR(1) process a difference over k steps has a variance in proportion to 1 − φᵏ. The ratio of the variances at two
    lags gives φ; since each is the median absolute deviation of differences, a handful of outliers, level shifts or a trend
    leave it as it is. The larger of the answers at 2 and at 8 steps counts, so that slow noise under fast noise shows.
    """
    if len(values) < 12:
        return 0.0
    single = robust_scale(np.diff(values)) ** 2
    if single == 0:
        return 0.0
    double = robust_scale(values[2:] - values[:-2]) ** 2 / single
    answer = float(np.clip(double - 1, -0.5, _MOST_PERSISTENT))
    if len(values) >= 60:
        target = robust_scale(values[8:] - values[:-8]) ** 2 / single
        grid = np.linspace(-0.5, _MOST_PERSISTENT, 300)
        sums = np.sum(grid[:, None] ** np.arange(8)[None, :], axis=1)
        answer = max(answer, float(grid[np.argmin(np.abs(sums - target))]))
    return answer


def innovation_scale(values: Array, phi: float) -> float:
    """Robust standard deviation of what is new at each step of AR(1) noise: of values[t] − φ·values[t−1]."""
    return robust_scale(values[1:] - phi * values[:-1])
