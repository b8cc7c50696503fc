"""Dates and times of day in a sentence: every one of them has to be the date of a fact."""

from __future__ import annotations

import re

from assistant.facts import Fact
from assistant.support import Support
from assistant.vocabulary import MONTHS, WEEKDAYS

_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ](\d{2}):(\d{2})(?::\d{2})?)?\b")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
_MONTH_WORD = "|".join(MONTHS) + "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
_DATE = re.compile(
    rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{_MONTH_WORD})\b\.?"
    r"(?(d1)|(?:\s+(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?![\d.,]\d|\d)(?!:))?)(?:,?\s+(?P<year>\d{4})(?![\d%]|[.,]\d))?"
)
_QUARTER = re.compile(r"\bQ([1-4])(?:\s+(?:of\s+)?(\d{4}))?\b")
_WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})s?\b")
_DATED = (_ISO_DATE, _DATE, _QUARTER, _WEEKDAY, _CLOCK)

_LOWER = re.compile(
    rf"\b(?:{'|'.join(month.lower() for month in MONTHS if month != 'May')}|{'|'.join(day.lower() for day in WEEKDAYS)})s?\b"
)
_ORDINAL = (
    r"(?:(?:twenty|thirty)[- ])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|eleventh|twelfth|"
    r"thirteenth|fourteenth|fifteenth|sixteenth|seventeenth|eighteenth|nineteenth|twentieth|thirtieth)"
)
_WORDED_DAY = re.compile(
    rf"\b{_ORDINAL}\s+(?:of\s+)?(?:{_MONTH_WORD})\b|\b(?:{_MONTH_WORD})\s+(?:the\s+)?{_ORDINAL}\b", re.IGNORECASE
)
_SEASON = re.compile(
    r"\b(?:noon|midnight|midday|dawn|dusk|summer|winter|spring|autumn|christmas|xmas|easter|thanksgiving|halloween|ramadan|"
    r"diwali|hanukkah|holidays?|weekends?|yesterday|today|tomorrow|tonight|midsummer|new year)\w*\b",
    re.IGNORECASE,
)

Checked = tuple[str | None, str, list[Fact]]


def check_dates(literal: str, support: Support) -> Checked:
    """Why the dates of a text do not hold (None: they do), the text without them, and the facts that hold them."""
    found: list[Fact] = []

    def supported(
        year: int | None, month: int | None, day: int | None, quarter: int | None = None, clock: tuple[int, int] | None = None
    ) -> bool:
        for moment, fact in support.moments:
            wanted = {"year": year, "month": month, "day": day, "quarter": quarter}
            if all(value is None or getattr(moment, part) == value for part, value in wanted.items()) and (
                clock is None or clock == (moment.hour, moment.minute)
            ):
                found.append(fact)
                return True
        return False

    for match in _ISO_DATE.finditer(literal):
        clock = (int(match[4]), int(match[5])) if match[4] else None
        if not supported(int(match[1]), int(match[2]), int(match[3]) if match[3] else None, clock=clock):
            return f"no fact holds the date {match[0]}", literal, found
    literal = _ISO_DATE.sub(" ", literal)
    for match in _DATE.finditer(literal):
        day, year = match["d1"] or match["d2"], match["year"]
        month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(match["month"][:3]))
        if match["month"] == "May" and not day and not year and (match.start() == 0 or literal[match.end() :].startswith(" be")):
            continue
        named = not day and not year and re.search(rf"\b{MONTHS[month - 1]}\b", support.texts)
        if not named and not supported(int(year) if year else None, month, int(day) if day else None):
            return f"no fact holds the date {match[0].strip()}", literal, found
    literal = _DATE.sub(" ", literal)
    for match in _QUARTER.finditer(literal):
        if match[0] not in support.texts and not supported(int(match[2]) if match[2] else None, None, None, int(match[1])):
            return f"no fact holds {match[0]}", literal, found
    return None, _QUARTER.sub(" ", literal), found


def check_times(literal: str, support: Support) -> Checked:
    """The same for weekdays and times of day."""
    for match in _WEEKDAY.finditer(literal):
        if match[1] not in support.texts and not any(m.day_name() == match[1] for m, _ in support.moments):
            return f"no fact names {match[0]}", literal, []
    for match in _CLOCK.finditer(literal):
        if not any((m.hour, m.minute) == (int(match[1]), int(match[2])) for m, _ in support.moments):
            return f"no fact holds the time {match[0]}", literal, []
    return None, _CLOCK.sub(" ", _WEEKDAY.sub(" ", literal)), []


def loose_time(text: str, support: Support) -> str | None:
    """A time that free text names in a way that cannot be checked against a fact; None where there is none."""
    for pattern in (_WORDED_DAY, _LOWER, _SEASON):
        for match in pattern.finditer(text):
            if match[0].casefold() not in support.texts.casefold():
                return match[0]
    opening = re.match(r"\W*May\b(?! (?:I|it|be|we|you)\b)", text)
    if opening and "May" not in support.texts and not any(moment.month == 5 for moment, _ in support.moments):
        return "May"
    return None


def mask_times(text: str, token: str) -> str:
    """The text with its dates and times replaced by a token."""
    for pattern in _DATED:
        text = pattern.sub(token, text)
    return text
