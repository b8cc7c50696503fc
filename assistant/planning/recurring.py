"""Times that recur, as a question names them: hours of the day, weekdays, months, quarters and seasons without a year."""

from __future__ import annotations

import re

from assistant.planning.dates import MONTH_NAMES, ORDINALS
from assistant.planning.wording import blank
from assistant.vocabulary import WEEKDAYS

_SEASON_MONTHS = {"spring": (3, 4, 5), "summer": (6, 7, 8), "autumn": (9, 10, 11), "fall": (9, 10, 11), "winter": (12, 1, 2)}
_DAY_PARTS = {
    "night": (22, 23, 0, 1, 2, 3, 4, 5), "morning": (6, 7, 8, 9, 10, 11), "afternoon": (12, 13, 14, 15, 16, 17),
    "evening": (18, 19, 20, 21), "noon": (12,), "midday": (12,), "midnight": (0,),
}  # fmt: skip
CLOCK = r"(?:(\d{1,2})(?::(\d{2}))?\s?(am|pm|a\.m\.|p\.m\.|o'clock|h)|(\d{1,2}):(\d{2}))(?!\w)"
MONTH = rf"(?:{'|'.join(sorted(MONTH_NAMES, key=len, reverse=True))})"
_DAY = rf"(?:{'|'.join(day.lower() for day in WEEKDAYS)})"


def clock_time(match: re.Match[str]) -> tuple[int, int] | None:
    """Hour and minute of a match of CLOCK, None where the clock has no such time."""
    hour, minute = int(match.group(1) or match.group(4)), int(match.group(2) or match.group(5) or 0)
    half = (match.group(3) or "").replace(".", "")
    if half in {"am", "pm"}:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "pm" else 0)
    return (hour, minute) if hour < 24 and minute < 60 else None


def read_hours(text: str) -> tuple[tuple[int, ...], str]:
    """ "at 8 am", "between 8 and 10 am", "from 22:00 to 6:00", "at night"; a range holds both its hours."""
    two = rf"\b(?:between|from) (\d{{1,2}})(?::\d{{2}})?\s?(am|pm|h)? (?:and|to|until|till) {CLOCK}"
    match = re.search(two, text)
    if match is not None:
        last = _last_clock(match.group())
        first = int(match.group(1))
        half = match.group(2) or (
            "am" if "am" in match.group() and "pm" not in match.group() else "pm" if "pm" in match.group() else ""
        )
        if half in {"am", "pm"} and 1 <= first <= 12:
            first = first % 12 + (12 if half == "pm" else 0)
        if last is not None and first < 24:
            stretch = range(first, last + 1) if first <= last else [*range(first, 24), *range(0, last + 1)]
            return tuple(stretch), blank(text, *match.span())
    hours: list[int] = []
    for clock in list(re.finditer(rf"\b(?:at|around|by|and|from) {CLOCK}", text)):
        hour = clock_time(clock)
        if hour is not None:
            hours.append(hour[0])
            text = blank(text, *clock.span())
    for part in list(
        re.finditer(
            r"\b(?:at|in the|during the|every|each|and) (nights?|mornings?|afternoons?|evenings?|noon|midday|midnight)\b", text
        )
    ):
        hours += _DAY_PARTS[part.group(1).removesuffix("s") if part.group(1) not in _DAY_PARTS else part.group(1)]
        text = blank(text, *part.span())
    return tuple(dict.fromkeys(hours)), text


def _last_clock(text: str) -> int | None:
    found = list(re.finditer(CLOCK, text))
    time = clock_time(found[-1]) if found else None
    return time[0] if time else None


def read_weekdays(text: str) -> tuple[tuple[int, ...], str]:
    """ "on Mondays", "on weekends", "on weekdays"; a bare "weekday" asks for a grouping and stays."""
    days: list[int] = []
    names = [day.lower() for day in WEEKDAYS]
    patterns = (
        (rf"\b(?:on |every |each |for |and |over )?({_DAY})s?\b", None),
        (
            r"\b(?:on |at |during |over )?(?:the )?(?:weekends)\b|\b(?:on|at|during|over|is|are|was|were) (?:the |a )?weekend\b",
            (5, 6),
        ),
        (r"\b(?:on |during )?(?:the )?(?:weekdays|working days|workdays|business days)\b", (0, 1, 2, 3, 4)),
    )
    for pattern, fixed in patterns:
        for match in list(re.finditer(pattern, text)):
            days += fixed if fixed is not None else (names.index(match.group(1)),)
            text = blank(text, *match.span())
    return tuple(dict.fromkeys(days)), text


def read_months(text: str) -> tuple[tuple[int, ...], str]:
    """Months and seasons without a year; "may" and "march" only where they can be nothing else."""
    lead = r"(?:in|of|during|since|until|from|to|every|each|and|or|for|between|through|with|versus|vs|,)"
    months: list[int] = []
    span = re.search(rf"\b(?:from|between) ({MONTH}) (?:to|and|through|until) ({MONTH})\b", text)
    if span is not None:
        first, last = MONTH_NAMES[span.group(1)], MONTH_NAMES[span.group(2)]
        months += range(first, last + 1) if first <= last else [*range(first, 13), *range(1, last + 1)]
        text = blank(text, *span.span())
    for match in list(re.finditer(rf"(\b{lead} (?:the )?(?:months? of )?)?\b({MONTH})s?\b", text)):
        word = match.group(2)
        subject = re.search(r"\b(?:is|are|was|were|does) $", text[: match.start()]) and re.match(
            r" (?:always|usually|normally|typically|really|generally|often|the|our|its)\b", text[match.end() :]
        )
        if subject:  # "is May always the best month"
            months.append(MONTH_NAMES[word])
            text = blank(text, *match.span())
            continue
        if match.group(1) is None and (len(word) <= 3 or word in {"may", "march"}) and text.strip(" ?.!,") != word:
            continue
        months.append(MONTH_NAMES[word])
        text = blank(text, *match.span())
    parts = (
        r"\b(?:(q)([1-4])|(h)([12])|(?:in |of |for |during )(?:the |every |each |its )?"
        r"(first|second|third|fourth|1st|2nd|3rd|4th) quarters?)\b(?! of)"
    )
    for match in list(re.finditer(parts, text)):
        length = 6 if match.group(3) else 3
        which = int(match.group(2) or match.group(4) or ORDINALS[match.group(5)])
        months += range((which - 1) * length + 1, which * length + 1)
        text = blank(text, *match.span())
    seasons = (
        rf"\b(?:in|during|of|every|each|and|for|versus|vs|between) (?:the "
        rf")?({'|'.join(_SEASON_MONTHS)})s?\b(?! (?:in|of|below|above|to|by)\b)"
    )
    for match in list(re.finditer(seasons, text)):
        months += _SEASON_MONTHS[match.group(1)]
        text = blank(text, *match.span())
    return tuple(dict.fromkeys(months)), text
