"""Moves: from each known value to the next, and over a longer time from a peak to the trough after it, or the reverse."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Move:
    """From the value `before` at row `first` to the value `after` at row `last` (rows of the whole series)."""

    first: int
    last: int
    before: float
    after: float

    @property
    def change(self) -> float:
        """after − before, in the series' unit."""
        return self.after - self.before

    @property
    def percent(self) -> float:
        """The change in percent of the first value's size; NaN from zero."""
        return 100 * self.change / abs(self.before) if self.before else float("nan")


def largest_steps(
    values: pd.Series, direction: Literal["max", "min"] | None, count: int = 1, *, relative: bool = False
) -> tuple[Move, ...]:
    """The `count` largest moves from a value to the next one: rises ("max"), falls ("min") or either (None), largest first.

    values: (row,) known values indexed by row number; only those of neighbouring rows make a move. relative: ranked by percent,
    leaving out moves from zero. Empty where no value moves that way.
    """
    rows, known = values.index.to_numpy(np.int64), values.to_numpy(np.float64)
    sizes = np.where(np.diff(rows) == 1, np.diff(known), 0.0)
    if relative:
        sizes = np.divide(sizes, np.abs(known[:-1]), out=np.zeros_like(sizes), where=known[:-1] != 0)
    ranked = {"max": sizes, "min": -sizes, None: np.abs(sizes)}[direction]
    order = np.argsort(-ranked, kind="stable")
    chosen = [int(place) for place in order[:count] if ranked[place] > 0]
    return tuple(Move(int(rows[place]), int(rows[place + 1]), float(known[place]), float(known[place + 1])) for place in chosen)


def step_sizes(values: pd.Series, direction: Literal["max", "min"] | None, *, relative: bool = False) -> pd.Series:
    """The moves to each known value from its neighbour before, by the later row: rises, falls (positive too) or sizes, in percent
    of the value before where `relative`."""
    steps = values.diff()[np.concatenate(([False], np.diff(values.index.to_numpy(np.int64)) == 1))]
    if relative:
        before = values.shift()[steps.index].abs()
        steps = (100 * steps / before)[before > 0]
    return {"max": steps, "min": -steps, None: steps.abs()}[direction]


def usual_step(values: pd.Series) -> float | None:
    """The median size of the moves from one known value to its neighbour, whichever way; None where there are no neighbours."""
    beside = np.diff(values.index.to_numpy(np.int64)) == 1
    return float(np.median(np.abs(np.diff(values.to_numpy(np.float64))[beside]))) if beside.any() else None


def largest_swing(values: pd.Series, direction: Literal["max", "min"]) -> Move | None:
    """The largest rise from a low to a later high ("max"), or fall from a high to a later low ("min"); None without any."""
    rows, known = values.index.to_numpy(np.int64), values.to_numpy(np.float64)
    if len(known) < 2:
        return None
    signed = known if direction == "max" else -known
    gains = signed - np.minimum.accumulate(signed)
    end = int(np.argmax(gains))
    if gains[end] <= 0:
        return None
    start = int(np.argmin(signed[: end + 1]))
    return Move(int(rows[start]), int(rows[end]), float(known[start]), float(known[end]))
