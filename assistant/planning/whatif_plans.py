"""Plans of forecasts with what-ifs: the steps of a fresh question, and follow-ups that change the forecast before."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.errors import BadRequest
from assistant.plan import ForecastArgs, Plan, PlanningContext, StepArgs
from assistant.planning.followups import change_forecast, onto, reaches
from assistant.planning.intents import fired, weakly_fired
from assistant.planning.slots import read_levels, read_statistics
from assistant.planning.steps import Clause, WhichSeries, clock_of, forecast_step, previous_series
from assistant.planning.whatifs import WhatIf, asks_what_if, read_what_if

# "Can I trust that", "how sure are you" after a forecast ask for the grounds of that forecast.
_DOUBT = re.compile(
    r"^(?:(?:and|but|ok(?:ay)?|so|hm+)\b[, ]*)*(?:why do you (?:say|think) (?:that|so|it)|"
    r"(?:can|could|should|may) (?:i|we|you|one) (?:\w+ )?(?:trust|rely on|believe|count on) "
    r"(?:this|that|it|these|them|you|the \w+)|"
    r"(?:how|are you) (?:sure|certain|confident|reliable|accurate|good|trustworthy)"
    r"(?: (?:is|are|was) (?:it|this|that|you|they|the \w+))?"
    r"(?: (?:of|about) (?:it|this|that))?|is (?:it|this|that) (?:reliable|accurate|any good|trustworthy))[ ?.!]*$"
)
_AND = re.compile(r"^(?:and|also|plus|as well)\b")


def forecast_steps(
    clause: Clause, series: tuple[str, ...], context: PlanningContext, known: Sequence[str] = ()
) -> tuple[StepArgs, ...]:
    """A step for all the series, or one for each where "six months" is not the same number of samples for all.

    series: () for all. known: registry names of the forecasters on offer. Raises BadRequest for slots out of range, and
    WhichSeries where only drivers are named and several series could be forecast.
    """
    helpers = read_what_if(clause, clock_of(series, context), context, known).helpers
    series = _targets(series, helpers, context) if helpers else series
    found: dict[ForecastArgs, list[str]] = {}
    for name in series or tuple(one.name for one in context.series):
        rhythm = clock_of((name,), context)
        what_if = read_what_if(clause, rhythm, context, known)
        step = forecast_step(what_if.text, (), rhythm, tuple(known))
        _check_exclusions(what_if, (name,), context)
        changes = what_if.changes()
        if what_if.compare or what_if.explain or what_if.assume:
            changes |= {"condition": None, "claim": None}  # "is theta better" and "would 10 % more …" ask for no limit
        found.setdefault(step.model_copy(update=changes), []).append(name)
    if len(found) == 1:
        return (next(iter(found)).model_copy(update={"series": series}),)
    return tuple(step.model_copy(update={"series": tuple(about)}) for step, about in found.items())


def _targets(series: tuple[str, ...], helpers: tuple[str, ...], context: PlanningContext) -> tuple[str, ...]:
    """The series to forecast: those named, without the ones that only help; the previous ones, or the only other one."""
    own = tuple(name for name in series if name not in helpers)
    if own:
        return own
    previous = tuple(name for name in previous_series(context) if name not in helpers)
    others = tuple(one.name for one in context.series if one.name not in helpers)
    if not previous and len(others) > 1:
        raise WhichSeries
    return previous or others or series


def _check_exclusions(found: WhatIf, series: tuple[str, ...], context: PlanningContext) -> None:
    """Raises BadRequest where nothing of what is to be left out lies within the data: the plan before stays as it was."""
    about = [one for one in context.series if one.name in series] or list(context.series)
    if found.exclude and not any(reaches(span, about) for span in found.exclude):
        start, end = min(one.start for one in about), max(one.end for one in about)
        raise BadRequest(
            f"The data run from {start.removesuffix('T00:00:00')} to {end.removesuffix('T00:00:00')}, and what you want left out "
            "lies outside that; please name a stretch inside."
        )


def doubts(text: str, context: PlanningContext) -> Plan | None:
    """The previous forecast with its grounds, where a short question doubts it; None for others."""
    before = context.previous.steps if context.previous else ()
    if not before or not all(isinstance(step, ForecastArgs) for step in before) or _DOUBT.match(text) is None:
        return None
    steps = (step.model_copy(update={"explain": True, "condition": None, "claim": None}) for step in before)
    return Plan(steps=tuple(steps), confidence=0.9)


def what_if_follow_up(clause: Clause, context: PlanningContext, known: Sequence[str] = ()) -> Plan | None:
    """The previous forecast with what a clause adds to it; None where it adds nothing, or asks for something of its own."""
    before = context.previous.steps if context.previous else ()
    if not any(isinstance(step, ForecastArgs) for step in before):
        return None
    text = clause.text
    found = read_what_if(clause, clock_of(previous_series(context), context), context, known)
    levels = re.search(r"\b(?:intervals?|confidence|bands?)\b", text) is not None and bool(read_levels(text)[0])
    if not (levels or (found.any and (asks_what_if(text) or _only_changes(found)))):
        return None
    named = tuple(name for name in clause.mention.names if name not in found.helpers)
    if named and re.match(r"(?:please |can you |could you |now )*(?:forecast|predict|project|extrapolate)\b", text):
        return None
    steps = tuple(_changed(step, clause, named, context, known) for step in before if isinstance(step, ForecastArgs))
    return Plan(steps=tuple(dict.fromkeys(steps)), confidence=0.9)


def _only_changes(found: WhatIf) -> bool:
    """Whether nothing but forecasting is asked for beside the change."""
    others = set(fired(found.text)) - {"forecast", "compare"}
    return not others and not read_statistics(found.text).found and weakly_fired(found.text) is None


def _changed(
    step: ForecastArgs, clause: Clause, named: tuple[str, ...], context: PlanningContext, known: Sequence[str]
) -> ForecastArgs:
    if named:
        moved = onto(step, named, context)
        assert isinstance(moved, ForecastArgs)
        step = moved
    rhythm = clock_of(step.series, context)
    found = read_what_if(clause, rhythm, context, known)
    _check_exclusions(found, step.series, context)
    step = change_forecast(step, found.text.strip(), rhythm)
    further = _AND.match(clause.text) is not None
    update = found.changes()
    if found.any:
        update = {"compare": (), "explain": False, **update}
    if found.exclude:
        update["exclude"] = tuple(dict.fromkeys((*step.exclude, *found.exclude)))[:100]
    if found.again:
        update |= {"exclude": (), "span": None}
    if found.assume and further:
        update["assume"] = (*step.assume, *found.assume)[-4:]
    if found.compare or found.explain:
        update["assume"] = ()
    if found.compare:
        update["model"] = None
    if found.drivers:
        update["drivers"] = tuple(dict.fromkeys((*step.drivers, *found.drivers)))[:8]
    own = tuple(name for name in step.series if name not in found.helpers)
    return step.model_copy(update={**update, "series": own or step.series})
