"""Follow-ups: a short question that changes what it names in the previous plan, and nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.plan import (
    AnalystArgs,
    AnomalyArgs,
    ClassifierArgs,
    ForecastArgs,
    HistorianArgs,
    Lookup,
    Plan,
    PlanningContext,
    SeriesContext,
    Span,
    StepArgs,
)
from assistant.planning.contrasts import sets_against
from assistant.planning.dates import Period
from assistant.planning.decline import clarify, shown, which_of
from assistant.planning.horizon import read_horizon
from assistant.planning.intents import fired, weakly_fired
from assistant.planning.lexicon import COMMON_WORDS, MEASURE_WORDS, STATISTIC_NAMES
from assistant.planning.lookups import asks_for_spells, lists_stretches
from assistant.planning.names import MASK
from assistant.planning.rhythm import Rhythm
from assistant.planning.shifts import shifted
from assistant.planning.slots import read_condition, read_count, read_group, read_levels, read_model, read_statistics
from assistant.planning.steps import Clause, any_time, clock_of, forecast_step, previous_series
from assistant.planning.times import Times, latest_month, read_times
from assistant.planning.wording import NUMBER
from assistant.planning.words import stem

_MARK = re.compile(
    r"^(?:(?:ok(?:ay)?|no|yes|sure|please|well|thanks)[, ]+)?(?:and|now|what about|how about|what if|"
    r"same|also|only|just|make (?:it|that)|with|without|for|instead|but|then|"
    r"the other|use|using|try|do (?:it|that|the same)|again|since|until|in|on|at|from|during|change "
    r"(?:it|that) to|show (?:it|that|me)?|rather|extend|shorten|limit|restrict|includ(?:e|ing)|even|"
    r"allow|top)\b"
    rf"|^(?:the )?{NUMBER}\b"
)
_MORE = re.compile(
    r"^(?:and |please |can you |could you )?(?:show |give |list |tell |find |me |us |some |a few |"
    r"even |any )*(?:more|others|the rest)(?: of (?:them|these|those))?(?: please)?[ .?!]*$|^(?:what|"
    r"anything) else[ .?!]*$"
)
# "As a table", "list every month": the same answer, with each step of a forecast.
_AS_LIST = re.compile(
    r"^(?:(?:and|ok(?:ay)?|please|now|can (?:i|you)|could (?:i|you)|have|get|see|show|give|put|make|list|write|print|me|us|it|"
    r"this|that|them|all|the|those|these|answer|result|results|numbers|values|forecast)\b[, ]*)*"
    r"(?:(?:as|in|into) (?:an? )?(?:\w+ )?(?:table|list|spreadsheet|rows|columns)|"
    r"(?:every|each) (?:single )?(?:step|value|month|day|week|hour|year|quarter))(?: please)?[ .?!]*$"
)
_OTHER = re.compile(
    r"\b(?:the )?other (?:one|series|ones|two|column)s?\b|\bthe others?\b|\bthe (?:remaining|second) (?:one|series)\b"
)


def follow_up(clause: Clause, context: PlanningContext) -> Plan | None:
    """The changed plan, or None where the question stands on its own. Raises BadRequest for slots out of range."""
    previous = context.previous
    if previous is None or not previous.steps:
        return None
    text = clause.text
    if _AS_LIST.match(text):
        listed = (
            step.model_copy(update={"listed": True, "explain": False}) if isinstance(step, ForecastArgs) else step
            for step in previous.steps
        )
        return Plan(steps=tuple(listed))
    if _MORE.match(text):
        return Plan(steps=tuple(_more(step) for step in previous.steps))
    moved = shifted(text, previous, clock_of(previous_series(context), context))
    if moved is not None:
        return moved
    own = set(fired(text)) - _kinds(previous.steps)
    short = len(text.split()) <= 12
    if own or not short or weakly_fired(text):
        return None
    looked_up = any(getattr(step, "lookup", None) for step in previous.steps)
    marked = _MARK.match(text) is not None
    if not looked_up and (read_group(text) is not None or (read_statistics(text).found and (clause.mention.names or not marked))):
        return None
    if sets_against(text, clock_of(clause.mention.names, context)):
        return None
    if read_condition(text)[0] is not None and asks_for_spells(text):
        return None
    if lists_stretches(text, clock_of(previous_series(context), context)):
        return None
    if not (marked or len(text.split()) <= 5 or _OTHER.search(text)):
        return None
    if re.match(r"(?:what|when|how|which|is|are|was|were|does|do) (?!about|if)", text) or (fired(text) and not marked):
        return None
    series = _series(clause, context)
    if isinstance(series, Plan):
        return series
    changed = tuple(dict.fromkeys(_change(step, text, series, context) for step in previous.steps))
    if not _changes_anything(text, series, previous.steps, changed):
        return None
    return Plan(steps=changed)


def _kinds(steps: tuple[StepArgs, ...]) -> set[str]:
    kinds = {"forecaster": "forecast", "anomaly": "anomaly", "historian": "similar", "classifier": "classify", "trainer": "train"}
    return {step.task if isinstance(step, AnalystArgs) else kinds[step.agent] for step in steps}


def _changes_anything(
    text: str, series: tuple[str, ...] | None, before: tuple[StepArgs, ...], after: tuple[StepArgs, ...]
) -> bool:
    return before != after or series is not None or re.search(r"\b(?:again|same|repeat)\b", text) is not None


def _series(clause: Clause, context: PlanningContext) -> tuple[str, ...] | Plan | None:
    """The series that the follow-up names (() for all), None where it names none, or a question back."""
    mention = clause.mention
    if mention.all:
        return ()
    if mention.names:
        return mention.names
    if _OTHER.search(clause.text) is None:
        return None
    used = previous_series(context)
    others = tuple(one.name for one in context.series if one.name not in used)
    if (used and len(others) == 1) or (re.search(r"\bothers\b|\bother (?:ones|series|two)\b", clause.text) and used and others):
        return others
    offers = tuple(f"What about {shown(name)}?" for name in (others or tuple(one.name for one in context.series)))
    return clarify(which_of(others or tuple(one.name for one in context.series)), offers)


def _more(step: StepArgs) -> StepArgs:
    """The same step with more of what it lists."""
    if isinstance(step, AnomalyArgs):
        return step.model_copy(update={"limit": min(step.limit * 2, 200)})
    if isinstance(step, HistorianArgs):
        return step.model_copy(update={"k": min(step.k * 2, 50)})
    if isinstance(step, ForecastArgs) and step.horizon is not None:
        return step.model_copy(update={"horizon": min(step.horizon * 2, 2_000)})
    if (
        isinstance(step, AnalystArgs)
        and step.lookup is not None
        and step.lookup.statistic in {"max", "min"}
        and not step.lookup.group
    ):
        return step.model_copy(update={"lookup": step.lookup.model_copy(update={"top": max(5, min(step.lookup.top * 2, 50))})})
    return step


_AboutSeries = AnalystArgs | AnomalyArgs | ForecastArgs | HistorianArgs | ClassifierArgs


def onto(step: _AboutSeries, series: tuple[str, ...], context: PlanningContext) -> _AboutSeries:
    """The step about other series; a span, a moment or a second span of the old ones stays only where these have data."""
    about = [one for one in context.series if not series or one.name in series]
    update: dict[str, object] = {"series": series}
    if isinstance(step, AnalystArgs) and step.task == "granger" and series:
        # "And of rain?" asks what helps to predict rain, by the others that took part.
        update = {"series": (*series, *(name for name in step.series if name not in series)), "target": series[0]}
    if isinstance(step, ClassifierArgs):
        # Rows of a table are none of a series.
        update |= {"cases": (), "first": None, "last": None, "supposed": None}
    if step.span is not None and not reaches(step.span, about):
        update["span"] = None
    lookup = step.lookup if isinstance(step, AnalystArgs) else None
    if lookup is not None and lookup.time is not None and not reaches(Span(start=lookup.time, end=lookup.time), about):
        update["lookup"] = lookup.model_copy(update={"time": None, "statistic": "last"})
    if lookup is not None and lookup.versus is not None and ("span" in update or not reaches(lookup.versus, about)):
        update |= {"span": None, "lookup": lookup.model_copy(update={"versus": None})}
    return step.model_copy(update=update)


def reaches(span: Span, series: list[SeriesContext]) -> bool:
    """Whether any of the series has data in a span; dates never reach series without times, nor rows those with."""
    bounds = [bound for bound in (span.start, span.end) if bound is not None]
    for one in series:
        dated = one.frequency is not None
        if any((bound.isdigit() and len(bound) != 4) == dated for bound in bounds):
            continue
        if not dated and span.start is not None and int(span.start) >= one.n:
            continue
        late = dated and span.start is not None and span.start > one.end[: len(span.start)]
        early = dated and span.end is not None and span.end < one.start[: len(span.end)]
        if not (late or early):
            return True
    return False


def _change(step: StepArgs, text: str, series: tuple[str, ...] | None, context: PlanningContext) -> StepArgs:
    if step.agent == "trainer":
        return step
    if series is not None:
        moved = onto(step, series, context)
        step = _without_own_assumptions(moved, step, text) if isinstance(moved, ForecastArgs) else moved
    rhythm = clock_of(step.series, context)
    if isinstance(step, ForecastArgs):
        return change_forecast(step, text, rhythm)
    if isinstance(step, AnalystArgs):
        return _change_analyst(step, text, rhythm, named=series is not None)
    count, rest = read_count(text, 50)
    if isinstance(step, HistorianArgs) and any_time(text):
        step = step.model_copy(update={"any_time": True})
    if isinstance(step, HistorianArgs) and count:
        step = step.model_copy(update={"k": count})
    if isinstance(step, AnomalyArgs) and count:
        step = step.model_copy(update={"limit": count})
    span = _new_span(read_times(rest, rhythm), step.span, rhythm)
    return step if span is None else step.model_copy(update={"span": span})


def _without_own_assumptions(step: ForecastArgs, before: _AboutSeries, text: str) -> ForecastArgs:
    """What was assumed of one series is not assumed of the next one that is named, unless the same is asked for."""
    if set(step.series) == set(before.series) or re.search(r"\b(?:same|too|also|likewise|as well)\b", text):
        return step
    return step.model_copy(update={"assume": tuple(one for one in step.assume if one.driver is not None)})


def change_forecast(step: ForecastArgs, text: str, rhythm: Rhythm) -> ForecastArgs:
    """The forecast with the horizon, levels, model and part of the data that a follow-up names."""
    if (
        re.match(r"^(?:and )?(?:now )?(?:only|just|using|restrict\w*|limit\w*|since|based on|with only|only with)\b", text)
        and not read_levels(text)[0]
    ):
        model, _ = read_model(text, ())
        span = _new_span(read_times(text, rhythm), None, rhythm)
        if span is not None or model is not None:
            return step.model_copy(update={key: value for key, value in (("span", span), ("model", model)) if value is not None})
    wanted = forecast_step(text, step.series, rhythm)
    update: dict[str, object] = {}
    if wanted.horizon is not None:
        update["horizon"] = wanted.horizon
    elif (
        bare := re.search(
            r"^(?:and |now |make it |make that |with |for |only |just )*(\d{1,4})(?: instead| please)?[ .?!]*$", text
        )
    ) is not None:
        update["horizon"] = read_horizon(f"{bare.group(1)} steps", rhythm).steps
    if wanted.model is not None:
        update["model"] = wanted.model
    if read_levels(text)[0]:
        update["levels"] = wanted.levels
    if wanted.span is not None:
        update["span"] = wanted.span
    return step.model_copy(update=update)


def _new_span(times: Times, old: Span | None, rhythm: Rhythm) -> Span | None:
    """The span that a follow-up names; a month alone takes the year of the span before."""
    if times.span is not None:
        return times.span
    if not times.months:
        return None
    year = (
        old.start[:4]
        if old is not None and old.start is not None and old.end is not None and old.start[:4] == old.end[:4]
        else None
    )
    if year is not None:
        return Period(f"{year}-{times.months[0]:02d}", f"{year}-{times.months[-1]:02d}").span()
    month = latest_month(times.months, rhythm)
    return month.span() if month is not None else None


def _change_analyst(step: AnalystArgs, text: str, rhythm: Rhythm, *, named: bool) -> AnalystArgs:
    times = read_times(text, rhythm)
    statistics = read_statistics(times.text).found
    if step.task != "lookup" or step.lookup is None:
        if statistics and not named:
            lookup = Lookup(statistic=statistics[0], months=times.months, weekdays=times.weekdays, hours=times.hours)
            return AnalystArgs(task="lookup", series=step.series, span=times.span or step.span, lookup=lookup)
        span = _new_span(times, step.span, rhythm)
        return step if span is None else step.model_copy(update={"span": span})
    old = step.lookup
    update: dict[str, object] = {}
    span = step.span
    condition, _ = read_condition(text)
    group = read_group(text)
    count, _ = read_count(text, 50)
    if condition is not None:
        update |= {"condition": condition, "statistic": "count" if old.condition is None else old.statistic}
    elif group is not None and old.group is not None:
        update |= {"group": group.group, "pick": group.pick or old.pick}
    elif statistics and old.group is not None and statistics[0] in {"max", "min"}:
        update["pick"] = statistics[0]
    elif statistics:
        update["statistic"] = statistics[0]
    elif old.statistic == "change" and re.search(r"\bper ?cent|%|\bpercentage", text):
        update["statistic"] = "growth"
    if count:
        update["top"] = count
    if old.time is not None and (times.span is not None or times.months):
        year = times.span.start if times.span is not None and times.span.start == times.span.end else None
        if year is not None and len(year) == 4 < len(old.time):
            times = replace(times, span=Span(start=year + old.time[4:], end=year + old.time[4:]))
        moved = _new_span(times, Span(start=old.time[:7], end=old.time[:7]), rhythm)
        if moved is not None and moved.start is not None and moved.start == moved.end:
            update["time"] = moved.start
        else:
            update |= {"time": None, "statistic": update.get("statistic", "mean")}
            span = moved
    elif times.months and old.months == () and step.span is not None:
        span = _new_span(times, step.span, rhythm)
    else:
        span = times.span or span
        update |= {key: value for key in ("months", "weekdays", "hours") if (value := getattr(times, key))}
    if times.span is not None:
        update["versus"] = None
    return step.model_copy(update={"lookup": Lookup(**{**old.model_dump(), **update}), "span": span})


def is_bare(clause: Clause, *, alone: bool = False) -> bool:
    """Whether a clause is nothing but the name of a series, or, with one loaded, a word for what is measured ("price?")."""
    words = re.findall(r"\w+", clause.text.replace(MASK, ""))
    rest = [
        word for word in words if word not in {"and", "the", "in", "of", "for", "data", "series", "values", "figures", "numbers"}
    ]
    measured = all(stem(word) in MEASURE_WORDS for word in rest)
    return measured and (bool(clause.mention.names) or (alone and bool(rest)))


def is_name_and_time(clause: Clause, times: Times, *, alone: bool = False) -> bool:
    """Whether a clause is a series' name and a time, and hardly a word more ("visitors last month").

    alone: one series is loaded, so that a word for what is measured names it too ("price last week").
    """
    rest = [
        word
        for word in re.findall(r"[^\W\d_]+", times.text.replace(MASK, ""))
        if word not in {"and", "the", "in", "for", "of", "on"}
    ]
    if alone and not clause.mention.names and times.any:
        return 1 <= len(rest) <= 2 and not any(
            word in COMMON_WORDS - STATISTIC_NAMES or word in {"based", "given", "starting"} for word in rest
        )
    return bool(clause.mention.names) and times.any and len(rest) <= 1
