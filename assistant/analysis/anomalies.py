"""What is unusual in a series: single points, stretches, lasting shifts, gaps and stuck values, each with a score."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from assistant.analysis.changepoints import Change, changes_and_season, level_steps
from assistant.analysis.noise import LARGEST_SCORE, robust_scale
from assistant.analysis.prepare import Array, fill, runs
from assistant.analysis.seasonality import find_seasons
from assistant.data.series import Series

Kind = Literal["spike", "dip", "level shift", "variance change", "missing stretch", "stuck value"]

_FALSE_ALARMS = 0.005  # chance that a whole series of plain noise holds one claimed point
_WINDOW = 21
_SHORTEST = 8
_FINEST = 1e-4  # of the series' own spread: what a fit leaves below it is arithmetic, and no scale to measure by
_LONGEST_RETURN = 10  # a shift that goes back within a tenth of the series is one event with an end


@dataclass(frozen=True)
class Anomaly:
    """Rows start … end, both inclusive; start equals end for a single row and for the moment of a lasting change.

    value: the most extreme value of the event (None for a gap). expected: what season, level and trend gave at that row; for a
    variance change value and expected are the standard deviations after and before. score, in robust standard deviations:
    of the most extreme point beside the noise (spike, dip, level shift); for other kinds the normal deviate
    as unlikely as the event. The scale is at least a ten-thousandth of the series' own spread and the score at most 1,000.
    """

    start: int
    end: int
    value: float | None
    expected: float | None
    score: float
    kind: Kind


def find_anomalies(series: Series, seasons: tuple[int, ...] | None = None, limit: int | None = None) -> tuple[Anomaly, ...]:
    """Unusual events in `series`, the strongest first, at most `limit`.

    seasons: periods in samples; None finds them. A point is unusual when it lies further from season, shifts and local level than
    any of n points of noise would in 199 of 200 series, by the noise's own scale in its stretch; so the threshold grows with n.
    """
    if np.isfinite(series.values).sum() < _SHORTEST:
        return ()
    if series.frequency == "irregular":
        return anomalies_of(series.values, np.zeros(len(series)), (), limit)
    if seasons is None:
        seasons = tuple(season.period for season in find_seasons(series.values, series.frequency))
    changes, seasonal = changes_and_season(series.values, seasons)
    cycles = len(series) / max(seasons) if seasons else None
    return anomalies_of(series.values, seasonal, changes, limit, cycles)


def anomalies_of(
    values: Array, seasonal: Array, changes: Sequence[Change], limit: int | None = None, cycles: float | None = None
) -> tuple[Anomaly, ...]:
    """Unusual events of `values` (time,), NaN where missing, whose season (time,) and lasting changes are known already.

    cycles: how many of the longest season there are, None without one; a season fitted to few cycles takes noise with it, so
    that the remainder understates it.
    """
    if np.isfinite(values).sum() < _SHORTEST:
        return ()
    expected, scale = _expectation(values - seasonal, changes)
    if cycles is not None:
        scale = scale * np.sqrt(cycles / max(cycles - 1.5, 0.5))
    scale = np.maximum(scale, _FINEST * robust_scale(values))
    events = _shifts(changes, scale, values, expected + seasonal)
    points = _points(values, expected + seasonal, scale, changes)
    events += [p for p in points if not any(e.start < e.end and e.start - 1 <= p.start and p.end <= e.end + 1 for e in events)]
    events += _gaps(values) + _stuck(values)
    events.sort(key=lambda event: (-event.score, event.start))
    return tuple(events[:limit])


def threshold(n: int) -> float:
    """Distance, in robust standard deviations, that plain normal noise of `n` points exceeds in one series of two hundred.

    Widened for the error of a scale estimated from few points.
    """
    from scipy.stats import norm

    return float(norm.isf(_FALSE_ALARMS / (2 * n)) * (1.06 + 2 / np.sqrt(n)))


def _expectation(levels: Array, changes: Sequence[Change]) -> tuple[Array, Array]:
    """Expected level (time,) and standard deviation (time,) of deseasonalised `levels`."""
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
    remainder = levels - expected
    edges = [0, *(c.position for c in changes if c.kind == "variance"), n]
    scale = np.zeros(n)
    for low, high in itertools.pairwise(edges):
        scale[low:high] = _spread(remainder[low:high])
    return expected, scale


def _spread(remainder: Array) -> float:
    """Robust standard deviation; the wider of the middle half and the middle four fifths, so that heavy tails count."""
    known = remainder[np.isfinite(remainder)]
    if not known.size:
        return 0.0
    low, high = np.percentile(known, (10, 90))
    return max(robust_scale(known), float(high - low) / 2.563)


def _points(values: Array, expected: Array, scale: Array, changes: Sequence[Change]) -> list[Anomaly]:
    with np.errstate(divide="ignore", invalid="ignore"):
        z = np.where(scale > 0, (values - expected) / scale, np.where(np.abs(values - expected) > 0, np.inf, 0.0))
    z = np.nan_to_num(
        np.where(scale > 0, z, np.sign(values - expected) * z), nan=0.0, posinf=LARGEST_SCORE, neginf=-LARGEST_SCORE
    )
    bound = threshold(int(np.isfinite(values).sum()))
    # Where a stretch changes its spread the border is not sharp: the wider scale counts on both sides.
    for change in changes:
        if change.kind == "variance":
            near = slice(max(0, change.position - 12), change.position + 12)
            z[near] *= scale[near] / max(float(scale[near].max()), 1e-300)
    events = []
    for start, end in runs(np.abs(z) > bound, np.sign(z)):
        peak = start + int(np.argmax(np.abs(z[start : end + 1])))
        kind: Kind = "spike" if z[peak] > 0 else "dip"
        events.append(
            Anomaly(start, end, float(values[peak]), float(expected[peak]), min(float(abs(z[peak])), LARGEST_SCORE), kind)
        )
    return events


def _shifts(changes: Sequence[Change], scale: Array, values: Array, expected: Array) -> list[Anomaly]:
    """Level shifts, a shift and its return as one event, and changes of spread."""
    n = len(values)
    events: list[Anomaly] = []
    levels = [c for c in changes if c.kind == "level"]
    index = 0
    while index < len(levels):
        change = levels[index]
        end = change.position
        after = levels[index + 1] if index + 1 < len(levels) else None
        if after and after.position - end <= n / _LONGEST_RETURN and abs(change.size + after.size) < 0.35 * abs(change.size):
            end = after.position - 1
            index += 1
        index += 1
        row = change.position
        noise = max(float(np.median(scale)), 1e-300)
        value = None if np.isnan(values[row]) else float(values[row])
        usual = float(expected[row] - change.size)
        events.append(Anomaly(row, end, value, usual, min(abs(change.size) / noise, LARGEST_SCORE), "level shift"))
    for change in changes:
        if change.kind == "variance":
            events.append(Anomaly(change.position, change.position, change.after, change.before, change.score, "variance change"))
    return events


def _unlikely(chance: float) -> float:
    from scipy.stats import norm

    return float(norm.isf(max(chance, 1e-300)))


def _gaps(values: Array) -> list[Anomaly]:
    """Runs of missing values too long for gaps that fall at random."""
    missing = np.isnan(values)
    n, total = len(values), int(missing.sum())
    events = []
    for start, end in runs(missing):
        length = end - start + 1
        rate = (total - length + 1) / (n - length + 2)
        chance = n * rate**length
        if length >= 3 and chance < _FALSE_ALARMS:
            events.append(Anomaly(start, end, None, None, _unlikely(chance / 2), "missing stretch"))
    return events


def _stuck(values: Array) -> list[Anomaly]:
    """Runs of one repeated value too long for how often the series repeats itself otherwise."""
    same = np.concatenate([[False], np.diff(values) == 0])
    found = [(start - 1, end) for start, end in runs(same, values)]
    lengths = np.array([end - start + 1 for start, end in found])
    n = len(values)
    events = []
    for (start, end), length in zip(found, lengths, strict=True):
        # Runs nearly as long elsewhere (nights without sun, days without sales) are the series' habit.
        if length < 5 or length > n / 2 or int(np.sum(lengths >= length / 2)) > 3:
            continue
        others = int(same.sum()) - (length - 1)
        rate = max((others + 1) / (n - length + 2), 0.02)
        chance = n * rate ** (length - 1)
        if chance < _FALSE_ALARMS:
            events.append(Anomaly(int(start), int(end), float(values[start]), None, _unlikely(chance / 2), "stuck value"))
    return events
