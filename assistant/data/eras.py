"""Years of the Buddhist era (2563 for 2020), as Thai offices and programs write them."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading, read_times, sample_cells

AHEAD = 543  # years by which the Buddhist era runs ahead of the common one
_FIRST, _LAST = 2443, 2700  # 1900 to 2157 of the common era
_YEAR = re.compile(r"(?<!\d)(2[4-6]\d\d)(?!\d)")
_ANY_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
ERA = "Buddhist era"


def is_late(reading: TimeReading) -> bool:
    """Whether all times lie in years that only another era than the common one explains."""
    years = reading.times.dropna().year
    return bool(len(years)) and int(years.min()) >= _FIRST and int(years.max()) < _LAST


def are_late_years(numbers: np.ndarray) -> bool:
    """Whether numbers, (rows,) float64 with NaN where missing, are years that only another era explains."""
    present = numbers[~np.isnan(numbers)]
    whole = bool(len(present)) and bool((present == np.floor(present)).all())
    return whole and float(present.min()) >= _FIRST and float(present.max()) < _LAST


def read_era(text: pd.Series, day_first: bool | None = None) -> TimeReading | None:
    """Times whose years are all of the Buddhist era, brought to the common one; None for any other column."""
    cells = sample_cells(text)
    if len(cells) < 2 or not all(len(_ANY_YEAR.findall(cell)) == 1 and _YEAR.search(cell) for cell in cells):
        return None
    common = text.str.replace(_YEAR, lambda found: str(int(found[1]) - AHEAD), regex=True)
    reading = read_times(common, day_first)
    return reading and replace(reading, era=ERA)
