"""Follow-ups that move the stretch of the answer before: "the year before", "the month after that", "what happened after?"."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from assistant.errors import BadRequest
from assistant.plan import AnalystArgs, ForecastArgs, HistorianArgs, Plan, Span, StepArgs, TrainerArgs
from assistant.planning.dates import Period, period_around
from assistant.planning.horizon import checked_steps, read_horizon
from assistant.planning.rhythm import MONTHS_IN, Rhythm, shift_months, unit_seconds
from assistant.planning.times import label

_LEAD = r"^(?:(?:and|so|but|ok(?:ay)?|now|then|what about|how about|what was it|for|in|during|on),? )*"
_TAIL = r"(?: (?:that|it|then|this|those))?[ .?!]*$"
_UNIT = re.compile(
    rf"{_LEAD}the (?:(?P<unit>year|quarter|month|week|day|hour) (?P<side>before|after|earlier|later|prior)|"
    rf"(?P<early>preceding|prior) (?P<named>year|quarter|month|week|day|hour)){_TAIL}"
)
_NEXT = re.compile(
    rf"{_LEAD}(?:(?P<what>what (?:has )?(?:happened|happens|came|followed)) )?"
    rf"(?P<side>before|after(?:wards?)?|next|later|then)(?<!now)(?: (?:that|it|then|this|those))?[ .?!]*$"
)
_DAYS = {"year": 365, "quarter": 90, "month": 28, "week": 7, "day": 1, "hour": 0}


def shifted(text: str, previous: Plan, rhythm: Rhythm) -> Plan | None:
    """The previous plan about the stretch before or after; None where the question asks for something else.

    With a unit: a stretch shorter than the unit moves by it (March 2010 → March 2009), any other gives way to the unit beside
    it. Without: the next stretch of the same length. Raises BadRequest where the previous answer was not about one stretch.
    """
    unit_match, next_match = _UNIT.match(text), _NEXT.match(text)
    if unit_match is not None:
        unit: str | None = unit_match.group("unit") or unit_match.group("named")
        back = unit_match.group("early") is not None or unit_match.group("side") in {"before", "earlier", "prior"}
        described = False
    elif next_match is not None and (next_match.group("what") or next_match.group("side") in {"before", "after", "afterwards"}):
        unit, back, described = None, next_match.group("side") == "before", next_match.group("what") is not None
    else:
        return None
    if any(isinstance(step, TrainerArgs | ForecastArgs) for step in previous.steps):
        return _farther(previous, unit, rhythm) if not back and not described else None
    steps = tuple(_moved(step, unit, -1 if back else 1, rhythm, described=described) for step in previous.steps)
    return Plan(steps=tuple(dict.fromkeys(steps)), confidence=0.9)


def _farther(previous: Plan, unit: str | None, rhythm: Rhythm) -> Plan | None:
    """A forecast as far again as the unit that is named ("and the day after?"); None where it was no plain forecast."""
    steps: list[StepArgs] = []
    for step in previous.steps:
        if not isinstance(step, ForecastArgs) or step.horizon is None or unit is None:
            return None
        more = read_horizon(f"the next 1 {unit}", rhythm).steps
        if more is None:
            return None
        steps.append(step.model_copy(update={"horizon": checked_steps(step.horizon + more, unit)}))
    return Plan(steps=tuple(steps), confidence=0.9)


def _moved(step: StepArgs, unit: str | None, direction: int, rhythm: Rhythm, *, described: bool) -> StepArgs:
    if isinstance(step, TrainerArgs):
        return step
    lookup = step.lookup if isinstance(step, AnalystArgs) else None
    if lookup is not None and lookup.months and step.span is None and unit == "month":
        months = tuple((month - 1 + direction) % 12 + 1 for month in lookup.months)
        return step.model_copy(update={"lookup": lookup.model_copy(update={"months": months})})
    time = lookup.time if lookup is not None else None
    span = Span(start=time, end=time) if time is not None else step.span
    if span is None or span.start is None or span.end is None:
        raise BadRequest(
            "The answer before was not about one stretch of time with a start and an end, so I cannot move on from it; please "
            "name the stretch, for example 2014 or the last 12 months."
        )
    found = _neighbour(span.start, span.end, unit, direction, rhythm)
    if described or isinstance(step, HistorianArgs):
        return AnalystArgs(task="describe", series=step.series, span=found)
    if lookup is not None and time is not None:
        return step.model_copy(update={"lookup": lookup.model_copy(update={"time": found.start})})
    if lookup is not None:
        return step.model_copy(update={"span": found, "lookup": lookup.model_copy(update={"versus": None})})
    return step.model_copy(update={"span": found})


def _neighbour(start: str, end: str, unit: str | None, direction: int, rhythm: Rhythm) -> Span:
    """The stretch beside one; labels keep their fineness."""
    if not rhythm.dated:
        if unit is not None:
            raise BadRequest(f"This series has no dates, so there is no {unit} to go by; please ask by row numbers.")
        rows = direction * (int(end) - int(start) + 1)
        if int(start) + rows < 0:
            raise BadRequest(f"Nothing comes before row {start}; please ask about later rows.")
        return Span(start=str(int(start) + rows), end=str(int(end) + rows))
    period = Period(start, end)
    first = datetime.fromisoformat(period.start_day() if len(start) <= 10 else start)
    last = datetime.combine(period.end_day(), datetime.min.time()) if len(end) <= 10 else datetime.fromisoformat(end)
    try:
        if unit is not None and (last - first).days + (len(end) <= 10) >= _DAYS[unit] > 0:
            beside = first - timedelta(days=1) if direction < 0 else last + timedelta(days=1)
            return period_around(beside, unit).span()
        if unit is not None and unit in MONTHS_IN:
            months = direction * MONTHS_IN[unit]
            return Span(start=_like(start, shift_months(first, months)), end=_like(end, shift_months(last, months)))
        if unit is not None:
            step = timedelta(seconds=direction * unit_seconds(unit))
            return Span(start=_like(start, first + step), end=_like(end, last + step))
        if len(start) <= 7 and len(end) <= 7:
            length = direction * ((last.year - first.year) * 12 + last.month - first.month + 1)
            return Span(start=_like(start, shift_months(first, length)), end=_like(end, shift_months(last, length)))
        beyond = timedelta(days=1) if len(end) <= 10 else rhythm.shift(last, 1, "step") - last
        return Span(
            start=_like(start, first + direction * (last + beyond - first)),
            end=_like(end, last + direction * (last + beyond - first)),
        )
    except OverflowError:
        raise BadRequest("That is further than the calendar goes; please name a stretch within the data.") from None


def _like(old: str, moment: datetime) -> str:
    """A time as a label as fine as the old one."""
    if len(old) <= 10:
        return moment.date().isoformat()[: len(old)]
    if len(old) == 16:
        return moment.isoformat(timespec="minutes")
    return label(moment) if moment.tzinfo is None else moment.isoformat()
