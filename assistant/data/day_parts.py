"""Columns that place a row within its day: packed clocks (930, 093000) and counted stretches (half hour 1 to 48)."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.columns import Column

_CLOCK_NAMES = frozenset(
    "time hhmm hhmmss hrmn hrmin utc gmt zeit uhrzeit hora heure tijd clock timeofday localtime starttime tid saat".split()  # noqa: SIM905
)
_CLOCK_WORDS = frozenset("time utc gmt local est lst cet mez of day start obs observation".split())  # noqa: SIM905
_STRETCH = re.compile(
    r"(?:^|[^a-z])(settlement|period|interval|slot|stretch|half ?hours?|hh|sp|pte|mtu|quarter ?hours?|hours?|hr|ending|stunde|uur"
    r"|block)(?:$|[^a-z])"
)
_LENGTHS = {24: 60, 48: 30, 96: 15, 288: 5}  # stretches of a day → minutes
_NAMED = {"settlement": 48, "half": 48, "quarter": 96, "hour": 24}  # stretches of a day, where no day is whole
_MINUTE = 60_000_000


def _plain(name: str) -> str:
    return re.sub(r"[\W_]+", " ", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)).casefold().strip()


def is_clock_name(name: str) -> bool:
    """Whether whole numbers under this name may be times of day without a colon."""
    words = _plain(re.sub(r"\(.*?\)|\[.*?\]", " ", name)).split()
    return "".join(words) in _CLOCK_NAMES or ("time" in words and _CLOCK_WORDS.issuperset(words))


def is_stretch_name(name: str) -> bool:
    """Whether whole numbers under this name may count the hours or half hours of a day."""
    return bool(_STRETCH.search(_plain(name)))


def packed_clock(column: Column) -> np.ndarray | None:
    """(rows,) timedelta64[us] since midnight from numbers such as 930 or 93000, or None when they are no times of day."""
    if column.numbers is None:
        return None
    present = column.numbers[~np.isnan(column.numbers)]
    if not len(present) or present.min() < 0 or present.max() > 240_000:
        return None
    whole = np.nan_to_num(column.numbers).astype(np.int64)
    if present.max() > 2400:
        hours, minutes, seconds = whole // 10_000, whole // 100 % 100, whole % 100
    else:
        hours, minutes, seconds = whole // 100, whole % 100, np.zeros_like(whole)
    if hours.max() > 24 or minutes.max() > 59 or seconds.max() > 59 or present.max() < 100:
        return None
    spans: np.ndarray = (((hours * 60 + minutes) * 60 + seconds) * 1_000_000).astype("timedelta64[us]")
    return spans


def stretches_of_day(column: Column, days: pd.DatetimeIndex) -> np.ndarray | None:
    """(rows,) timedelta64[us] since midnight from numbers that count the stretches of each day from 1 (or 0), or None.

    days: (rows,) the day of each row. Days on which clocks change may have a few more or fewer.
    """
    if column.numbers is None or np.isnan(column.numbers).any():
        return None
    whole = column.numbers.astype(np.int64)
    first = int(whole.min())
    last = np.unique(pd.Series(whole).groupby(np.asarray(days.asi8)).max().to_numpy()) - first + 1
    named = next((length for word, length in _NAMED.items() if word in _plain(column.name)), 0)
    count = next((int(number) for number in last[::-1] if number in _LENGTHS), named)
    if first not in (0, 1) or not count or int(whole.max()) - first + 1 > count * 26 // 24:
        return None
    spans: np.ndarray = ((whole - first) * _LENGTHS[count] * _MINUTE).astype("timedelta64[us]")
    return spans


def hour_spans(column: Column) -> np.ndarray | None:
    """(rows,) timedelta64[us] since midnight from hours written as spans, “00 - 01” or “23-24”, or None."""
    parts = column.text.str.extract(r"^(\d{1,2})\s?[-–]\s?(\d{1,2})$")
    first, last = (pd.to_numeric(parts[k], errors="coerce") for k in (0, 1))
    if first.isna().any() or first.nunique() < 12 or first.max() > 23 or not ((last - first) % 24 == 1).all():
        return None
    spans: np.ndarray = (first.to_numpy(np.int64) * 60 * _MINUTE).astype("timedelta64[us]")
    return spans
