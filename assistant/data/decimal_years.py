"""Years with a fraction (1958.2027) → times: months, quarters or halves where the fractions fit, else days or moments."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.frequency import find_rhythm
from assistant.data.notations import Kind

_LOW, _HIGH = 1500.0, 2200.0
_PARTS: tuple[tuple[int, Kind], ...] = ((2, "half"), (4, "quarter"), (12, "month"))
_AT_START = 0.09  # of a part: fractions counted in days put the first of March at 1.94 months
_MIDDLE = (0.3, 0.7)


def read_decimal_years(numbers: np.ndarray, hinted: bool) -> tuple[pd.DatetimeIndex, Kind] | None:
    """Numbers as years with a fraction of the year, or None.

    numbers: (rows,) float64, NaN where missing. hinted: the column's name speaks of time; otherwise the rows must be in order and
    have a rhythm. Months, quarters and halves are dated by their first day, whether the fraction names their start or middle.
    """
    present = numbers[~np.isnan(numbers)]
    if len(present) < 3 or present.min() < _LOW or present.max() >= _HIGH or (present == np.floor(present)).all():
        return None
    ordered = bool((np.diff(present) >= 0).all() or (np.diff(present) <= 0).all())
    if not ordered and not hinted:
        return None
    known = ~np.isnan(numbers)
    for parts, kind in _PARTS:
        ordinal = _ordinals(present, parts)
        if ordinal is None:
            continue
        months = pd.array(ordinal * (12 // parts))
        times = _placed(pd.DatetimeIndex(np.asarray(months, dtype="datetime64[M]").astype("datetime64[us]")), known)
        if find_rhythm(times).regular:
            return times, kind
    days = _placed(_days(present), known)
    if find_rhythm(days).regular:
        return days, "day"
    return (_placed(_moments(present), known), "moment") if hinted else None


def _ordinals(years: np.ndarray, parts: int) -> np.ndarray | None:
    """(rows,) whole parts since 1970, or None where the fractions are no parts or two rows would share one."""
    places = (years - 1970) * parts
    for low, high in ((-_AT_START, _AT_START), _MIDDLE):
        whole = np.floor(places - low)
        rest = places - whole
        if ((rest >= low) & (rest <= high)).all() and len(np.unique(whole)) == len(np.unique(years)):
            return whole.astype(np.int64)
    return None


def _placed(times: pd.DatetimeIndex, known: np.ndarray) -> pd.DatetimeIndex:
    stamps = np.full(len(known), np.datetime64("NaT", "us"))
    stamps[known] = times.as_unit("us").to_numpy()
    return pd.DatetimeIndex(stamps)


def _starts(years: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start of each year in days since 1970, its length in days, and the fraction."""
    whole = np.floor(years).astype(np.int64)
    first = (whole - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    following = (whole - 1969).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int64)
    return first, following - first, years - whole


def _days(years: np.ndarray) -> pd.DatetimeIndex:
    first, length, fraction = _starts(years)
    return pd.DatetimeIndex(
        (first + np.floor(fraction * length + 1e-6).astype(np.int64)).astype("datetime64[D]").astype("datetime64[us]")
    )


def _moments(years: np.ndarray) -> pd.DatetimeIndex:
    first, length, fraction = _starts(years)
    seconds = np.round((first + fraction * length) * 86_400).astype(np.int64)
    return pd.DatetimeIndex(seconds.astype("datetime64[s]").astype("datetime64[us]"))
