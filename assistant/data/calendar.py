"""Text → times: every common way to write a moment, and day against month by the whole column's evidence."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.frequency import find_rhythm
from assistant.data.hints import is_totals_cell
from assistant.data.numbers import is_missing, missing_mask

Kind = Literal["moment", "day", "month", "quarter", "year", "week", "clock"]

MONTH_NAMES = {
    name: month
    for month, names in enumerate(
        (
            "january jan januar januari janvier enero ene gennaio janeiro",
            "february feb februar februari février fevrier fév febrero febbraio fevereiro",
            "march mar märz maerz mär mrz maart mrt mars marzo março",
            "april apr avril avr abril abr aprile",
            "may mai mei mayo maggio maio",
            "june jun juni juin junio giugno junho",
            "july jul juli juillet juil julio luglio julho",
            "august aug augustus août aout agosto ago",
            "september sep sept septembre septiembre settembre setembro",
            "october oct oktober okt octobre octubre ottobre outubro",
            "november nov novembre noviembre novembro",
            "december dec dezember dez décembre decembre déc diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
CLOCK_ORIGIN = pd.Timestamp("1970-01-01")

_SAMPLE = 400
_GLANCE = 20  # cells that decide whether a notation is worth a closer look
_ENOUGH = 0.9  # of the sampled cells that must have one shape
_CLOCK = r"(?:[T ,]\s*\d{1,2}[:.]\d{2}(?:[:.]\d{2}(?:[.,]\d+)?)?\s*(?:[AaPp]\.?[Mm]\.?)?)?"
_ZONE = r"(?:\s*(?:Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2}))?"
_YEAR = r"(?:1[0-9]|20|21)\d{2}"
_WORD = r"[A-Za-zÀ-ÿ]{3,10}\.?"
_NUMERIC = re.compile(rf"^\d{{1,2}}([/.\-])\d{{1,2}}\1(?:\d{{4}}|\d{{2}})\.?{_CLOCK}$")
_SPLIT_YEAR = re.compile(rf"^({_YEAR})[/-](\d{{2}})$")
_EVEN = 0.9  # of the grid's points that must have a time for evenly spaced times
_UNEVEN = 0.5  # at most this share: not evenly spaced; what lies between proves nothing


@dataclass(frozen=True)
class TimeReading:
    """A column read as times.

    times: (rows,) datetimes, NaT where unread; with a zone when the cells carry offsets. kind: the precision. how: the
    notation in words. order: "day" or "month", whichever comes first, where that had to be decided; why: the evidence.
    other: the times under the other reading, kept only while the order is ambiguous. mixed_zones: offsets differed, so
    that everything was brought to UTC.
    """

    times: pd.DatetimeIndex
    kind: Kind
    how: str
    order: Literal["day", "month"] | None = None
    why: str = ""
    other: pd.DatetimeIndex | None = None
    mixed_zones: bool = False

    @property
    def ambiguous(self) -> bool:
        """Whether day and month could be exchanged."""
        return self.other is not None


Parser = Callable[[pd.Series], pd.DatetimeIndex]


def _strptime(*formats: str) -> Parser:
    def parse(text: pd.Series) -> pd.DatetimeIndex:
        result = pd.Series(pd.NaT, index=text.index, dtype="datetime64[us]")
        for pattern in formats:
            rest = result.isna()
            if not rest.any():
                break
            result[rest] = pd.to_datetime(text[rest], format=pattern, errors="coerce").astype("datetime64[us]")
        return pd.DatetimeIndex(result)

    return parse


def _parts(pattern: str, build: Callable[[pd.DataFrame], pd.Series]) -> Parser:
    def parse(text: pd.Series) -> pd.DatetimeIndex:
        found = text.str.extract(pattern)
        return pd.DatetimeIndex(pd.to_datetime(build(found), format="%Y-%m-%d", errors="coerce"))

    return parse


def _pad(number: pd.Series) -> pd.Series:
    return number.astype("str").str.zfill(2)


def _quarters(found: pd.DataFrame) -> pd.Series:
    year, quarter = (found["y"], found["q"])
    number = quarter.map({"1": 1, "2": 2, "3": 3, "4": 4, "I": 1, "II": 2, "III": 3, "IV": 4})
    return year + "-" + _pad((number * 3 - 2).astype("Int64")) + "-01"


def _months(found: pd.DataFrame) -> pd.Series:
    return found["y"] + "-" + _pad(found["m"]) + "-01"


def _weeks(text: pd.Series) -> pd.DatetimeIndex:
    found = text.str.extract(rf"(?P<y>{_YEAR}).*?(?P<w>\d{{1,2}})(?:-(?P<d>[1-7]))?$")
    label = found["y"] + "-" + _pad(found["w"]) + "-" + found["d"].fillna("1")
    return pd.DatetimeIndex(pd.to_datetime(label, format="%G-%V-%u", errors="coerce"))


def _clock(text: pd.Series) -> pd.DatetimeIndex:
    """Times of day without a date, counted from 1970-01-01; a step back means that midnight has passed."""
    text = text.str.replace(r"^(\d+)\.(\d{2})\.(\d{2})$", r"\1:\2:\3", regex=True)
    short = text.str.fullmatch(r"\d{1,2}:\d{2}")
    span = pd.to_timedelta(text.where(~short, text + ":00"), errors="coerce")
    seconds = span.to_numpy("timedelta64[us]").astype(np.int64)
    valid = ~span.isna().to_numpy()
    wraps = np.zeros(len(seconds), dtype=np.int64)
    back = np.diff(seconds[valid], prepend=seconds[valid][:1]) < -6 * 3_600_000_000
    wraps[valid] = np.cumsum(back)
    times = CLOCK_ORIGIN.to_datetime64() + (span + pd.to_timedelta(wraps, unit="D")).to_numpy("timedelta64[us]")
    return pd.DatetimeIndex(np.where(valid, times, np.datetime64("NaT")))


def _compact(text: pd.Series) -> pd.DatetimeIndex:
    """YYYYMMDDhhmm with or without seconds; padded first, since strptime would read "0405" as 04:00:05."""
    digits = text.str.replace(r"[T Z]", "", regex=True)
    whole = digits.where(digits.str.len() != 12, digits + "00")
    return pd.DatetimeIndex(pd.to_datetime(whole, format="%Y%m%d%H%M%S", errors="coerce"))


def _iso(text: pd.Series) -> pd.DatetimeIndex:
    plain = text.str.replace(r"^(\d{4})[/.](\d{1,2})[/.](\d{1,2})", r"\1-\2-\3", regex=True)
    plain = plain.str.replace(r"^(\d{4})-(\d)-", r"\1-0\2-", regex=True).str.replace(
        r"^(\d{4}-\d{2})-(\d)\b", r"\1-0\2", regex=True
    )
    plain = plain.str.replace(r"^(\d{4}-\d{2}-\d{2})[ ,]+(\d):", r"\1 0\2:", regex=True)
    plain = plain.str.replace(r"\s*(?:UTC|GMT)$", "Z", regex=True).str.replace(r"\s+([+-]\d{2}:?\d{2})$", r"\1", regex=True)
    zoned = plain.str.contains(r"(?:Z|:\d{2}(?:\.\d+)?[+-]\d{2}(?::?\d{2})?)$", regex=True)
    if not zoned.any():
        halves = plain.str.contains("[AaPp]\\.?[Mm]", regex=True)
        if halves.any():
            return _strptime("%Y-%m-%d %I:%M:%S %p", "%Y-%m-%d %I:%M %p")(plain)
        return pd.DatetimeIndex(pd.to_datetime(plain, format="ISO8601", errors="coerce"))
    offsets = plain[zoned].str.extract(r"(Z|[+-]\d{2}:?\d{0,2})$", expand=False).unique()
    utc = pd.DatetimeIndex(pd.to_datetime(plain, format="ISO8601", errors="coerce", utc=True))
    if len(offsets) == 1 and offsets[0] != "Z":
        return utc.tz_convert(_zone(str(offsets[0])))
    return utc


def _zone(offset: str) -> str:
    digits = offset.replace(":", "")
    return f"{digits[:3]}:{digits[3:5] or '00'}"


def _named(text: pd.Series) -> pd.DatetimeIndex:
    """Dates with month names, in any order, with or without day and time of day."""
    lowered = text.str.lower().str.replace(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", "", regex=True)
    clock = lowered.str.extract(r"(\d{1,2}:\d{2}(?::\d{2})?)", expand=False)
    bare = lowered.str.replace(r"[ t,]*\d{1,2}:\d{2}.*$", "", regex=True)
    month = bare.str.extract(r"([a-zà-ÿ]{3,10})", expand=False).map(MONTH_NAMES)
    numbers = bare.str.extract(r"^\D*(\d+)(?:st|nd|rd|th)?(?:\D+(\d+))?\D*$")
    first, second = numbers[0], numbers[1]
    year_first = first.str.len() == 4
    alone = second.isna()
    year = first.where(year_first | alone, second)
    day = second.where(year_first, first).where(~alone, "1").fillna("1")
    short = year.str.len() == 2
    century = pd.to_numeric(year, errors="coerce").ge(69).map({True: "19", False: "20"})
    year = (century + year).where(short, year)
    label = year + "-" + _pad(month.astype("Int64")) + "-" + _pad(day)
    dates = pd.to_datetime(label, format="%Y-%m-%d", errors="coerce")
    whole = clock.where(clock.str.len() > 5, clock + ":00")
    spans = pd.to_timedelta(whole, errors="coerce").fillna(pd.Timedelta(0))
    return pd.DatetimeIndex(dates + spans)


_SHAPES: tuple[tuple[str, Kind, str, Parser], ...] = (
    (rf"^{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}{_CLOCK}{_ZONE}$", "day", "year-month-day", _iso),
    (rf"^{_YEAR}(?:0[1-9]|1[0-2])[0-3]\d$", "day", "YYYYMMDD", _strptime("%Y%m%d")),
    (rf"^{_YEAR}[01]\d[0-3]\d[T ]?\d{{4}}(?:\d{{2}})?Z?$", "moment", "YYYYMMDDhhmm", _compact),
    (rf"^{_YEAR}[- ]?M[- ]?\d{{1,2}}$", "month", "1995M01", _parts(rf"(?P<y>{_YEAR})\D+(?P<m>\d+)", _months)),
    (
        rf"^{_YEAR}(?:[-/](?:0?[1-9]|1[0-2])|\.(?:0[1-9]|1[0-2]))$",
        "month",
        "year-month",
        _parts(rf"(?P<y>{_YEAR})\D(?P<m>\d+)", _months),
    ),
    (rf"^(?:0?[1-9]|1[0-2])[-/.]{_YEAR}$", "month", "month/year", _parts(rf"(?P<m>\d+)\D(?P<y>{_YEAR})", _months)),
    (rf"^{_YEAR}[-/ :]*[QqTtKk][1-4]$", "quarter", "1987-Q1", _parts(rf"(?P<y>{_YEAR})\D+(?P<q>[1-4])", _quarters)),
    (rf"^[QqTtKk][1-4][-/ ]*{_YEAR}$", "quarter", "Q1 1987", _parts(rf"\D(?P<q>[1-4])\D*(?P<y>{_YEAR})", _quarters)),
    (rf"^{_YEAR}[- ](?:I|II|III|IV)$", "quarter", "1987-IV", _parts(rf"(?P<y>{_YEAR})[- ](?P<q>[IV]+)", _quarters)),
    (rf"^{_YEAR}[- ]?[Ww]\d{{1,2}}(?:-[1-7])?$", "week", "2020-W05", _weeks),
    (r"^[0-2]?\d(?::[0-5]\d(?::[0-5]\d(?:\.\d+)?)?|\.[0-5]\d\.[0-5]\d)$", "clock", "time of day", _clock),
    (
        rf"^(?:{_WORD},?[ ])?\d{{1,2}}(?:st|nd|rd|th)?[-/ .]+{_WORD}[-/ .,]+\d{{2}}(?:\d{{2}})?{_CLOCK}$",
        "day",
        "day, month name, year",
        _named,
    ),
    (rf"^{_WORD}[ -]\d{{1,2}}(?:st|nd|rd|th)?,?[ -]+{_YEAR}{_CLOCK}$", "day", "month name, day, year", _named),
    (rf"^{_YEAR}[-/ ]{_WORD}[-/ ]\d{{1,2}}$", "day", "year, month name, day", _named),
    (rf"^{_WORD}[-/ .,]+(?:{_YEAR}|\d{{2}})$", "month", "month name and year", _named),
    (rf"^{_YEAR}[-/ ]?{_WORD}$", "month", "year and month name", _named),
)
_COMPILED = tuple((re.compile(pattern), kind, how, parser) for pattern, kind, how, parser in _SHAPES)


def _is_named_month(cell: str) -> bool:
    return any(word in MONTH_NAMES for word in re.findall(r"[a-zà-ÿ]{3,10}", cell.lower()))


def looks_like_time(cell: str) -> bool:
    """Whether one cell is written like a moment (a bare year does not count)."""
    if not cell or not any(c.isdigit() for c in cell):
        return False
    if _NUMERIC.match(cell):
        return True
    for pattern, _, _, parser in _COMPILED:
        if pattern.match(cell):
            return parser is not _named or _is_named_month(cell)
    return False


def read_times(text: pd.Series, day_first: bool | None = None) -> TimeReading | None:
    """A text column as times, or None when it is not written like times.

    text: (rows,) str, "" where empty. day_first: the user's word on day against month; None: the column decides.
    """
    sample = _sample(text)
    if not sample:
        return None
    needed = max(_ENOUGH * len(sample), 1)
    glance = sample[:: max(len(sample) // _GLANCE, 1)]
    if _share(_NUMERIC.match, glance) > 0.5 and _share(_NUMERIC.match, sample) >= _ENOUGH:
        numeric = _read_numeric(text, day_first)
        if numeric is not None:
            return numeric
    if len(sample) >= 3 and all(map(_is_split_year, sample)):
        return _finish(_strptime("%Y")(text.str.slice(0, 4)), "year", "2010/11", text)
    for pattern, kind, how, parser in _COMPILED:
        if _share(pattern.match, glance) <= 0.5:
            continue
        hits = [cell for cell in sample if pattern.match(cell)]
        if len(hits) < needed or (parser is _named and sum(map(_is_named_month, hits)) < needed):
            continue
        return _finish(parser(text), kind, how, text)
    return None


def _is_split_year(cell: str) -> bool:
    """Whether a cell names a season or financial year: 2010/11, not November 2010."""
    match = _SPLIT_YEAR.match(cell)
    return match is not None and (int(match.group(1)) + 1) % 100 == int(match.group(2))


def _sample(text: pd.Series) -> list[str]:
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


def _numeric_formats(sample: pd.Series, first: str, second: str) -> list[str]:
    """The formats that the shapes of cells such as 01/02/2020 3:04 PM call for."""
    formats = []
    clocks = ("", " %H:%M", " %H:%M:%S", " %H:%M:%S.%f", " %I:%M %p", " %I:%M:%S %p")
    for year in ("%Y", "%y"):
        formats += [f"%{first}/%{second}/{year}{clock}" for clock in clocks]
    usable = [pattern for pattern in formats if pd.to_datetime(sample, format=pattern, errors="coerce").notna().any()]
    return usable or formats[:1]


def _read_numeric(text: pd.Series, day_first: bool | None) -> TimeReading | None:
    """Dates of two short numbers and a year: both orders are tried, the whole column's evidence decides."""
    plain = text.str.replace(r"^(\d{1,2})[./-](\d{1,2})[./-](\d{2,4})\.?[T ,]*", r"\1/\2/\3 ", regex=True).str.strip()
    plain = plain.str.replace(r" (\d{1,2})\.(\d{2})(?:\.(\d{2}))?$", r" \1:\2:\3", regex=True).str.rstrip(":")
    plain = plain.str.replace(r"(?i)\s*([ap])\.?m\.?$", r" \1m", regex=True)
    sample = plain[plain != ""].drop_duplicates()
    sample = sample.iloc[np.unique(np.linspace(0, len(sample) - 1, _SAMPLE).astype(int))]
    by_day = _strptime(*_numeric_formats(sample, "d", "m"))(plain)
    by_month = _strptime(*_numeric_formats(sample, "m", "d"))(plain)
    separator = next(m.group(1) for cell in text if (m := _NUMERIC.match(cell)))
    order, why, ambiguous = _decide(by_day, by_month, day_first, separator)
    times, other = (by_day, by_month) if order == "day" else (by_month, by_day)
    how = f"DD{separator}MM{separator}YYYY" if order == "day" else f"MM{separator}DD{separator}YYYY"
    finished = _finish(times, "day", how, text)
    if finished is None:
        return None
    return TimeReading(finished.times, finished.kind, how, order, why, other if ambiguous else None)


def _decide(
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
