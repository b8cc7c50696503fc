"""From an intent and a clause to the steps of a plan, and which series they are about.

Series, in this order: those the clause names; "all"; those named elsewhere in the question; for "it", "they" and short
follow-ups the previous plan's; the only one loaded; the selected ones; the previous plan's. Where none of this helps,
describing, diagnosing, comparing and words → episodes cover all series, forecasts and look-ups cover all of up to three, and
the rest asks which.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import cast

from assistant.plan import (
    AnalystArgs,
    AnalystTask,
    AnomalyArgs,
    ClassifierArgs,
    ForecastArgs,
    HistorianArgs,
    PlanningContext,
    Span,
    StepArgs,
    TrainerArgs,
)
from assistant.planning.aliases import file_aliases
from assistant.planning.case_choice import read_choice
from assistant.planning.class_names import only_asks_of_classes, supposed_class
from assistant.planning.contrasts import sets_against
from assistant.planning.diagnoses import prediction_target, read_lag, read_percentile
from assistant.planning.horizon import read_horizon
from assistant.planning.intents import LISTING, RULED, Intent, wanted
from assistant.planning.lookups import lookup_steps
from assistant.planning.model_names import trained_model
from assistant.planning.names import MASK, Mention, mentioned
from assistant.planning.outlooks import read_outlook
from assistant.planning.rhythm import UNIT, Rhythm, rhythm_of
from assistant.planning.slots import read_count, read_levels, read_model, read_pick
from assistant.planning.times import Times, latest_month, read_times
from assistant.planning.wording import blank
from assistant.planning.yesno import is_yes_no

SERIES_WITHOUT_ASKING = 3
# Classifiers by what people call them, and what before a name means that another one is wanted.
_METHODS = {"nearest-neighbour": "nearest[- ]neighbou?rs?", "minirocket": "mini[- ]?rocket", "hitime": "hi[- ]?time"}
_NOT_THIS = r"\b(?:without|not|no|than|except|but)\s+(?:the\s+|a\s+)?(?:plain\s+)?"
_PRONOUN = re.compile(
    r"\b(?:it|its|this series|that series|the same series|they|them|their|these|those|this one|that one|the same)\b"
)


# "Which store has the highest average", "which grew the most": a question over all series, unless what follows is a time.
_WHICH_SERIES = re.compile(
    rf"^(?:and |so |now )?(?:tell me |in |at )?(?:which|what(?! (?:is|are|was|were|has|had|have|did|do|does)\b)) "
    rf"(?!{UNIT}\b|of (?:these|those|them)\b|(?:weekday|season|time|date|part|"
    r"point|value|statistic|model|trend|stretch|moment|night|morning|weekend|percent\w*|share|direction)s?\b)"
    r"(?:(?:series|column|of (?:the|my) \w+|one|(?!is\b|are\b|was\b|were\b|has\b|had\b|have\b|did\b|do\b|does\b)\w+) )?"
    r"(?:(?:has|had|have|is|was|are|were|shows?|showed) (?:on average |usually )?(?:the )?(?:\w+ )?"
    r"(?:highest|lowest|largest|smallest|biggest|greatest|most|least|best|worst|strongest|weakest|busiest|quietest|fastest|slowest)|"
    r"(?:grew|rose|fell|gained|lost|increased|decreased|declined|dropped|shrank|changed|grows?|varie[sd])\b.*?"
    r"\b(?:most|least|fastest|slowest|best|worst))\b"
)


class WhichSeries(Exception):
    """The clause could be about any of several series."""


@dataclass(frozen=True)
class Clause:
    """A part of a question. text: normalised, names blanked by MASK. written: normalised, as the user wrote it."""

    text: str
    written: str
    mention: Mention


def read_clause(written: str, context: PlanningContext) -> Clause:
    """A clause with the series it names."""
    mention = mentioned(written, [one.name for one in context.series], file_aliases(context.series))
    return Clause(wanted(mention.text), written, mention)


def clock_of(series: tuple[str, ...], context: PlanningContext) -> Rhythm:
    """The clock by which a clause's times are read: the first named series', else the one that ends last."""
    chosen = [one for one in context.series if one.name in series] or list(context.series)
    clocks = [rhythm_of(one) for one in chosen[:50]]
    dated = [clock for clock in clocks if clock.end is not None]
    if not clocks:
        return Rhythm(None, None, 0, None)
    if series or not dated:
        return clocks[0]
    return max(dated, key=lambda clock: clock.end.isoformat() if clock.end else "")


def series_for(intent: Intent, clause: Clause, named_elsewhere: tuple[str, ...], context: PlanningContext) -> tuple[str, ...]:
    """The series of a step; () means all. Raises WhichSeries where the user has to say."""
    loaded = tuple(one.name for one in context.series)
    mention = clause.mention
    if mention.names:
        return _named(intent, clause, loaded)
    if mention.all or intent == "train":
        return ()
    if re.search(LISTING, clause.text) or (len(loaded) > 1 and intent == "lookup" and _WHICH_SERIES.search(clause.text)):
        return ()
    previous = previous_series(context)
    if named_elsewhere:
        return named_elsewhere
    if previous and _PRONOUN.search(clause.text):
        return previous
    if len(loaded) == 1:
        return loaded
    if intent in {"compare", "granger"}:
        return tuple(name for name in context.selected if name in loaded) if len(context.selected) > 1 else ()
    if re.search(
        (
            r"\b(?:which|what) (?:series|one|column|of them|of these|of the|variable|sector|sensor|station|"
            r"store|product|region|country|city)\b|\b(?:file|data ?set|the data|table|columns)\b"
        ),
        clause.text,
    ):
        return ()
    selected = tuple(name for name in context.selected if name in loaded)
    if selected or previous:
        return selected or previous
    if intent in {"describe", "trend", "seasonality", "stationarity", "change_points", "anomaly", "classify", *RULED}:
        return ()
    if intent in {"forecast", "lookup"} and len(loaded) <= SERIES_WITHOUT_ASKING:
        return ()
    if intent == "similar" and history_words(clause.text) is not None:
        return ()
    raise WhichSeries


def _named(intent: Intent, clause: Clause, loaded: tuple[str, ...]) -> tuple[str, ...]:
    """The series of a clause that names some. Raises WhichSeries where a shared word could be about any of many."""
    mention = clause.mention
    if not mention.ambiguous:
        return mention.names
    if intent == "lookup" and set(mention.names) == set(loaded) and _over_all(clause):
        return ()
    if intent in {"lookup", "similar", "classify"} and len(mention.names) > SERIES_WITHOUT_ASKING:
        raise WhichSeries
    return mention.names


def _over_all(clause: Clause) -> bool:
    """Whether a word that all the names share means each of them: "which store", "per store", "the stores"."""
    if re.search(rf"\b(?:which|what|each|every|per|by|all|any|across)(?: of)?(?: the| my| our)? {MASK}", clause.text):
        return True
    shared = [clause.written[slice(*match.span())] for match in re.finditer(rf"{MASK}+", clause.text)]
    return any(words.rstrip().endswith("s") for words in shared)


def previous_series(context: PlanningContext) -> tuple[str, ...]:
    """The series of the previous plan's last step that are still loaded."""
    loaded = {one.name for one in context.series}
    for step in reversed(context.previous.steps if context.previous else ()):
        named = getattr(step, "series", ())
        if named:
            return tuple(name for name in named if name in loaded)
    return ()


