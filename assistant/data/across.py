"""Tables whose columns are moments: years or dates across, months across years."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.across_parts import Across, in_order, read_parts_across, split_rows, without_sentinel
from assistant.data.calendar import looks_like_time, read_times
from assistant.data.columns import Column
from assistant.data.counted_times import read_integer_times
from assistant.data.date_parts import month_numbers
from assistant.data.hints import is_totals_cell, part_of
from assistant.data.keys import key_names, minimal_keys, named_fully
from assistant.data.named_periods import without_forecast_mark
from assistant.data.notes import Notes, clean_name, counted, listing

_FEWEST = 3
_QUARTERS = {
    name.format(number): number
    for number in range(1, 5)
    for name in ("Q{}", "q{}", "{}Q", "Quarter {}", "Qtr {}", "K{}", "T{}", "{}. Quartal", "{}. quarter")
} | {"I": 1, "II": 2, "III": 3, "IV": 4}
_YEAR = re.compile(r"^[XYxy]?((?:1[0-9]|20|21)\d{2})(?:\s*\[YR\d{4}\])?$")
_NOTED_YEAR = re.compile(r"^((?:1[0-9]|20|21)\d{2})(?:[*†]+|\s*\(.*\)|\s+[^\d\W].*)$")  # "2001 after revision"
_COPY = re.compile(r" \(\d+\)$")  # what makes a repeated column name unique


def read_across(columns: list[Column], notes: Notes, *, keep_sentinels: bool = False) -> Across | None:
    """Series of a table with moments as column names, or None when it has another layout."""
    found = _found_across(columns, notes)
    if found is None or keep_sentinels:
        return found
    groups: Across = []
    for times, values in found:
        cleared = {name: without_sentinel(row, notes) for name, row in values.items()}
        changed = any(cleared[name] is not row for name, row in values.items())
        groups += [in_order(name, times.to_numpy(), row) for name, row in cleared.items()] if changed else [(times, values)]
    return groups


def _found_across(columns: list[Column], notes: Notes) -> Across | None:
    parted = read_parts_across(columns, notes)
    if parted is not None:
        return parted
    moments = [c for c in columns if c.kind in ("number", "empty") and _is_moment(c.name)]
    noted = [c for c in columns if c.kind in ("number", "empty") and _NOTED_YEAR.match(c.name) and c not in moments]
    if len(noted) <= len(moments) // 2 and all(_YEAR.match(_bare(c.name)) for c in moments):
        moments = [c for c in columns if c in moments or c in noted]
    numbers = [c for c in columns if c.kind == "number" and c not in moments]
    if len(moments) < _FEWEST or len(numbers) > max(2, len(moments) // 4):
        return None
    times = _header_times([c.name for c in moments])
    if times is None:
        return None
    others = [c for c in columns if c not in moments]
    crossed = _years_across_months(others, moments, times, notes)
    if crossed:
        return crossed
    sums = [c.name for c in numbers if any(map(is_totals_cell, c.name.split()))]
    if sums:
        notes.warn(f"Columns left out as totals: {listing(sums, 12)}.")
    return _rows_as_series(others, moments, times, notes)


def _is_moment(name: str) -> bool:
    bare = _bare(name)
    return bool(_YEAR.match(bare)) or looks_like_time(bare)


def _bare(name: str) -> str:
    """A column name without what makes it unique, and without the mark of an estimate."""
    return without_forecast_mark(_COPY.sub("", name))


def _header_times(names: list[str]) -> pd.DatetimeIndex | None:
    names = [_bare(name) for name in names]
    names = [name if looks_like_time(name) else _NOTED_YEAR.sub(r"\1", name) for name in names]
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
    table = np.column_stack([_values(c) for c in moments])
    names = _row_names(others, len(table), notes)
    notes.guess(
        "layout",
        "times across the columns",
        f"{len(moments)} column names are moments ({moments[0].name} … {moments[-1].name}); each row is a series.",
        alternatives=("wide",),
    )
    notes.guess("time column", "column names", f"They run from {moments[0].name} to {moments[-1].name}.")
    marked = [c.name for c in moments if without_forecast_mark(c.name) != c.name]
    if marked:
        notes.warn(f"Marks behind periods (such as A for actual, E for estimated) were left out: {listing(marked)}.")
    filled = ~np.isnan(table).all(axis=1)
    if not filled.all():
        empty = [name for name, keep in zip(names, filled, strict=True) if not keep]
        notes.warn(f"Rows without a single value were left out: {listing(empty)}.")
    return [(times, {name: row}) for name, row, keep in zip(names, table, filled, strict=True) if keep]


def _values(column: Column) -> np.ndarray:
    return column.numbers if column.numbers is not None else np.full(len(column.text), np.nan)


def _row_names(others: list[Column], rows: int, notes: Notes) -> list[str]:
    words = [c for c in others if c.kind == "text" and c.distinct > 1]
    codes = {c.name: pd.factorize(c.text)[0] for c in words}
    keys = named_fully(minimal_keys(words, codes, np.zeros(rows, dtype=np.int64)), words, np.arange(rows))
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


def _quarters_down(others: list[Column]) -> tuple[Column | None, np.ndarray | None]:
    """A column of quarters, as the first months of each."""
    for column in others:
        digits = column.text.str.strip().map(_QUARTERS).astype("Float64") if column.kind == "text" else None
        if digits is not None and digits.notna().sum() >= 4 and digits.notna().mean() > 0.6:
            return column, digits.to_numpy(np.float64, na_value=np.nan) * 3 - 2
    return None, None


def _years_across_months(others: list[Column], moments: list[Column], times: pd.DatetimeIndex, notes: Notes) -> Across | None:
    """A month in each row, years across."""
    if not all(_YEAR.match(c.name) for c in moments):
        return None
    month = next((c for c in others if part_of(c.name) == "month" or (c.kind == "text" and month_numbers(c) is not None)), None)
    numbers = month_numbers(month) if month is not None else None
    if month is None or numbers is None:
        month, numbers = _quarters_down(others)
    if month is None or numbers is None:
        return None
    rows = np.flatnonzero(~np.isnan(numbers))
    rest = [str(month.text.iloc[row]) for row in np.flatnonzero(np.isnan(numbers))]
    if not all(is_totals_cell(cell) or not cell for cell in rest) or numbers[rows].min() < 1 or numbers[rows].max() > 12:
        return None
    totals = [cell for cell in rest if cell]
    if totals:
        notes.warn(f"Left out as totals: {counted(len(totals), 'row')}, {listing(totals)}.")
    notes.guess("layout", "years across the columns", "Each row is a month, each column a year.", alternatives=("wide",))
    notes.guess("time column", f"{month.name} + column names", "The month comes from the row, the year from the column.")
    table = np.column_stack([_values(c) for c in moments])
    years = (np.asarray(times.year, dtype=np.int64) - 1970).astype("datetime64[Y]").astype("datetime64[M]")
    keys = [c for c in others if c is not month and c.kind == "text" and c.distinct > 1]
    groups: Across = []
    for name, member in split_rows(keys, rows, "value"):
        stamps = (years[:, None] + (numbers[member].astype(np.int64) - 1)).astype("datetime64[us]")
        groups.append(in_order(name, stamps.ravel(), table[member].T.ravel()))
    return groups
