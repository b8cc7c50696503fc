"""Tables with a period in each row and its parts across: the months of years, the days of months, the hours of days."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant.data.calendar import read_times
from assistant.data.columns import Column
from assistant.data.date_parts import date_parts, split_times
from assistant.data.keys import key_names
from assistant.data.month_names import MONTH_NAMES, WEEKDAY_NAMES
from assistant.data.notes import Notes, counted, listing
from assistant.data.numbers import sentinel_of

Across = list[tuple[pd.DatetimeIndex, dict[str, np.ndarray]]]
Offsets = Callable[[np.ndarray, np.ndarray], np.ndarray]

_UNNAMED = re.compile(r"^column \d+$")
_QUARTER = re.compile(r"^(?:(?:q|qtr\.?|quarter|k|t)\s?([1-4])|([1-4])(?:q|(?:st|nd|rd|th)?\.? (?:quarter|quartal|qtr)))$")
_ROMAN = {"i": 1, "ii": 2, "iii": 3, "iv": 4}
_HOUR = re.compile(r"^(?:he|h|hr|hour|stunde|uur|hora)?[ _.]?(\d{1,2})(?:h|:00|\.00)?$")
_DAY = re.compile(r"^[a-z_. ]*?(\d{1,2})$")
_DAY_STEMS = frozenset({"", "d", "day", "days", "dia", "día", "tag", "jour", "giorno", "dag", "value"})
_LONG_MONTHS = 7 / 12  # of the months have a day 31
_CLOSE = 0.02  # of the range of the months' means, within which a thirteenth column is the year's mean


@dataclass(frozen=True)
class _Parts:
    """Columns that each hold one part of the rows' periods. numbers: (columns,) which one. what, of: for the user."""

    columns: list[Column]
    numbers: np.ndarray
    what: str
    of: str
    times: Offsets


def _months(base: np.ndarray, months: np.ndarray) -> np.ndarray:
    grid: np.ndarray = base.astype("datetime64[Y]").astype("datetime64[M]")[:, None] + (months - 1)
    return grid.astype("datetime64[us]")


def _quarters(base: np.ndarray, quarters: np.ndarray) -> np.ndarray:
    return _months(base, quarters * 3 - 2)


def _days(base: np.ndarray, days: np.ndarray) -> np.ndarray:
    """Days of months; NaT where a month is shorter."""
    month = base.astype("datetime64[M]")[:, None]
    grid = month.astype("datetime64[D]") + (days - 1)
    return np.where(grid.astype("datetime64[M]") == month, grid, np.datetime64("NaT")).astype("datetime64[us]")


def _weekdays(base: np.ndarray, weekdays: np.ndarray) -> np.ndarray:
    days = base.astype("datetime64[D]")
    first = (days.astype(np.int64) + 3) % 7  # 1970-01-01 was a Thursday
    return (days[:, None] + (weekdays[None, :] - first[:, None]) % 7).astype("datetime64[us]")


def _minutes(base: np.ndarray, minutes: np.ndarray) -> np.ndarray:
    days = base.astype("datetime64[D]").astype("datetime64[us]")
    grid: np.ndarray = days[:, None] + (minutes * 60_000_000).astype("timedelta64[us]")
    return grid


def read_parts_across(columns: list[Column], notes: Notes) -> Across | None:
    """Series of a table with the parts of the rows' periods as column names, or None when it has another layout."""
    for find in (_month_columns, _quarter_columns, _weekday_columns, _hour_columns, _day_columns, _unnamed_months):
        parts = find(columns)
        if parts is None:
            continue
        others = [column for column in columns if column not in parts.columns]
        base = _bases(others, parts.of)
        if base is not None:
            return _unrolled(parts, others, *base, notes)
    return None


def _named(columns: list[Column], number_of: Callable[[str], float | None]) -> list[tuple[Column, float]]:
    found = []
    for column in columns:
        number = number_of(column.name.casefold().strip().rstrip(".")) if column.kind in ("number", "empty") else None
        if number is not None:
            found.append((column, number))
    return found


