"""The time axis of the rows: one column, a date and a clock column, or a date split over several columns."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading
from assistant.data.columns import Column
from assistant.data.hints import DatePart, is_time_name, part_of
from assistant.data.month_names import MONTH_NAMES
from assistant.data.notes import Notes, listing
from assistant.data.series import ReadOptions
from assistant.errors import BadRequest

_RANGES: dict[DatePart, tuple[int, int]] = {
    "year": (1000, 2200),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 24),
    "minute": (0, 59),
    "second": (0, 60),
    "quarter": (1, 4),
    "week": (1, 53),
    "weekday": (0, 7),
}
_SPLITS: tuple[tuple[DatePart, ...], ...] = (("year", "month", "day"), ("year", "month"), ("year", "quarter"), ("year", "week"))


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
        notes.guess("time column", options.time_column, "You said so.", flag="--time")
    else:
        axis = _best(columns, parts)
    if axis is None:
        return None
    if axis.reading.kind in ("day", "clock") and len(axis.used) == 1:
        axis = _with_clock(axis, columns, parts)
    spare = tuple(column.name for column in parts.values() if column.name not in axis.used)
    if options.time_column is None:
        others = [c.name for c in columns if c.times is not None and c.name not in axis.used and c.kind == "time"]
        how = f"It is read as times ({axis.reading.how})."
        notes.guess("time column", " + ".join(axis.used), how, alternatives=others, flag="--time")
    return Axis(axis.times, axis.used + _derived(axis.times, parts, spare), axis.reading)


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
        return _single(best)
    split = _split(parts)
    if split is not None:
        return split
    whole = [c for c in columns if c.kind == "number" and c.times is not None and (is_time_name(c.name) or _early(c, columns))]
    if whole:
        return _single(max(whole, key=lambda c: (is_time_name(c.name), part_of(c.name) == "year", -columns.index(c))))
    clocks = [c for c in columns if c.kind == "time"]
    return _single(clocks[0]) if clocks else None


def _single(column: Column) -> Axis:
    assert column.times is not None
    return Axis(column.times.times, (column.name,), column.times)


def _filled(column: Column) -> bool:
    return column.times is not None and float(np.mean(column.times.times.notna())) > 0.9


def _early(column: Column, columns: list[Column]) -> bool:
    """Whether an unnamed role is plausible: the first column, or the first after words."""
    before = columns[: columns.index(column)]
    return len(columns) > 1 and all(other.kind in ("text", "empty") for other in before)


def month_numbers(column: Column) -> np.ndarray | None:
    """(rows,) months 1–12 from names or numbers, NaN where missing; None when the column holds none."""
    if column.numbers is not None:
        return column.numbers
    filled = column.text[column.text != ""]
    numbers = column.text.str.casefold().str.rstrip(".").map(MONTH_NAMES).astype("Float64")
    return numbers.to_numpy(np.float64, na_value=np.nan) if numbers.notna().sum() >= 0.9 * len(filled) > 0 else None


def date_parts(columns: list[Column]) -> dict[DatePart, Column]:
    """Columns that hold a part of a date, as their names and their ranges say; numbers replaced by whole parts."""
    found: dict[DatePart, Column] = {}
    for column in columns:
        part = part_of(column.name)
        if part is None or part in found or column.kind in ("empty", "time"):
            continue
        numbers = _part_numbers(column, part)
        if numbers is None:
            continue
        present = numbers[~np.isnan(numbers)]
        low, high = _RANGES[part]
        if len(present) and present.min() >= low and present.max() <= high and (present == np.floor(present)).all():
            found[part] = Column(column.name, "number", column.text, numbers=numbers)
    return found


def _part_numbers(column: Column, part: DatePart) -> np.ndarray | None:
    if part == "month":
        return month_numbers(column)
    if part == "quarter" and column.kind == "text":
        digits = column.text.str.extract(r"^[QqTtKk]?\s*([1-4])$", expand=False)
        return pd.to_numeric(digits, errors="coerce").to_numpy(np.float64) if digits.notna().any() else None
    return column.numbers


def _split(parts: dict[DatePart, Column]) -> Axis | None:
    for needed in _SPLITS:
        if all(part in parts for part in needed):
            return _assembled({part: parts[part] for part in (*needed, *_clock_parts(parts, needed))})
    return None


def _clock_parts(parts: dict[DatePart, Column], needed: tuple[DatePart, ...]) -> tuple[DatePart, ...]:
    """Hour, minute and second columns that refine whole days."""
    if needed[-1] != "day" or "hour" not in parts:
        return ()
    order: tuple[DatePart, ...] = ("hour", "minute", "second")
    return tuple(part for part in order if part in parts)


def _assembled(parts: dict[DatePart, Column]) -> Axis:
    values = {part: column.numbers for part, column in parts.items() if column.numbers is not None}
    year = _digits(values["year"], 4)
    if "week" in values:
        label, pattern = year + "-" + _digits(values["week"], 2) + "-1", "%G-%V-%u"
    else:
        month = values["quarter"] * 3 - 2 if "quarter" in values else values["month"]
        day = values.get("day", np.ones(len(year)))
        label, pattern = year + "-" + _digits(month, 2) + "-" + _digits(day, 2), "%Y-%m-%d"
    times = pd.DatetimeIndex(pd.to_datetime(label, format=pattern, errors="coerce")).as_unit("us")
    for part, unit in (("hour", "h"), ("minute", "min"), ("second", "s")):
        if part in values:
            times = times + pd.to_timedelta(values[part], unit=unit)  # type: ignore[call-overload]
    how = ", ".join(parts)
    return Axis(times.as_unit("us"), tuple(column.name for column in parts.values()), TimeReading(times, "moment", how))


def _digits(numbers: np.ndarray, width: int) -> pd.Series:
    text = pd.Series(np.nan_to_num(numbers).astype(np.int64)).astype("str").str.zfill(width)
    return text.where(~np.isnan(numbers), "x")


def _with_clock(axis: Axis, columns: list[Column], parts: dict[DatePart, Column]) -> Axis:
    """Whole days refined by a clock column or by an hour column."""
    if axis.reading.kind == "clock":
        return axis
    clock = next((c for c in columns if c.times is not None and c.times.kind == "clock" and c.name not in axis.used), None)
    if clock is not None and clock.times is not None:
        stamps = clock.times.times
        times = axis.times + (stamps - stamps.normalize())
        return Axis(times.as_unit("us"), (*axis.used, clock.name), axis.reading)
    repeated = axis.times.dropna().has_duplicates
    hour = parts.get("hour")
    if hour is None or hour.numbers is None or not repeated:
        return axis
    times, used = axis.times + pd.to_timedelta(hour.numbers, unit="h"), (*axis.used, hour.name)
    minute = parts.get("minute")
    if minute is not None and minute.numbers is not None:
        times, used = times + pd.to_timedelta(minute.numbers, unit="min"), (*used, minute.name)
    return Axis(times.as_unit("us"), used, axis.reading)


def _derived(times: pd.DatetimeIndex, parts: dict[DatePart, Column], spare: tuple[str, ...]) -> tuple[str, ...]:
    """Columns that only repeat a part of the times, such as a year beside a whole date."""
    local = times.tz_localize(None) if times.tz is not None else times
    known = local.notna()
    computed = {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "hour": local.hour,
        "minute": local.minute,
        "quarter": local.quarter,
    }
    derived = []
    for part, column in parts.items():
        if column.name not in spare or column.numbers is None:
            continue
        repeats = part in computed and bool((column.numbers[known] == np.asarray(computed[part])[known]).all())
        if repeats or part in ("weekday", "week"):
            derived.append(column.name)
    return tuple(derived)
