"""Cells that stand for the rows below them too, as merged cells leave behind: a date over its hours, a region over its months."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from assistant.data.columns import Column
from assistant.data.hints import part_of
from assistant.data.notes import Notes, counted

_FEWEST = 2  # blocks


def filled_down(columns: list[Column], notes: Notes) -> list[Column]:
    """The columns with the blanks below a date or a name filled, where the rows of each block are told apart by another column.

    A date is filled down over times of day, hours or names that begin anew below each; a name over times that begin anew.
    """
    for column in columns:
        if column.kind not in ("time", "text") or not _stands_above(column):
            continue
        blocks = np.cumsum(column.text.ne("").to_numpy(bool))
        if not any(_begins_anew(other, blocks, timed=column.kind == "time") for other in columns if other is not column):
            continue
        text = column.text.where(column.text.ne("")).ffill()
        filled = replace(column, text=text.astype("str"))
        if column.kind == "time" and column.times is not None:
            times = pd.DatetimeIndex(pd.Series(column.times.times).ffill())
            filled = replace(filled, times=replace(column.times, times=times, other=_down(column.times.other)))
        notes.warn(f"The blanks of “{column.name}” were filled from above ({counted(int(column.text.eq('').sum()), 'cell')}).")
        columns = [filled if other is column else other for other in columns]
    return columns


def _down(times: pd.DatetimeIndex | None) -> pd.DatetimeIndex | None:
    return None if times is None else pd.DatetimeIndex(pd.Series(times).ffill())


def _stands_above(column: Column) -> bool:
    """Whether a column is filled in the first row of each block only, with something else in each."""
    filled = column.text.ne("").to_numpy(bool)
    count = int(filled.sum())
    if not len(filled) or not filled[0] or count < _FEWEST or len(filled) < 2 * count:
        return False
    return column.text[filled].nunique() == count and bool((np.diff(np.flatnonzero(filled)) > 1).mean() > 0.9)


def _begins_anew(other: Column, blocks: np.ndarray, *, timed: bool) -> bool:
    """Whether a column holds something in every row, each once within a block, and the same first thing in most blocks."""
    clock = other.times is not None and other.times.kind == "clock"
    if timed:
        usable = clock or other.kind == "text" or (other.kind == "number" and part_of(other.name) in ("hour", "minute"))
    else:
        usable = other.kind == "time" or (other.times is not None and other.whole)
    if not usable or other.text.eq("").any():
        return False
    rows = pd.DataFrame({"block": blocks, "cell": other.text.to_numpy(object)})
    if rows.duplicated().any():
        return False
    firsts = rows.groupby("block")["cell"].first()
    return int(firsts.value_counts().iloc[0]) >= max(_FEWEST, len(firsts) / 2)
