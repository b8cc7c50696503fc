"""What is unusual in a series: single points, stretches, cycles, lasting shifts, gaps and stuck values, each with a score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from assistant.analysis.anomaly_event import DEFAULT, Anomaly, Kind, Strictness, out_of_habit
from assistant.analysis.anomaly_points import expectation, unusual_points
from assistant.analysis.anomaly_runs import gaps, stuck
from assistant.analysis.anomaly_stretches import Stretch, unusual_stretches, usual_cycle
from assistant.analysis.change import Change
from assistant.analysis.changepoints import changes_and_season
from assistant.analysis.noise import LARGEST_SCORE
from assistant.analysis.prepare import Array
from assistant.analysis.seasonality import find_seasons
from assistant.data.series import Series

_SHORTEST = 8
_SMALLEST_SHIFT = 3.0  # in standard deviations of the noise: a smaller one is a change, but no unusual event
_BESIDE = 30  # rows on either side of a shift in which it must show
_LONGEST_RETURN = 10  # a shift that goes back within a tenth of the series is one event with an end


def find_anomalies(series: Series, seasons: tuple[int, ...] | None = None, limit: int | None = None) -> tuple[Anomaly, ...]:
    """Unusual events in `series`, the strongest first, at most `limit`.

    seasons: periods in samples; None finds them. A point is unusual when it lies further from season, shifts and local level than
    any of n points of noise would in 99 of 100 series, by the noise's own scale in its stretch, and further than the series'
    own tail goes about once. From 500 rows on, whole stretches are compared with each other too. What happens again and again
    in a series is its habit and not unusual in it.
    """
    if np.isfinite(series.values).sum() < _SHORTEST:
        return ()
    if series.frequency == "irregular":
        return anomalies_of(series.values, np.zeros(len(series)), (), limit=limit)
    if seasons is None:
        seasons = tuple(season.period for season in find_seasons(series.values, series.frequency))
    changes, seasonal = changes_and_season(series.values, seasons)
    return anomalies_of(series.values, seasonal, changes, seasons, limit)


def anomalies_of(
    values: Array,
    seasonal: Array,
    changes: Sequence[Change],
    seasons: tuple[int, ...] = (),
    limit: int | None = None,
    strictness: Strictness = DEFAULT,
) -> tuple[Anomaly, ...]:
    """Unusual events of `values` (time,), NaN where missing, whose seasons (periods, the strongest first; and their sum,
    (time,)) and lasting changes are known already."""
    if np.isfinite(values).sum() < _SHORTEST:
        return ()
    cycles = len(values) / max(seasons) if seasons else None
    expected, scale = expectation(values, seasonal, changes, cycles)
    levels = [change for change in changes if change.kind == "level" and _shows(values - seasonal, change)]
    events = [_as_cycle(shift, values, expected, seasons) for shift in _shifts(levels, scale, expected, strictness.habit)]
    events += _spreads(changes, strictness.habit)
    points = unusual_points(values, expected, scale, changes, seasons, strictness)
    events += [p for p in points if not any(e.start < e.end and e.start - 1 <= p.start and p.end <= e.end + 1 for e in events)]
    events += _stretches(values, seasons, events, strictness.beyond)
    events += gaps(values, strictness.habit) + stuck(values, strictness.habit)
    events.sort(key=lambda event: (-event.score, event.start))
    return tuple(events[:limit])


def _shows(levels: Array, change: Change) -> bool:
    """Whether mean or median of the rows beside a change differ by half its size: a series of few distinct values has shifts of
    its typical value that its level knows nothing of."""
    before = levels[max(0, change.position - _BESIDE) : change.position]
    after = levels[change.position : change.position + _BESIDE]
    if not (np.isfinite(before).any() and np.isfinite(after).any()):
        return True
    steps = (np.nanmean(after) - np.nanmean(before), np.nanmedian(after) - np.nanmedian(before))
    return any(bool(step * np.sign(change.size) >= abs(change.size) / 2) for step in steps)


def _shifts(levels: Sequence[Change], scale: Array, expected: Array, habit: int) -> list[Anomaly]:
    """Level shifts, a shift and its return as one event."""
    n = len(expected)
    events: list[Anomaly] = []
    sizes: list[float] = []
    index = 0
    while index < len(levels):
        change = levels[index]
        end = change.position
        back = levels[index + 1] if index + 1 < len(levels) else None
        if back and back.position - end <= n / _LONGEST_RETURN and abs(change.size + back.size) < 0.35 * abs(change.size):
            end = back.position - 1
            index += 1
        index += 1
        row = change.position
        noise = max(float(np.median(scale)), 1e-300)
        after = float(expected[row])
        score = min(abs(change.size) / noise, LARGEST_SCORE)
        events.append(Anomaly(row, end, after, after - change.size, score, "level shift"))
        sizes.append(abs(change.size))
    rare = out_of_habit(np.array(sizes), habit)
    return [event for event, told in zip(events, rare, strict=True) if told and event.score >= _SMALLEST_SHIFT]


def _as_cycle(shift: Anomaly, values: Array, expected: Array, seasons: tuple[int, ...]) -> Anomaly:
    """The shift, or an unusual cycle where it is gone again within one cycle of the strongest season."""
    if not seasons or not 0 < shift.end - shift.start <= seasons[0] or shift.value is None or shift.expected is None:
        return shift
    rows = slice(shift.start, shift.end + 1)
    usual = expected[rows] - (shift.value - shift.expected)
    off = np.nan_to_num(np.abs(values[rows] - usual))
    peak = int(np.argmax(off))
    if off[peak] == 0:
        return shift
    return replace(shift, value=float(values[rows][peak]), expected=float(usual[peak]), kind="unusual cycle")


def _spreads(changes: Sequence[Change], habit: int) -> list[Anomaly]:
    """Changes of spread."""
    found = [c for c in changes if c.kind == "variance"]
    ratios = np.array([abs(np.log(max(c.after, 1e-300) / max(c.before, 1e-300))) for c in found])
    return [
        Anomaly(c.position, c.position, c.after, c.before, c.score, "variance change")
        for c, rare in zip(found, out_of_habit(ratios, habit), strict=True)
        if rare
    ]


def _stretches(values: Array, seasons: tuple[int, ...], known: Sequence[Anomaly], beyond: float) -> list[Anomaly]:
    """Stretches that stand out and in which nothing `known` lies, by what they look like."""
    cycle = usual_cycle(values, seasons)
    rest = values - cycle
    level = float(np.nanmedian(rest))
    events = []
    for stretch in unusual_stretches(rest, beyond):
        if any(event.start <= stretch.near[1] and event.end >= stretch.near[0] for event in known):
            continue
        kind = _kind(stretch, bool(cycle.any()))
        row, value, usual = stretch.peak, float(values[stretch.peak]), level + float(cycle[stretch.peak])
        if kind == "level shift":
            row = stretch.start
            value, usual = float(cycle[row]) + stretch.level, float(cycle[row]) + stretch.before
        events.append(Anomaly(stretch.start, stretch.end, value, usual, stretch.score, kind, whole=not stretch.brief))
    return events


def _kind(stretch: Stretch, seasonal: bool) -> Kind:
    if stretch.brief:
        return "spike" if stretch.side > 0 else "dip"
    return "unusual cycle" if seasonal and not stretch.lasting else "level shift"