def _parts(found: list[tuple[Column, float]], what: str, of: str, times: Offsets) -> _Parts:
    return _Parts([column for column, _ in found], np.array([number for _, number in found]).astype(np.int64), what, of, times)


def _distinct(found: list[tuple[Column, float]]) -> bool:
    return len({number for _, number in found}) == len(found)


def _month_columns(columns: list[Column]) -> _Parts | None:
    found = _named(columns, MONTH_NAMES.get)
    if len(found) < 6:
        found = _named(columns, lambda name: int(name) if name.isdecimal() and 1 <= int(name) <= 12 else None)
        if len(found) != 12 or any(c.name.isdecimal() and int(c.name) > 12 for c in columns):
            return None
    return _parts(found, "month", "year", _months) if _distinct(found) else None


def _quarter_columns(columns: list[Column]) -> _Parts | None:
    def number(name: str) -> int | None:
        match = _QUARTER.match(name)
        return int(match[1] or match[2]) if match else _ROMAN.get(name)

    found = _named(columns, number)
    return _parts(found, "quarter", "year", _quarters) if len(found) == 4 and _distinct(found) else None


def _weekday_columns(columns: list[Column]) -> _Parts | None:
    found = _named(columns, WEEKDAY_NAMES.get)
    return _parts(found, "day of the week", "week", _weekdays) if len(found) >= 5 and _distinct(found) else None


def _hour_columns(columns: list[Column]) -> _Parts | None:
    """Hours 0–23 or 1–24 (each the hour that ends then), or clock times."""
    numbers = [column for column in columns if column.kind in ("number", "empty")]
    names = pd.Series([column.name for column in numbers], dtype="str")
    clock = names.str.fullmatch(r"\d{1,2}:\d{2}(?::\d{2})?")
    if clock.sum() >= 12:
        chosen = [column for column, hit in zip(numbers, clock, strict=True) if hit]
        reading = read_times(names[clock].reset_index(drop=True))
        if reading is None or reading.kind != "clock":
            return None
        minutes = (reading.times - reading.times[0].normalize()) // pd.Timedelta(minutes=1)
        return _parts(list(zip(chosen, minutes.astype(float), strict=True)), "time of day", "day", _minutes)

    def hour(name: str) -> int | None:
        match = _HOUR.match(name)
        return int(match[1]) if match else None

    found = [(column, number) for column, number in _named(columns, hour) if number <= 24]
    order = sorted(number for _, number in found)
    if len(found) != 24 or order not in (list(range(24)), list(range(1, 25))):
        return None
    first = int(order[0])
    return _parts([(c, (number - first) * 60) for c, number in found], "hour", "day", _minutes)


def _day_columns(columns: list[Column]) -> _Parts | None:
    def day(name: str) -> int | None:
        match = _DAY.match(name)
        return int(match[1]) if match and 1 <= int(match[1]) <= 31 else None

    found = _named(columns, day)
    if len(found) not in (28, 29, 30, 31) or not _distinct(found) or _counts_on(columns, found):
        return None
    return _parts(found, "day", "month", _days)


def _counts_on(columns: list[Column], found: list[tuple[Column, float]]) -> bool:
    """Whether numbered columns are members of a group and no days: their numbers go on, or days that no month has hold values."""
    stem = re.sub(r"\d+$", "", found[0][0].name).casefold().strip(" _.")
    alike = [c for c in columns if re.sub(r"\d+$", "", c.name).casefold().strip(" _.") == stem and c.name[-1:].isdigit()]
    if len(alike) > len(found) or (stem not in _DAY_STEMS and len(found) < 31):
        return True
    last = next((column for column, number in found if number == 31), None)
    if stem in _DAY_STEMS or last is None or last.numbers is None:
        return False
    present = last.numbers[~np.isnan(last.numbers)]
    filler = float(np.unique(present, return_counts=True)[1].max(initial=0)) >= 0.4 * len(present)  # such as -9999 or 0
    return len(present) > _LONG_MONTHS * len(last.numbers) + 2 and not filler


