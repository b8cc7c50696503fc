"""Pieces that the newest imitations share: expected columns of one table, printed cells and the dates of publications."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Reading, Times, series
from scripts.evaluation.ingestion.synthetic import printed

Named = Sequence[tuple[str | Sequence[str], np.ndarray]]
"""Columns by their accepted names, in the order of the table."""


def columns(
    named: Named, times: Times, frequency: str | tuple[str | None, ...] | None, *, trim: bool = False, tolerance: str = "0s"
) -> Reading:
    """The series of a table with one time axis."""
    return tuple(series(names, times, values, frequency, trim=trim, tolerance=tolerance) for names, values in named)


def cells(values: np.ndarray, digits: int, missing: str = "") -> list[str]:
    """(n,) the numbers as text with so many digits, a missing one by its mark, nought without a sign."""
    return [printed(value + 0.0, digits, missing) for value in values]


def month_dates(times: pd.DatetimeIndex, named: Named, *, trim: bool = False) -> Reading:
    """Monthly columns dated by the last day of their month, accepted on that day and on the first."""
    first = times.to_period("M").to_timestamp()
    last = first + pd.offsets.MonthEnd(0)
    return tuple(
        series(names, last, values, "MS", trim=trim) + series(names, first, values, "MS", trim=trim) for names, values in named
    )


def quoted(row: Sequence[object], delimiter: str = ",") -> str:
    """A row with every cell in quotes."""
    return delimiter.join(f'"{cell}"' for cell in row)


def slashed(time: pd.Timestamp, *, short: bool = False) -> str:
    """Month, day and year without leading zeros, the year in two digits where `short`."""
    return f"{time.month}/{time.day}/{time.year % 100 if short else time.year}"


def clock(time: pd.Timestamp, *, pad: bool = False) -> str:
    """The hour of twelve with minutes, seconds and AM or PM."""
    hour = time.hour % 12 or 12
    return f"{hour:0{2 if pad else 1}d}:{time:%M:%S} {'AM' if time.hour < 12 else 'PM'}"
