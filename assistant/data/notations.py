"""The ways to write a moment whose parts need no decision: their shapes, their precision and how each is read."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.month_names import MONTH_NAMES
from assistant.data.named_dates import is_named_day, is_named_month, read_named, read_year_first_months
from assistant.data.period_words import Part, names_part, read_periods
from assistant.data.wrapped_times import ROMAN_MONTHS

Kind = Literal["moment", "day", "month", "quarter", "half", "year", "week", "clock"]
Parser = Callable[[pd.Series], pd.DatetimeIndex]

FINANCIAL_YEARS = ("financial year", "2010/11", "quarter of a financial year", "half of a financial year")
CLOCK_ORIGIN = pd.Timestamp("1970-01-01")
CLOCK = r"(?:[T ,]\s*\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?)?"
ZONE = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?"
YEAR = r"(?:1[0-9]|20|21)\d{2}"
_SHORT = rf"(?:{YEAR}|\d{{2}})"
_MONTH = r"(?:0?[1-9]|1[0-2])"
_ROMAN = "|".join(ROMAN_MONTHS)
_WORD = r"[^\W\d_]{3,10}\.?"
_PIVOT = 69  # two-digit years from here on belong to the last century, as strptime has it
_PLAIN = re.compile(r"[+-]?\d*[.,]?\d+(?:[eE][+-]?\d+)?")
_SPLIT_YEAR = re.compile(rf"^(?:FY\s?)?({YEAR})\s?[/-]\s?(\d{{2}}(?:\d{{2}})?)$", re.IGNORECASE)
_SPAN_OF_MONTHS = re.compile(
    rf"^(?:(?P<before>{YEAR})\s+)?(?P<first>{_WORD})\s?[-–/]\s?(?P<last>{_WORD})(?:\s+(?P<after>{YEAR}))?$"
)


def strptime(*formats: str) -> Parser:
    """A parser that tries formats in turn on what is still unread."""

    def parse(text: pd.Series) -> pd.DatetimeIndex:
        result = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
        for pattern in formats:
            rest = result.isna()
            if not rest.any():
                break
            result[rest] = pd.to_datetime(text[rest], format=pattern, errors="coerce").astype("datetime64[us]")
        return pd.DatetimeIndex(result)

    return parse


def _first_days(year: pd.Series, month: pd.Series) -> pd.DatetimeIndex:
    """The first day of each month; two-digit years get their century."""
    number = pd.to_numeric(year, errors="coerce")
    century = number.ge(_PIVOT).map({True: 1900, False: 2000})
    full = number.where(year.str.len() == 4, number + century).astype("Int64").astype("str")
    label = full + "-" + pd.to_numeric(month, errors="coerce").astype("Int64").astype("str").str.zfill(2) + "-01"
    return pd.DatetimeIndex(pd.to_datetime(label, format="%Y-%m-%d", errors="coerce"))


def _parts(pattern: str, months: int = 1) -> Parser:
    """A parser for a year `y` and the number `p` of a part of it that is `months` long."""
    roman = {"I": 1, "II": 2, "III": 3, "IV": 4}

    def parse(text: pd.Series) -> pd.DatetimeIndex:
        found = text.str.extract(pattern)
        number = found["p"].map(roman).astype("Float64") if "I" in pattern else pd.to_numeric(found["p"], errors="coerce")
        return _first_days(found["y"], (number - 1) * months + 1)

    return parse


def _weeks(text: pd.Series) -> pd.DatetimeIndex:
    forward = text.str.extract(rf"^(?P<y>{YEAR}).*?(?P<w>\d{{1,2}})(?:-(?P<d>[1-7]))?$")
    backward = text.str.extract(rf"^\D*(?P<w>\d{{1,2}}).*?(?P<y>{YEAR})$")
    year, week = forward["y"].fillna(backward["y"]), forward["w"].fillna(backward["w"])
    label = year + "-" + week.str.zfill(2) + "-" + forward["d"].fillna("1")
    return pd.DatetimeIndex(pd.to_datetime(label, format="%G-%V-%u", errors="coerce"))


def _clock(text: pd.Series) -> pd.DatetimeIndex:
    """Times of day without a date, counted from 1970-01-01; a step back means that midnight has passed."""
    half = text.str.extract(r"(?i)([ap])(?:\.?m)?\.?$", expand=False).str.lower()
    bare = text.str.replace(r"(?i)\s*[ap](?:\.?m)?\.?$", "", regex=True)
    bare = bare.str.replace(r"^(\d+)\.(\d{2})\.(\d{2})$", r"\1:\2:\3", regex=True)
    bare = bare.str.replace(r"^(\d{1,2})$", r"\1:00", regex=True).str.replace(r"^(\d{1,2}:\d{2})$", r"\1:00", regex=True)
    span = pd.Series(pd.to_timedelta(bare, errors="coerce"), index=text.index)
    noon = span >= pd.Timedelta("12h")
    span = span.where(~((half == "p") & ~noon), span + pd.Timedelta("12h"))
    span = span.where(~((half == "a") & noon), span - pd.Timedelta("12h"))
    seconds = span.to_numpy("timedelta64[us]").astype(np.int64)
    valid = ~span.isna().to_numpy()
    wraps = np.zeros(len(seconds), dtype=np.int64)
    back = np.diff(seconds[valid], prepend=seconds[valid][:1]) < -6 * 3_600_000_000
    wraps[valid] = np.cumsum(back)
    times = CLOCK_ORIGIN.to_datetime64() + (span + pd.to_timedelta(wraps, unit="D")).to_numpy("timedelta64[us]")
    return pd.DatetimeIndex(np.where(valid, times, np.datetime64("NaT")))


def _compact(text: pd.Series) -> pd.DatetimeIndex:
    """YYYYMMDDhhmm with or without seconds; padded first, since strptime would read "0405" as 04:00:05."""
    digits = text.str.replace(r"[ :T_](\d):", r" 0\1:", regex=True).str.replace(r"\D", "", regex=True)
    whole = digits.where(digits.str.len() != 12, digits + "00")
    times = pd.DatetimeIndex(pd.to_datetime(whole, format="%Y%m%d%H%M%S", errors="coerce"))
    return times.tz_localize("UTC") if text[text != ""].str.endswith("Z").all() else times


def _iso(text: pd.Series) -> pd.DatetimeIndex:
    plain = text.str.replace(r"^(\d{4})[/._]\s?(\d{1,2})[/._]\s?(\d{1,2})\.?", r"\1-\2-\3", regex=True)
    plain = plain.str.replace(r"^(\d{4})-(\d)-", r"\1-0\2-", regex=True).str.replace(
        r"^(\d{4}-\d{2})-(\d)\b", r"\1-0\2", regex=True
    )
    plain = plain.str.replace(r"^(\d{4}-\d{2}-\d{2})[ ,]+(\d):", r"\1 0\2:", regex=True)
    plain = plain.str.replace(r"\s*(?:UTC|GMT)$", "Z", regex=True).str.replace(r"\s+([+-]\d{2}:?\d{2})$", r"\1", regex=True)
    zoned = plain.str.contains(r"(?:Z|:\d{2}(?:\.\d+)?[+-]\d{2}(?::?\d{2})?)$", regex=True)
    if not zoned.any():
        halves = plain.str.contains("[AaPp]\\.?[Mm]", regex=True)
        if halves.any():
            return strptime("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p")(plain)
        return pd.DatetimeIndex(pd.to_datetime(plain, format="ISO8601", errors="coerce"))
    offsets = plain[zoned].str.extract(r"(Z|[+-]\d{2}:?\d{0,2})$", expand=False).unique()
    utc = pd.DatetimeIndex(pd.to_datetime(plain, format="ISO8601", errors="coerce", utc=True))
    if len(offsets) == 1 and offsets[0] != "Z":
        return utc.tz_convert(zone_of(str(offsets[0])))
    return utc


def zone_of(offset: str) -> str:
    """An offset such as +0200, +02 or +02:00 as pandas names fixed zones."""
    digits = offset.replace(":", "")
    return f"{digits[:3]}:{digits[3:5] or '00'}"


def _hours(text: pd.Series) -> pd.DatetimeIndex:
    """“2015-01-15 10”: a day and the hour alone."""
    found = text.str.extract(r"^(?P<day>.*\d)[T ](?P<hour>\d{1,2})\s?h?$")
    return _iso(found["day"].fillna("") + " " + found["hour"].fillna("").str.zfill(2) + ":00")


def _year_days(text: pd.Series) -> pd.DatetimeIndex:
    return strptime("%Y-%j")(text.str.replace(r"^(\d{4})\D(\d{3})$", r"\1-\2", regex=True))


def _month_spans(text: pd.Series) -> pd.DatetimeIndex:
    found = text.str.extract(_SPAN_OF_MONTHS.pattern)
    month = found["first"].str.casefold().str.rstrip(".").map(MONTH_NAMES)
    return _first_days(found["before"].fillna(found["after"]), month)


def _roman_months(text: pd.Series) -> pd.DatetimeIndex:
    month = text.str.extract(r"([IVX]+)", expand=False).map({name: str(k) for k, name in enumerate(ROMAN_MONTHS, start=1)})
    return _first_days(text.str.extract(rf"({YEAR})", expand=False), month)


def _spaced(text: pd.Series) -> pd.DatetimeIndex:
    return _iso(text.str.replace(r"^(\d{4}) (\d{1,2}) (\d{1,2})", r"\1-\2-\3", regex=True))


def _is_quarter_span(cell: str) -> bool:
    """Whether a cell names a quarter by its first and last month: Jan-Mar 2020."""
    found = _SPAN_OF_MONTHS.match(cell)
    if found is None or bool(found["before"]) == bool(found["after"]):
        return False
    first, last = (MONTH_NAMES.get(found[part].casefold().rstrip("."), 0) for part in ("first", "last"))
    return first > 0 and last - first == 2 and first % 3 == 1


def is_split_year(cell: str) -> bool:
    """Whether a cell names a season or financial year: 2010/11 or FY2010-2011, not November 2010."""
    match = _SPLIT_YEAR.match(cell)
    return match is not None and (int(match[1]) + 1) % 100 == int(match[2]) % 100


def _split_years(text: pd.Series) -> pd.DatetimeIndex:
    return _first_days(text.str.extract(rf"({_SHORT})", expand=False), pd.Series("1", index=text.index, dtype="str"))


@dataclass(frozen=True)
class Notation:
    """One way to write a moment. fits: whether a cell is written so. how: an example or a name, for the user."""

    fits: Callable[[str], object]
    kind: Kind
    how: str
    parse: Parser


def _shape(pattern: str, kind: Kind, how: str, parse: Parser) -> Notation:
    return Notation(re.compile(pattern).match, kind, how, parse)


def _worded(part: Part, how: str, *, fiscal: bool = False) -> Notation:
    """Quarters, halves or weeks in words."""
    return Notation(lambda cell: names_part(cell, part, fiscal=fiscal), part, how, lambda text: read_periods(text, part))


_Q = "[QqTtKk]"
_HALF = "[HhSs]"
_WEEK = r"(?:[Ww](?:eek|k)?|KW)\.?"
NOTATIONS: tuple[Notation, ...] = (
    _shape(rf"^{YEAR}(?:([-/.])\s?\d{{1,2}}\1\s?|_\d{{1,2}}_)\d{{1,2}}\.?{CLOCK}{ZONE}$", "day", "year-month-day", _iso),
    _shape(rf"^{YEAR}(?:0[1-9]|1[0-2])[0-3]\d$", "day", "YYYYMMDD", strptime("%Y%m%d")),
    _shape(
        rf"^{YEAR}[01]\d[0-3]\d(?:[T ]?\d{{4}}(?:\d{{2}})?|[ :T_]\d{{1,2}}:?\d{{2}}(?::\d{{2}})?)Z?$",
        "moment",
        "YYYYMMDDhhmm",
        _compact,
    ),
    _shape(rf"^{YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}[T ]\d{{1,2}}\s?h?$", "moment", "day and hour", _hours),
    _shape(rf"^{YEAR}[- ]?[Mm][- ]?\d{{1,2}}$", "month", "1995M01", _parts(rf"(?P<y>{YEAR})\D+(?P<p>\d+)")),
    _shape(rf"^{YEAR}(?:[-/]{_MONTH}|\.(?:0[1-9]|1[0-2]))$", "month", "year-month", _parts(rf"(?P<y>{YEAR})\D(?P<p>\d+)")),
    _shape(rf"^(?:0?{_MONTH}[-/.]|[Mm]{_MONTH}[-/. ]){YEAR}$", "month", "month/year", _parts(rf"(?P<p>\d+)\D(?P<y>{YEAR})")),
    _shape(rf"^{YEAR}[-/ :]*{_Q}[1-4]$", "quarter", "1987-Q1", _parts(rf"(?P<y>{YEAR})\D+(?P<p>[1-4])", 3)),
    _shape(rf"^{_Q}[1-4][-/ ']*{_SHORT}$", "quarter", "Q1 1987", _parts(rf"\D(?P<p>[1-4])\D*(?P<y>{_SHORT})", 3)),
    _shape(rf"^[1-4]{_Q}[-/ ']*{_SHORT}$", "quarter", "1Q 1987", _parts(rf"^(?P<p>[1-4])\D+(?P<y>{_SHORT})", 3)),
    _shape(rf"^{YEAR}[-/ ]?[1-4]{_Q}$", "quarter", "1987 1Q", _parts(rf"^(?P<y>{YEAR})\D?(?P<p>[1-4])", 3)),
    _shape(rf"^{YEAR}[- ](?:I|II|III|IV)$", "quarter", "1987-IV", _parts(rf"(?P<y>{YEAR})[- ](?P<p>[IV]+)", 3)),
    _shape(rf"^(?:I|II|III|IV)[-/. ]+{_SHORT}$", "quarter", "IV-1987", _parts(rf"^(?P<p>[IV]+)[-/. ]+(?P<y>{_SHORT})", 3)),
    _shape(rf"^{YEAR}:0?[1-4]$", "quarter", "1987:1", _parts(rf"(?P<y>{YEAR}):0?(?P<p>[1-4])", 3)),
    _shape(rf"^{YEAR}:{_MONTH}$", "month", "1995:01", _parts(rf"(?P<y>{YEAR}):(?P<p>\d+)")),
    Notation(_is_quarter_span, "quarter", "Jan-Mar 1987", _month_spans),
    _shape(rf"^{YEAR}[-/ ]*{_HALF}[12]$", "half", "2020-H1", _parts(rf"(?P<y>{YEAR})\D+(?P<p>[12])", 6)),
    _shape(rf"^{_HALF}[12][-/ ]*{YEAR}$", "half", "H1 2020", _parts(rf"\D(?P<p>[12])\D*(?P<y>{YEAR})", 6)),
    _shape(rf"^[12]{_HALF}[-/ ]*{YEAR}$", "half", "1H 2020", _parts(rf"^(?P<p>[12])\D+(?P<y>{YEAR})", 6)),
    _shape(rf"^{YEAR}[-/ ]?{_WEEK}[- ]?\d{{1,2}}(?:-[1-7])?$", "week", "2020-W05", _weeks),
    _shape(rf"^{_WEEK}[- ]?\d{{1,2}}[-/, ]+{YEAR}$", "week", "W05 2020", _weeks),
    _shape(rf"^{YEAR}[-/ .](?:00[1-9]|0[1-9]\d|[12]\d\d|3[0-5]\d|36[0-6])$", "day", "year and day of the year", _year_days),
    _shape(rf"^[Tt]{_MONTH}[-/]{YEAR}$", "month", "T5/1987", _parts(rf"(?P<p>\d+)\D(?P<y>{YEAR})")),
    _shape(rf"^(?:{_ROMAN})[-/. ]+{YEAR}\.?$", "month", "XI.1987", _roman_months),
    _shape(rf"^{YEAR}[-/. ]+(?:{_ROMAN})\.?$", "month", "1987. XI.", _roman_months),
    _shape(rf"^{YEAR} \d{{1,2}} \d{{1,2}}{CLOCK}$", "day", "year month day", _spaced),
    _shape(rf"^{YEAR}[ .]?[1-4]/4$", "quarter", "2019.1/4", _parts(rf"^(?P<y>{YEAR})[ .]?(?P<p>[1-4])", 3)),
    _worded("quarter", "1. Quartal 1987"),
    _worded("half", "1. Halbjahr 1987"),
    _worded("week", "KW 5 1987"),
    _worded("quarter", FINANCIAL_YEARS[2], fiscal=True),
    _worded("half", FINANCIAL_YEARS[3], fiscal=True),
    _shape(rf"^{YEAR}(?:\s?(?:年度?|년도?|г\.?|год|rok)|[AEF])$", "year", "year with its word", _split_years),
    _shape(rf"^(?i:FY)[- ']*{_SHORT}$", "year", "financial year", _split_years),
    Notation(is_split_year, "year", "2010/11", _split_years),
    _shape(
        r"^(?:[0-2]?\d(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|\.[0-5]\d\.[0-5]\d)|[01]?\d(?::[0-5]\d){0,2}(?=\s*[AaPp]))(?:\s*[AaPp](?:\.?[Mm])?\.?)?$",
        "clock",
        "time of day",
        _clock,
    ),
    Notation(is_named_month, "month", "month name and year", read_named),
    Notation(is_named_day, "day", "day, month name and year", read_named),
)
YEAR_FIRST_MONTHS = _shape(r"^\d{2}[- ][^\W\d_]{3,10}\.?$", "month", "two-digit year and month name", read_year_first_months)
_BARE = tuple(notation for notation in NOTATIONS if notation.how in ("YYYYMMDD", "YYYYMMDDhhmm", "year-month", "month/year"))


def notation_of(cell: str) -> Notation | None:
    """The notation of one cell, or None; a bare year is none."""
    candidates = _BARE if _PLAIN.fullmatch(cell) else NOTATIONS
    return next((notation for notation in candidates if notation.fits(cell)), None)
