"""Groups of rows → sorted series with unique times, unique names and a frequency."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant.data.arrangement import Arrangement, Group
from assistant.data.frequency import IRREGULAR, Rhythm, find_rhythm
from assistant.data.notes import Notes, clean_name, counted, listing, unique_names
from assistant.data.series import Limits, ReadOptions, Series
from assistant.errors import BadRequest, FileRejected

_PLAIN = frozenset({"QS", "QE", "YS", "YE"})  # pandas spells out their anchors, everything here leaves the usual ones away


@dataclass
class _Tally:
    """What was repaired, over all groups."""

    unsorted: int = 0
    repeated: int = 0
    conflicting: int = 0
    absent: int = 0


def assemble(arrangement: Arrangement, options: ReadOptions, limits: Limits, notes: Notes) -> tuple[Series, ...]:
    """Sort, merge duplicates, name and date every series; say what was repaired.

    Errors: FileRejected for more series than the limits allow or when no series has a value; BadRequest for an unknown frequency.
    """
    count = sum(len(group.values) for group in arrangement.groups)
    if count > limits.series:
        raise FileRejected(
            f"Expected at most {limits.series:,} series, found {count:,}. Keep the ones you need, then upload again."
        )
    forced = _checked_frequency(options.frequency)
    tally, found, empty = _Tally(), [], []
    rhythms: dict[bytes, Rhythm] = {}
    for group in arrangement.groups:
        times, values = _ordered(group, tally)
        frequency = forced or _frequency(times, rhythms, tally)
        for name, numbers in values.items():
            if np.isnan(numbers).all():
                empty.append(name)
                continue
            index = times if times is not None else pd.RangeIndex(len(numbers))
            found.append(Series(name, index, numbers, frequency if times is not None else None, group.units.get(name)))
    if empty:
        notes.warn(f"Series without a single value were left out: {listing(empty)}.")
    if not found and arrangement.groups and arrangement.label_column is None:
        raise FileRejected("Expected values, found only missing ones. Export the data again.")
    _report(found, tally, forced, notes)
    if forced is not None:
        _compare(forced, [s for s in found if s.dated], notes)
    names = unique_names([clean_name(series.name) for series in found], fallback="series")
    return tuple(Series(name, s.times, s.values, s.frequency, s.unit) for name, s in zip(names, found, strict=True))


def _compare(forced: str, series: list[Series], notes: Notes) -> None:
    """Say what follows where the frequency that the user named is not that of the times."""
    for one in series:
        assert isinstance(one.times, pd.DatetimeIndex)
        own = find_rhythm(one.times).alias
        if own == forced or forced == IRREGULAR or one.times.empty:
            continue
        of = "" if len(series) == 1 else f" of “{one.name}”"
        steps = _steps(one.times, forced)
        found = f"You said {forced}, but the times{of}"
        follows = "every row is kept as it is, and nothing was added up or averaged"
        if own == IRREGULAR:
            notes.warn(f"{found} have no regular distance: {follows}; stamps off that rhythm stay.")
        elif steps < len(one.times):
            notes.warn(
                f"{found} follow {own}: {follows}. {counted(len(one.times), 'row')} stand for about {steps:,} steps of {forced}, "
                f"so that seasons and forecasts count rows and not such steps; aggregate the file first for {forced}."
            )
        else:
            absent = f"{steps - len(one.times):,} steps of {forced}"
            notes.warn(f"{found} follow {own}: {follows}; about {absent} between them count as missing.")
        return


def _steps(times: pd.DatetimeIndex, alias: str) -> int:
    """About how many points of a frequency lie from the first to the last time (both included)."""
    one_step = (times[0] + pd.tseries.frequencies.to_offset(alias) * 10 - times[0]) / 10
    return round((times[-1] - times[0]) / one_step) + 1


def _checked_frequency(alias: str | None) -> str | None:
    if alias is None or alias == IRREGULAR:
        return alias
    try:
        offset = pd.tseries.frequencies.to_offset(alias)
    except ValueError as error:
        raise BadRequest(f"Expected a frequency such as h, D, W-SUN, MS, QS or YS, found “{alias}”.") from error
    if offset is None or offset.n < 1:
        raise BadRequest(f"Expected a frequency such as h, D, W-SUN, MS, QS or YS, found “{alias}”.")
    return alias if alias in _PLAIN else str(offset.freqstr)


def _ordered(group: Group, tally: _Tally) -> tuple[pd.DatetimeIndex | None, dict[str, np.ndarray]]:
    """The group's rows in time order, each time once."""
    if group.times is None:
        return None, group.values
    times = group.times.as_unit("us")
    values = group.values
    if not times.is_monotonic_increasing:
        tally.unsorted += 0 if times.is_monotonic_decreasing else 1
        order = np.argsort(times.asi8, kind="stable")
        times, values = times[order], {name: numbers[order] for name, numbers in values.items()}
    if times.is_unique:
        return times, values
    return _merged(times, values, tally)


def _merged(
    times: pd.DatetimeIndex, values: dict[str, np.ndarray], tally: _Tally
) -> tuple[pd.DatetimeIndex, dict[str, np.ndarray]]:
    """Rows with one time become one: alike ones once, conflicting ones by their mean."""
    frame = pd.DataFrame(values)
    stamp, start = np.unique(times.asi8, return_index=True)
    group = np.searchsorted(stamp, times.asi8)
    grouped = frame.groupby(group, sort=True)
    low, high = grouped.min(), grouped.max()
    conflicts = ((high - low) > 0).any(axis=1)
    tally.repeated += len(times) - len(stamp)
    tally.conflicting += int(conflicts.sum())
    mean = grouped.mean()
    exact = mean.where((high - low) > 0, low)
    return times[start], {name: exact[name].to_numpy(np.float64) for name in values}


def _frequency(times: pd.DatetimeIndex | None, rhythms: dict[bytes, Rhythm], tally: _Tally) -> str | None:
    if times is None:
        return None
    key = times.asi8.tobytes()
    if key not in rhythms:
        rhythms[key] = find_rhythm(times)
        tally.absent += rhythms[key].absent
    return rhythms[key].alias


def _report(found: list[Series], tally: _Tally, forced: str | None, notes: Notes) -> None:
    if tally.unsorted:
        notes.warn("The rows were not in order of time; they were sorted.")
    if tally.repeated:
        alike = tally.repeated - tally.conflicting
        parts = [f"dropped as alike: {counted(alike, 'row')}" if alike > 0 else ""]
        parts.append(f"averaged because values conflict: {counted(tally.conflicting, 'time')}" if tally.conflicting else "")
        notes.warn(f"Times occur more than once; {', '.join(part for part in parts if part)}.")
    frequencies = Counter(series.frequency for series in found if series.frequency is not None)
    if not frequencies:
        return
    usual, hits = frequencies.most_common(1)[0]
    others = [frequency for frequency in frequencies if frequency != usual]
    why = (
        "You said so."
        if forced
        else f"The most frequent distance between times, in {hits} of {sum(frequencies.values())} series."
    )
    notes.guess("frequency", str(usual), why, alternatives=[str(other) for other in others], flag="--frequency")
    if IRREGULAR in frequencies and not forced:
        notes.warn("The times have no regular distance" + (f" in {frequencies[IRREGULAR]} series." if len(found) > 1 else "."))
    if tally.absent:
        notes.warn(f"The rhythm has gaps: {counted(tally.absent, 'time')} without a row (none was added).")
