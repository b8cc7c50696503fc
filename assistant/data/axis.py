"""The time axis of the rows: one column, a date and a clock column, or a date split over several columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading
from assistant.data.columns import Column
from assistant.data.date_parts import counted_times, date_parts, repeating_columns, split_times
from assistant.data.day_parts import hour_spans, is_clock_name, is_stretch_name, packed_clock, stretches_of_day
from assistant.data.frequency import find_rhythm
from assistant.data.hints import is_time_name, part_of
from assistant.data.notes import Notes, listing
from assistant.data.part_words import DatePart
from assistant.data.series import ReadOptions
from assistant.errors import BadRequest


@dataclass(frozen=True)
class Axis:
    """times: (rows,) datetimes, NaT where unread. used: the columns that made them. reading: how they were read."""

    times: pd.DatetimeIndex
    used: tuple[str, ...]
    reading: TimeReading


def find_axis(columns: list[Column], options: ReadOptions, notes: Notes) -> Axis | None:
    """The time axis of a table, or None when no column holds times.

    Errors: BadRequest when the asked time column is absent or holds no times.
    """
    parts = date_parts(columns)
    axis: Axis | None
    if options.time_column is not None:
        axis = _asked(columns, options.time_column)
        notes.guess("time column", options.time_column, "You said so.", flag="--time-column")
    else:
        axis = _best(columns, parts)
    if axis is None:
        return None
    if axis.reading.kind in ("day", "clock") or axis.reading.how == "year, month, day":
        axis = _with_clock(axis, columns, parts, notes)
    if options.time_column is None:
        others = [c.name for c in columns if c.times is not None and c.name not in axis.used and c.kind == "time"]
        how = f"It is read as times ({axis.reading.how})."
        notes.guess("time column", " + ".join(axis.used), how, alternatives=others, flag="--time-column")
    return Axis(axis.times, axis.used + repeating_columns(axis.times, columns, parts, axis.used), axis.reading)


def _asked(columns: list[Column], name: str) -> Axis:
    found = next((column for column in columns if column.name == name), None)
    if found is None:
        raise BadRequest(f"Expected the name of a column, found “{name}”. The file has {listing([c.name for c in columns], 12)}.")
    if found.times is None:
        raise BadRequest(f"Expected a column of times, found “{name}”, which holds none. Choose another column.")
    return Axis(found.times.times, (name,), found.times)


def _best(columns: list[Column], parts: dict[DatePart, Column]) -> Axis | None:
    dated = [c for c in columns if c.kind == "time" and c.times is not None and c.times.kind != "clock"]
    if dated:
        best = max(dated, key=lambda c: (_filled(c), is_time_name(c.name), -columns.index(c)))
        return _single(_finer(best, dated))
    split = split_times(parts) or counted_times(columns)
    if split is not None:
        return Axis(split.times, split.used, TimeReading(split.times, "moment", ", ".join(split.parts)))
    whole = [c for c in columns if c.kind == "number" and c.times is not None and (is_time_name(c.name) or _early(c, columns))]
    if whole:
        return _single(max(whole, key=lambda c: (is_time_name(c.name), part_of(c.name) == "year", -columns.index(c))))
    clocks = [c for c in columns if c.kind == "time"]
    return _single(clocks[0]) if clocks else None


def _finer(best: Column, dated: list[Column]) -> Column:
    """Moments where the best column so far only names their days."""
    assert best.times is not None
    coarse = len(best.times.times.dropna().unique())
    for column in dated:
        if (
            column is best
            or column.times is None
            or column.times.kind != "moment"
            or best.times.kind == "moment"
            or not _filled(column)
        ):
            continue
        stamps = column.times.times.dropna().unique()
        if len(stamps) > 1.5 * coarse and find_rhythm(pd.DatetimeIndex(stamps)).regular:
            return column
    return best


def _single(column: Column) -> Axis:
    assert column.times is not None
    return Axis(column.times.times, (column.name,), column.times)


def _filled(column: Column) -> bool:
    return column.times is not None and float(np.mean(column.times.times.notna())) > 0.9


def _early(column: Column, columns: list[Column]) -> bool:
    """Whether an unnamed role is plausible: the first column, or the first after words."""
    before = columns[: columns.index(column)]
    return len(columns) > 1 and all(other.kind in ("text", "empty") for other in before)


def _clock_beside(axis: Axis, columns: list[Column]) -> Column | None:
    """The column of times of day that belongs to the days: by its name, or the first one where days repeat."""
    clocks = [c for c in columns if c.times is not None and c.times.kind == "clock" and c.name not in axis.used]
    named = next((c for c in clocks if is_clock_name(c.name)), None)
    if named is not None or not clocks:
        return named
    return clocks[0] if axis.times.dropna().has_duplicates else None


def _with_clock(axis: Axis, columns: list[Column], parts: dict[DatePart, Column], notes: Notes) -> Axis:
    """Whole days refined by a clock column, by an hour column, or by one that counts the stretches of a day."""
    if axis.reading.kind == "clock":
        return axis
    clock = _clock_beside(axis, columns)
    if clock is not None and clock.times is not None:
        stamps = clock.times.times
        late = clock.text.str.match(r"24[:.]00").to_numpy(bool).astype(np.int64)
        times = axis.times + (stamps - stamps.normalize()) + pd.to_timedelta(late, unit="D")
        return Axis(times.as_unit("us"), (*axis.used, clock.name), axis.reading)
    if not axis.times.dropna().has_duplicates:
        return axis
    for column in columns:
        if column.kind == "text" and (starts := hour_spans(column)) is not None:
            return Axis((axis.times + pd.TimedeltaIndex(starts)).as_unit("us"), (*axis.used, column.name), axis.reading)
    hour = parts.get("hour")
    if hour is not None and hour.numbers is not None:
        times, used = axis.times + pd.to_timedelta(hour.numbers, unit="h"), (*axis.used, hour.name)
        minute = parts.get("minute")
        if minute is not None and minute.numbers is not None:
            times, used = times + pd.to_timedelta(minute.numbers, unit="min"), (*used, minute.name)
        return Axis(times.as_unit("us"), used, axis.reading)
    for column in columns:
        if column.name in axis.used or column.numbers is None or not column.whole:
            continue
        spans = packed_clock(column) if is_clock_name(column.name) else None
        if spans is None and is_stretch_name(column.name):
            spans = stretches_of_day(column, axis.times)
            if spans is not None:
                step = pd.Timedelta(np.nanmin(spans[spans > np.timedelta64(0)]))
                why = f"It counts the stretches of each day; each is taken as {int(step.total_seconds() // 60)} minutes long."
                notes.guess("stretches of the day", column.name, why)
        if spans is not None:
            return Axis((axis.times + pd.TimedeltaIndex(spans)).as_unit("us"), (*axis.used, column.name), axis.reading)
    return axis
