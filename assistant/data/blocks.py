"""Rows whose times begin anew, without a column that says why: a series a block."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.columns import Column

BLOCKS = "blocks of rows"
WHY_BLOCKS = "The times begin anew below each other, the values differ, and no column names the blocks."
_MOST = 50
_FEWEST = 3  # rows of a block
_ALIKE = 0.9  # of a block's times that the first block has as well
_CONFLICTS = 0.2  # of the values that differ between the blocks, from which on they are no copies


def blocks_of(times: pd.DatetimeIndex, rows: np.ndarray, values: list[Column]) -> Column | None:
    """A column that numbers the blocks of rows over the same times, or None where times do not begin anew or values agree.

    times: (all rows,). rows: positions with a time; every block has (almost) the times of the first, in its order.
    """
    stamps = times[rows].asi8
    steps = np.diff(stamps)
    if not len(steps) or (steps == 0).any():
        return None
    falling = np.count_nonzero(steps < 0) > len(steps) / 2
    turns = np.flatnonzero(steps > 0 if falling else steps < 0) + 1
    if not 1 <= len(turns) < _MOST:
        return None
    parts = np.split(np.arange(len(rows)), turns)
    known = set(stamps[parts[0]].tolist())
    if any(len(part) < _FEWEST or np.mean([int(s) in known for s in stamps[part]]) < _ALIKE for part in parts):
        return None
    if any(len(part) < _ALIKE * len(parts[0]) for part in parts) or not _differ(stamps, rows, values):
        return None
    names = np.full(len(times), "", dtype=object)
    for number, part in enumerate(parts, start=1):
        names[rows[part]] = f"block {number}"
    return Column(BLOCKS, "text", pd.Series(names, dtype="str"))


def _differ(stamps: np.ndarray, rows: np.ndarray, values: list[Column]) -> bool:
    """Whether rows with one time hold different values."""
    frame = pd.DataFrame({c.name: c.numbers[rows] for c in values if c.numbers is not None})
    groups = frame.groupby(stamps)
    return bool(((groups.max() - groups.min()) > 0).any(axis=1).mean() > _CONFLICTS)