def _unnamed_months(columns: list[Column]) -> _Parts | None:
    """A table without a header: a year, then twelve columns of numbers, perhaps the year's mean or sum."""
    if not all(_UNNAMED.match(column.name) for column in columns):
        return None
    year = next((k for k, column in enumerate(columns) if column.kind == "number"), None)
    rest = columns[year + 1 :] if year is not None else []
    if year is None or len(rest) not in (12, 13) or any(column.kind not in ("number", "empty") for column in rest):
        return None
    if columns[year].times is None or columns[year].times.how != "year":  # type: ignore[union-attr]
        return None
    if len(rest) == 13 and not _sums_up(rest[:12], rest[12]):
        return None
    return _parts(list(zip(rest[:12], range(1, 13), strict=True)), "month", "year", _months)


def _sums_up(months: list[Column], last: Column) -> bool:
    """Whether a column holds the mean or the sum of twelve others, in most rows."""
    if last.numbers is None:
        return True
    table = np.column_stack([_values(column) for column in months])
    known = ~np.isnan(table).any(axis=1) & ~np.isnan(last.numbers)
    if known.sum() < 2:
        return False
    span = float(np.ptp(table[known])) or 1.0
    gaps = [np.abs(fold(table[known], axis=1) - last.numbers[known]) for fold in (np.mean, np.sum)]
    return any(float(np.mean(gap <= _CLOSE * span)) >= 0.8 for gap in gaps)


def _values(column: Column) -> np.ndarray:
    return column.numbers if column.numbers is not None else np.full(len(column.text), np.nan)


def _bases(others: list[Column], of: str) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """(rows,) datetime64[us] of the rows' periods, NaT where unread, and the columns that hold them."""
    kinds = {"year": ("year",), "month": ("month", "day"), "day": ("day", "moment"), "week": ("day", "week")}[of]
    timed = next((c for c in others if c.kind == "time" and c.times is not None and c.times.kind in kinds), None)
    if timed is not None and timed.times is not None:
        stamps = timed.times.times
        return (stamps.tz_localize(None) if stamps.tz is not None else stamps).as_unit("us").to_numpy(), (timed.name,)
    named = date_parts(others)
    if of == "year":
        years = named.get("year") or next((c for c in others if c.kind == "number" and c.times is not None), None)
        if years is None or years.numbers is None:
            return None
        known = ~np.isnan(years.numbers)
        whole = np.where(known, years.numbers, 1970).astype(np.int64) - 1970
        return np.where(known, whole.astype("datetime64[Y]").astype("datetime64[us]"), np.datetime64("NaT", "us")), (years.name,)
    counted = next((c for c in others if c.kind == "number" and c.times is not None and c.times.kind in kinds), None)
    if counted is not None and counted.times is not None:
        return counted.times.times.as_unit("us").to_numpy(), (counted.name,)
    split = split_times({part: column for part, column in named.items() if part in ("year", "month", "day")})
    fits = split is not None and (split.parts[-1] == of or (of == "week" and split.parts[-1] == "day"))
    return (split.times.to_numpy(), split.used) if split is not None and fits else None


def _unrolled(parts: _Parts, others: list[Column], base: np.ndarray, used: tuple[str, ...], notes: Notes) -> Across:
    table = np.column_stack([_values(column) for column in parts.columns])
    rows = np.flatnonzero(~np.isnat(base))
    left_out = [c.name for c in others if c.kind == "number" and c.name not in used]
    rows = _without_second_rows(rows, base, others, used, notes)
    _tell(parts, used, left_out, len(base) - len(rows), notes)
    keys = [c for c in others if c.kind == "text" and c.distinct > 1 and c.name not in used and _tells(c, base, rows)]
    groups: Across = []
    for name, member in split_rows(keys, rows, "value"):
        groups.append(in_order(name, parts.times(base[member], parts.numbers).ravel(), table[member].ravel()))
    return groups


