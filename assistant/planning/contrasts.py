"""Two stretches or two recurring times set against each other, and one recurring time against the rest."""

from __future__ import annotations

import re

from assistant.plan import Grouping
from assistant.planning.dates import DATE, MONTH_NAMES, Period, parse_date
from assistant.planning.rhythm import Rhythm
from assistant.planning.slots import GroupPick, read_condition
from assistant.planning.times import Times, calendar_unit, read_times
from assistant.vocabulary import WEEKDAYS


def data_years(rhythm: Rhythm) -> tuple[int, int] | None:
    """First and last year of the data."""
    return None if rhythm.start is None or rhythm.end is None else (rhythm.start.year, rhythm.end.year)


def two_periods(text: str, rhythm: Rhythm) -> list[Period]:
    """The first two stretches that a clause names, "2018" and "2019" or "this year" and "last year"."""
    pattern = (
        rf"(?<![\w-])(?:({DATE})|((?:last|previous|this|current) (?:year|quarter|month|week)|yesterday|today|now|currently)|"
        rf"the (year|quarter|month|week|day) before(?= *(?:$|[?.!,])))(?!\w)"
    )
    now = {"business": "day", "hour": "day", "minute": "day", "second": "day"}.get(rhythm.unit or "", rhythm.unit)
    beside_this = re.search(r"\b(?:this|current) (?:year|quarter|month|week)\b|\btoday\b", text) is not None
    found: list[Period] = []
    for match in re.finditer(pattern, text):
        if match.group(3):
            period = found[-1].preceding(match.group(3)) if found else None
        else:
            period = (
                parse_date(match.group(1))
                if match.group(1)
                else calendar_unit(
                    f"this {now}" if match.group(2) in {"now", "currently"} else match.group(2), rhythm, beside_this=beside_this
                )
            )
        if period is not None and period not in found:
            found.append(period)
    return found[:2]


def contrasts(text: str) -> bool:
    """Whether a clause sets two things against each other."""
    return (
        re.search(
            (
                r"\bcompar\w+|\bdifference between\b|\b(?:versus|vs)\b|\bdiffer\w*|\b(?:higher|lower|more|less|"
                r"better|worse|bigger|"
                r"smaller|larger|warmer|colder|busier|quieter|cheaper) (?:\w+ ){0,4}(?:than|or)\b|\bthan in\b|"
                r"\b(?!(?:rather|other|after|later|earlier|under|over|never|ever|number|whether|either)\b)[a-z]{2,}er "
                r"(?:\w+ ){0,4}than\b|"
                r"\bor (?:\w+ ){0,2}(?:\d{4} )?(?:more|less|higher|lower|better|worse|busier|calmer)\b"
            ),
            text,
        )
        is not None
    )


def sets_against(text: str, rhythm: Rhythm) -> bool:
    """Whether a clause compares two stretches or two recurring times, or asks whether one recurring time differs."""
    if contrasts(text) and (len(two_periods(text, rhythm)) == 2 or opposed_times(text, rhythm)):
        return True
    untested = read_condition(text, data_years(rhythm))[1]
    return is_comparative(text) and recurring_group(read_times(untested, rhythm)) is not None


def is_comparative(text: str) -> bool:
    """Whether a clause asks yes or no about something being more or less than something else."""
    comparative = (
        r"\b(?:higher|lower|more|less|busier|calmer|quieter|cheaper|warmer|colder|hotter|stronger|weaker|slower|faster|"
        r"wetter|drier|windier|larger|smaller|bigger|better|worse|longer|shorter|different)\b"
    )
    return re.search(rf"^(?:is|are|was|were|does|do|did) .{{0,80}}{comparative}", text) is not None


def recurring_group(times: Times) -> GroupPick | None:
    """The grouping that shows how one recurring time ("at night", "on Mondays", "in March") differs from the others."""
    group: Grouping | None = "hour" if times.hours else "weekday" if times.weekdays else "month" if times.months else None
    return None if group is None or times.span is not None else GroupPick(group, None, True)


def opposed_times(text: str, rhythm: Rhythm) -> tuple[Times, ...]:
    """Two recurring times set against each other: weekdays and weekends, summer and winter, March and April."""
    things = (
        r"(q[1-4]|h[12]|weekdays|weekends|working days|"
        r"spring|summer|autumn|fall|winter|nights?|days?|mornings?|afternoons?|evenings?|"
        rf"(?:{'|'.join((*MONTH_NAMES, *(day.lower() for day in WEEKDAYS)))})s?)"
    )
    match = re.search(
        rf"\b{things} (?:\w+ ){{0,2}}(?:and|vs\.?|versus|than|or|to|with|compared to|against) (?:in |on |at |"
        rf"the |during )*{things}\b",
        text,
    )
    if match is None:
        return ()
    found = tuple(read_times(f"{lead} {match.group(place)}", rhythm) for place in (1, 2) for lead in [_lead(match.group(place))])
    return found if all(one.months or one.weekdays or one.hours for one in found) else ()


def _lead(word: str) -> str:
    return "at" if word.startswith("night") else "in the" if word.startswith(("morning", "afternoon", "evening")) else "in"
