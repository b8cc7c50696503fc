"""Date expressions: "2019", "March 2020", "3 March 2020", "Q3 2021", "summer 2019", "the 90s", "first half of 2018", ISO."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.plan import Span
from assistant.vocabulary import MONTHS

MONTH_NAMES: dict[str, int] = {month.lower(): position for position, month in enumerate(MONTHS, 1)}
MONTH_NAMES |= {month[:3].lower(): position for position, month in enumerate(MONTHS, 1)} | {"sept": 9}

_SEASONS = {"spring": (3, 5), "summer": (6, 8), "autumn": (9, 11), "fall": (9, 11), "winter": (12, 2)}
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "last": -1}
_MONTH = rf"(?:{'|'.join(sorted(MONTH_NAMES, key=len, reverse=True))})"
_YEAR = r"(?:1[5-9]\d\d|20\d\d|21\d\d)"
DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"

_FORMS = {
    "stamp": rf"{_YEAR}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d)?(?:z|[+-]\d\d:?\d\d)?",
    "iso_day": rf"{_YEAR}[-/.]\d{{1,2}}[-/.]\d{{1,2}}",
    "iso_month": rf"{_YEAR}-(?:0[1-9]|1[0-2])(?!-?\d)",
    "day_month_year": rf"{DAY} (?:of )?{_MONTH}\.?,? {_YEAR}",
    "month_day_year": rf"{_MONTH}\.? {DAY},? {_YEAR}",
    "half": rf"(?:first|second|last|1st|2nd) half of (?:the year )?{_YEAR}|h[12] (?:of )?{_YEAR}|{_YEAR} ?h[12]",
    "quarter": (
        rf"q[1-4][ /-]?(?:of )?{_YEAR}|{_YEAR}[ -]?q[1-4]|(?:first|second|third|fourth|last|1st|2nd|3rd|"
        rf"4th) quarter (?:of )?{_YEAR}"
    ),
    "edge": rf"(?:early|mid|late)[ -]{_YEAR}|(?:the )?(?:start|beginning|end|middle) of {_YEAR}",
    "season": rf"(?:spring|summer|autumn|fall|winter),? (?:of )?{_YEAR}",
    "month_year": rf"{_MONTH}\.?,? (?:of )?{_YEAR}|(?:0?[1-9]|1[0-2])/{_YEAR}",
    "decade": rf"(?:the )?(?:{_YEAR}|'?\d0)'?s",
    "year": rf"(?:the year )?{_YEAR}",
}
DATE = "(?:" + "|".join(_FORMS.values()) + ")"


_PART_OF_YEAR = (
    rf"(?:{DAY}(?: of)? {_MONTH}|{_MONTH} {DAY}|{_MONTH}|q[1-4]|h[12]|(?:first|second|third|fourth|last) (?:quarter|half)|"
    r"spring|summer|autumn|fall|winter)"
)
_JOIN = r"(?:,? (?:and|or|vs\.?|versus|against|with|than(?: in)?|to)(?: the)? |, )"
_SHARED_YEAR = re.compile(rf"\b({_PART_OF_YEAR})({_JOIN})(?=({_PART_OF_YEAR}),?( of| in)? ({_YEAR})\b(?!-))")


_SHARED_PART = re.compile(
    r"\b(first|second|third|1st|2nd|3rd) (and|or|vs|versus|to) (?:the )?(second|third|fourth|last|2nd|3rd|4th) (quarter|half)\b"
)


def with_shared_years(text: str) -> str:
    """The text with what several parts of a year share said for each: "q1 and q2 of 2020" → "q1 2020 and q2 of 2020"."""
    text = _SHARED_PART.sub(r"\1 \4 \2 \3 \4", text)
    for _ in range(6):
        found = list(_SHARED_YEAR.finditer(text))
        if not found:
            break
        match = found[-1]
        text = f"{text[: match.end(1)]} {match.group(5)}{text[match.end(1) :]}"
    return text


@dataclass(frozen=True)
class Period:
    """A stretch of time by the ISO labels of its first and last part, both inclusive ("2021-07" to "2021-09")."""

    first: str
    last: str

    @property
    def resolution(self) -> str:
        """ "year", "month", "day" or "instant": how fine the labels are."""
        return {4: "year", 7: "month", 10: "day"}.get(len(self.first), "instant")

    def span(self) -> Span:
        """The same as a plan's span."""
        return Span(start=self.first, end=self.last)

    def start_day(self) -> str:
        """ISO date of its first day."""
        return {4: f"{self.first}-01-01", 7: f"{self.first}-01"}.get(len(self.first), self.first[:10])

    def after(self) -> str:
        """The label of what follows its end."""
        return _neighbour(self.last, 1)

    def before(self) -> str:
        """The label of what precedes its start."""
        return _neighbour(self.first, -1)

    def preceding(self, unit: str) -> Period | None:
        """The calendar year, quarter, month or week before its start; None before the year 1."""
        start = datetime.fromisoformat(self.start_day())
        return None if start.year <= 1 else period_around(start - timedelta(days=1), unit)

    def end_day(self) -> date:
        """Its last day."""
        following = _neighbour(self.last, 1)
        if len(self.last) > 10:
            return date.fromisoformat(self.last[:10])
        opening = {4: f"{following}-01-01", 7: f"{following}-01"}.get(len(following), following)
        return date.fromisoformat(opening) - timedelta(days=1)