def partners(clause: Clause, context: PlanningContext, series: tuple[str, ...]) -> tuple[str, ...]:
    """Two or more series to compare: the named one with the previous plan's, or with all the others."""
    if len(series) != 1 or len(context.series) < 2:
        return series
    previous = tuple(name for name in previous_series(context) if name not in series)
    if previous and clause.mention.names:
        return (*previous, *series)
    return (*series, *(one.name for one in context.series if one.name not in series))


def _lowest_first(step: AnalystArgs, clause: Clause) -> AnalystArgs:
    """A look-up over all series that asks which of them has the lowest answer, told from that end."""
    asked = _WHICH_SERIES.search(clause.text) is not None or (clause.mention.ambiguous and _over_all(clause))
    if not asked or step.lookup is None or step.lookup.group is not None or read_pick(clause.text) != "min":
        return step
    return step.model_copy(update={"lookup": step.lookup.model_copy(update={"pick": "min"})})


def steps_for(
    intent: Intent, clause: Clause, series: tuple[str, ...], context: PlanningContext, outer: Times | None
) -> tuple[StepArgs, ...]:
    """The steps of one clause. Raises BadRequest for slots out of range."""
    rhythm = clock_of(series, context)
    if intent == "forecast":
        return (forecast_step(clause.text, series, rhythm),)
    if intent == "lookup":
        found = lookup_steps(clause.text, series, rhythm, outer, written=clause.written)
        return found if series or len(context.series) < 2 else tuple(_lowest_first(step, clause) for step in found)
    if intent == "similar":
        return (historian_step(clause, series, rhythm),)
    if intent == "train":
        return (TrainerArgs(file=file_named(clause.written, context), model=_method_named(clause.written, context)),)
    if intent == "classify":
        return (_classifier_step(clause, series, context),)
    if intent == "compare":
        if sets_against(clause.text, rhythm) and len(clause.mention.names) < 2:
            return lookup_steps(clause.text, series, rhythm, outer)
        return (AnalystArgs(task="compare", series=partners(clause, context, series), span=_span(clause.text, rhythm, outer)),)
    if intent == "granger":
        target, about = prediction_target(clause.text, clause.mention.names, series, tuple(one.name for one in context.series))
        return (AnalystArgs(task="granger", series=about, target=target, span=_span(clause.text, rhythm, outer)),)
    if intent == "distribution":
        percentile = read_percentile(clause.text)
        return (AnalystArgs(task="distribution", series=series, percentile=percentile, span=_span(clause.text, rhythm, outer)),)
    if intent == "autocorrelation":
        lag, rest = read_lag(clause.text)
        return (AnalystArgs(task="autocorrelation", series=series, lag=lag, span=_span(rest, rhythm, outer)),)
    if intent == "anomaly":
        limit, rest = read_count(clause.text, 200)
        if limit is None and re.search(
            r"\b(?:biggest|largest|strongest|worst|most \w+) (?:anomaly|outlier|spike|glitch|value|point|moment|day)\b", rest
        ):
            limit = 1
        span = _span(rest, rhythm, outer)
        return (AnomalyArgs(series=series, span=span) if limit is None else AnomalyArgs(series=series, span=span, limit=limit),)
    return (AnalystArgs(task=cast("AnalystTask", intent), series=series, span=_span(clause.text, rhythm, outer)),)


