"""How the values of a series are spread: skew, tails, modes, bounds, zeros, and whether the spread grows with the level."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array

Domain = Literal["constant", "two values", "counts", "fractions", "percentages", "positive", "not negative", "real"]
Tails = Literal["light", "normal", "heavy", "unknown"]
Spread = Literal["steady", "grows", "shrinks", "unknown"]

_SHORTEST = 20
_GRID = 512
_VALLEY = 0.6  # of the lower of two peaks: a shallower valley between them is chance
_LEAST_MODE = 0.1  # of the values on a mode's side of the valley
_BLOCKS = 8
_LEVEL = 0.01
_LEAST_GROWTH = 1.25


@dataclass(frozen=True)
class Distribution:
    """The n known values of a series, and of what remains beside its trend, seasons and level shifts.

    skewness and excess kurtosis (0 for a normal distribution) are those of moments, biased as in scipy; lean: Bowley's skewness
    by quartiles, −1–1, which outliers do not reach; tails: by the outer quantiles beside the quartiles, unknown under 100 values.
    modes: where the peaks of the density lie, one or two. outlier_pull: how far the mean lies from the median in standard errors
    of the mean where the mean without the values beyond five robust deviations would lie near it, else None. domain: what kind of
    numbers they are; zeros, negative: shares 0–1.
    """

    n: int
    skewness: float
    kurtosis: float
    lean: float
    tails: Tails
    modes: tuple[float, ...]
    zeros: float
    negative: float
    domain: Domain
    log_symmetric: bool
    outlier_pull: float | None


@dataclass(frozen=True)
class SpreadByLevel:
    """Whether the spread of the remainder grows with the level, over `blocks` stretches of the series.

    correlation: Spearman's, of level and spread. exponent: spread goes as level to this power (None where values are not all
    positive): about 0 additive, about 1 multiplicative, with a 95 % interval low–high. growth: ratio of the spread where
    the level is highest (upper third of the stretches) to where it is lowest. over_time: the same question of early and late, of
    which early and late are the spreads (standard deviations) in the first and the last third of the stretches.
    """

    verdict: Spread
    blocks: int
    correlation: float
    p_value: float
    exponent: float | None
    low: float | None
    high: float | None
    growth: float
    over_time: Spread
    early: float
    late: float


def find_distribution(values: Array) -> Distribution | None:
    """The distribution of `values` (time,), NaN left out; None with fewer than 20 known values.

    Source: Bowley 1920; tails after Hogg 1974; modes of a density with Silverman's 1986 bandwidth.
    """
    known = values[np.isfinite(values)]
    if len(known) < _SHORTEST:
        return None
    spread = float(known.std())
    if spread <= 1e-12 * float(np.max(np.abs(known)) or 1.0):
        zero = float(known[0] == 0)
        return Distribution(
            len(known), 0.0, 0.0, 0.0, "unknown", (float(known[0]),), zero, float(known[0] < 0), "constant", False, None
        )
    standard = (known - known.mean()) / spread
    low, middle, high = np.percentile(known, (25, 50, 75))
    lean = float((high + low - 2 * middle) / (high - low)) if high > low else 0.0
    skewness = float(np.mean(standard**3))
    return Distribution(
        n=len(known),
        skewness=skewness,
        kurtosis=float(np.mean(standard**4) - 3),
        lean=lean,
        tails=_tails(known),
        modes=_modes(known),
        zeros=float(np.mean(known == 0)),
        negative=float(np.mean(known < 0)),
        domain=_domain(known),
        log_symmetric=_log_symmetric(known, skewness),
        outlier_pull=_outlier_pull(known),
    )


def _tails(known: Array) -> Tails:
    """Spread of the outer 5 % beside that of the quartiles: 2.59 for a normal distribution, 1.9 for a uniform one (Hogg)."""
    n = len(known)
    if n < 100:
        return "unknown"
    ordered = np.sort(known)
    outer, half = max(n // 20, 1), n // 2
    whole = float(ordered[-outer:].mean() - ordered[:outer].mean())
    inner = float(ordered[-half:].mean() - ordered[:half].mean())
    if inner <= 0:
        return "heavy"
    # For normal values the ratio is 2.585 and its standard deviation about 2.1 / sqrt(n).
    apart = (whole / inner - 2.585) * np.sqrt(n) / 2.1
    return "heavy" if apart > 4 else "light" if apart < -4 else "normal"


def _modes(known: Array) -> tuple[float, ...]:
    """Where the density peaks: one value, or two where a clear valley parts two groups of a tenth of the values each."""
    distinct = np.unique(known)
    scale = min(float(known.std()), robust_scale(known) or float(known.std()))
    if len(distinct) < 8 or scale == 0:
        return (float(np.median(known)),)
    # The tails' outermost values would stretch the grid until the middle has no resolution.
    low, high = np.percentile(known, (0.5, 99.5))
    inside = known[(known >= low - 3 * scale) & (known <= high + 3 * scale)]
    width = max(0.9 * min(float(inside.std()), _quartile_scale(inside)) * len(inside) ** -0.2, _coarseness(distinct))
    grid = np.linspace(inside.min() - 3 * width, inside.max() + 3 * width, _GRID)
    counts, _ = np.histogram(inside, bins=_GRID, range=(grid[0], grid[-1]))
    step = grid[1] - grid[0]
    reach = np.arange(-int(np.ceil(4 * width / step)), int(np.ceil(4 * width / step)) + 1) * step
    density = np.convolve(counts, np.exp(-0.5 * (reach / width) ** 2), mode="same")
    top = int(density.argmax())
    best: tuple[float, int] = (1.0, -1)
    for peak in np.flatnonzero((density[1:-1] > density[:-2]) & (density[1:-1] >= density[2:])) + 1:
        first, last = sorted((top, int(peak)))
        if first == last:
            continue
        valley = first + int(density[first : last + 1].argmin())
        side = float(np.mean(inside > grid[valley]))
        depth = float(density[valley] / density[peak])
        if min(side, 1 - side) >= _LEAST_MODE and depth < min(_VALLEY, best[0]):
            best = (depth, int(peak))
    found = (top,) if best[1] < 0 else tuple(sorted((top, best[1])))
    # A density smooths past the ends of bounded values.
    return tuple(float(np.clip(grid[place], known.min(), known.max())) for place in found)


def _quartile_scale(known: Array) -> float:
    low, high = np.percentile(known, (25, 75))
    return float(high - low) / 1.349 or float(known.std())


def _coarseness(distinct: Array) -> float:
    """The usual distance of neighbouring values where they lie on few rungs (whole numbers), so that rungs are no modes."""
    return float(np.median(np.diff(distinct))) if len(distinct) < 60 else 0.0


def _domain(known: Array) -> Domain:
    distinct = np.unique(known[:2_000])
    if len(distinct) == 2 and len(np.unique(known)) == 2:
        return "two values"
    low, high = float(known.min()), float(known.max())
    if low >= 0 and bool(np.all(known == np.round(known))):
        return "counts"
    if low >= 0 and high <= 1:
        return "fractions"
    # A share in percent uses much of its range; temperatures between 5 and 30 do not look like one.
    if low >= 0 and high <= 100 and high >= 90 and low <= 10:
        return "percentages"
    return "positive" if low > 0 else "not negative" if low == 0 else "real"


def _log_symmetric(known: Array, skewness: float) -> bool:
    """Whether clearly right-skewed positive values become symmetric by taking logarithms."""
    if float(known.min()) <= 0 or skewness < max(0.5, 3 * np.sqrt(6 / len(known))):
        return False
    logs = np.log(known)
    spread = float(logs.std())
    return spread > 0 and abs(float(np.mean(((logs - logs.mean()) / spread) ** 3))) < 0.4 * skewness


def _outlier_pull(known: Array) -> float | None:
    scale = robust_scale(known)
    middle = float(np.median(known))
    calm = known[np.abs(known - middle) <= 5 * scale]
    if scale == 0 or len(calm) == len(known) or len(known) - len(calm) > 0.05 * len(known):
        return None
    error = scale / np.sqrt(len(known))
    pull = (float(known.mean()) - middle) / error
    return float(pull) if abs(pull) > 4 and abs(float(calm.mean()) - middle) < abs(pull) * error / 2 else None


def find_spread(values: Array, remainder: Array, period: int | None = None) -> SpreadByLevel | None:
    """Whether the spread grows with the level; None where there are fewer than eight stretches to compare.

    values, remainder: (time,), NaN where missing; the remainder still holds the season, whose swing counts as spread.
    period: the stretches hold whole seasons of so many samples where at least eight fit, else about a twentieth of the rows.
    Each stretch's line is taken out of its spread. Unknown where the level hardly moves beside the spread.

    Source: spread against level, Tukey 1977; slope by Theil and Sen.
    """
    from scipy.stats import spearmanr, theilslopes

    n = len(values)
    size = max(8, n // 24)
    if period is not None and period >= 4 and n // period >= _BLOCKS:
        size = max(1, round(size / period)) * period if period <= 2 * size else period
    levels, spreads = _stretches(values, remainder, size)
    if len(levels) < _BLOCKS or np.ptp(levels) == 0 or np.ptp(spreads) == 0:
        return None
    ranks = spearmanr(levels, spreads)
    correlation, p_value = float(ranks.statistic), float(ranks.pvalue)
    third = max(len(levels) // 3, 1)
    by_level = spreads[np.argsort(levels, kind="stable")]
    growth = _ratio(by_level, third)
    exponent = low = high = None
    if levels.min() > 0 and spreads.min() > 0:
        fit = theilslopes(np.log(spreads), np.log(levels), alpha=0.95)
        exponent, low, high = float(fit.slope), float(fit.low_slope), float(fit.high_slope)
    verdict = _direction(correlation, p_value, growth)
    if verdict == "steady" and np.ptp(levels) < float(np.median(spreads)):
        verdict = "unknown"
    in_time = spearmanr(np.arange(len(spreads)), spreads)
    return SpreadByLevel(
        verdict,
        len(levels),
        correlation,
        p_value,
        exponent,
        low,
        high,
        growth,
        over_time=_direction(float(in_time.statistic), float(in_time.pvalue), _ratio(spreads, third)),
        early=float(np.median(spreads[:third])),
        late=float(np.median(spreads[-third:])),
    )


def _ratio(spreads: Array, third: int) -> float:
    """Median of the last third over that of the first."""
    return float(np.median(spreads[-third:])) / max(float(np.median(spreads[:third])), 1e-300)


def _direction(correlation: float, p_value: float, ratio: float) -> Spread:
    """Grown or shrunk where the ranks say so beyond chance, and by a quarter at least."""
    if p_value >= _LEVEL or _LEAST_GROWTH > ratio > 1 / _LEAST_GROWTH:
        return "steady"
    return "grows" if correlation > 0 else "shrinks"


def _stretches(values: Array, remainder: Array, size: int) -> tuple[Array, Array]:
    """Median level and robust spread of each whole stretch with two thirds of its values known."""
    levels, spreads = [], []
    rows = np.arange(size) - (size - 1) / 2
    for start in range(0, len(values) - size + 1, size):
        part, rest = values[start : start + size], remainder[start : start + size]
        known = np.isfinite(part)
        if known.sum() < max(2 * size / 3, 4):
            continue
        slope, level = np.polyfit(rows[known], rest[known], 1)
        left = rest[known] - slope * rows[known] - level
        low, high = np.percentile(left, (10, 90))
        levels.append(float(np.median(part[known])))
        spreads.append(float(high - low) / 2.563)
    return np.asarray(levels), np.asarray(spreads)
