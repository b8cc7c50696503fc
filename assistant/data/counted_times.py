"""Whole numbers → times: years, packed dates, epochs, days as Excel counts them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading
from assistant.data.decimal_years import read_decimal_years
from assistant.data.frequency import find_rhythm

_CLOCKS = (  # lowest and highest number, that of 1970-01-01, seconds in a unit, what it is
    (1e8, 4.2e9, 0.0, 1, "seconds since 1970"),
    (20_000, 80_000, 25_569.0, 86_400, "days as Excel counts them"),
    (693_961, 767_011, 719_529.0, 86_400, "days since the year 0"),
    (2_415_020, 2_488_070, 2_440_587.5, 86_400, "Julian days"),
)
_FIRST_YEAR = 1500
DECIMAL_YEAR = "year with a fraction"


def read_integer_times(numbers: np.ndarray, hinted: bool) -> TimeReading | None:
    """Numbers as years (with a fraction too), YYYYMMDD, YYYYDDD, YYYYMM, YYYYMMDDhh, days as Excel counts them, or epoch seconds,
    milliseconds, microseconds, nanoseconds.

    numbers: (rows,) float64, NaN where missing. hinted: the column's name speaks of time, so that weaker evidence is enough.
    """
    present = numbers[~np.isnan(numbers)]
    if not len(present) or len(np.unique(present)) < 2:
        return None
    if (present != np.floor(present)).any():
        return _fractions(numbers, present, hinted)
    low, high = float(present.min()), float(present.max())
    text = pd.Series(np.where(np.isnan(numbers), "", np.nan_to_num(numbers).astype(np.int64).astype(str)), dtype="str")
    for digits, pattern, kind, how in (
        (10, "%Y%m%d%H", "moment", "YYYYMMDDhh"),
        (8, "%Y%m%d", "day", "YYYYMMDD"),
        (7, "%Y%j", "day", "YYYYDDD"),
        (6, "%Y%m", "month", "YYYYMM"),
        (4, "%Y", "year", "year"),
    ):
        if 10 ** (digits - 4) * 1000 <= low and high < 10 ** (digits - 4) * 2200:
            times = pd.DatetimeIndex(pd.to_datetime(text, format=pattern, errors="coerce")).as_unit("us")
            whole = int(np.count_nonzero(times.notna())) + (_sums_of_years(present) if digits == 6 else 0) == len(present)
            if digits > 4 and low < 10 ** (digits - 4) * _FIRST_YEAR:
                whole = False  # a day of such a year is one of another count of years, or no day
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
        if bottom <= low and high < top and (hinted or (ordered and (unit != "s" or _beats(present)))):
            whole_numbers = pd.Series(numbers).astype("Int64")
            return TimeReading(pd.DatetimeIndex(pd.to_datetime(whole_numbers, unit=unit, errors="coerce")), "moment", how)  # type: ignore[call-overload]
    return None


def _sums_of_years(months: np.ndarray) -> int:
    """How many of months as YYYYMM are a thirteenth one, which holds the year's sum or mean, where each follows a twelfth."""
    thirteenth = months[months % 100 == 13]
    twelfth = set((months[months % 100 == 12] + 1).tolist())
    return len(thirteenth) if set(thirteenth.tolist()) <= twelfth else 0


def _fractions(numbers: np.ndarray, present: np.ndarray, hinted: bool) -> TimeReading | None:
    """Numbers with fractions: decimal years, days as Excel counts them, seconds since 1970."""
    if (found := read_decimal_years(numbers, hinted)) is not None:
        return TimeReading(found[0], found[1], DECIMAL_YEAR)
    steps = np.diff(present)
    if not hinted or not ((steps >= 0).all() or (steps <= 0).all()):
        return None
    low, high = float(present.min()), float(present.max())
    for bottom, top, origin, unit, how in _CLOCKS:
        if bottom <= low and high < top:
            seconds = (numbers - origin) * unit
            step = 1_000 if float(np.min(np.abs(steps[steps != 0]), initial=np.inf)) * unit > 2 else 1
            stamps = pd.to_datetime(pd.Series(np.round(seconds * 1_000 / step) * step), unit="ms", errors="coerce")
            return TimeReading(pd.DatetimeIndex(stamps).as_unit("us"), "moment", how)
    return None


def _beats(seconds: np.ndarray) -> bool:
    """Whether numbers that could be seconds since 1970 follow each other in a rhythm, and lie within living memory."""
    times = pd.DatetimeIndex(seconds.astype(np.int64).astype("datetime64[s]"))
    return len(seconds) >= 8 and float(seconds.max()) < 2.2e9 and find_rhythm(times).filled >= 0.9


def _counts_up(years: np.ndarray) -> bool:
    """Whether numbers read as years run without a gap, as a column of years does and measurements hardly ever do."""
    distinct = np.unique(years)
    return len(distinct) >= 3 and bool((np.diff(distinct) == 1).all())