def _neighbour(label: str, step: int) -> str:
    if len(label) == 4:
        return f"{int(label) + step:04d}"
    if len(label) == 7:
        year, month = divmod(int(label[:4]) * 12 + int(label[5:]) - 1 + step, 12)
        return f"{year:04d}-{month + 1:02d}"
    if len(label) == 10:
        return (date.fromisoformat(label) + timedelta(days=step)).isoformat()
    return (datetime.fromisoformat(label) + timedelta(seconds=step)).isoformat()


def parse_date(text: str) -> Period | None:
    """A date expression in lower case as a period; None where it is none or names a day that does not exist."""
    text = text.strip().removeprefix("the ")
    for kind, form in _FORMS.items():
        if re.fullmatch(form, text) or re.fullmatch(form, f"the {text}"):
            return _build(kind, text)
    return None


def _build(kind: str, text: str) -> Period | None:
    if kind == "stamp":
        return _stamp(text)
    years = re.findall(_YEAR, text)
    year = int(years[0]) if years else 0
    month = next((MONTH_NAMES[word.strip(".,")] for word in re.split(r"[ /,]", text) if word.strip(".,") in MONTH_NAMES), 0)
    if kind == "iso_day":
        return _day(*(int(part) for part in re.split(r"[-/.]", text)))
    if kind in {"day_month_year", "month_day_year"}:
        rest = text.replace(str(year), "")
        return _day(year, month, int(re.findall(r"\d+", rest)[0]))
    if kind == "iso_month":
        return Period(text, text)
    if kind == "month_year":
        return _months(year, month or int(text.split("/")[0]), month or int(text.split("/")[0]))
    if kind == "season":
        first, last = _SEASONS[re.split(r"[ ,]", text)[0]]
        return Period(f"{year:04d}-{first:02d}", f"{year + (last < first):04d}-{last:02d}")
    if kind in {"half", "quarter"}:
        length = 6 if kind == "half" else 3
        digit = re.search(r"[hq]([1-4])", text)
        which = int(digit.group(1)) if digit else ORDINALS[text.split()[0]]
        which = 12 // length if which < 0 else which
        return _months(year, (which - 1) * length + 1, which * length)
    if kind == "edge":
        if re.match(r"start|beginning|end", text):
            return _months(year, 12, 12) if text.startswith("end") else _months(year, 1, 1)
        part = 0 if text.startswith("early") else 2 if text.startswith("late") else 1
        return _months(year, part * 4 + 1, part * 4 + 4)
    if kind == "decade":
        opening = year or int(re.findall(r"\d0", text)[0]) + (1900 if int(re.findall(r"\d0", text)[0]) >= 30 else 2000)
        return Period(f"{opening:04d}", f"{opening + 9:04d}")
    return Period(f"{year:04d}", f"{year:04d}")


def _months(year: int, first: int, last: int) -> Period:
    return Period(f"{year:04d}-{first:02d}", f"{year:04d}-{last:02d}")


def _day(year: int, month: int, day: int) -> Period | None:
    try:
        text = date(year, month, day).isoformat()
    except ValueError:
        return None
    return Period(text, text)


def _stamp(text: str) -> Period | None:
    try:
        moment = datetime.fromisoformat(text.upper())
    except ValueError:
        return None
    return Period(moment.isoformat(), moment.isoformat())


def period_around(moment: datetime, unit: str) -> Period:
    """The calendar year, quarter, month, week (from Monday), day or decade that holds a time."""
    if unit == "year":
        return Period(f"{moment.year:04d}", f"{moment.year:04d}")
    if unit == "decade":
        opening = max(moment.year // 10 * 10, 1)
        return Period(f"{opening:04d}", f"{min(opening + 9, 9999):04d}")
    if unit == "quarter":
        opening = (moment.month - 1) // 3 * 3 + 1
        return _months(moment.year, opening, opening + 2)
    if unit == "month":
        return _months(moment.year, moment.month, moment.month)
    first = moment.date() - timedelta(days=min(moment.weekday(), moment.toordinal() - 1)) if unit == "week" else moment.date()
    last = first + timedelta(days=6) if unit == "week" and first.year < 9999 else first
    return Period(first.isoformat(), last.isoformat())
