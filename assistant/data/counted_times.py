"""Whole numbers → times: years, packed dates, epochs, days as Excel counts them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading
from assistant.data.frequency import find_rhythm


def read_integer_times(numbers: np.ndarray, hinted: bool) -> TimeReading | None:
    """Whole numbers as years, YYYYMMDD, YYYYMM or epoch seconds, milliseconds, microseconds, nanoseconds.

    numbers: (rows,) float64, NaN where missing. hinted: the column's name speaks of time, so that weaker evidence is enough.
    """
    present = numbers[~np.isnan(numbers)]
    if not len(present) or (present != np.floor(present)).any() or len(np.unique(present)) < 2:
        return None
    low, high = float(present.min()), float(present.max())
    text = pd.Series(np.where(np.isnan(numbers), "", np.nan_to_num(numbers).astype(np.int64).astype(str)), dtype="str")
    for digits, pattern, kind, how in (
        (8, "%Y%m%d", "day", "YYYYMMDD"),
        (6, "%Y%m", "month", "YYYYMM"),
        (4, "%Y", "year", "year"),
    ):
        if 10 ** (digits - 4) * 1000 <= low and high < 10 ** (digits - 4) * 2200:
            times = pd.DatetimeIndex(pd.to_datetime(text, format=pattern, errors="coerce"))
            whole = int(np.count_nonzero(times.notna())) == len(present)
            if whole and (hinted or (digits != 4 and find_rhythm(times).regular) or (digits == 4 and _counts_up(present))):
                return TimeReading(times, kind, how)  # type: ignore[arg-type]
    steps = np.diff(present)
    ordered = bool((steps >= 0).all() or (steps <= 0).all())
    if hinted and ordered and low >= 20_000 and high < 80_000:
        days = pd.to_timedelta(pd.Series(numbers), unit="D")
        return TimeReading(pd.DatetimeIndex(pd.Timestamp("1899-12-30") + days).as_unit("us"), "day", "days as Excel counts them")
    for bottom, top, unit, how in (
        (1e8, 4.2e9, "s", "seconds since 1970"),
        (1e11, 4.2e12, "ms", "milliseconds since 1970"),
        (1e14, 4.2e15, "us", "microseconds since 1970"),
        (1e17, 4.2e18, "ns", "nanoseconds since 1970"),
    ):
        if bottom <= low and high < top and (hinted or (ordered and unit != "s")):
            whole_numbers = pd.Series(numbers).astype("Int64")
            return TimeReading(pd.DatetimeIndex(pd.to_datetime(whole_numbers, unit=unit, errors="coerce")), "moment", how)  # type: ignore[call-overload]
    return None


def _counts_up(years: np.ndarray) -> bool:
    """Whether numbers read as years run without a gap, as a column of years does and measurements hardly ever do."""
    distinct = np.unique(years)
    return len(distinct) >= 3 and bool((np.diff(distinct) == 1).all())
