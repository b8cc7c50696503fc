"""Tables whose columns are moments: years or dates across, months across years."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.calendar import looks_like_time, read_times
from assistant.data.columns import Column
from assistant.data.counted_times import read_integer_times
from assistant.data.date_parts import date_parts, month_numbers
from assistant.data.hints import part_of
from assistant.data.keys import key_names, minimal_keys
from assistant.data.month_names import MONTH_NAMES
from assistant.data.notes import Notes, clean_name, listing
from assistant.data.numbers import sentinel_of

_FEWEST = 3
_MONTH_COLUMNS = 6
_YEAR = re.compile(r"^[XY]?((?:1[0-9]|20|21)\d{2})(?:\s*\[YR\d{4}\])?$")
_NOTED_YEAR = re.compile(r"^((?:1[0-9]|20|21)\d{2})(?:[*†]+|\s*\(.*\)|\s+[^\d\W].*)$")  # "2001 after revision"
_COPY = re.compile(r" \(\d+\)$")  # what makes a repeated column name unique

Across = list[tuple[pd.DatetimeIndex, dict[str, np.ndarray]]]


def read_across(columns: list[Column], notes: Notes) -> Across | None:
    """Series of a table with moments as column names, or None when it has another layout."""
    months = [c for c in columns if c.name.casefold().rstrip(".") in MONTH_NAMES and c.kind in ("number", "empty")]
    if len(months) >= _MONTH_COLUMNS:
        return _months_across(columns, months, notes)
    moments = [c for c in columns if c.kind in ("number", "empty") and _is_moment(c.name)]
    noted = [c for c in columns if c.kind in ("number", "empty") and _NOTED_YEAR.match(c.name) and c not in moments]
    if len(noted) <= len(moments) // 2:
        moments = [c for c in columns if c in moments or c in noted]
    numbers = [c for c in columns if c.kind == "number" and c not in moments]
    if len(moments) < _FEWEST or len(numbers) > max(2, len(moments) // 4):
        return None
    times = _header_times([c.name for c in moments])
    if times is None:
        return None
    others = [c for c in columns if c not in moments]
    crossed = _years_across_months(others, moments, times, notes)
    return crossed if crossed else _rows_as_series(others, moments, times, notes)


def _is_moment(name: str) -> bool:
    return bool(_YEAR.match(_COPY.sub("", name))) or looks_like_time(_COPY.sub("", name))


def _header_times(names: list[str]) -> pd.DatetimeIndex | None:
    names = [_NOTED_YEAR.sub(r"\1", _COPY.sub("", name)) for name in names]
    years = [_YEAR.match(name) for name in names]
    if all(years):
        numbers = np.array([int(match.group(1)) for match in years if match], dtype=np.float64)
        reading = read_integer_times(numbers, hinted=True)
    else:
        reading = read_times(pd.Series(names, dtype="str"))
    if reading is None or reading.times.isna().any():
        return None
    return reading.times


def _rows_as_series(others: list[Column], moments: list[Column], times: pd.DatetimeIndex, notes: Notes) -> Across:
    table = np.stack([_without_sentinel(row, notes) for row in np.column_stack([_values(c) for c in moments])])
    names = _row_names(others, len(table), notes)
    notes.guess(
        "layout",
        "times across the columns",
        f"{len(moments)} column names are moments ({moments[0].name} … {moments[-1].name}); each row is a series.",
        alternatives=("wide",),
    )
    notes.guess("time column", "column names", f"They run from {moments[0].name} to {moments[-1].name}.")
    filled = ~np.isnan(table).all(axis=1)
    if not filled.all():
        empty = [name for name, keep in zip(names, filled, strict=True) if not keep]
        notes.warn(f"Rows without a single value were left out: {listing(empty)}.")
    return [(times, {name: row}) for name, row, keep in zip(names, table, filled, strict=True) if keep]


def _without_sentinel(row: np.ndarray, notes: Notes) -> np.ndarray:
    """A series without the number that stands for "missing", which only shows along the row."""
    sentinel = sentinel_of(row)
    if sentinel is None:
        return row
    notes.warn(f"{sentinel:g} stands far outside of all other values and was read as missing.")
    return np.where(row == sentinel, np.nan, row)


def _values(column: Column) -> np.ndarray:
    return column.numbers if column.numbers is not None else np.full(len(column.text), np.nan)


def _row_names(others: list[Column], rows: int, notes: Notes) -> list[str]:
    words = [c for c in others if c.kind == "text" and c.distinct > 1]
    codes = {c.name: pd.factorize(c.text)[0] for c in words}
    keys = minimal_keys(words, codes, np.zeros(rows, dtype=np.int64))
    if keys:
        notes.guess("series names", " · ".join(c.name for c in keys), "These words make each row unique.")
        labels, names = key_names(keys, np.arange(rows))
        return [names[code] for code in labels]
    constant = next((c for c in others if c.kind == "text"), None)
    if rows == 1 and constant is not None:
        return [clean_name(constant.text.iloc[0])]
    numbered = next((c for c in others if c.kind == "number"), None)
    notes.guess("series names", numbered.name if numbered else "row numbers", "No column of words names the rows.")
    if numbered is not None:
        return [f"{numbered.name} {cell}" for cell in numbered.text]
    return [f"row {position}" for position in range(1, rows + 1)]


def _months_across(columns: list[Column], months: list[Column], notes: Notes) -> Across | None:
    """A year in each row, its months across."""
    others = [c for c in columns if c not in months]
    year = date_parts(others).get("year") or next((c for c in others if c.kind == "number" and c.times is not None), None)
    if year is None or year.numbers is None:
        return None
    numbers = np.array([MONTH_NAMES[c.name.casefold().rstrip(".")] for c in months], dtype=np.float64)
    notes.guess("layout", "months across the columns", "Each row is a year, each column a month.", alternatives=("wide",))
    notes.guess("time column", f"{year.name} + column names", "The year comes from the row, the month from the column.")
    table = np.column_stack([_values(c) for c in months])
    keys = [c for c in others if c.kind == "text" and c.distinct > 1]
    valid = ~np.isnan(year.numbers)
    groups: Across = []
    for name, rows in _split_rows(keys, np.flatnonzero(valid), "value"):
        cells = _without_sentinel(table[rows].ravel(), notes).reshape(len(rows), -1)
        groups.append(_unrolled(name, year.numbers[rows], numbers, cells))
    return groups


def _split_rows(keys: list[Column], rows: np.ndarray, single: str) -> list[tuple[str, np.ndarray]]:
    if not keys:
        return [(single, rows)]
    codes, names = key_names(keys, rows)
    return [(name, rows[codes == code]) for code, name in enumerate(names)]


def _unrolled(
    name: str, years: np.ndarray, months: np.ndarray, table: np.ndarray
) -> tuple[pd.DatetimeIndex, dict[str, np.ndarray]]:
    """One series from a years × months table, without the blank months before its first and after its last value."""
    year, month = (grid.ravel().astype(np.int64) for grid in np.meshgrid(years, months, indexing="ij"))
    label = pd.Series(year).astype("str") + "-" + pd.Series(month).astype("str").str.zfill(2) + "-01"
    times = pd.DatetimeIndex(pd.to_datetime(label, format="%Y-%m-%d")).as_unit("us")
    order = np.argsort(times.asi8, kind="stable")
    times, values = times[order], table.ravel()[order]
    filled = np.flatnonzero(~np.isnan(values))
    span = slice(int(filled[0]), int(filled[-1]) + 1) if len(filled) else slice(0, 0)
    return times[span], {name: values[span]}


def _years_across_months(others: list[Column], moments: list[Column], times: pd.DatetimeIndex, notes: Notes) -> Across | None:
    """A month in each row, years across."""
    if not all(_YEAR.match(c.name) for c in moments):
        return None
    month = next((c for c in others if part_of(c.name) == "month" or (c.kind == "text" and month_numbers(c) is not None)), None)
    numbers = month_numbers(month) if month is not None else None
    if month is None or numbers is None or np.isnan(numbers).any() or numbers.min() < 1 or numbers.max() > 12:
        return None
    notes.guess("layout", "years across the columns", "Each row is a month, each column a year.", alternatives=("wide",))
    notes.guess("time column", f"{month.name} + column names", "The month comes from the row, the year from the column.")
    table = np.column_stack([_values(c) for c in moments])
    years = np.asarray(times.year, dtype=np.float64)
    keys = [c for c in others if c is not month and c.kind == "text" and c.distinct > 1]
    return [
        _unrolled(name, years, numbers[rows], table[rows].T) for name, rows in _split_rows(keys, np.arange(len(table)), "value")
    ]
