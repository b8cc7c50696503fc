"""What is unusual in a series: single points, stretches, cycles, lasting shifts, gaps and stuck values, each with a score."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.analysis.anomaly_event import DEFAULT, Anomaly, Kind, Strictness, out_of_habit
from assistant.analysis.anomaly_points import expectation, unusual_points
from assistant.analysis.anomaly_runs import gaps, stuck
from assistant.analysis.anomaly_stretches import Stretch, unusual_stretches, usual_cycle
from assistant.analysis.changepoints import Change, changes_and_season
from assistant.analysis.noise import LARGEST_SCORE
from assistant.analysis.prepare import Array
from assistant.analysis.seasonality import find_seasons
from assistant.data.series import Series

_SHORTEST = 8
_LONGEST_RETURN = 10  # a shift that goes back within a tenth of the series is one event with an end


def find_anomalies(series: Series, seasons: tuple[int, ...] | None = None, limit: int | None = None) -> tuple[Anomaly, ...]:
    """Unusual events in `series`, the strongest first, at most `limit`.

    seasons: periods in samples; None finds them. A point is unusual when it lies further from season, shifts and local level than
    any of n points of noise would in 199 of 200 series, by the noise's own scale in its stretch, and further than the series'
    own tail goes about once. From 200 rows on, whole stretches are compared with each other too. What happens again and again
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
    events = _shifts(changes, scale, values, expected, strictness.habit) + _spreads(changes, strictness.habit)
    points = unusual_points(values, expected, scale, changes, strictness)
    events += [p for p in points if not any(e.start < e.end and e.start - 1 <= p.start and p.end <= e.end + 1 for e in events)]
    events += _stretches(values, seasons, events, strictness.beyond)
    events += gaps(values, strictness.habit) + stuck(values, strictness.habit)
    events.sort(key=lambda event: (-event.score, event.start))
    return tuple(events[:limit])


def _shifts(changes: Sequence[Change], scale: Array, values: Array, expected: Array, habit: int) -> list[Anomaly]:
    """Level shifts, a shift and its return as one event."""
    n = len(values)
    events: list[Anomaly] = []
    sizes: list[float] = []
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
        sizes.append(abs(change.size))
    return [event for event, rare in zip(events, out_of_habit(np.array(sizes), habit), strict=True) if rare]


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
    level = float(np.nanmedian(values - cycle))
    return [
        Anomaly(s.start, s.end, float(values[s.peak]), level + float(cycle[s.peak]), s.score, _kind(s, bool(cycle.any())))
        for s in unusual_stretches(values - cycle, beyond)
        if not any(event.start <= s.near[1] and event.end >= s.near[0] for event in known)
    ]


def _kind(stretch: Stretch, seasonal: bool) -> Kind:
    if stretch.brief:
        return "spike" if stretch.side > 0 else "dip"
    return "unusual cycle" if seasonal and not stretch.lasting else "level shift"
