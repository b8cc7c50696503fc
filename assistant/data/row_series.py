"""Tables with a series in each row: its name, perhaps where it starts, then its values under running numbers."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.columns import Column
from assistant.data.hints import part_of
from assistant.data.notes import Notes, clean_name, listing
from assistant.data.part_words import DatePart

_FEWEST = 8
_START = re.compile(r"^(?:start(?:ing)?|first|begin(?:ning)?)[ _.]+(.*)$", re.IGNORECASE)

Placed = list[tuple[pd.DatetimeIndex | None, dict[str, np.ndarray]]]


def read_rows_as_series(columns: list[Column], notes: Notes) -> Placed | None:
    """Series of a table with numbered columns and a start for each row, or None when it has another layout."""
    numbered = [c for c in columns if c.kind in ("number", "empty") and re.fullmatch(r"[vVxXtT]?\d+", c.name)]
    places = [int(re.sub(r"\D", "", c.name)) for c in numbered]
    name = next((c for c in columns if c.kind == "text" and c.distinct == len(c.text)), None)
    starts: dict[DatePart, Column] = {}
    for column in columns:
        match = _START.match(column.name)
        part = part_of(match[1]) if match else None
        if part is not None and column.numbers is not None:
            starts[part] = column
    if (
        len(numbered) < _FEWEST
        or places != list(range(places[0], places[0] + len(places)))
        or name is None
        or "year" not in starts
    ):
        return None
    step = {"month": 1, "quarter": 3}.get(next((part for part in starts if part in ("month", "quarter")), ""), 12)
    table = np.column_stack([c.numbers if c.numbers is not None else np.full(len(c.text), np.nan) for c in numbered])
    placed: Placed = []
    for row, label in enumerate(name.text):
        filled = np.flatnonzero(~np.isnan(table[row]))
        values = table[row, : int(filled[-1]) + 1 if len(filled) else 0]
        placed.append((_times(starts, row, step, len(values)), {clean_name(label): values}))
    used = [c.name for c in starts.values()]
    notes.guess("layout", "one series a row", f"“{name.name}” differs in each row, and the columns are numbered.")
    each = {1: "month", 3: "quarter", 12: "year"}[step]
    notes.guess(
        "time column", " + ".join(used), f"Each row says where it starts; each further value is taken as one {each} later."
    )
    rest = [c.name for c in columns if c.kind == "number" and c not in numbered and c.name not in used]
    if rest:
        notes.warn(f"Left out beside the values of each row: {listing(rest)}.")
    return placed


def _times(starts: dict[DatePart, Column], row: int, step: int, length: int) -> pd.DatetimeIndex | None:
    numbers = {part: column.numbers[row] for part, column in starts.items() if column.numbers is not None}
    if any(np.isnan(number) for number in numbers.values()):
        return None
    month = numbers["month"] if "month" in numbers else (numbers.get("quarter", 1.0) - 1) * 3 + 1
    first = (int(numbers["year"]) - 1970) * 12 + int(month) - 1
    return pd.DatetimeIndex((first + step * np.arange(length)).astype("datetime64[M]").astype("datetime64[us]"))