def _span(text: str, rhythm: Rhythm, outer: Times | None) -> Span | None:
    times = read_times(text, rhythm)
    times = outer if outer is not None and not times.any else times
    month = latest_month(times.months, rhythm) if times.span is None else None
    return month.span() if month is not None else times.span


def forecast_step(text: str, series: tuple[str, ...], rhythm: Rhythm, known_models: tuple[str, ...] = ()) -> ForecastArgs:
    """A forecast with its horizon, levels, model and the part of the data to learn from."""
    levels, rest = read_levels(text)
    model, rest = read_model(rest, known_models)
    condition, claim, rest = read_outlook(rest)
    horizon = read_horizon(rest, rhythm)
    learnt = re.search(
        (
            r"\b(?:using|based on|from|given|trained on|learn\w* from|with (?:only )?(?:the )?(?:data|last|"
            r"past)|since|only|until|before|up to)\b"
        ),
        horizon.text,
    )
    span = read_times(horizon.text, rhythm).span if learnt and horizon.past is None else None
    if horizon.past is not None:
        # A forecast of a time inside the data starts where that time starts: only what came before may be used.
        span = Span(end=horizon.past.before())
    step = ForecastArgs(series=series, span=span, horizon=horizon.steps, model=model, condition=condition, claim=claim)
    return step.model_copy(update={"levels": levels}) if levels else step


def _classifier_step(clause: Clause, series: tuple[str, ...], context: PlanningContext) -> ClassifierArgs:
    """The classes of the named series, or of the cases of a table, of all or of those named."""
    step = ClassifierArgs(model=trained_model(clause.written, context))
    choice = None if clause.mention.names else read_choice(clause.text)
    if choice is not None:
        return step.model_copy(update=choice.arguments() | {"supposed": supposed_class(choice.rest, context)})
    # "Is it walking?" asks of all that is loaded; "which of them is walking?" supposes nothing.
    supposes = is_yes_no(clause.text) and only_asks_of_classes(clause.text, context)
    supposed = supposed_class(clause.text, context) if supposes else None
    return step.model_copy(update={"series": series if clause.mention.names else (), "supposed": supposed})


