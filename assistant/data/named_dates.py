"""Dates that name their month in words: “Monday, January 5, 2015”, “15JAN2015:10:00:00”, “Jan-95”, “1 de mayo de 2020”."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import pandas as pd

from assistant.data.month_names import CROATIAN_MONTHS, MONTH_NAMES, SHORT_NAMES, SPELLED_NAMES, WEEKDAY_NAMES, are_croatian

_CLOCK = re.compile(r"(?<!\d)(\d{1,2})[:h.](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,6}))?)?\s*([ap])?\.?(?:m\b\.?)?(?!\d)")
_OFFSET = re.compile(r"(?<=\d)\s*(?:gmt|utc)?([+-])(\d{2}):?(\d{2})\b(?:\s*\([a-z .]+\))?")
_TOKENS = re.compile(r"[^\W\d_]+|\d+")
_SAS = re.compile(r"^(\d{1,2}[/-]?[a-z]{3}[/-]?(?:\d{4}|\d{2})):(?=\d)")  # the colon of 15JAN2015:10:00 parts date and time
_ALLOWED = re.compile(r"[\w\s.,:/'’+()-]{4,70}")
_SPELLED = re.compile("|".join(re.escape(name) for name in sorted(SPELLED_NAMES, key=len, reverse=True)))
_NUMBERED = re.compile(r"\b(?:tháng|thg)\s*(1[0-2]|0?[1-9])\b")  # Vietnamese months are counted
_THAI = re.compile("[\u0e00-\u0e7f]")
_ENGLISH = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FILLERS = frozenset(
    (
        *(
            "st",
            "nd",
            "rd",
            "th",
            "de",
            "del",
            "do",
            "di",
            "of",
            "the",
            "le",
            "el",
            "den",
            "der",
            "am",
            "um",
            "at",
            "uhr",
            "week",
            "ending",
        ),
        *("ended", "w", "beginning", "starting", "commencing", "month", "quarter", "on", "as", "end"),
        *("t", "z", "utc", "gmt", "p", "r", "e", "prov"),
        *(
            "rok",
            "roku",
            "r",
            "г",
            "год",
            "года",
            "р",
            "року",
            "рік",
            "év",
            "gada",
            "m",
            "d",
            "kl",
            "klo",
            "năm",
            "ngày",
            "godz",
            "à",
            "às",
            "y",
        ),
    )
)
_PIVOT = 69  # two-digit years from here on belong to the last century, as strptime has it


@dataclass(frozen=True)
class NamedDate:
    """A cell taken apart. day: None where the cell names a month only. offset: minutes from UTC, or None."""

    year: int
    month: int
    day: int | None
    microseconds: int = 0
    offset: int | None = None


@lru_cache(maxsize=50_000)
def parse_named(cell: str, croatian: bool = False) -> NamedDate | None:
    """A cell with the name of one month and nothing but parts of a date beside it, or None.

    croatian: the names are Croatian, in which “listopad” is October.
    """
    months = CROATIAN_MONTHS if croatian else MONTH_NAMES
    text = cell.casefold().strip()
    if "th" in text:
        text = _NUMBERED.sub(lambda number: f" {_ENGLISH[int(number[1]) - 1]} ", text)
    if not cell.isascii():
        text = text.replace("॰", "").replace("׳", "")  # the full stops of Hindi and Hebrew
        text = _SPELLED.sub(lambda name: f" {_ENGLISH[SPELLED_NAMES[name[0]] - 1]} ", text)
    if not _ALLOWED.fullmatch(text):
        return None
    text = _SAS.sub(r"\1 ", text)
    offset = None
    microseconds = 0
    if found := _OFFSET.search(text):
        minutes = int(found[2]) * 60 + int(found[3])
        if ":" in text[: found.start()]:
            offset = -minutes if found[1] == "-" else minutes
            text = text[: found.start()] + " " + text[found.end() :]
    if ":" in text and (clock := _CLOCK.search(text)):
        taken = _clock(clock)
        if taken is None:
            return None
        microseconds = taken
        text = text[: clock.start()] + " " + text[clock.end() :]
        if offset is None and re.search(r"\b(?:utc|gmt|z)\b", text):
            offset = 0
    tokens = _TOKENS.findall(text)
    if tokens[:1] == ["mar"] and any(token in months for token in tokens[1:]):
        tokens = tokens[1:]  # Tuesday, in Spanish, French and Italian
    numbers: list[str] = []
    words: list[str] = []
    for token in tokens:
        (numbers if token.isdecimal() else words).append(token)
    month = _month_of(words, numbers, months)
    return _dated(numbers, month, cell, text, microseconds, offset) if month else None


def _month_of(words: list[str], numbers: list[str], months: dict[str, int]) -> int:
    """The one month among words that have a place in a date otherwise, or 0; short names count beside a year of four digits."""
    month = 0
    for word in words:
        if not month and (word in months or (word in SHORT_NAMES and any(len(number) == 4 for number in numbers))):
            month = months.get(word) or SHORT_NAMES[word]
        elif word not in _FILLERS and word not in WEEKDAY_NAMES:
            return 0
    return month


def _clock(match: re.Match[str]) -> int | None:
    hour, minute, second = int(match[1]), int(match[2]), int(match[3] or 0)
    if match[5]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[5] == "p" else 0)
    if hour > 24 or minute > 59 or second > 60:
        return None
    fraction = int((match[4] or "0").ljust(6, "0"))
    return ((hour * 60 + minute) * 60 + second) * 1_000_000 + fraction


def _dated(numbers: list[str], month: int, cell: str, text: str, microseconds: int, offset: int | None) -> NamedDate | None:
    if len(numbers) == 1:
        year, day = numbers[0], None
        if len(year) == 2 and text.lstrip()[:1].isdigit():  # "15-Jan": a day or a year, which one cell cannot tell
            return None
    elif len(numbers) == 2:
        first, second = numbers
        year, day = (first, second) if len(first) == 4 else (second, first)
        if len(day) > 2:
            return None
    else:
        return None
    if len(year) not in (2, 4) or (len(year) == 2 and _THAI.search(cell)):
        return None  # Thai years of two digits are years of another era
    whole = int(year) if len(year) == 4 else int(year) + (1900 if int(year) >= _PIVOT else 2000)
    if not 1000 <= whole < 2200 or (day is not None and not 1 <= int(day) <= 31):
        return None
    return NamedDate(whole, month, None if day is None else int(day), microseconds, offset)


def is_named_month(cell: str) -> bool:
    """Whether a cell is a month named in words with its year, and no day."""
    found = parse_named(cell)
    return found is not None and found.day is None


def is_named_day(cell: str) -> bool:
    """Whether a cell is a day (with or without time of day) whose month is named in words."""
    found = parse_named(cell)
    return found is not None and found.day is not None


def read_named(text: pd.Series) -> pd.DatetimeIndex:
    """Cells with month names as times, NaT where unread; in UTC, or the one offset, where the cells carry offsets.

    text: (rows,) str.
    """
    codes, distinct = pd.factorize(text)
    croatian = any(not cell.isascii() and are_croatian(_TOKENS.findall(cell.casefold())) for cell in map(str, distinct))
    parsed = [parse_named(str(cell), croatian) for cell in distinct]
    label = pd.Series([f"{p.year:04d}-{p.month:02d}-{p.day or 1:02d}" if p else "" for p in parsed], dtype="str")
    dates = pd.DatetimeIndex(pd.to_datetime(label, format="%Y-%m-%d", errors="coerce")).as_unit("us")
    offsets = [p.offset if p else None for p in parsed]
    known = {offset for offset in offsets if offset is not None}
    shift = np.array(
        [(p.microseconds if p else 0) - (offset or 0) * 60_000_000 for p, offset in zip(parsed, offsets, strict=True)]
    )
    times = (dates + pd.to_timedelta(shift, unit="us")).as_unit("us")[codes]
    if not known:
        return times
    utc = times.tz_localize("UTC")
    minutes = next(iter(known))
    return (
        utc
        if len(known) > 1 or minutes == 0
        else utc.tz_convert(f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}")
    )


def read_year_first_months(text: pd.Series) -> pd.DatetimeIndex:
    """“95-Jan”, as spreadsheets mangle 1995-01: a two-digit year before the month's name. NaT where unread."""
    parts = text.str.extract(r"^(?P<y>\d{2})[- ](?P<m>[^\W\d_]+)\.?$")
    return read_named(parts["m"].fillna("") + "-" + parts["y"].fillna(""))
