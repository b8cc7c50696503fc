"""How two series move together, and which one goes first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from assistant.analysis.autocorrelation import autocorrelation, calmed, holm
from assistant.analysis.prepare import Array, fill
from assistant.data.series import Series
from assistant.errors import BadRequest

_SHORTEST = 4
_SHORTEST_LAGGED = 24
_LONGEST_FIT = 20_000
_LEVEL = 0.01
_SHORTEST_CHANGES = 12
_UNLIKELY = 0.05
_NOTABLE = 0.3
_APART = 0.3
_DRIFT = 0.6


@dataclass(frozen=True)
class Correlation:
    """Of the n times at which both series are known.

    correlation: Pearson's; p_value counts only as many independent pairs (effective_n) as the two memories leave; these and
    spearman are None where either series is constant, never NaN. change_correlation and change_p: of the changes from one row to
    the next, seasons taken out and outlying changes drawn in; None with fewer than twelve. wandering: both series trend or
    wander, so that their levels correlate easily without having to do with each other. best_lag in samples: positive, `a` leads
    `b` by so many; None where no lag stands out or the series is too short. lag_correlation and lag_p belong to that lag, of what
    the past of `a` does not explain; lag_p is corrected for the number of lags tried. frequency: of the common times.
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
    change_correlation: float | None = None
    change_p: float | None = None
    wandering: bool = False
    frequency: str | None = None

    @property
    def spurious(self) -> bool:
        """Whether the levels of two wandering series correlate, and neither their changes nor a lead gives it support."""
        return (
            self.wandering
            and not self.best_lag
            and self.correlation is not None
            and abs(self.correlation) >= _NOTABLE
            and (self.change_p is None or self.change_p > _UNLIKELY or (self.change_correlation or 0.0) * self.correlation < 0)
        )

    @property
    def few_values_rule(self) -> bool:
        """Whether ranks tell another story than values do, so that a few extreme values make the correlation."""
        if self.correlation is None or self.spearman is None:
            return False
        return abs(self.correlation - self.spearman) > _APART


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


def without_seasons(series: Series) -> Series:
    """`series` on its full grid, less its seasons (its level stays); as it is where times are irregular."""
    from assistant.analysis.decompose import seasonal_component
    from assistant.analysis.seasonality import find_seasons
    from assistant.data.frequency import regularize

    if series.frequency == "irregular":
        return series
    series = regularize(series)
    filled = fill(series.values)
    periods = tuple(sorted(season.period for season in find_seasons(series.values, series.frequency)))
    periods = tuple(period for period in periods if 2 * period <= len(filled))
    if not periods:
        return series
    seasonal = seasonal_component(filled, periods)[0].sum(axis=0)
    return replace(series, values=series.values - seasonal)


def correlate(a: Series, b: Series, max_lag: int | None = None, seasonless: tuple[Series, Series] | None = None) -> Correlation:
    """Correlation of two series, of their changes, and lead or lag.

    seasonless: both as `without_seasons` gives them, where they are known already; a season that two series share would make
    them correlate at lags that mean nothing. Lead and lag are sought among ±max_lag samples (None: a fifth of the length, at most
    48) in the cross-correlation after both were differenced where they wander and passed through the filter that whitens `a`: the
    memory of either series alone makes large correlations at many lags. Lag 0 counts as a lag like the others.

    Source: effective sample size, Bartlett 1946; spurious correlation, Granger & Newbold 1974; prewhitening, Box & Jenkins 1970;
    correction for many lags, Šidák 1967.
    """
    from scipy.stats import spearmanr

    frame = aligned(a, b)
    both = frame.dropna()
    x, y = both["a"].to_numpy(np.float64), both["b"].to_numpy(np.float64)
    n = len(x)
    if _is_constant(x) or _is_constant(y):
        return Correlation(n, None, None, float(n), None, None, None, None, 0)
    r, p_value, effective = _pearson(x, y)
    plain_a, plain_b = seasonless or (without_seasons(a), without_seasons(b))
    steady = aligned(plain_a, plain_b)
    left, right = steady["a"].to_numpy(np.float64), steady["b"].to_numpy(np.float64)
    changes = calmed(np.diff(left)), calmed(np.diff(right))
    both_known = np.isfinite(changes[0]) & np.isfinite(changes[1])
    moved = changes[0][both_known], changes[1][both_known]
    change: tuple[float | None, float | None] = (None, None)
    if both_known.sum() >= _SHORTEST_CHANGES and not (_is_constant(moved[0]) or _is_constant(moved[1])):
        change = _pearson(*moved)[:2]
    wandering = n >= _SHORTEST_CHANGES and all(_wanders(fill(column)) for column in (left, right))
    return Correlation(
        n, r, p_value, effective, float(spearmanr(x, y).statistic), *_lead(fill(left), fill(right), max_lag), *change,
        wandering=wandering, frequency=_common_frequency(a, b, len(steady)),
    )  # fmt: skip


def across_pairs(found: Sequence[Correlation]) -> list[Correlation]:
    """The same relations with every p-value corrected for the number of pairs (Holm 1979), and leads that no longer stand out
    taken back."""
    corrected: dict[str, list[float | None]] = {}
    for name in ("p_value", "change_p", "lag_p"):
        chances = np.array([float("nan") if (p := getattr(one, name)) is None else p for one in found], np.float64)
        corrected[name] = [float(p) if np.isfinite(p) else None for p in holm(chances)]
    answer = []
    for place, one in enumerate(found):
        update: dict[str, float | None] = {name: values[place] for name, values in corrected.items()}
        lag_p = update["lag_p"]
        if one.best_lag is not None and (lag_p is None or lag_p > _LEVEL):
            update |= {"best_lag": None, "lag_correlation": None}
        answer.append(replace(one, **update))  # type: ignore[arg-type]
    return answer


def _pearson(x: Array, y: Array) -> tuple[float, float, float]:
    """Correlation of two sequences (time,) that are not constant, its p-value given their memories, and the pairs that count."""
    from scipy.stats import t

    r = float(np.clip(np.corrcoef(x, y)[0, 1], -1, 1))
    effective = _effective(x, y)
    degrees = max(effective - 2, 1.0)
    statistic = abs(r) * np.sqrt(degrees / max(1 - r**2, 1e-15))
    return r, float(2 * t.sf(statistic, degrees)), effective


def _wanders(values: Array) -> bool:
    """Whether the level drifts so far that values a few rows apart are nearly equal beside the whole spread."""
    return not _is_constant(values) and float(np.min(autocorrelation(values, min(4, len(values) // 8))[1:])) > _DRIFT


def _common_frequency(a: Series, b: Series, rows: int) -> str | None:
    """The frequency of the times that two series share: their own, or the coarser one."""
    if a.frequency == b.frequency:
        return a.frequency
    if not (isinstance(a.times, pd.DatetimeIndex) and isinstance(b.times, pd.DatetimeIndex)) or rows < 2:
        return a.frequency if a.dated else b.frequency
    first, second = ((times[-1] - times[0]).total_seconds() / max(len(times) - 1, 1) for times in (a.times, b.times))
    return a.frequency if first >= second else b.frequency


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
    # A single outlier would speak for whatever lag it meets another at.
    x, y = calmed(x), calmed(y)
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
