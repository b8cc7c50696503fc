"""Single rows far from season, shifts and local level: further than noise goes, and than the series' own rows often go."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from assistant.analysis.anomaly_event import DEFAULT, FALSE_ALARMS, Anomaly, Kind, Strictness
from assistant.analysis.change import Change, level_steps
from assistant.analysis.noise import LARGEST_SCORE, robust_scale
from assistant.analysis.prepare import Array, fill, runs

_WINDOW = 21
_FINEST = 1e-4  # of the series' own spread: what a fit leaves below it is arithmetic, and no scale to measure by
_TOGETHER = 1_000  # points within one part in so many of the series are one event
_MANY = 300  # rows from which a few anomalies are less than a twenty-fifth
_SAME = 0.4  # of a row's deviation: what the median of its phase may have in other cycles
_FIRST, _LAST = 12, 100  # ranks of the separate peaks between which the tail is measured
_ROWS_A_PEAK = 25  # rows that a peak is taken from at least, else it is no peak
_SEPARATE = 10  # rows between peaks that count separately
_SHORT, _LONG = 2_000, 2_500  # rows up to which a tail is doubted wholly, and from which not at all
_DOUBT = 0.7  # of the tail's index: that of Student's noise with three degrees of freedom, a third, and twice its error
_HEAVIEST = 5.0  # index of a tail
_CHANCE = 2.0  # times one over the square root of the rows, by which a ratio of two deviations may err
_HEAVIER = 1.05  # times as far, at most, as the threshold is moved for a tail that is heavier than the middle


def threshold(n: int) -> float:
    """Distance, in robust standard deviations, that plain normal noise of `n` points exceeds in one series of a hundred.

    Widened for the error of a scale estimated from few points.
    """
    from scipy.stats import norm

    return float(norm.isf(FALSE_ALARMS / (2 * n)) * (1.06 + 1.5 / np.sqrt(n)))


def expectation(values: Array, seasonal: Array, changes: Sequence[Change], cycles: float | None) -> tuple[Array, Array]:
    """Expected value (time,) and standard deviation (time,) of the noise about it.

    seasonal: (time,). cycles: how many of the longest season there are, None without one; a season fitted to few cycles takes
    noise with it, so that the remainder understates it.
    """
    levels = values - seasonal
    expected = _level(levels, changes)
    remainder = levels - expected
    edges = [0, *(c.position for c in changes if c.kind == "variance"), len(levels)]
    scale = np.concatenate([np.full(high - low, _spread(remainder[low:high])) for low, high in itertools.pairwise(edges)])
    if cycles is not None:
        scale = scale * np.sqrt(cycles / max(cycles - 1.5, 0.5))
    return expected + seasonal, np.maximum(scale, _FINEST * robust_scale(values))


def _level(levels: Array, changes: Sequence[Change]) -> Array:
    """Expected level (time,) of deseasonalised `levels`."""
    n = len(levels)
    steps = level_steps(tuple(changes), n)
    window = min(_WINDOW, max(5, n // 4)) | 1
    # Around its line, so that a half window at either end of a trend is not off to one side.
    base = fill(levels - steps)
    reach = max(1, n // 3)
    base = steps + float(np.median(base[reach:] - base[:-reach])) / reach * np.arange(n)
    running = pd.Series(levels - base).rolling(window, center=True, min_periods=3).median()
    expected = fill(running.to_numpy(np.float64)) + base
    for change in changes:
        # A shift is placed to within two rows; next to it either level may be the right one.
        if change.kind == "level":
            for row in range(max(0, change.position - 3), min(n, change.position + 3)):
                other = expected[row] + (change.size if row < change.position else -change.size)
                if abs(levels[row] - other) < abs(levels[row] - expected[row]):
                    expected[row] = other
    return expected


def _spread(remainder: Array) -> float:
    """Robust standard deviation: that of the normal distribution with the same outer quantiles."""
    known = remainder[np.isfinite(remainder)]
    if not known.size:
        return 0.0
    low, _, high = _outer(known)
    return (low + high) / 2 or robust_scale(known)


def _outer(values: Array) -> tuple[float, float, float]:
    """Robust standard deviation of `values` (row,) below their median, the median, and the deviation above it.

    From quantiles as far out as contamination allows, so that heavy tails count: a tenth, or a twenty-fifth of many rows.
    """
    share, deviates = (0.1, 1.2816) if len(values) < _MANY else (0.04, 1.7507)
    low, middle, high = (float(quantile) for quantile in np.quantile(values, (share, 0.5, 1 - share)))
    return (middle - low) / deviates, middle, (high - middle) / deviates


def unusual_points(
    values: Array,
    expected: Array,
    scale: Array,
    changes: Sequence[Change],
    seasons: Sequence[int] = (),
    strictness: Strictness = DEFAULT,
) -> list[Anomaly]:
    """Spikes and dips of `values` (time,), NaN where missing, beside `expected` (time,) in units of `scale` (time,).

    seasons: periods in samples that `expected` holds.
    """
    remainder = values - expected
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(scale > 0, remainder / scale, np.where(remainder != 0, np.sign(remainder) * np.inf, 0.0))
    z = np.nan_to_num(z, nan=0.0, posinf=LARGEST_SCORE, neginf=-LARGEST_SCORE)
    # Where a stretch changes its spread the border is not sharp: the wider scale counts on both sides.
    for change in changes:
        if change.kind == "variance":
            near = slice(max(0, change.position - 12), change.position + 12)
            z[near] *= scale[near] / max(float(scale[near].max()), 1e-300)
    known = np.isfinite(values)
    z /= _sides(z, z[known])
    bound = threshold(int(known.sum())) * _heaviness(z[known])
    usual = _usual_extreme(np.abs(z[known]), strictness.expected)
    # A calm part makes small rows large beside its own noise: in a long series they must stand out in the whole too.
    common = _usual_extreme(np.abs(remainder[known]), strictness.expected) if known.sum() >= _LONG else 0.0
    events = []
    for start, end in runs(np.abs(z) > bound, np.sign(z)):
        peak = start + int(np.argmax(np.abs(z[start : end + 1])))
        if abs(z[peak]) > usual and abs(remainder[peak]) > common and not _recurs(remainder, peak, seasons):
            kind: Kind = "spike" if z[peak] > 0 else "dip"
            score = min(float(abs(z[peak])), LARGEST_SCORE)
            events.append(Anomaly(start, end, float(values[peak]), float(expected[peak]), score, kind))
    return _joined(events, len(values) // _TOGETHER)


def _joined(events: Sequence[Anomaly], apart: int) -> list[Anomaly]:
    """Events in order of time with those at most `apart` rows from the one before told as one, by the strongest of them."""
    joined: list[Anomaly] = []
    for event in events:
        if joined and event.start - joined[-1].end <= apart:
            strongest = max(joined[-1], event, key=lambda one: one.score)
            joined[-1] = replace(strongest, start=joined[-1].start, end=event.end)
        else:
            joined.append(event)
    return joined


def _sides(z: Array, known: Array) -> Array:
    """What deviations `z` (time,) are divided by: skewed noise goes further to one side, and its own deviation counts there."""
    low, _, high = _outer(known)
    return np.where(z > 0, max(1.0, high), max(1.0, low))


def _heaviness(z: Array) -> float:
    """How much further deviations `z` (row,) go in their tails than their middle half suggests of normal noise, at least 1.

    Less what chance may add, and at most a twentieth more: the tail holds the anomalies too, and few distinct values have no
    middle half. Some anomalies are the whole tail of a short series, so it counts as normal; a long one's tail is measured.
    """
    if not _MANY <= len(z) < _LONG:
        return 1.0
    low, _, high = _outer(z)
    inner = float(np.subtract(*np.quantile(z, (0.75, 0.25)))) / 1.349
    if inner <= 0:
        return 1.0
    return float(np.clip((low + high) / 2 / inner - _CHANCE / np.sqrt(len(z)), 1.0, _HEAVIER))


def _recurs(remainder: Array, row: int, seasons: Sequence[int]) -> bool:
    """Whether the same phase of other cycles is off the same way, nearly as far: then it is the season's shape."""
    for period in seasons:
        others = np.delete(remainder[row % period :: period], row // period)
        others = others[np.isfinite(others)]
        if len(others) >= 2 and float(np.median(others)) / remainder[row] > _SAME:
            return True
    return False


def _usual_extreme(sizes: Array, expected: float) -> float:
    """Size that the tail of `sizes` (row,), not negative, is expected to exceed `expected` times; zero where there are too few.

    A Pareto tail through the twelfth and the hundredth peak (the twenty-fifth part of the rows, where these are fewer). A short
    series does not tell its tail from its anomalies, so there only what is heavier than the tail of usual noise counts.

    Source: Weissman 1978 (the quantile beyond the data), with two order statistics for the index.
    """
    n = len(sizes)
    last = min(_LAST, n // _ROWS_A_PEAK)
    if last < 2 * _FIRST:
        return 0.0
    peaks = _peaks(sizes, last)
    last = len(peaks)
    if last <= _FIRST:
        return 0.0
    first = float(peaks[_FIRST - 1])
    index = float(np.log(max(first / max(float(peaks[-1]), 1e-300), 1.0)) / np.log(last / _FIRST))
    doubt = _DOUBT * float(np.clip((_LONG - n) / (_LONG - _SHORT), 0, 1))
    factor = float((_FIRST / expected) ** np.clip(index - doubt, 0, _HEAVIEST))
    return first * factor


def _peaks(sizes: Array, most: int) -> Array:
    """Sizes of the highest separate peaks of `sizes` (row,), the highest first, at most so many."""
    left = sizes.copy()
    peaks: list[float] = []
    while len(peaks) < most:
        top = int(np.argmax(left))
        if left[top] < 0:
            break
        peaks.append(float(left[top]))
        left[max(0, top - _SEPARATE + 1) : top + _SEPARATE] = -1.0
    return np.array(peaks)
