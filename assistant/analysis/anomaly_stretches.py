"""Stretches of a long series that stand out from all its others, seen as rows, as means and as steps at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assistant.analysis.anomaly_points import threshold
from assistant.analysis.noise import LARGEST_SCORE
from assistant.analysis.prepare import Array

SHORTEST = 500  # rows: below, a stretch is a handful of rows, and these are judged one by one
_WIDTH = 150  # a stretch is one part in so many of the series, but at least …
_FEWEST = 15  # … rows: the mean of fewer is no more normal than they are
_NEAR = 100  # what lies one part in so many apart belongs together
_APART = 20  # a weaker stretch within one part in so many of a stronger one is its wake
_USUAL = 0.9  # share of the series beneath the strength that is called usual
_MOST = 12
_CYCLES = 5  # cycles a season needs for a median cycle that a few odd ones do not bend
_LASTING = 10  # a stretch longer than one part in so many of the series is a new level
_SOFTENED = 0.3  # robust deviations added to each view, so that one near zero does not silence the others


@dataclass(frozen=True)
class Stretch:
    """Rows start … end, both inclusive; peak: the row furthest from the usual level, of which it lies `side` (1 above, -1 below).

    brief: whether its rows stand out one by one, rather than by their mean. lasting: whether the level stays; then start and
    end are the row of the step. near: first and last row of all that belongs to it. before, level: median of one stretch's
    rows before start, and of the rows start … end (where lasting, of one stretch after the step). score: robust standard
    deviations, of single rows where brief, else of means (or of steps between means) of equally long stretches.
    """

    start: int
    end: int
    peak: int
    side: int
    score: float
    brief: bool
    lasting: bool
    near: tuple[int, int]
    before: float
    level: float


def usual_cycle(values: Array, seasons: Sequence[int]) -> Array:
    """Sum of the median cycles (time,) of `values` (time,; NaN where missing), about zero, the given seasons in their order.

    A season of fewer than five cycles is left out: its median would follow what is unusual. A phase never seen counts as zero.
    """
    n = len(values)
    cycle = np.zeros(n)
    for period in seasons:
        if n >= _CYCLES * period:
            rest = pd.Series(values - cycle)
            phases = rest.groupby(np.arange(n) % period).transform("median").fillna(rest.median())
            cycle = cycle + (phases - rest.median()).to_numpy(np.float64)
    return cycle


def unusual_stretches(rest: Array, beyond: float) -> tuple[Stretch, ...]:
    """Stretches of deseasonalised `rest` (time,), NaN where missing, that stand out; the strongest first, at most twelve.

    Every row is seen three ways: by its value, by the mean of the stretch around it (one part in 150 of the series, at
    least fifteen rows) and by the step between the means before and after it, each in its own robust standard deviations.
    The geometric mean of the three, each at its largest near by, is the strength. A stretch stands out where its strength is
    `beyond` times that which nine tenths of the series stay below, so that what a series does all the time is not unusual
    in it, and where one of the views alone exceeds what as many rows of normal noise would. Missing rows are skipped.
    """
    rows = np.flatnonzero(np.isfinite(rest))
    n = len(rows)
    if n < SHORTEST:
        return ()
    views = _Views.of(rest[rows])
    strength = np.exp(np.mean(np.log(views.nearby + _SOFTENED), axis=0))
    certain = np.max(views.nearby, axis=0) >= threshold(n)
    bound = beyond * float(np.quantile(strength, _USUAL))
    found = []
    left = strength.copy()
    for _ in range(_MOST):
        place = int(np.argmax(left))
        if left[place] <= bound:
            break
        if certain[place]:
            found.append(views.describe(place, rows, rest[rows]))
        left[max(0, place - n // _APART) : place + n // _APART + 1] = 0.0
    return tuple(found)


@dataclass(frozen=True)
class _Views:
    """Three views of known values (time,): signed, in robust deviations; (view, time). nearby: the largest size near each row.

    width: rows of a stretch.
    """

    signed: Array
    nearby: Array
    width: int

    @classmethod
    def of(cls, values: Array) -> _Views:
        from scipy.ndimage import maximum_filter1d

        n = len(values)
        width = max(_FEWEST, n // _WIDTH)
        means = pd.Series(values).rolling(width, center=True, min_periods=1 + width // 2).mean().bfill().ffill().to_numpy()
        half = width // 2 + 1
        steps = np.zeros(n)
        steps[half:-half] = means[2 * half :] - means[: -2 * half]
        signed = np.array([_one_sided(view) for view in (values, means, steps)])
        nearby = maximum_filter1d(np.abs(signed), max(3, n // _NEAR) | 1, axis=1)
        return cls(signed, nearby, width)

    def describe(self, place: int, rows: NDArray[np.int64], values: Array) -> Stretch:
        """What stands out at a place: single rows, a stretch, or a step to a level that stays.

        rows, values: (time,) where the known values stand in the series, and they themselves.
        """
        n = len(rows)
        reach = max(3, n // _NEAR) // 2 + 1
        low, high = max(0, place - reach), min(n, place + reach + 1)
        tops = [low + int(np.argmax(np.abs(view[low:high]))) for view in self.signed]
        sizes = [abs(float(view[top])) for view, top in zip(self.signed, tops, strict=True)]
        row, middle, step = tops
        first, last = _half_height(self.signed[0], row)
        brief = last - first < 2 * self.width and sizes[0] >= max(sizes[1:])
        if not brief:
            first, last = _half_height(self.signed[1], middle)
        lasting = not brief and (last - first >= n / _LASTING or last == n - 1)
        if lasting:
            first = last = step
        elif not brief:
            # Means reach beyond the stretch by half their width; its own rows say where it begins and ends.
            heights = self.signed[0, first : last + 1] * np.sign(self.signed[1, middle])
            high_rows = np.flatnonzero(heights >= np.quantile(heights, 0.75) / 2)
            first, last = first + int(high_rows[0]), first + int(high_rows[-1])
        peak = row if brief or lasting else first + int(np.argmax(np.abs(self.signed[0, first : last + 1])))
        side = 1 if self.signed[0 if brief else 1, row if brief else middle] > 0 else -1
        score = sizes[0] if brief else max(sizes[1:])
        near = (int(rows[min(low, first)]), int(rows[max(high - 1, last)]))
        before = float(np.median(values[max(0, first - self.width) : first] if first else values))
        level = float(np.median(values[first : last + 1 + (self.width if lasting else 0)]))
        start, end = int(rows[first]), int(rows[last])
        return Stretch(start, end, int(rows[peak]), side, min(score, LARGEST_SCORE), brief, lasting, near, before, level)


def _one_sided(values: Array) -> Array:
    """Distances of `values` (time,) from their median in robust deviations of their own side, upper or lower.

    A side's deviation is that of the normal distribution with its 95th percentile, at least a tenth of the other side's.
    """
    low, middle, high = np.quantile(values, (0.05, 0.5, 0.95))
    spreads = np.array([middle - low, high - middle]) / 1.645
    spreads = np.maximum(spreads, max(0.1 * float(spreads.max()), 1e-12 * float(np.abs(values).max()), 1e-300))
    off = values - middle
    return np.asarray(np.clip(off / np.where(off < 0, spreads[0], spreads[1]), -1e6, 1e6))


def _half_height(view: Array, top: int) -> tuple[int, int]:
    """First and last row around `top` where `view` (time,) keeps half of the height it has there."""
    low = np.flatnonzero(view * np.sign(view[top]) < abs(view[top]) / 2)
    place = int(np.searchsorted(low, top))
    first = int(low[place - 1]) + 1 if place else 0
    last = int(low[place]) - 1 if place < len(low) else len(view) - 1
    return first, last
