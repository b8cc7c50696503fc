"""Dates split over columns: which column holds the year, the month, the day, the hour, by its name or by what it counts."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from assistant.data.columns import Column
from assistant.data.counted_times import DECIMAL_YEAR
from assistant.data.day_parts import is_stretch_name, packed_clock
from assistant.data.frequency import find_rhythm
from assistant.data.hints import is_totals_cell, part_of
from assistant.data.month_names import MONTH_NAMES, SEASON_MONTHS
from assistant.data.part_words import DatePart

RANGES: dict[DatePart, tuple[int, int]] = {
    "year": (1000, 2200),
    "month": (1, 12),
    "day": (1, 31),
    "hour": (0, 24),
    "minute": (0, 59),
    "second": (0, 60),
    "quarter": (1, 4),
    "week": (1, 53),
    "weekday": (0, 7),
    "yearday": (1, 366),
}
_SPLITS: tuple[tuple[DatePart, ...], ...] = (
    ("year", "month", "day"),
    ("year", "yearday"),
    ("year", "month"),
    ("year", "quarter"),
    ("year", "week"),
)
_COUNTED: tuple[DatePart, ...] = ("year", "month", "day", "hour", "minute")
_LETTERS: dict[str, DatePart] = {
    **{"y": "year", "aaaa": "year", "jjjj": "year", "aa": "year"},
    **{"m": "month", "d": "day", "j": "day", "jj": "day", "tt": "day", "h": "hour"},
}
_FILLED = 0.8  # of the grid that columns without telling names must fill to be taken for parts of a date
_PIVOT = 69


@dataclass(frozen=True)
class PartedTimes:
    """times: (rows,) datetimes, NaT where unread. used: the columns that made them. parts: what each column holds."""

    times: pd.DatetimeIndex
    used: tuple[str, ...]
    parts: tuple[DatePart, ...]


def month_numbers(column: Column) -> np.ndarray | None:
    """(rows,) months 1–12 from names, numbers, M01 or three-month seasons, NaN where missing; None when the column holds none."""
    if column.numbers is not None:
        return column.numbers
    text = column.text.str.casefold().str.strip().str.rstrip(".")
    filled = text[(text != "") & ~text.map(is_totals_cell).to_numpy(bool)]
    codes = pd.to_numeric(text.str.extract(r"^m(0?[1-9]|1[0-2])$", expand=False), errors="coerce")
    months = text.map(MONTH_NAMES).astype("Float64")
    seasons = text.map(SEASON_MONTHS).astype("Float64")
    for numbers in (months, seasons if set(filled) & {"djf", "ndj"} else months, codes.astype("Float64")):
        if numbers.notna().sum() >= 0.9 * len(filled) > 0:
            return numbers.to_numpy(np.float64, na_value=np.nan)
    return None


def date_parts(columns: list[Column]) -> dict[DatePart, Column]:
    """Columns that hold a part of a date, as their names and their ranges say; numbers replaced by whole parts."""
    found: dict[DatePart, Column] = {}
    for column in columns:
        part = part_of(column.name)
        if part == "month" and "hour" in found and "month" in found:
            part = "minute"  # "YY MM DD hh mm"
        if column.name.casefold() == "period" and column.kind == "text":
            part = "month" if month_numbers(column) is not None else "quarter"
        if part is None or part in found or column.kind in ("empty", "time"):
            continue
        numbers = _part_numbers(column, part)
        if numbers is None:
            continue
        present = numbers[~np.isnan(numbers)]
        if part == "day" and len(present) and present.max() > 31 and "month" not in found:
            part = "yearday"
        low, high = RANGES[part]
        if len(present) and present.min() >= low and present.max() <= high and (present == np.floor(present)).all():
            found[part] = Column(column.name, "number", column.text, numbers=numbers)
    _add_letters(columns, found)
    if "year" not in found:
        _add_years(columns, found)
    if "year" in found and not {"month", "quarter", "week", "yearday"} & set(found):
        _add_words(columns, found)
    return found


def _add_letters(columns: list[Column], found: dict[DatePart, Column]) -> None:
    """Columns beside each other that are called by letters of the parts: Year, m, d; AAAA, MM, JJ."""
    parts = [_LETTERS.get(column.name.casefold()) or part_of(column.name) for column in columns]
    for before, column, earlier, part in zip(columns, columns[1:], parts, parts[1:], strict=False):
        if earlier is None or part is None or earlier == part or before.numbers is None or column.numbers is None:
            continue
        if earlier == "year" and "year" not in found:
            years = replace(before, numbers=_full_years(before.numbers))
            if not _lies_in(years, "year"):
                continue
            found["year"] = years
        if earlier in found and "year" in found and part not in found and part != "year" and _lies_in(column, part):
            found[part] = column


def _add_years(columns: list[Column], found: dict[DatePart, Column]) -> None:
    """A column of years right before one of month names, whatever the two are called."""
    for before, column in itertools.pairwise(columns):
        if column.kind != "text" or not _lies_in(before, "year") or before.distinct == len(before.text):
            continue
        months = month_numbers(column)
        if months is not None and len(np.unique(months[~np.isnan(months)])) > 2:
            found["year"] = before
            return


def _add_words(columns: list[Column], found: dict[DatePart, Column]) -> None:
    """A column of month names or quarters beside the year, whatever it is called."""
    for column in columns:
        if column.kind != "text":
            continue
        filled = column.text.ne("").to_numpy(bool)
        parts: tuple[DatePart, ...] = ("month", "quarter")
        for part in parts:
            numbers = _part_numbers(column, part)
            if numbers is not None and filled.sum() >= 2 and not np.isnan(numbers[filled]).any():
                found[part] = Column(column.name, "number", column.text, numbers=numbers)
                return


def _part_numbers(column: Column, part: DatePart) -> np.ndarray | None:
    if part == "month":
        return month_numbers(column)
    if part == "quarter" and column.kind == "text":
        digits = column.text.str.extract(r"^(?:[QqTtKk]|Qtr\.?)?\s*0?([1-4])(?:[QqTt]|\.)?$", expand=False)
        return pd.to_numeric(digits, errors="coerce").to_numpy(np.float64) if digits.notna().any() else None
    if part == "year" and column.numbers is not None:
        return _full_years(column.numbers)
    return column.numbers


def _full_years(numbers: np.ndarray) -> np.ndarray:
    """Years of two digits with their century; and a year that stands in the first row of its block only, in all of them."""
    present = numbers[~np.isnan(numbers)]
    if len(present) and present.min() >= 0 and present.max() <= 99:
        numbers = numbers + np.where(numbers >= _PIVOT, 1900, 2000)
    gaps = np.isnan(numbers)
    if gaps.any() and not gaps[0] and len(np.unique(present)) == len(present) and gaps.sum() >= len(present):
        return pd.Series(numbers).ffill().to_numpy(np.float64)
    return numbers


def split_times(parts: dict[DatePart, Column]) -> PartedTimes | None:
    """The times that named columns make together, or None."""
    for needed in _SPLITS:
        if all(part in parts for part in needed):
            return _assembled({part: parts[part] for part in (*needed, *_clock_parts(parts, needed))})
    return None


def counted_times(columns: list[Column]) -> PartedTimes | None:
    """The times that the first columns of whole numbers make, whatever they are called: 1958 3 17 …, or None.

    The years must repeat, and the parts together make each time once and fill their grid.
    """
    numbers = [column for column in columns if column.kind in ("number", "empty")]
    skipped = 1 if len(numbers) > 3 and numbers[0].distinct == 1 and not _lies_in(numbers[0], "year") else 0
    leading = numbers[skipped : skipped + len(_COUNTED)]
    timed = [column for column in columns if column.kind == "time"]
    if len(leading) < 2 or columns.index(leading[0]) > 2 or any(c.times and c.times.kind != "clock" for c in timed):
        return None
    if not _lies_in(leading[0], "year") or leading[0].distinct > 0.7 * len(leading[0].text):
        return None
    if timed:
        return _with_clock(leading, timed[0])
    found = _counted(leading, _COUNTED) or _counted(leading, ("year", "yearday", "hour", "minute")) or _packed(leading)
    return replace(found, used=(*found.used, *(column.name for column in numbers[:skipped]))) if found else None


def _with_clock(leading: list[Column], clock: Column) -> PartedTimes | None:
    """Year, month and day of whatever names, and a column of times of day."""
    if len(leading) < 3 or clock.times is None or not (_lies_in(leading[1], "month") and _lies_in(leading[2], "day")):
        return None
    days = _assembled({"year": leading[0], "month": leading[1], "day": leading[2]})
    stamps = clock.times.times
    times = (days.times + (stamps - stamps.normalize())).as_unit("us")
    found = PartedTimes(times, (*days.used, clock.name), (*days.parts, "hour", "minute"))
    return found if _fills(found) else None


def _lies_in(column: Column, part: DatePart) -> bool:
    """Whether a column holds whole numbers in the range of a part of a date."""
    low, high = (1500, 2200) if part == "year" else RANGES[part]
    present = column.numbers[~np.isnan(column.numbers)] if column.numbers is not None else np.empty(0)
    return bool(len(present) >= 4 and column.whole and present.min() >= low and present.max() <= high)


def _counted(leading: list[Column], parts: tuple[DatePart, ...]) -> PartedTimes | None:
    taken: dict[DatePart, Column] = {}
    for part, column in zip(parts, leading, strict=False):
        if not _lies_in(column, part):
            break
        taken[part] = column
        if len(taken) > 1 and _fills(found := _assembled(taken)):
            return found
    return None


def _packed(leading: list[Column]) -> PartedTimes | None:
    """Year, day of the year and a clock without a colon, as data loggers write them."""
    if len(leading) < 3 or not _lies_in(leading[1], "yearday") or (spans := packed_clock(leading[2])) is None:
        return None
    days = _assembled({"year": leading[0], "yearday": leading[1]})
    times = (days.times + pd.TimedeltaIndex(spans)).as_unit("us")
    found = PartedTimes(times, (*days.used, leading[2].name), (*days.parts, "hour", "minute"))
    return found if _fills(found) else None


def _fills(found: PartedTimes) -> bool:
    known = found.times.dropna()
    return bool(len(known)) and not known.has_duplicates and find_rhythm(known).filled >= _FILLED


def _clock_parts(parts: dict[DatePart, Column], needed: tuple[DatePart, ...]) -> tuple[DatePart, ...]:
    """Hour, minute and second columns that refine whole days."""
    if needed[-1] not in ("day", "yearday") or "hour" not in parts:
        return ()
    order: tuple[DatePart, ...] = ("hour", "minute", "second")
    return tuple(part for part in order if part in parts)


def _assembled(parts: dict[DatePart, Column]) -> PartedTimes:
    values = {part: column.numbers for part, column in parts.items() if column.numbers is not None}
    year = _digits(values["year"], 4)
    if "week" in values:
        label, pattern = year + "-" + _digits(values["week"], 2) + "-1", "%G-%V-%u"
    elif "yearday" in values:
        label, pattern = year + "-" + _digits(values["yearday"], 3), "%Y-%j"
    else:
        month = values["quarter"] * 3 - 2 if "quarter" in values else values.get("month", np.ones(len(year)))
        day = values.get("day", np.ones(len(year)))
        label, pattern = year + "-" + _digits(month, 2) + "-" + _digits(day, 2), "%Y-%m-%d"
    times = pd.DatetimeIndex(pd.to_datetime(label, format=pattern, errors="coerce")).as_unit("us")
    for part, unit in (("hour", "h"), ("minute", "min"), ("second", "s")):
        if part in values:
            times = times + pd.to_timedelta(values[part], unit=unit)  # type: ignore[call-overload]
    return PartedTimes(times.as_unit("us"), tuple(column.name for column in parts.values()), tuple(parts))


def _digits(numbers: np.ndarray, width: int) -> pd.Series:
    text = pd.Series(np.nan_to_num(numbers).astype(np.int64)).astype("str").str.zfill(width)
    return text.where(~np.isnan(numbers), "x")


def repeating_columns(
    times: pd.DatetimeIndex, columns: list[Column], parts: dict[DatePart, Column], used: tuple[str, ...]
) -> tuple[str, ...]:
    """Columns that only repeat the times or a part of them, such as a year or a decimal year beside a whole date."""
    local = times.tz_localize(None) if times.tz is not None else times
    known = np.asarray(local.notna())
    computed = {
        "year": local.year,
        "month": local.month,
        "day": local.day,
        "hour": local.hour,
        "minute": local.minute,
        "quarter": local.quarter,
        "yearday": local.dayofyear,
    }
    derived = []
    for part, column in parts.items():
        if column.name in used or column.numbers is None:
            continue
        repeats = part in computed and bool((column.numbers[known] == np.asarray(computed[part])[known]).all())
        if repeats or part in ("weekday", "week"):
            derived.append(column.name)
    for column in columns:
        if column.name in used or column.kind != "number":
            continue
        if _is_hour(column, local, known):
            derived.append(column.name)
            continue
        if column.times is None:
            if _counts_moments(column, times, known):
                derived.append(column.name)
            continue
        if column.times.how != DECIMAL_YEAR:
            if _same_moments(column.times.times[known], times[known]):
                derived.append(column.name)
            continue
        apart = np.abs((column.times.times[known] - local[known]) / pd.Timedelta(days=1))
        if len(apart) and not np.isnan(apart).any() and float(apart.max()) <= 32:
            derived.append(column.name)
    return tuple(derived)


def _same_moments(others: pd.DatetimeIndex, times: pd.DatetimeIndex) -> bool:
    """Whether numbers read as times repeat the times, perhaps in another zone or by their days."""
    plain = times.tz_convert("UTC").tz_localize(None) if times.tz is not None else times
    apart = (others - plain) / pd.Timedelta(hours=1)
    if not len(apart) or np.isnan(apart).any() or float(np.abs(apart).max()) >= 24:
        return False
    return len(np.unique(apart)) <= 2 or bool((others == plain.normalize()).all())


def _counts_moments(column: Column, times: pd.DatetimeIndex, known: np.ndarray) -> bool:
    """Whether numbers out of order are the seconds or milliseconds since 1970 of the same times."""
    if column.numbers is None or not known.any():
        return False
    seconds = times[known].as_unit("us").asi8 / 1e6
    return any(bool((column.numbers[known] == seconds * scale).all()) for scale in (1, 1_000))


def _is_hour(column: Column, local: pd.DatetimeIndex, known: np.ndarray) -> bool:
    """Whether a column is the hour of each row, perhaps in another zone or counted from 1."""
    if column.numbers is None or not is_stretch_name(column.name) or not _lies_in(column, "hour"):
        return False
    apart = (column.numbers[known] - np.asarray(local.hour)[known]) % 24
    return len(np.unique(local.hour[known])) > 12 and len(np.unique(apart)) == 1
