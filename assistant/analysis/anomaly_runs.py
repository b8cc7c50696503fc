"""Runs of rows without a value, and of one value again and again, too long to be an accident or a habit."""

from __future__ import annotations

import numpy as np

from assistant.analysis.anomaly_event import FALSE_ALARMS, Anomaly, out_of_habit, unlikely
from assistant.analysis.prepare import Array, runs

_SHORTEST_GAP = 3
_SHORTEST_STUCK = 5
_REPEATS = 0.02  # at least so often a series is taken to repeat its last value


def gaps(values: Array, habit: int) -> list[Anomaly]:
    """Runs of missing values of `values` (time,) too long for gaps that fall at random.

    habit: how many gaps may be half as long or longer, itself counted; where there are more, gaps are the series' habit.
    """
    missing = np.isnan(values)
    n, total = len(values), int(missing.sum())
    found = runs(missing)
    lengths = np.array([end - start + 1 for start, end in found], np.float64)
    events = []
    for (start, end), length, rare in zip(found, lengths, out_of_habit(lengths, habit), strict=True):
        rate = (total - length + 1) / (n - length + 2)
        chance = n * rate**length
        if rare and length >= _SHORTEST_GAP and chance < FALSE_ALARMS:
            events.append(Anomaly(start, end, None, None, unlikely(chance / 2), "missing stretch"))
    return events


def stuck(values: Array, habit: int) -> list[Anomaly]:
    """Runs of one repeated value of `values` (time,) too long for how often the series repeats itself otherwise.

    habit: how many runs may be half as long or longer, itself counted: nights without sun, days without sales are more.
    """
    same = np.concatenate([[False], np.diff(values) == 0])
    found = [(start - 1, end) for start, end in runs(same, values)]
    lengths = np.array([end - start + 1 for start, end in found], np.float64)
    n = len(values)
    events = []
    for (start, end), length, rare in zip(found, lengths, out_of_habit(lengths, habit), strict=True):
        if not rare or length < _SHORTEST_STUCK or length > n / 2:
            continue
        others = int(same.sum()) - (length - 1)
        rate = max((others + 1) / (n - length + 2), _REPEATS)
        chance = n * rate ** (length - 1)
        if chance < FALSE_ALARMS:
            events.append(Anomaly(int(start), int(end), float(values[start]), None, unlikely(chance / 2), "stuck value"))
    return events
