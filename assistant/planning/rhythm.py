"""Frequencies and calendar units: what one sample is, and how many of them make six months or two weeks."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from assistant.analysis.prepare import split_frequency
from assistant.plan import SeriesContext

SECONDS: dict[str, int] = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800}
MONTHS_IN: dict[str, int] = {"month": 1, "quarter": 3, "year": 12, "decade": 120}

_ALIASES: dict[str, str] = {
    "s": "second", "min": "minute", "h": "hour", "d": "day", "b": "business", "c": "business", "w": "week",
    "ms": "month", "me": "month", "m": "month", "bms": "month", "bme": "month", "sms": "half month",
    "qs": "quarter", "qe": "quarter", "q": "quarter", "bqs": "quarter", "bqe": "quarter",
    "ys": "year", "ye": "year", "y": "year", "a": "year", "as": "year", "bys": "year", "bye": "year",
}  # fmt: skip

_UNIT_WORDS: dict[str, str] = {
    "second": "second", "sec": "second", "minute": "minute", "min": "minute", "hour": "hour", "hr": "hour", "h": "hour",
    "day": "day", "d": "day", "week": "week", "wk": "week", "w": "week", "month": "month", "mo": "month", "mth": "month",
    "m": "month", "quarter": "quarter", "qtr": "quarter", "q": "quarter", "year": "year", "yr": "year", "y": "year",
    "decade": "decade", "fortnight": "fortnight",
    "step": "step", "sample": "step", "point": "step", "row": "step", "value": "step", "observation": "step", "period": "step",
    "reading": "step", "record": "step", "measurement": "step", "entry": "step", "entrie": "step", "datapoint": "step",
    "data point": "step", "time step": "step", "timestep": "step", "interval": "step", "tick": "step", "business day": "business",
    "working day": "business", "trading day": "business",
}  # fmt: skip
UNIT = (
    r"(?:business days?|working days?|trading days?|data points?|time ?steps?|seconds?|secs?|minutes?|mins?|hours?|hrs?|days?|"
    r"fortnights?|weeks?|wks?|months?|mths?|quarters?|qtrs?|years?|yrs?|decades?|steps?|samples?|datapoints?|points?|rows?|"
    r"values?|observations?|periods?|readings?|records?|measurements?|entries|intervals?|ticks?)"
)


def unit_of(word: str) -> str:
    """The unit a word names: "months" → "month", "yr" → "year", "observations" → "step". Raises KeyError for other words."""
    return _UNIT_WORDS[word] if word in _UNIT_WORDS else _UNIT_WORDS[word.removesuffix("s")]


def moment(text: str) -> datetime | None:
    """A context's ISO time without its zone (the series' own clock), or None for a row number."""
    if text.lstrip("-").isdigit() and len(text) != 4:
        return None
    try:
        return datetime.fromisoformat(f"{text}-01-01" if len(text) == 4 else text).replace(tzinfo=None)
    except ValueError:
        return None


def shift_months(start: datetime, months: int) -> datetime:
    """The same day so many months on, clipped to the month's length and to the years 1–9999."""
    index = min(max(start.year * 12 + start.month - 1 + months, 12), 9999 * 12 + 11)
    year, month = divmod(index, 12)
    last = calendar.monthrange(year, month + 1)[1]
    # A month's last day stays the last day: month-end stamps move from 30 June to 31 July.
    at_end = start.day == calendar.monthrange(start.year, start.month)[1] and start.day >= 28
    return start.replace(year=year, month=month + 1, day=last if at_end else min(start.day, last))


def shift_seconds(start: datetime, seconds: float) -> datetime:
    """So many seconds on, clipped to what a datetime can hold."""
    try:
        return start + timedelta(seconds=seconds)
    except OverflowError:
        return datetime(9999, 12, 31) if seconds > 0 else datetime(1, 1, 1)


def _shift_business(start: datetime, days: int) -> datetime:
    """So many weekdays on; a weekend counts as the weekday before it."""
    try:
        moved = np.busday_offset(start.date(), days, roll="preceding").astype("O")
        return datetime.combine(moved, start.time())
    except (OverflowError, ValueError, TypeError):
        return shift_seconds(start, days * 86_400.0 * 7 / 5)


@dataclass(frozen=True)
class Rhythm:
    """One series' clock: its ends (None without times), its length, and its step as a count of a unit (None: uneven)."""

    start: datetime | None
    end: datetime | None
    n: int
    unit: str | None
    count: int = 1

    @property
    def dated(self) -> bool:
        """Whether the series has times."""
        return self.end is not None

    @property
    def now(self) -> datetime | None:
        """The first moment after the last sample: where the next one is due, or the next day or second of an uneven series."""
        if self.end is None or self.unit is not None:
            return None if self.end is None else self.shift(self.end, 1, "step")
        midnight = self.end == datetime.combine(self.end.date(), datetime.min.time())
        return shift_seconds(self.end, 86_400 if midnight else 1)

    @property
    def months(self) -> int | None:
        """Months in a step, None where a step is not made of months."""
        return MONTHS_IN[self.unit] * self.count if self.unit in MONTHS_IN else None

    @property
    def seconds(self) -> float:
        """Seconds in a step; the mean distance where the step is uneven, mean lengths for months and longer."""
        if self.months is not None:
            return self.months * 2_629_746.0
        if self.unit in SECONDS:
            return float(SECONDS[self.unit] * self.count)
        if self.unit == "business":
            return 86_400.0 * self.count
        if self.unit == "half month":
            return 1_314_873.0
        if self.start is None or self.end is None or self.n < 2:
            return 86_400.0
        return max((self.end - self.start).total_seconds() / (self.n - 1), 1.0)

    def steps_after_end(self, target: datetime) -> float:
        """How many steps lie between the last sample and `target`, not rounded."""
        if self.end is None:
            return 0.0
        if self.months is not None:
            whole = (target.year - self.end.year) * 12 + target.month - self.end.month
            return whole / self.months
        if self.unit == "business":
            return float(np.busday_count(self.end.date(), target.date())) / self.count
        return (target - self.end).total_seconds() / self.seconds

    def shift(self, start: datetime, amount: float, unit: str) -> datetime:
        """`amount` units after (or, negative, before) a time."""
        if unit == "step":
            if self.months is not None:
                return shift_months(start, round(amount * self.months))
            if self.unit == "business":
                return _shift_business(start, round(amount * self.count))
            return shift_seconds(start, amount * self.seconds)
        if unit in MONTHS_IN and float(amount * MONTHS_IN[unit]).is_integer():
            return shift_months(start, round(amount * MONTHS_IN[unit]))
        if unit in MONTHS_IN:
            return shift_seconds(start, amount * MONTHS_IN[unit] * 2_629_746.0)
        return shift_seconds(start, amount * unit_seconds(unit))


def unit_seconds(unit: str) -> float:
    """Seconds in a calendar unit; mean lengths for months and longer."""
    if unit == "fortnight":
        return 1_209_600.0
    if unit == "business":
        return 86_400.0 * 7 / 5
    return float(SECONDS[unit]) if unit in SECONDS else MONTHS_IN[unit] * 2_629_746.0


def rhythm_of(series: SeriesContext) -> Rhythm:
    """The clock of a series, read from what a planner may know of it."""
    start, end = moment(series.start), moment(series.end)
    count, base = split_frequency(series.frequency)
    unit = _ALIASES.get(base.lower())
    if end is None or series.frequency is None:
        return Rhythm(None, None, series.n, None)
    return Rhythm(start, end, series.n, unit, max(count, 1))
