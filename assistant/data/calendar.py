"""Text → times: every common way to write a moment, and day against month by the whole column's evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.frequency import find_rhythm
from assistant.data.hints import is_totals_cell
from assistant.data.notations import CLOCK, YEAR_FIRST_MONTHS, ZONE, Kind, Notation, Parser, notation_of, strptime, zone_of
from assistant.data.numbers import is_missing, missing_mask
from assistant.data.period_words import marks_behind
from assistant.data.wrapped_times import (
    bare_moment,
    has_zone_name,
    is_span,
    midnight_at_end,
    offsets_for_names,
    without_mark,
    without_zone_name,
)

_SAMPLE = 400
_LONGEST = 80  # characters of a cell that may be a moment
_GLANCE = 20  # cells that decide whether a notation is worth a closer look
_ENOUGH = 0.9  # of the sampled cells that must have one shape
_NUMERIC = re.compile(
    rf"^\d{{1,2}}(?:([/.\-])\d{{1,2}}\1(?:\d{{4}}|\d{{2}})|( )\d{{1,2}} (?:19|20)\d{{2}})\.?{CLOCK}(?:(?<=:\d\d)[aApP])?{ZONE}$"
)
_OFFSET = r"(?<=[:.]\d\d)\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})$"
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
_EVEN = 0.9  # of the grid's points that must have a time for evenly spaced times
_UNEVEN = 0.5  # at most this share: not evenly spaced; what lies between proves nothing


@dataclass(frozen=True)
class TimeReading:
    """A column read as times.

    times: (rows,) datetimes, NaT where unread; with a zone when the cells carry offsets. kind: the precision. how: the
    notation in words. order: "day" or "month", whichever comes first, where that had to be decided; why: the evidence.
    other: the times under the other reading, kept only while the order is ambiguous. mixed_zones: offsets differed, so
    that everything was brought to UTC. spans: the cells hold spans of time, read as their starts. zone_name: an abbreviation
    that all cells carry and that was left out. marked: cells whose mark behind the moment ("p", "*") was left out. forms: a cell
    of each notation where there are several. era: another count of years than the usual one, brought to the usual.
    """

    times: pd.DatetimeIndex
    kind: Kind
    how: str
    order: Literal["day", "month"] | None = None
    why: str = ""
    other: pd.DatetimeIndex | None = None
    mixed_zones: bool = False
    spans: bool = False
    zone_name: str | None = None
    marked: int = 0
    forms: tuple[str, ...] = ()
    era: str = ""

    @property
    def ambiguous(self) -> bool:
        """Whether day and month could be exchanged."""
        return self.other is not None


@lru_cache(maxsize=50_000)
def looks_like_time(cell: str) -> bool:
    """Whether one cell is written like a moment (a bare year does not count)."""
    if not cell or len(cell) > _LONGEST or not any(c.isdigit() for c in cell):
        return False
    core = without_zone_name(bare_moment(cell))
    return bool(_NUMERIC.match(core)) or notation_of(core) is not None


def read_times(text: pd.Series, day_first: bool | None = None) -> TimeReading | None:
    """A text column as times, or None when it is not written like times.

    text: (rows,) str, "" where empty. day_first: the user's word on day against month; None: the column decides.
    """
    sample = sample_cells(text)
    if not sample:
        return None
    glance = sample[:: max(len(sample) // _GLANCE, 1)]
    if _share(lambda cell: bare_moment(cell) != cell, glance) > 0.5:
        bare = _mapped(text, bare_moment)
        inner = read_times(bare, day_first)
        return inner and replace(inner, spans=any(map(is_span, glance)))
    if _share(has_zone_name, glance) > 0.5:
        bare, name = offsets_for_names(text)
        inner = read_times(bare, day_first)
        return inner and replace(inner, zone_name=name)
    if _share(_NUMERIC.match, glance) > 0.5 and _share(_NUMERIC.match, sample) >= _ENOUGH:
        numeric = _read_numeric(text, day_first, sample)
        if numeric is not None:
            return numeric
    for notation in _candidates(glance):
        if _share(notation.fits, sample) >= _ENOUGH:
            times, marked = _second_look(notation.parse(text), text, notation.parse)
            finished = _finish(times, notation.kind, notation.how, text)
            marked += marks_behind(text) if notation.kind in ("quarter", "half", "week") else 0
            return finished and replace(finished, marked=marked)
    if len(sample) >= 3 and _share(YEAR_FIRST_MONTHS.fits, sample) >= _ENOUGH:
        times = YEAR_FIRST_MONTHS.parse(text)
        if find_rhythm(times).filled >= _EVEN:
            return _finish(times, "month", YEAR_FIRST_MONTHS.how, text)
    return None


def _candidates(glance: list[str]) -> list[Notation]:
    """The notations of a few cells that more than half of them have, the first in their order foremost."""
    found = [notation for cell in glance if (notation := notation_of(cell)) is not None]
    distinct = list(dict.fromkeys(found))
    return [notation for notation in distinct if _share(notation.fits, glance) > 0.5]


def _mapped(text: pd.Series, change: Callable[[str], str]) -> pd.Series:
    """A text column with each distinct cell changed once."""
    codes, distinct = pd.factorize(text)
    changed = np.array([change(str(cell)) for cell in distinct], dtype=object)
    return pd.Series(changed[codes], index=text.index, dtype="str")


def _second_look(times: pd.DatetimeIndex, text: pd.Series, parse: Parser) -> tuple[pd.DatetimeIndex, int]:
    """Moments that a notation could not read as they stand: 24:00, or with a mark such as "p" behind them.

    Returns the times and how many cells had a mark.
    """
    unread = times.isna() & text.ne("").to_numpy(bool)
    if not unread.any() or unread.all():
        return times, 0
    places = np.flatnonzero(unread)
    cells = text.iloc[places]
    ends = [midnight_at_end(str(cell)) for cell in cells]
    plain = pd.Series(
        [without_mark(str(cell)) if end is None else end for cell, end in zip(cells, ends, strict=True)], dtype="str"
    )
    read = parse(plain)
    if read.tz != times.tz:
        return times, 0
    late = np.array([end is not None for end in ends])
    read = read + pd.to_timedelta(late.astype(np.int64), unit="D")
    whole = pd.Series(times.as_unit("us"))
    whole.iloc[places] = read.as_unit("us")
    return pd.DatetimeIndex(whole), int(np.count_nonzero(~late & read.notna()))


def sample_cells(text: pd.Series) -> list[str]:
    """Up to a few hundred cells with content, evenly spread."""
    filled = text[text != ""]
    for _ in range(2):
        spread = filled.iloc[np.unique(np.linspace(0, len(filled) - 1, _SAMPLE).astype(int))] if len(filled) else filled
        cells = [cell for cell in spread.tolist() if not is_missing(cell) and not is_totals_cell(cell)]
        if len(cells) >= min(_GLANCE, len(filled)):
            return cells
        filled = filled[~missing_mask(filled)]
    return cells


def _share(test: Callable[[str], object], cells: list[str]) -> float:
    return sum(1 for cell in cells if test(cell)) / len(cells)


def _finish(times: pd.DatetimeIndex, kind: Kind, how: str, text: pd.Series) -> TimeReading | None:
    read = times.notna()
    if not read.any():
        return None
    zoned = times.tz is not None
    mixed = zoned and str(times.tz) == "UTC" and text.str.extract(r"(Z|UTC|GMT|[+-]\d{2}:?\d{0,2})$", expand=False).nunique() > 1
    local = times[read].tz_localize(None) if zoned else times[read]
    if kind == "day" and bool((local != local.normalize()).any()):
        kind = "moment"
    return TimeReading(times, kind, how, mixed_zones=bool(mixed))


def _localised(times: pd.DatetimeIndex, offsets: pd.Series | None) -> pd.DatetimeIndex:
    """Local times with the offsets that their cells name: in that zone, or in UTC where there are several."""
    if offsets is None:
        return times
    names = offsets.replace({"Z": "+00:00", "UTC": "+00:00", "GMT": "+00:00"})
    distinct = [str(name) for name in names.dropna().unique()]
    if len(distinct) == 1:
        return times.tz_localize(zone_of(distinct[0]))
    ahead = {name: pd.Timedelta(f"{zone_of(name)[1:]}:00") * (-1 if name[0] == "-" else 1) for name in distinct}
    return (times - pd.TimedeltaIndex(names.map(ahead))).as_unit("us").tz_localize("UTC")


def _numeric_formats(sample: pd.Series, first: str, second: str) -> list[str]:
    """The formats that the shapes of cells such as 01/02/2020 3:04 PM call for."""
    formats = []
    for year in ("%Y", "%y"):
        formats += [f"%{first}/%{second}/{year}{clock}" for clock in _CLOCKS]
    usable = [pattern for pattern in formats if pd.to_datetime(sample, format=pattern, errors="coerce").notna().any()]
    return usable or formats[:1]


def numeric_separator(cell: str) -> str | None:
    """The mark between the numbers of a date such as 01/02/2020, or None for other cells."""
    found = _NUMERIC.match(cell)
    return (found[1] or found[2]) if found else None


def numeric_parsers(text: pd.Series) -> tuple[pd.Series, Parser, Parser]:
    """Dates of two short numbers and a year in one shape, and what reads them day first and month first.

    text: (rows,) str without offsets from UTC, "" where empty.
    """
    plain = text.str.replace(r"^(\d{1,2})[./ -](\d{1,2})[./ -](\d{2,4})\.?[T ,]*", r"\1/\2/\3 ", regex=True).str.strip()
    plain = plain.str.replace(r" (\d{1,2})\.(\d{2})(?:\.(\d{2}))?$", r" \1:\2:\3", regex=True).str.rstrip(":")
    plain = plain.str.replace(r"(?i)(?:(?<=:\d\d)|\s*(?=[ap]\.?m))([ap])(?:\.?m)?\.?$", r" \1m", regex=True)
    sample = plain[plain != ""].drop_duplicates()
    sample = sample.iloc[np.unique(np.linspace(0, len(sample) - 1, _SAMPLE).astype(int))]
    day_parser, month_parser = (strptime(*_numeric_formats(sample, *order)) for order in ("dm", "md"))
    return plain, day_parser, month_parser


def _read_numeric(text: pd.Series, day_first: bool | None, cells: list[str]) -> TimeReading | None:
    """Dates of two short numbers and a year: both orders are tried, the whole column's evidence decides."""
    offsets = text.str.extract(_OFFSET, expand=False) if any(re.search(_OFFSET, cell) for cell in cells) else None
    if offsets is not None:
        text = text.str.replace(_OFFSET, "", regex=True)
    plain, day_parser, month_parser = numeric_parsers(text)
    by_day, by_month = day_parser(plain), month_parser(plain)
    separator = next((mark for cell in text if (mark := numeric_separator(cell))), "/")
    if day_first is None and (by_year := _year_first(plain, by_day, by_month)) is not None:
        finished = _finish(by_year, "day", f"YY{separator}MM{separator}DD", text)
        return finished and replace(finished, times=_localised(finished.times, offsets))
    order, why, ambiguous = decide_order(by_day, by_month, day_first, separator)
    times, other = (by_day, by_month) if order == "day" else (by_month, by_day)
    times, marked = _second_look(times, plain, day_parser if order == "day" else month_parser)
    if ambiguous:
        other, _ = _second_look(other, plain, month_parser if order == "day" else day_parser)
    how = f"DD{separator}MM{separator}YYYY" if order == "day" else f"MM{separator}DD{separator}YYYY"
    finished = _finish(times, "day", how, text)
    if finished is None:
        return None
    mixed = offsets is not None and offsets.nunique() > 1
    return replace(
        finished,
        times=_localised(finished.times, offsets),
        order=order,
        why=why,
        other=_localised(other, offsets) if ambiguous else None,
        mixed_zones=mixed,
        marked=marked,
    )


