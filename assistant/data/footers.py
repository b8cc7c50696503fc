"""Rows below a table that are none of it: sources, notes, row counts, marks."""

from __future__ import annotations

import re

import pandas as pd

from assistant.data.calendar import looks_like_time
from assistant.data.hints import is_totals_cell
from assistant.data.notes import Notes, counted, listing
from assistant.data.numbers import is_missing
from assistant.data.rectangle import is_number, is_period

_ROWS = 60
_TYPICAL = 200  # rows from the top that show what the first column holds
_REMARK = re.compile(
    r"[:*©†‡§]|^(?:source|note|notes|bron|quelle|fuente|footnote|stand|last updated|generated)\b|\w+\s+\w+\s+\w+"
    r"|^[(\[]?[\d,. ]+ (?:rows?|records?)\b",
    re.IGNORECASE,
)


def drop_footers(frame: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """The rows without those at the end that hold a remark and no values; what was left out is noted."""
    first = frame.iloc[:, 0]
    if pd.api.types.is_numeric_dtype(first) or pd.api.types.is_datetime64_any_dtype(first) or len(frame) < 3:
        return frame
    head = [str(cell) for cell in first.iloc[:_TYPICAL]]
    timed = sum(map(is_period, head)) > 0.8 * len(head)
    numbered = sum(is_number(cell) or is_period(cell) for cell in head) > 0.8 * len(head)
    usual = (frame.iloc[:_TYPICAL] != "").sum(axis=1).median()
    dropped: list[str] = []
    for position in range(len(frame) - 1, max(len(frame) - 1 - _ROWS, 1), -1):
        cells = [str(cell) for cell in frame.iloc[position]]
        if not _is_footer(cells, timed, numbered, float(usual)):
            break
        dropped.append(" ".join(cell for cell in cells if cell))
    if not dropped:
        return frame
    notes.guess("footer", f"{counted(len(dropped), 'line')} skipped", f"They hold a remark, no values: {listing(dropped[::-1])}.")
    return frame.iloc[: len(frame) - len(dropped)].reset_index(drop=True)


def _is_footer(cells: list[str], timed: bool, numbered: bool, usual: float) -> bool:
    text, filled = cells[0], [cell for cell in cells if cell]
    if text == "" or is_totals_cell(text):
        return False
    value = is_number(text) or is_period(text)
    if len(cells) == 1:
        return numbered and not value and not is_missing(text)
    if len(filled) == 1:
        if not value:
            return bool(_REMARK.search(text)) or numbered
        return timed and not is_period(text) and usual > 2
    words = not any(is_number(cell) or looks_like_time(cell) or is_missing(cell) for cell in filled)
    return numbered and not value and words
