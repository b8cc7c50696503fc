"""How far a forecast reaches, in samples, whatever unit the question uses.

A stretch is counted on the calendar from the last sample: "next 6 months" of a monthly series is 6, of a daily one the days up
to the same day six months on. Part of a step counts as a whole one, but a wish finer than the series' step is refused.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from assistant.errors import BadRequest
from assistant.plan import MAX_HORIZON
from assistant.planning.dates import DATE, DAY, MONTH_NAMES, Period, parse_date, period_around
from assistant.planning.rhythm import MONTHS_IN, UNIT, Rhythm, unit_of, unit_seconds
from assistant.planning.times import label
from assistant.planning.wording import NUMBER, SCALE, blank, number
from assistant.vocabulary import WEEKDAYS

_AMOUNT = rf"(?:{NUMBER}{SCALE}?|couple of|a couple of|a few|few|half an?|an?|another)"
_SHORT = r"(\d{1,9})(h|d|w|wk|m|mo|q|y|yr|min)"
_ASIDE = r"(?:(?:using|from|on|given|based on|trained on|with|over) (?:only )?(?:the )?)?\b(?:last|past|previous|recent)"
_PATTERNS = (
    rf"\b(?:next|coming|following|upcoming|another|further|additional) ({_AMOUNT})[ -]?({UNIT})\b",
    rf"({_AMOUNT})[ -]?({UNIT}) (?:ahead|out|into the future|in advance|forward|more|from now|beyond|later|on)\b",
    rf"({_AMOUNT})[ -]({UNIT})(?:'s)?[ -](?:ahead[ -])?(?:forecast|prediction|projection|outlook|horizon)",
    rf"\bhorizon (?:of |to |is |= ?)?({_AMOUNT})(?:[ -]({UNIT}))?\b",
    rf"\b(?:for|in|over|by|up to|to)(?: the)? ({_AMOUNT})[ -]?({UNIT})(?: instead| now)?\b",
    (
        rf"\b(?:forecast|predict|project|extrapolate|make it|make that|show|do|try|give me|and|now|"
        rf"instead)(?: it| them| me)?(?: for)? ({_AMOUNT})[ -]?({UNIT})\b"
    ),
    rf"({_AMOUNT})[ -]({UNIT})\b(?! (?:average|mean|moving|high|low|ago))",
)
_MONTH = rf"(?:{'|'.join(sorted(MONTH_NAMES, key=len, reverse=True))})"
_DAYS = "|".join(day.lower() for day in WEEKDAYS)
_BARE = (
    rf"\bh ?= ?({NUMBER})",
    rf"\b(?:next|forecast|predict|project|extrapolate) ({NUMBER}{SCALE}?)(?=$|[ .?!,;])(?! ?%)",
)


@dataclass(frozen=True)
class Horizon:
    """steps: samples ahead, None where the question names none. past: the time asked for lies within the data. text: the rest."""

    steps: int | None
    past: Period | None
    text: str


def read_horizon(text: str, rhythm: Rhythm) -> Horizon:
    """The horizon in a normalised question (names blanked). Raises BadRequest where it is not positive, too far or too fine."""
    aside = re.search(rf"{_ASIDE} (?:{NUMBER} )?{UNIT}\b", text)
    body = blank(text, *aside.span()) if aside else text
    for pattern in _PATTERNS:
        match = re.search(pattern, body)
        if match is not None:
            unit = unit_of(match.group(2)) if match.group(2) else "step"
            return Horizon(_count(_amount(match.group(1)), unit, match.group(), rhythm), None, blank(text, *match.span()))
    short = re.search(rf"(?<![\w.-])(-?){_SHORT}\b", body)
    if short is not None:
        amount = float(f"{short.group(1)}{short.group(2)}")
        unit = "minute" if short.group(3) == "min" else unit_of(short.group(3))
        return Horizon(_count(amount, unit, short.group(), rhythm), None, blank(text, *short.span()))
    for reader in (_target, _next_unit):
        found = reader(text, body, rhythm)
        if found is not None:
            return found
    for pattern in _BARE:
        match = re.search(pattern, body)
        if match is not None and parse_date(match.group(1)) is None:
            return Horizon(_count(number(match.group(1)), "step", match.group(), rhythm), None, blank(text, *match.span()))
    return Horizon(None, None, text)


def _amount(text: str) -> float:
    fixed = {"couple of": 2, "a couple of": 2, "a few": 3, "few": 3, "half a": 0.5, "half an": 0.5, "a": 1, "an": 1, "another": 1}
    return float(fixed[text]) if text in fixed else number(text)


def _count(amount: float, unit: str, found: str, rhythm: Rhythm) -> int:
    """Steps in so many units after the last sample, checked."""
    found = found.strip()
    if amount <= 0:
        raise BadRequest(
            f"A forecast has to reach at least one step ahead, and “{found}” does not; ask for example for the next 12 steps."
        )
    if unit == "step" or (unit == "business" and rhythm.unit == "business"):
        return checked_steps(amount, found)
    if not rhythm.dated or rhythm.end is None:
        raise BadRequest(
            f"This series has no time column, so “{found}” cannot be counted out; please give a number of steps, "
            "for example the next 12 steps."
        )
    approximate = amount * unit_seconds(unit) / rhythm.seconds
    if approximate > 10 * MAX_HORIZON:
        return checked_steps(approximate, found)
    if rhythm.months is not None and unit in MONTHS_IN:
        steps = amount * MONTHS_IN[unit] / rhythm.months
    elif unit in MONTHS_IN and rhythm.months is None:
        steps = rhythm.steps_after_end(rhythm.shift(rhythm.end, amount, unit))
        steps = round(steps) if rhythm.unit == "week" else steps
    elif rhythm.unit == "business" and unit in {"day", "week", "fortnight"}:
        steps = rhythm.steps_after_end(rhythm.shift(rhythm.end, amount, unit)) if unit != "day" else amount
    else:
        steps = approximate
    if steps < 0.99:
        raise BadRequest(
            f"One step of this series is {step_name(rhythm)}, and “{found}” is less than that; "
            "please ask for a longer stretch, or for a number of steps."
        )
    return checked_steps(steps, found)


def checked_steps(steps: float, found: str) -> int:
    """Whole steps. Raises BadRequest beyond MAX_HORIZON."""
    if not math.isfinite(steps) or steps > MAX_HORIZON:
        reach = f"{steps:,.0f} steps" if math.isfinite(steps) else "without end"
        raise BadRequest(
            f"A forecast can reach 1 to {MAX_HORIZON:,} steps, and “{found}” is {reach}; please ask for a shorter one."
        )
    return max(math.ceil(steps - 0.01), 1)


def step_name(rhythm: Rhythm) -> str:
    """The step in words: "1 month", "30 minutes"."""
    if rhythm.unit is None:
        return "about " + str(timedelta(seconds=round(rhythm.seconds)))
    unit = "business day" if rhythm.unit == "business" else rhythm.unit
    return f"{rhythm.count} {unit}{'s' if rhythm.count > 1 else ''}"


def _target(text: str, body: str, rhythm: Rhythm) -> Horizon | None:
    """ "until the end of 2027", "through March 2027", "in 2027", "on 3 March 2027", "up to next December"."""
    if rhythm.end is None:
        return None
    rest = re.search(
        r"\b(?:for |over |until |through )?(?:the )?(?:rest|remainder|end) of (?:the|this) (year|quarter|month|week|day)\b", body
    )
    if rest is not None:
        return _upto(text, rest.span(), period_around(rhythm.now or rhythm.end, rest.group(1)), rhythm, rest.group())
    match = re.search(
        (
            rf"\b(until|till|up to|up until|through|throughout|to|by|in|for|on|at|during|of)? ?(?:the "
            rf")?(?:(end|start|beginning) of )?(?:the year )?({DATE})(?!\w)"
        ),
        body,
    )
    if match is not None:
        period = parse_date(match.group(3))
        if period is None or (match.group(1) is None and period.end_day() <= rhythm.end.date()):
            return None
        return _upto(text, match.span(), period, rhythm, match.group())
    coming = _coming(body, rhythm) or _coming_weekday(body, rhythm)
    if coming is not None:
        place, period = coming
        return _upto(text, place, period, rhythm, text[slice(*place)])
    month = re.search(rf"\b(?:until|till|up to|through|by|in|for|to) (?:the end of )?(?:next )?({'|'.join(MONTH_NAMES)})\b", body)
    if month is not None:
        wanted = MONTH_NAMES[month.group(1)]
        year = rhythm.end.year + (1 if wanted <= rhythm.end.month else 0)
        return _upto(text, month.span(), Period(f"{year:04d}-{wanted:02d}", f"{year:04d}-{wanted:02d}"), rhythm, month.group())
    return None


def _coming(body: str, rhythm: Rhythm) -> tuple[tuple[int, int], Period] | None:
    """The next "24 december" or "q4" after the last sample, and where it stands; not one that the data are learnt from since."""
    lead = r"(?<!since )(?<!from )(?<!before )(?:\b(?:until|till|up to|through|by|in|for|on|at|to) (?:the end of )?)?(?:the )?"
    match = re.search(rf"{lead}\b(?:({DAY})(?: of)? ({_MONTH})|({_MONTH}) ({DAY})|(q[1-4])|(h[12]))(?![\w-])", body)
    if match is None or rhythm.end is None or re.search(r"\b(?:data|learn\w*|trained|based on)\b[^,]*$", body[: match.start()]):
        return None
    day, month = match.group(1) or match.group(4), match.group(2) or match.group(3)
    named = f"{day} {month}" if day else match.group(5) or match.group(6)
    for year in range(rhythm.end.year, min(rhythm.end.year + 9, 9999)):
        period = parse_date(f"{named} {year:04d}")
        if period is not None and period.end_day() >= (rhythm.now or rhythm.end).date():
            return match.span(), period
    return None


def _coming_weekday(body: str, rhythm: Rhythm) -> tuple[tuple[int, int], Period] | None:
    """The first "sunday" after the last sample, for a series that is finer than a week, and where it stands."""
    match = re.search(rf"\b(?:until|till|up to|through|by|for|on|next|this|coming)(?: next| this| coming)? ({_DAYS})(?!\w)", body)
    if match is None or rhythm.end is None or rhythm.unit not in {"day", "business", "hour", "minute", "second"}:
        return None
    away = (_DAYS.split("|").index(match.group(1)) - rhythm.end.weekday() - 1) % 7 + 1
    day = (rhythm.end + timedelta(days=away)).date().isoformat()
    return match.span(), Period(day, day)


def _upto(text: str, place: tuple[int, int], period: Period, rhythm: Rhythm, found: str) -> Horizon:
    if rhythm.end is None:
        return Horizon(None, None, text)
    if len(period.last) > 10:
        steps = rhythm.steps_after_end(datetime.fromisoformat(period.last).replace(tzinfo=None))
    else:
        midnight = datetime.combine(period.end_day(), datetime.min.time())
        close = midnight if rhythm.unit in {"day", "business", "week"} or rhythm.months else midnight + timedelta(seconds=86_399)
        steps = float(math.floor(rhythm.steps_after_end(close) + 1e-9))
    if steps < 1:
        if period.last[:4] > label(rhythm.end)[:4] or period.last > label(rhythm.end)[: len(period.last)]:
            return Horizon(checked_steps(1, found), None, blank(text, *place))
        return Horizon(None, period, blank(text, *place))
    return Horizon(checked_steps(steps, found.strip()), None, blank(text, *place))


def _next_unit(text: str, body: str, rhythm: Rhythm) -> Horizon | None:
    """ "tomorrow", "next quarter", "the coming week", "the day after tomorrow"."""
    match = re.search(r"\b(?:the )?day after tomorrow\b|\btomorrow\b|\btonight\b", body)
    if match is not None:
        return Horizon(
            _count(2 if "after" in match.group() else 1, "day", match.group(), rhythm), None, blank(text, *match.span())
        )
    match = re.search(rf"\b(?:next|coming|following|upcoming) ({UNIT})\b|\b(?:one|1) ({UNIT}) ahead\b", body)
    if match is None:
        return None
    unit = unit_of(match.group(1) or match.group(2))
    return Horizon(_count(1, unit, match.group(), rhythm), None, blank(text, *match.span()))
