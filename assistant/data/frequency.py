"""The rhythm of time stamps: found through gaps and duplicates; and series put on their full grid."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant.data.series import Series

IRREGULAR = "irregular"

_MINIMUM_SHARE = 0.5  # of the steps that must equal the most frequent one
_ON_GRID = 0.95  # of the steps that must be whole multiples of it
_MAXIMUM_GRID = 20  # grid points for each stamp: beyond, the rhythm is an accident
_WEEKDAYS = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
_DAY = 86_400_000_000  # microseconds, the unit of all stamps here
_QUARTER_START = {1: "QS", 2: "QS-FEB", 0: "QS-MAR"}
_QUARTER_END = {0: "QE", 1: "QE-JAN", 2: "QE-FEB"}
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")


@dataclass(frozen=True)
class Rhythm:
    """alias: a pandas offset alias or "irregular". grid: points from first to last stamp. absent: grid points without a stamp."""

    alias: str
    grid: int
    absent: int

    @property
    def regular(self) -> bool:
        """Whether there is a rhythm."""
        return self.alias != IRREGULAR

    @property
    def filled(self) -> float:
        """The share of grid points that have a stamp (0 for an irregular index)."""
        return (self.grid - self.absent) / self.grid if self.regular and self.grid else 0.0


def find_rhythm(times: pd.DatetimeIndex) -> Rhythm:
    """The rhythm of time stamps in any order, with gaps and duplicates (duplicates and NaT do not count).

    Calendar rhythms (years, quarters, months, days) are judged by local time, shorter ones by elapsed time, so that daylight
    saving disturbs neither.
    """
    stamps = times.dropna().unique().sort_values().as_unit("us")
    if len(stamps) < 2:
        return Rhythm(IRREGULAR, len(stamps), 0)
    local = stamps.tz_localize(None) if stamps.tz is not None else stamps
    if len(local) == len(local.unique()) and (local.asi8 % _DAY == local.asi8[0] % _DAY).all():
        local = local.sort_values()
        return _months(local) or _days(local) or Rhythm(IRREGULAR, len(stamps), 0)
    return _elapsed(stamps.asi8) or Rhythm(IRREGULAR, len(stamps), 0)


def _mode(steps: np.ndarray) -> tuple[int, float, float]:
    """The most frequent step (the smallest among equals), its share, and the share of whole multiples of it."""
    values, counts = np.unique(steps, return_counts=True)
    step = int(values[counts.argmax()])
    return step, float(counts.max() / len(steps)), float((steps % step == 0).mean())


def _rhythmic(steps: np.ndarray, stamps: int) -> int | None:
    """The step of a rhythm, or None."""
    step, share, multiples = _mode(steps)
    points = int(steps.sum()) // step + 1
    usual = share >= _MINIMUM_SHARE or (multiples == 1.0 and points <= 3 * stamps)
    return step if usual and multiples >= _ON_GRID and points <= _MAXIMUM_GRID * stamps else None


def _months(local: pd.DatetimeIndex) -> Rhythm | None:
    """Years, quarters, months: one day of the month (or always its last one)."""
    at_end = bool(local.is_month_end.all())
    if not at_end and len(np.unique(local.day)) > 1:
        return None
    ordinal = np.asarray(local.year, dtype=np.int64) * 12 + np.asarray(local.month, dtype=np.int64) - 1
    steps = np.diff(ordinal)
    if (steps <= 0).any():
        return None
    step = _rhythmic(steps, len(ordinal))
    if step is None or ((steps % step) != 0).any():
        step = int(np.gcd.reduce(steps))
        if (ordinal[-1] - ordinal[0]) // step + 1 > _MAXIMUM_GRID * len(ordinal):
            return None
    grid = int((ordinal[-1] - ordinal[0]) // step + 1)
    return Rhythm(_month_alias(step, int(local[0].month), at_end), grid, grid - len(ordinal))


def _month_alias(step: int, month: int, at_end: bool) -> str:
    kind = "E" if at_end else "S"
    if step % 12 == 0:
        anchor = "" if month == (12 if at_end else 1) else f"-{_MONTHS[month - 1]}"
        return f"{'' if step == 12 else step // 12}Y{kind}{anchor}"
    if step == 3:
        return _QUARTER_END[month % 3] if at_end else _QUARTER_START[month % 3]
    return f"{'' if step == 1 else step}M{kind}"


def _days(local: pd.DatetimeIndex) -> Rhythm | None:
    """Weeks, business days, days."""
    days = local.asi8 // _DAY
    steps = np.diff(days)
    step = _rhythmic(steps, len(days))
    if step is None:
        return None
    weekend = np.asarray(local.dayofweek) >= 5
    if step == 1 and not weekend.any() and days[-1] - days[0] >= 13:
        grid = int(np.busday_count(local[0].date(), local[-1].date())) + 1
        return Rhythm("B", grid, grid - len(days))
    grid = int(days[-1] - days[0]) // step + 1
    if step % 7 == 0:
        alias = f"{'' if step == 7 else step // 7}W-{_WEEKDAYS[int(local[0].dayofweek)]}"
    else:
        alias = "D" if step == 1 else f"{step}D"
    return Rhythm(alias, grid, max(grid - len(days), 0))


def _elapsed(microseconds: np.ndarray) -> Rhythm | None:
    """Hours, minutes, seconds and less."""
    steps = np.diff(microseconds)
    step = _rhythmic(steps, len(microseconds))
    if step is None:
        return None
    grid = int(microseconds[-1] - microseconds[0]) // step + 1
    alias = str(pd.tseries.frequencies.to_offset(pd.Timedelta(step, unit="us")).freqstr)
    return Rhythm(alias, grid, max(grid - len(microseconds), 0))


def grid_of(times: pd.DatetimeIndex, frequency: str) -> pd.DatetimeIndex:
    """Every point of the grid from the first to the last stamp (both included)."""
    offset = pd.tseries.frequencies.to_offset(frequency)
    if offset is None or len(times) == 0:
        return times
    first, last = times[0], times[-1]
    if offset.is_on_offset(first):
        grid = pd.date_range(first, last, freq=offset)
    else:  # a month named by another day than its first, such as the 15th
        months = _months_in(frequency)
        count = ((last.year - first.year) * 12 + last.month - first.month) // months + 1 if months else 0
        grid = pd.DatetimeIndex([first + pd.DateOffset(months=months * position) for position in range(count)])
        if not months:
            grid = pd.date_range(first, last, freq=offset)
    return grid.as_unit(times.unit)


def _months_in(frequency: str) -> int:
    alias = frequency.split("-")[0]
    number = int("".join(c for c in alias if c.isdigit()) or 1)
    return number * {"M": 1, "Q": 3, "Y": 12}.get(alias.lstrip("0123456789")[:1], 0) if alias[-1:] in {"S", "E"} else 0


def regularize(series: Series) -> Series:
    """The series on its full grid, NaN where the file has no row; stamps off the grid are kept.

    A series without a rhythm or without times comes back as it is.
    """
    if not isinstance(series.times, pd.DatetimeIndex) or series.frequency in (None, IRREGULAR) or len(series) < 2:
        return series
    grid = grid_of(series.times, str(series.frequency))
    full = grid.union(series.times)
    if len(full) == len(series):
        return series
    values = series.as_pandas().reindex(full).to_numpy(np.float64)
    return Series(series.name, full, values, series.frequency, series.unit)
