"""Rows that only name the section of the rows below them, where the same times begin anew in each section: one long table."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from assistant.data.hints import is_totals_cell
from assistant.data.notes import Notes, clean_name, listing
from assistant.data.numbers import is_missing
from assistant.data.rectangle import is_number, is_period

SECTION_COLUMN = "section"
_SHARED = 0.5  # of a section's first cells that the section above has as well
_MOST = 0.25  # of the rows that may name sections


def stack_sections(frame: pd.DataFrame, title: str, notes: Notes) -> pd.DataFrame:
    """The rows of values with a column that names each row's section; the frame itself where it has no sections.

    frame: (rows, columns) text, "" where empty. title: the cell alone in a line above the first row, "" without one.
    """
    if SECTION_COLUMN in frame.columns or frame.shape[1] < 2 or len(frame) < 4:
        return frame
    first = frame.iloc[:, 0]
    alone = (first != "") & (frame.iloc[:, 1] == "")
    if not alone.any():
        return frame
    alone &= (frame.iloc[:, 1:] == "").all(axis=1)
    rows = [int(row) for row in np.flatnonzero(alone.to_numpy(bool)) if _is_name(str(first.iloc[row]))]
    if not rows or len(rows) > _MOST * len(frame) or len(rows) != int(alone.sum()):
        return frame
    names = [title if _is_name(title) else "section 1"] * (rows[0] != 0) + [str(first.iloc[row]) for row in rows]
    bounds = ([0] if rows[0] != 0 else []) + [row + 1 for row in rows]
    ends = [*(rows[1:] if rows[0] == 0 else rows), len(frame)]
    parts = [frame.iloc[low:high] for low, high in zip(bounds, ends, strict=True)]
    if len(parts) < 2 or len(set(names)) < len(names) or any(len(part) < 2 for part in parts):
        return frame
    cells = [set(part.iloc[:, 0]) for part in parts]
    if not all(len(later & earlier) >= _SHARED * len(later) for earlier, later in itertools.pairwise(cells)):
        return frame
    if sum(map(is_period, map(str, parts[0].iloc[:, 0]))) < _SHARED * len(parts[0]):
        return frame
    stacked = pd.concat(parts, ignore_index=True)
    stacked[SECTION_COLUMN] = pd.Series(np.repeat([clean_name(name) for name in names], list(map(len, parts))), dtype="str")
    notes.guess("sections", listing(names), "A name stands alone above rows whose first cells begin anew.")
    return stacked


def _is_name(cell: str) -> bool:
    return bool(cell) and not (is_number(cell) or is_period(cell) or is_missing(cell) or is_totals_cell(cell))