def _year_first(plain: pd.Series, by_day: pd.DatetimeIndex, by_month: pd.DatetimeIndex) -> pd.DatetimeIndex | None:
    """Dates such as 20-01-15 read year first, where only that reads all of them or puts them in an even order; else None."""
    if not plain[plain != ""].str.match(r"\d\d/\d\d/\d\d(?: |$)").all():
        return None
    by_year = strptime(*(f"%y/%m/%d{clock}" for clock in _CLOCKS))(plain)
    unread = int(np.count_nonzero(by_year.isna()))
    others = min(int(np.count_nonzero(times.isna())) for times in (by_day, by_month))
    if unread != others:
        return by_year if unread < others and _evidence(by_year)[1] else None
    even, ordered = _evidence(by_year)
    rivals = [found for found in map(_evidence, (by_day, by_month)) if found[1] and found[0] >= _UNEVEN]
    return by_year if ordered and even >= _EVEN and not rivals else None


def decide_order(
    by_day: pd.DatetimeIndex, by_month: pd.DatetimeIndex, day_first: bool | None, separator: str
) -> tuple[Literal["day", "month"], str, bool]:
    """Which number is the day, why, and whether that stays ambiguous."""
    if day_first is not None:
        return ("day" if day_first else "month"), "You said so.", False
    unread_day, unread_month = int(np.count_nonzero(by_day.isna())), int(np.count_nonzero(by_month.isna()))
    if unread_day < unread_month:
        return (
            "day",
            f"Day first reads more of the dates: month first leaves out {unread_month - unread_day} of them.",
            False,
        )
    if unread_month < unread_day:
        return "month", f"Month first reads more of the dates: day first leaves out {unread_day - unread_month} of them.", False
    if bool((by_day.dropna() == by_month.dropna()).all()):
        return "day", "Day and month are equal in every date, so the order does not matter.", False
    (even_day, ordered_day), (even_month, ordered_month) = _evidence(by_day), _evidence(by_month)
    if ordered_day and even_day >= _EVEN and not (ordered_month and even_month > _UNEVEN):
        return "day", "Only day first gives evenly spaced, ordered times.", False
    if ordered_month and even_month >= _EVEN and not (ordered_day and even_day > _UNEVEN):
        return "month", "Only month first gives evenly spaced, ordered times.", False
    odd_day, odd_month = _monthly_off_first(by_day), _monthly_off_first(by_month)
    likely: Literal["day", "month"] = "month" if separator == "/" else "day"
    if odd_day != odd_month:  # months are hardly ever named by another day than their first
        likely = "month" if odd_day else "day"
    return likely, "No day is above 12, and neither the order nor the distance of the times tells the two readings apart.", True


def _monthly_off_first(times: pd.DatetimeIndex) -> bool:
    days = np.unique(times.dropna().day)
    return len(days) == 1 and int(days[0]) != 1


def _evidence(times: pd.DatetimeIndex) -> tuple[float, bool]:
    """How evenly spaced times are (0–1, 0 where they have no rhythm), and whether the file has them in order."""
    stamps = times.dropna()
    ordered = bool(stamps.is_monotonic_increasing or stamps.is_monotonic_decreasing)
    return find_rhythm(stamps).filled, ordered
