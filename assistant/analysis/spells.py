"""Spells: the unbroken stretches over which values meet a condition, when they were and how long they lasted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assistant.analysis.prepare import runs


@dataclass(frozen=True)
class Spell:
    """Rows first … last (of the whole series), both included. peak: the value farthest inside the condition."""

    first: int
    last: int
    peak: float

    @property
    def rows(self) -> int:
        """How many rows it holds."""
        return self.last - self.first + 1


def spells_of(values: pd.Series, met: NDArray[np.bool_], *, downward: bool = False) -> tuple[Spell, ...]:
    """The spells of `values` (indexed by row number, no NaN) whose flags `met` (row,) are true, in order.

    A row that is missing, or left out by a filter, ends a spell, as a false flag does. downward: the condition asks for low
    values, so that a spell's peak is its lowest.
    """
    rows = values.index.to_numpy(np.int64)[met]
    if not rows.size:
        return ()
    flags = np.zeros(int(rows[-1]) + 1, bool)
    flags[rows] = True
    found = []
    for first, last in runs(flags):
        part = values.loc[first:last]
        found.append(Spell(first, last, float(part.min() if downward else part.max())))
    return tuple(found)


def longest(spells: tuple[Spell, ...]) -> Spell:
    """The longest of some spells; the earliest of equals."""
    return max(spells, key=lambda spell: (spell.rows, -spell.first))