_EPISODE_WORDS = r"(?:happen|occur|appear|take place|been|exist|show up|come up)\w*"
_SHAPE = (
    r"(?:drop|fall|dip|rise|jump|climb|spike|decline|crash|surge|increase|decrease|slump|recover\w*|"
    r"plateau|flat|rebound|peak|bump|oscillat\w*|growth|collapse|steady|sudden|sharp|gradual|slow|"
    r"volatile|calm|wave|double|trough|shock|step|level shift|fad\w+|rally)s?"
)


def history_words(text: str) -> str | None:
    """The description in words in a question for episodes, None where it asks for a stretch of the data."""
    patterns = (
        (
            r"\b(?:look(?:s|ed|ing)? like|similar to|resembl\w+|shaped like|in the shape of|(?:periods?|"
            r"episodes?|times?|stretch(?:es)?|moments?|windows?|phases?|examples?) (?:with|of|where|in which|"
            r"that (?:show|had|look like))|(?:something|anything|was|looks?|looked) (?:\w+ )?like|(?:stretch|"
            r"period|time|phase|moment|"
            r"episode|week|month|year|day)s? like) (?:an? |the |some )?(.+)"
        ),
        (
            r"\b(?:find|search(?: for)?|show(?: me)?|look for|when was there|was there(?: ever)?|have there "
            r"been|was|any|retrieve|list) (?:an? |the |any |some |other )?(.+)"
        ),
    )
    for pattern in patterns:
        match = re.search(pattern, text)
        words = match.group(1).strip(" ?.!,") if match else ""
        words = re.split(rf" (?:ever )?{_EPISODE_WORDS}\b", words)[0]
        words = re.sub(rf"\s*(?:\b(?:in|of|for|from) )?(?:the )?{MASK}[{MASK} ]*", " ", words).strip()
        if re.search(rf"\b{_SHAPE}\b", words) and not re.search(r"^(?:last|this|latest|recent|current|past|previous)\b", words):
            return re.sub(r"\s*,? ?\b(?:including|also|even)\b.*\b(?:later|any time|after)\b.*$", "", words).strip() or None
    return None


def any_time(text: str) -> re.Match[str] | None:
    """Where a question allows episodes after the stretch it starts from."""
    return re.search(
        r"\b(?:includ\w+|also|even|allow\w*) (?:the )?(?:later|future|following|newer|subsequent|"
        r"after)\w*(?: ones)?|\bat any time\b|\bany ?time\b|"
        r"\blater ones\b|\b(?:before or|and) after\b|\bwhole history\b",
        text,
    )


def historian_step(clause: Clause, series: tuple[str, ...], rhythm: Rhythm) -> HistorianArgs:
    """Episodes like a stretch, or like words."""
    count, rest = read_count(clause.text, 50)
    later = any_time(rest)
    if later is not None:
        rest = blank(rest, *later.span())
    words = history_words(rest)
    span = None if words else _span(rest, rhythm, None)
    step = HistorianArgs(series=series, span=span, text=words, any_time=later is not None)
    return step.model_copy(update={"k": count}) if count else step


def file_named(written: str, context: PlanningContext) -> str | None:
    """The file that a clause names, or the only labelled one."""
    files = [*context.labelled_files, *(name for name in context.files if name not in context.labelled_files)]
    for name in files:
        stem = name.lower().rsplit(".", 1)[0]
        if name.lower() in written or (len(stem) > 3 and re.search(rf"\b{re.escape(stem)}\b", written.replace(" ", "_"))):
            return name
        if len(stem) > 3 and re.search(rf"\b{re.escape(stem.split('_')[0])}\b", written) and len(stem.split("_")[0]) > 4:
            return name
    return context.labelled_files[0] if len(context.labelled_files) == 1 else None


def _method_named(written: str, context: PlanningContext) -> str:
    """The classifier that a clause names, "auto" where it names none or several."""
    # Names of files may hold those of methods.
    for name in (*context.files, *context.labelled_files):
        written = written.replace(name.lower(), " ")
    written = re.sub(rf"{_NOT_THIS}(?:{'|'.join(_METHODS.values())})\b", " ", written)
    named = [name for name, words in _METHODS.items() if re.search(rf"\b(?:{words})\b", written)]
    return named[0] if len(named) == 1 else TrainerArgs().model
