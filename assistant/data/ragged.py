"""Rows and header of different width: an unquoted delimiter inside a date, one at the end of each line, a missing name."""

from __future__ import annotations

import pandas as pd

from assistant.data.calendar import read_times
from assistant.data.notes import Notes, clean_name, counted
from assistant.data.rectangle import Block

_SHOWN = 40


def fit_to_header(frame: pd.DataFrame, block: Block, delimiter: str | None, notes: Notes) -> pd.DataFrame:
    """The body with as many columns as the header has names, where the reason for a difference of one is plain.

    frame: (rows, cells) text, "" where empty, columns numbered from 0. Dates cut in two by an unquoted delimiter are joined, an
    empty last column is left out; anything else stays and is told: a row's first cell then has no name.
    """
    if block.header is None:
        return frame
    rows, names = frame.shape[1], len(block.header)
    if names > rows and any(block.header[rows:]):
        left_out = ", ".join(f"“{clean_name(name, limit=_SHOWN)}”" for name in block.header[rows:])
        notes.warn(f"The header has {counted(names, 'name')}, the rows {counted(rows, 'cell')}; left out: {left_out}.")
    if names != rows - 1:
        return frame
    if not frame.iloc[:, -1].ne("").any():
        notes.warn("Each row ends in a delimiter that the header lacks; the empty last column was left out.")
        return frame.iloc[:, :-1]
    for position in range(rows - 1):
        joined = _joined_dates(frame.iloc[:, position], frame.iloc[:, position + 1], delimiter)
        if joined is not None:
            example = clean_name(joined[joined != ""].iloc[0], limit=_SHOWN)
            notes.warn(
                f"The dates hold a delimiter without quotes around them, so that each row has one cell more than the header; "
                f"the two parts were joined: “{example}”."
            )
            parts = [frame.iloc[:, :position], joined, frame.iloc[:, position + 2 :]]
            return pd.concat(parts, axis=1).set_axis(range(names), axis=1)
    notes.warn(
        f"The rows have one cell more ({rows}) than the header has names ({names}); the first column was taken as the one "
        "without a name. If a value holds the delimiter, put it in quotes and upload the file again."
    )
    return frame


def _joined_dates(first: pd.Series, second: pd.Series, delimiter: str | None) -> pd.Series | None:
    """Two columns (rows,) as one of whole dates, or None where any row would be no date."""
    filled = first.ne("") & second.ne("")
    if not filled.any() or (first.ne("") ^ second.ne("")).any():
        return None
    if delimiter == " " and not second[filled].str.contains(":", regex=False).all():
        return None  # a day and a number beside it
    glue = ", " if delimiter == "," else delimiter or " "
    joined = (first + glue + second).where(filled, "")
    reading = read_times(joined)
    whole = reading is not None and reading.kind in ("day", "moment") and bool(reading.times[filled.to_numpy(bool)].notna().all())
    return joined if whole else None
