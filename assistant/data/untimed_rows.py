"""Rows without times: labelled cases, rows in blocks, or rows that are only counted."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.arrangement import Arrangement, Group, columns_group
from assistant.data.axis import Axis
from assistant.data.class_columns import numbered
from assistant.data.columns import Column
from assistant.data.mixed_times import share_of_moments
from assistant.data.notes import Notes, clean_name, listing
from assistant.data.recordings import recording_column
from assistant.data.series import ReadOptions
from assistant.errors import BadRequest

# Said of series; of cases it says nothing, since these are called by their place in the file, from 1 on.
ROWS_COUNTED = "The file has no time column; the rows are counted from 0."
_LIKELY = 0.4  # of the cells of a column of words that are moments from which on it is asked whether it holds the times


def arrange_labelled(columns: list[Column], values: list[Column], label: Column, axis: Axis | None, notes: Notes) -> Arrangement:
    """A table of cases: no series where the numbered columns of each row are its own, else the columns over counted rows."""
    rows = len(label.text)
    if not values:
        raise BadRequest(
            f"Expected columns of numbers beside the classes of “{label.name}”, found none. A case needs its values in columns."
        )
    times = "There are no times" if axis is None else f"{listing(axis.used)} only says when each row was taken"
    why = f"{times}, and “{label.name}” names one of {label.distinct} classes in each of {rows} rows."
    recording = None if numbered(values) else recording_column(pd.DataFrame({c.name: c.text for c in columns}), label.name)
    if recording == label.name:
        return _arrange_recordings(label, values, notes)
    if recording is not None:
        why += f" The rows of one “{recording}” are the steps of one case, each column a channel."
    notes.guess("layout", "labelled table" if recording is None else "recordings", why, alternatives=("wide",))
    if numbered(values):
        return Arrangement([], label_column=label.name)
    notes.warn(ROWS_COUNTED)
    return Arrangement([columns_group(None, values, slice(None))], label_column=label.name, recording_column=recording)


def _arrange_recordings(recording: Column, values: list[Column], notes: Notes) -> Arrangement:
    """A table of recordings of which nothing is said: the columns over counted rows, and which one names the recordings."""
    why = f"There are no times, and “{recording.name}” names {recording.distinct} recordings, one block of rows each."
    notes.guess("layout", "recordings", why, alternatives=("wide",))
    notes.warn(ROWS_COUNTED)
    return Arrangement([columns_group(None, values, slice(None))], recording_column=recording.name)


def arrange_indexed(columns: list[Column], values: list[Column], options: ReadOptions, notes: Notes) -> Arrangement:
    """No times: the rows are counted; a column in blocks names recordings or, in words, the series."""
    if options.series_column is None and not numbered(values):
        found = recording_column(pd.DataFrame({c.name: c.text for c in columns}), None)
        named = next((c for c in columns if c.name == found), None)
        channels = [c for c in values if c is not named]
        if named is not None and channels:
            return _arrange_recordings(named, channels, notes)
    notes.warn(ROWS_COUNTED)
    words = [c for c in columns if c.kind == "text"]
    likely = _likely_times(columns)
    if likely and options.series_column is None:
        why = f"{listing([c.name for c in likely])} could hold the times, but not every cell can be read as one."
        notes.ask("time column", "none", why, alternatives=[c.name for c in likely], flag="--time-column")
    else:
        why = "No column is written like times."
        notes.guess("time column", "none", why, alternatives=[c.name for c in columns], flag="--time-column")
    name = next((c for c in words if c.distinct == len(c.text)), None)
    if options.series_column is None and numbered(values) and name is not None:
        notes.guess("layout", "one series a row", f"“{name.name}” differs in each row, and the columns are numbered.")
        return Arrangement(_rows_as_series(name, values))
    key = next((c for c in columns if c.name == options.series_column), None) or _blocks(columns)
    if key is None:
        notes.guess("layout", "wide" if len(values) > 1 else "one series", "Each column of numbers is a series.")
        return Arrangement([columns_group(None, values, slice(None))])
    notes.guess("layout", "long", f"“{key.name}” names the series, one block of rows each.", alternatives=("wide",))
    labels = key.text.to_numpy(object)
    groups = [
        columns_group(None, values, np.flatnonzero(labels == label), clean_name(label))
        for label in dict.fromkeys(labels.tolist())
    ]
    return Arrangement(groups)


def _likely_times(columns: list[Column]) -> list[Column]:
    """Columns that may be the times of rows without any: words that are moments here and there, numbers that count years."""
    return [
        column
        for column in columns
        if (column.kind == "text" and share_of_moments(column.text) >= _LIKELY)
        or (column.kind == "number" and column.times is not None)
    ]


def _rows_as_series(names: Column, values: list[Column]) -> list[Group]:
    """Each row as a series, without the blanks behind its last value."""
    table = np.column_stack([c.numbers for c in values if c.numbers is not None])
    groups = []
    for name, row in zip(names.text, table, strict=True):
        filled = np.flatnonzero(~np.isnan(row))
        groups.append(Group(None, {clean_name(name): row[: int(filled[-1]) + 1 if len(filled) else 0]}))
    return groups


def _blocks(columns: list[Column]) -> Column | None:
    for column in columns:
        if column.kind != "text" or not 2 <= column.distinct <= len(column.text) // 3:
            continue
        if int((column.text != column.text.shift()).sum()) == column.distinct:
            return column
    return None
