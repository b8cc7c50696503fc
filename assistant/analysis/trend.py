"""The slope of a series, robust to outliers, with an interval that knows how long the noise remembers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from assistant.analysis.decompose import seasonal_component
from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array, fill, split_frequency
from assistant.data.series import Series

_BLOCKS = 600
_FINE = {"h", "H", "min", "T", "s", "S", "ms", "us", "ns", "L", "U", "N"}
_NEGLIGIBLE = 0.02  # of the series' own spread, over its whole length
_SHORTEST = 6


@dataclass(frozen=True)
class TrendEstimate:
    """Slope per `per` ("year", "day" or, without times, "row") in the series' unit, with its 95 % interval.

    direction is "none" where the interval holds zero or the whole change is negligible beside the series' spread. slope_per_step:
    per sample (NaN where times are irregular). intercept: level at the first row. change: over the whole series.
    persistence: lag-one correlation of the remainder, for which the interval is widened.
    """

    direction: Literal["up", "down", "none"]
    slope: float
    per: str
    low: float
    high: float
    p_value: float
    slope_per_step: float
    intercept: float
    change: float
    persistence: float


def find_trend(
    series: Series, seasons: tuple[int, ...] = (), steps: Array | None = None, seasonal: Array | None = None
) -> TrendEstimate | None:
    """Theil–Sen slope of `series`, deseasonalised; None with fewer than six known values.

    seasons: periods to take out first; where `seasonal`, (time,), their sum, is given, they only widen the interval by what
    fitting the longest cost. steps: (time,) level shifts that are not part of the trend. Over 600 points, medians of blocks
    stand for the points. The interval is normal, its variance that of a least-squares slope under AR(1) noise with a
    bias-corrected φ.

    Source: Theil 1950, Sen 1968; correction in the spirit of Hamed & Rao 1998.
    """
    from scipy.stats import norm, theilslopes

    known = np.isfinite(series.values)
    if known.sum() < _SHORTEST:
        return None
    values = series.values - (0.0 if steps is None else steps)
    if seasonal is None and seasons and series.frequency != "irregular":
        filled = fill(values)
        periods = tuple(sorted(p for p in seasons if 2 * p <= len(filled)))
        seasonal = seasonal_component(filled, periods)[0].sum(axis=0)
    if seasonal is not None:
        values = values - seasonal
    times, per, step = _clock(series)
    moments, levels = _blocks(times[known], values[known])
    slope = float(theilslopes(levels, moments).slope)
    remainder = levels - slope * moments
    remainder = remainder - np.median(remainder)
    bound = 4 * robust_scale(remainder)
    remainder = np.clip(remainder, -bound, bound) if bound > 0 else remainder
    phi = _corrected_persistence(remainder)
    shifts = np.zeros(len(series)) if steps is None else steps
    _, stretches = _blocks(times[known], shifts[known])
    error = _slope_error(moments, remainder, phi, stretches) * _widened_by_season(max(seasons, default=0) / len(values))
    z = 0.0 if slope == 0 else np.inf if error == 0 else abs(slope) / error
    low, high = slope - 1.96 * error, slope + 1.96 * error
    change = slope * float(times[-1] - times[0])
    spread = float(np.std(series.values[known]))
    sure = (low > 0 or high < 0) and abs(change) > _NEGLIGIBLE * spread
    direction: Literal["up", "down", "none"] = "none" if not sure else "up" if slope > 0 else "down"
    intercept = float(np.median(levels - slope * (moments - times[0])))
    return TrendEstimate(direction, slope, per, low, high, float(2 * norm.sf(z)), slope * step, intercept, change, phi)


def _clock(series: Series) -> tuple[Array, str, float]:
    """Times (time,) in the unit that slopes are told in, that unit's name, and the length of one sample in it."""
    if not isinstance(series.times, pd.DatetimeIndex):
        return np.asarray(series.times, np.float64), "row", 1.0
    seconds = (series.times - series.times[0]).total_seconds().to_numpy(np.float64)
    _, base = split_frequency(series.frequency)
    long_span = seconds[-1] > 60 * 86_400 if not base else base not in _FINE
    unit, per = (365.2425 * 86_400, "year") if long_span else (86_400.0, "day")
    step = float("nan") if series.frequency == "irregular" else float(seconds[-1]) / max(len(series) - 1, 1) / unit
    return seconds / unit, per, step


def _blocks(times: Array, values: Array) -> tuple[Array, Array]:
    """Mean time and median value of at most 600 equal blocks."""
    size = -(-len(values) // _BLOCKS)
    if size == 1:
        return times, values
    whole = len(values) // size * size
    return times[:whole].reshape(-1, size).mean(axis=1), np.median(values[:whole].reshape(-1, size), axis=1)


def _corrected_persistence(remainder: Array) -> float:
    """Lag-one autocorrelation less its small-sample bias (Kendall 1954, with a fitted line)."""
    total = float(remainder @ remainder)
    if total == 0 or len(remainder) < _SHORTEST:
        return 0.0
    raw = float(remainder[1:] @ remainder[:-1]) / total
    return float(np.clip(raw + (2 + 4 * raw) / len(remainder), 0.0, 0.99))


def _widened_by_season(share: float) -> float:
    """How much less sure a slope is after a mean cycle was taken out that lasts `share` of the series: a cycle seen k times takes
    1/k of the noise with it, and of the slope's own lever what lies between its phases, 1/k²."""
    share = min(share, 0.5)
    return float(1 / np.sqrt((1 - share) * (1 - share**2)))


def _slope_error(times: Array, remainder: Array, phi: float, stretches: Array) -> float:
    """Standard error of a least-squares slope over `times` when the noise is AR(1).

    stretches: (time,) equal between two level shifts; each shift's size was estimated too, so only the slope within them counts.
    """
    from scipy.linalg import matmul_toeplitz

    _, labels = np.unique(stretches, return_inverse=True)
    centred = times - (np.bincount(labels, weights=times) / np.bincount(labels))[labels]
    weights = centred / max(float(centred @ centred), 1e-300)
    variance = float(remainder @ remainder) / max(len(remainder) - 2, 1)
    covariance = phi ** np.arange(len(remainder))
    return float(np.sqrt(max(variance * float(weights @ matmul_toeplitz(covariance, weights)), 0.0)))
