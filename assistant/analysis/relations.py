"""How two series move together, and which one goes first."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant.analysis.prepare import Array, fill
from assistant.data.series import Series
from assistant.errors import BadRequest

_SHORTEST = 4
_SHORTEST_LAGGED = 24
_LONGEST_FIT = 20_000
_LEVEL = 0.01


@dataclass(frozen=True)
class Correlation:
    """Of the n times at which both series are known.

    correlation: Pearson's; p_value counts only as many independent pairs (effective_n) as the two memories leave; these and
    spearman are None where either series is constant, never NaN. best_lag in
    samples: positive, `a` leads `b` by so many; None where no lag stands out or the series is too short. lag_correlation and
    lag_p belong to that lag, of what the past of `a` does not explain; lag_p is corrected for the number of lags tried.
    """

    n: int
    correlation: float | None
    p_value: float | None
    effective_n: float
    spearman: float | None
    best_lag: int | None
    lag_correlation: float | None
    lag_p: float | None
    lags_tried: int


def aligned(a: Series, b: Series) -> pd.DataFrame:
    """Columns a and b (float64, NaN where missing) on common times, or by row where either series has no times.

    Errors: BadRequest where fewer than four times have both values.
    """
    if a.dated and b.dated:
        first, second = a.as_pandas(), b.as_pandas()
        zones = [getattr(s.index, "tz", None) for s in (first, second)]
        if (zones[0] is None) != (zones[1] is None):
            first, second = (s if zone is None else s.tz_localize(None) for s, zone in zip((first, second), zones, strict=True))
        frame = pd.concat([first.rename("a"), second.rename("b")], axis=1, join="inner").sort_index()
    else:
        length = min(len(a), len(b))
        frame = pd.DataFrame({"a": a.values[:length], "b": b.values[:length]})
    both = int(frame.notna().all(axis=1).sum())
    if both < _SHORTEST:
        raise BadRequest(
            f"Comparing needs at least {_SHORTEST} times at which both series have a value; "
            f"{a.name!r} and {b.name!r} share {both}. Choose series that overlap in time and have the same frequency."
        )
    return frame


def correlate(a: Series, b: Series, max_lag: int | None = None) -> Correlation:
    """Correlation of two series, and lead or lag.

    Lead and lag are sought among ±max_lag samples (None: a fifth of the length, at most 48) in the cross-correlation after
    both were differenced where they wander and passed through the filter that whitens `a`: the memory of either series alone
    makes large correlations at many lags. Lag 0 counts as a lag like the others.

    Source: effective sample size, Bartlett 1946; prewhitening, Box & Jenkins 1970; correction for many lags, Šidák 1967.
    """
    from scipy.stats import spearmanr, t

    frame = aligned(a, b)
    both = frame.dropna()
    x, y = both["a"].to_numpy(np.float64), both["b"].to_numpy(np.float64)
    n = len(x)
    if _is_constant(x) or _is_constant(y):
        return Correlation(n, None, None, float(n), None, None, None, None, 0)
    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    effective = _effective(x, y)
    degrees = max(effective - 2, 1.0)
    statistic = abs(r) * np.sqrt(degrees / max(1 - r**2, 1e-15))
    lag = _lead(fill(frame["a"].to_numpy(np.float64)), fill(frame["b"].to_numpy(np.float64)), max_lag)
    return Correlation(n, r, float(2 * t.sf(statistic, degrees)), effective, float(spearmanr(x, y).statistic), *lag)


def autocorrelation(values: Array, lags: int) -> Array:
    """(lags + 1,) autocorrelation of `values` (time,) without NaN at lags 0 … lags."""
    centred = values - values.mean()
    size = 1 << int(np.ceil(np.log2(2 * len(centred))))
    spectrum = np.fft.rfft(centred, size)
    products = np.fft.irfft(np.abs(spectrum) ** 2, size)[: lags + 1]
    return np.asarray(products / products[0])


def _is_constant(values: Array) -> bool:
    """Whether `values` (time,) are equal up to the rounding of arithmetic."""
    return float(np.ptp(values)) <= 1e-13 * float(np.max(np.abs(values)))


def _effective(x: Array, y: Array) -> float:
    """How many independent pairs two series with memory amount to."""
    n = len(x)
    lags = max(1, min(n // 4, 500))
    products = autocorrelation(x, lags)[1:] * autocorrelation(y, lags)[1:]
    weights = 1 - np.arange(1, lags + 1) / n
    return float(np.clip(n / max(1 + 2 * float(np.sum(weights * products)), 1e-9), 3, n))


def _lead(x: Array, y: Array, max_lag: int | None) -> tuple[int | None, float | None, float | None, int]:
    """Lag, correlation there, corrected p-value and number of lags tried."""
    from scipy.stats import norm

    n = len(x)
    if n < _SHORTEST_LAGGED:
        return None, None, None, 0
    reach = min(max_lag if max_lag is not None else min(n // 5, 48), n // 2)
    if autocorrelation(x, 1)[1] > 0.9 or autocorrelation(y, 1)[1] > 0.9:
        x, y = np.diff(x), np.diff(y)
    if _is_constant(x) or _is_constant(y):
        return None, None, None, 0
    weights = _whitening(x)
    x, y = np.convolve(x - x.mean(), weights, "valid"), np.convolve(y - y.mean(), weights, "valid")
    size = len(x)
    if np.std(x) == 0 or np.std(y) == 0 or size < _SHORTEST_LAGGED // 2:
        return None, None, None, 0
    x, y = _standard(x), _standard(y)
    lags = np.arange(-reach, reach + 1)
    crossed = np.array([x[: size - k] @ y[k:] if k >= 0 else x[-k:] @ y[: size + k] for k in lags]) / size
    # b may keep a memory that a's filter leaves, which widens every cross-correlation.
    widened = np.sqrt(size / _effective(x, y))
    best = int(np.argmax(np.abs(crossed)))
    z = abs(float(crossed[best])) * np.sqrt(size) / widened
    single = float(2 * norm.sf(z))
    corrected = float(-np.expm1(len(lags) * np.log1p(-min(single, 1 - 1e-12))))
    if corrected > _LEVEL:
        return None, None, corrected, len(lags)
    return int(lags[best]), float(crossed[best]), corrected, len(lags)


def _standard(values: Array) -> Array:
    centred = values - values.mean()
    return np.asarray(centred / np.sqrt(np.mean(centred**2)))


def _whitening(values: Array) -> Array:
    """Weights (order + 1,) of the filter that leaves of `values` what its past does not explain (Yule–Walker, order by AIC)."""
    from scipy.linalg import solve_toeplitz

    values = values[-_LONGEST_FIT:]
    n = len(values)
    most = int(max(1, min(n // 8, 30)))
    correlation = autocorrelation(values, most)
    best, chosen = np.inf, np.ones(1)
    for order in range(1, most + 1):
        weights = solve_toeplitz(correlation[:order], correlation[1 : order + 1])
        left = 1 - float(weights @ correlation[1 : order + 1])
        score = n * np.log(max(left, 1e-12)) + 2 * order
        if score < best:
            best, chosen = score, np.concatenate([[1.0], -weights])
    return np.asarray(chosen if best < 0 else np.ones(1))