def _tells(column: Column, base: np.ndarray, rows: np.ndarray) -> bool:
    """Whether words tell series apart: their periods repeat, or they come in few kinds."""
    return len(np.unique(base[rows])) < len(rows) or column.distinct == 1


def _without_second_rows(
    rows: np.ndarray, base: np.ndarray, others: list[Column], used: tuple[str, ...], notes: Notes
) -> np.ndarray:
    """The rows without those that give something else about the period of the row above, and lack its mean."""
    means = [c for c in others if c.kind == "number" and c.name not in used and c.numbers is not None]
    if not means or any(c.kind == "text" for c in others):
        return rows
    second = np.zeros(len(rows), dtype=bool)
    second[1:] = base[rows][1:] == base[rows][:-1]
    numbers = means[-1].numbers
    if second.sum() * 2 != len(rows) or numbers is None or not np.isnan(numbers[rows][second]).all():
        return rows
    lost = counted(int(second.sum()), "row")
    notes.warn(f"Each period has two rows; the second ones, which lack “{means[-1].name}”, were left out ({lost}).")
    first: np.ndarray = rows[~second]
    return first


def _tell(parts: _Parts, used: tuple[str, ...], left_out: list[str], lost: int, notes: Notes) -> None:
    first, last = parts.columns[0].name, parts.columns[-1].name
    unnamed = bool(_UNNAMED.match(first))
    layout = "months across the columns" if parts.what == "month" else f"{parts.what}s across the columns"
    why = f"Each row is a {parts.of}, each column a {parts.what}."
    notes.guess("layout", layout, why, alternatives=("wide",))
    notes.guess(
        "time column", f"{' + '.join(used)} + column names", f"The columns {first} … {last} are the parts of each {parts.of}."
    )
    if unnamed:
        notes.warn(
            f"The file has no header: the twelve columns after the year ({first} … {last}) were read as January to December."
        )
    if parts.what == "hour":
        notes.warn(f"The column “{first}” was read as the hour that starts at midnight.")
    if left_out:
        notes.warn(f"Left out beside the {parts.what}s, as no part of the series: {listing(left_out, 12)}.")
    if lost > 0:
        notes.warn(f"Left out for want of a readable {parts.of}: {counted(lost, 'row')}.")


def split_rows(keys: list[Column], rows: np.ndarray, single: str) -> list[tuple[str, np.ndarray]]:
    """The rows of each series, with its name."""
    if not keys:
        return [(single, rows)]
    codes, names = key_names(keys, rows)
    return [(name, rows[codes == code]) for code, name in enumerate(names)]


def in_order(name: str, stamps: np.ndarray, values: np.ndarray) -> tuple[pd.DatetimeIndex, dict[str, np.ndarray]]:
    """One series in order of time, without NaT and without the blanks before its first and after its last value."""
    known = ~np.isnat(stamps)
    times = pd.DatetimeIndex(stamps[known]).as_unit("us")
    values = values[known]
    order = np.argsort(times.asi8, kind="stable")
    times, values = times[order], values[order]
    filled = np.flatnonzero(~np.isnan(values))
    span = slice(int(filled[0]), int(filled[-1]) + 1) if len(filled) else slice(0, 0)
    return times[span], {name: values[span]}


def without_sentinel(row: np.ndarray, notes: Notes) -> np.ndarray:
    """A series without the number that stands for "missing", which only shows along the row."""
    sentinel = sentinel_of(row)
    if sentinel is None:
        return row
    notes.warn(f"{sentinel:g} stands far outside of all other values and was read as missing.")
    return np.where(row == sentinel, np.nan, row)
