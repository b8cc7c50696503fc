"""Cells that hold a number and its codes at fixed places, "+0056,1" or "230,5,N,0046,1": the numbers in columns of their own."""

from __future__ import annotations

import re

import pandas as pd

from assistant.data.notes import Notes, listing, unique_names

_ENOUGH = 0.98  # of the filled cells that must have the form of the first
_FEWEST = 4
_CELL = re.compile(r"^[+-]?\d{3,6},\d$|^(?:[+-]?[\dA-Z]{1,6},){2,6}[\dA-Z]$")
_NUMBER = re.compile(r"^[+-]?\d{3,6}$")
_NINES = re.compile(r"^[+-]?9+$")


def split_packed(frame: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """The frame with a column for each number of such cells; codes of one character are left out, all nines are missing.

    Only cells of one width count, one of them padded with zeros: a decimal comma has no such form.
    """
    if not any(_is_packed(frame[name]) for name in frame.columns):
        return frame
    found = [name for name in frame.columns if _is_packed(frame[name], proven=True)]
    parts: dict[str, pd.Series] = {}
    for name in frame.columns:
        if name not in found:
            parts[str(name)] = frame[name]
            continue
        split = frame[name].str.split(",", expand=True).fillna("")
        numbers = [k for k in range(split.shape[1]) if split[k].str.match(_NUMBER).any()]
        for k in numbers:
            label = str(name) if len(numbers) == 1 else f"{name} {k + 1}"
            whole = split[k].where(split[k].str.match(_NUMBER) & ~split[k].str.match(_NINES), "")
            parts[unique_names([*parts, label])[-1]] = whole.str.replace("+", "", regex=False)
    notes.guess("packed cells", listing(found), "Each cell holds numbers and codes at fixed places, parted by commas.")
    notes.warn(f"Numbers were taken out of cells with codes, as they are written and without a scale: {listing(found)}.")
    return pd.DataFrame(parts)


def _is_packed(column: pd.Series, *, proven: bool = False) -> bool:
    """Whether a column holds such cells. proven: another column of the file does, so that no number need be padded."""
    if pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column):
        return False
    glance = [str(cell) for cell in column.iloc[:50] if cell]
    if len(glance) < _FEWEST or not all(map(_CELL.match, glance)):
        return False
    filled = column[column != ""]
    padded = filled.str.match(r"^[+-]?0\d")
    return bool(
        (filled.str.len() == len(glance[0])).mean() >= _ENOUGH
        and filled.str.match(_CELL).mean() >= _ENOUGH
        and (proven or padded.any() or filled.str.match(r"^[+-]").all())
        and (filled.str.count(",") == glance[0].count(",")).mean() >= _ENOUGH
    )
