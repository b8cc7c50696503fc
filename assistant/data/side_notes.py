"""Remarks that stand to the right of a table, behind an empty cell: the table without them."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

import pandas as pd

from assistant.data.notes import Notes, counted, listing
from assistant.data.rectangle import usual_width

_NAMELESS = re.compile(r"unnamed \d+")
_LONG = 8  # rows of a table beside which a box is looked for
_BOX = 0.5  # of the table's rows that a box may be long
_GAPPED = 0.9  # of the records wider than the table that must have an empty cell right behind it


def without_side_box(frame: pd.DataFrame, notes: Notes) -> pd.DataFrame:
    """The table without nameless columns at its right that an empty one parts from it and that few rows fill: a box of its own.

    frame: text or typed columns, in which a column without a name is called “unnamed <position>”.
    """
    named = [k for k, name in enumerate(frame.columns) if not _NAMELESS.fullmatch(str(name))]
    start = max(named, default=-1) + 1
    filled = [_filled(frame[name]) for name in frame.columns[start:]]
    if start < 2 or 0 not in filled or len(frame) < _LONG:
        return frame
    behind = filled[filled.index(0) :]
    if not any(behind) or max(behind) > _BOX * len(frame):
        return frame
    gap = start + filled.index(0)
    cells = [str(cell) for name in frame.columns[gap:] for cell in frame[name] if str(cell) not in ("", "nan", "NaT")]
    notes.guess("side notes", f"{counted(len(cells), 'cell')} left out", f"They stand beside the table: {listing(cells)}.")
    return frame.iloc[:, :gap]


def _filled(column: pd.Series) -> int:
    return int((column.notna() & (column.astype("str") != "")).sum())


def without_side_notes(text: str, records: Sequence[list[str]], delimiter: str | None, notes: Notes) -> str:
    """The text with each line cut where the table ends, or the text itself where nothing stands beside the table.

    records: the first ones of the text, cut at `delimiter`.
    """
    filled = [record for record in records if any(record)]
    if delimiter in (None, " ") or not filled:
        return text
    assert delimiter is not None
    width = usual_width(filled)
    wider = [record for record in filled if len(record) > width + 1 and any(record[width:])]
    gapped = [record for record in wider if record[width] == ""]
    if width < 2 or not gapped or len(gapped) < _GAPPED * len(wider):
        return text
    remarks = [cell for record in gapped for cell in record[width:] if cell]
    notes.guess("side notes", f"{counted(len(remarks), 'cell')} left out", f"They stand beside the table: {listing(remarks)}.")
    if '"' not in text:
        return "\n".join(delimiter.join(line.split(delimiter)[:width]) for line in text.split("\n"))
    kept = io.StringIO()
    writer = csv.writer(kept, delimiter=delimiter, lineterminator="\n")
    for record in csv.reader(io.StringIO(text), delimiter=delimiter, skipinitialspace=True):
        writer.writerow(record[:width])
    return kept.getvalue()
