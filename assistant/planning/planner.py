"""From a question to a plan without a language model.

Decisive words come first, so that plain questions need no embedding model; then the head on the sentence's embedding; below
the threshold the planner asks back with questions that plan without doubt. It sees names, lengths, ends and frequencies of
the loaded series, never values; and what a name says is blanked before any rule or model reads the question, so that
instructions hidden in a name have no influence.
"""

from __future__ import annotations

import re
from collections.abc import Set as AbstractSet
from typing import cast

from assistant.errors import BadRequest
from assistant.plan import Plan, PlanningContext, Refusal, StepArgs
from assistant.planning import decline
from assistant.planning.case_questions import case_question
from assistant.planning.cases import about_cases
from assistant.planning.contrasts import sets_against
from assistant.planning.dates import with_shared_years
from assistant.planning.followups import follow_up, is_bare, is_name_and_time
from assistant.planning.head import Embed, load_head
from assistant.planning.holidays import asked_with_date, undated_holiday, with_dates
from assistant.planning.intents import DIAGNOSES, Intent, clauses, fired, weakly_fired
from assistant.planning.lookups import asks_for_spells, has_lookup
from assistant.planning.model_names import with_models_told
from assistant.planning.moves import read_ranked, read_since
from assistant.planning.names import MASK
from assistant.planning.recording_names import with_recordings_told
from assistant.planning.rhythm import Rhythm
from assistant.planning.slots import read_condition, read_count, read_group, read_statistics
from assistant.planning.spelling import corrected
from assistant.planning.steps import (
    Clause,
    WhichSeries,
    clock_of,
    previous_series,
    read_clause,
    series_for,
    steps_for,
)
from assistant.planning.strangers import check_names
from assistant.planning.times import Times, read_times
from assistant.planning.whatif_plans import doubts, forecast_steps, what_if_follow_up
from assistant.planning.whatifs import asks_what_if, leaves_out_times
from assistant.planning.wording import normalise
from assistant.planning.yesno import with_claim

THRESHOLD = 0.45
# Turning somebody away is worse than asking back, so the head alone has to be surer of it than of anything else.
DECLINE_THRESHOLD = 0.7
MAX_STEPS = 6
_REFUSED: dict[Intent, str] = {"decline_cause": "cause", "decline_other": "other", "help": "help"}


class Planner:
    """Rules first, then the head. `embed`: sentences → (batch, 384) unit vectors, or None to do without the head."""

    def __init__(self, embed: Embed | None = None, threshold: float = THRESHOLD, forecasters: tuple[str, ...] = ()) -> None:
        """`forecasters`: registry names that a question may insist on; empty leaves the check to the forecaster."""
        self._embed = embed
        self._threshold = threshold
        self._forecasters = forecasters

    def plan(self, question: str, context: PlanningContext) -> Plan:
        """The plan for a question.

        Errors: UnknownSeries for a series that is not loaded; BadRequest for a horizon, level, span or count out of range.
        """
        names = [one.name for one in context.series]
        written = with_recordings_told(with_models_told(normalise(question), context), context)
        text = with_shared_years(with_dates(corrected(written, names), names))
        if not re.search(r"\w", text):
            return self._ask(context, previous_series(context) or context.selected)
        whole = read_clause(text, context)
        holiday = undated_holiday(text, names)
        if holiday is not None and context.series:
            return self._ask_date(text, holiday, whole, context)
        intents = fired(whole.text)
        of_cases = case_question(whole, context)
        if of_cases is not None:
            return of_cases
        if not context.series:
            return self._without_series(whole, intents, context)
        labelled = about_cases(whole.text, context)
        asked = asks_what_if(whole.text)
        doubted = doubts(whole.text, context)
        if doubted is not None:
            return doubted
        if whole.text.strip(" ?.!") == "why" or (
            intents[:1] == ("decline_cause",) and len(whole.text.split()) <= 3 and not asked
        ):
            return decline.refuse("cause", context, whole.mention.names or previous_series(context))
        if labelled is not None:
            return Plan(steps=steps_for(labelled, whole, (), context, None), confidence=0.9)
        changed = what_if_follow_up(whole, context, self._forecasters) or follow_up(whole, context)
        if changed is not None:
            self._check_followup(whole, context, changed)
            return changed
        parts = [read_clause(text[start:end].strip(" ,"), context) for start, end in clauses(whole.text)] or [whole]
        parts = [whole] if asked else parts
        alone = len(context.series) == 1
        decided = [self._decide(part, clock_of(part.mention.names, context), alone=alone) for part in parts]
        if len(parts) > 1 and any(intent is None for intent, _ in decided):
            parts, decided = [whole], [self._decide(whole, clock_of(whole.mention.names, context), alone=alone)]
        confidences = [self._decide_by_head(part) if intent is None else (intent, sure)
                       for part, (intent, sure) in zip(parts, decided, strict=True)]  # fmt: skip
        return self._assemble(parts, confidences, whole, context)

    def _without_series(self, whole: Clause, intents: tuple[Intent, ...], context: PlanningContext) -> Plan:
        """Nothing is loaded but, perhaps, labelled tables."""
        if intents[:1] == ("decline_cause",) and (intents[1:2] == ("classify",) or about_cases(whole.text, context)):
            intents = ("classify",)  # a class is always given with its reasons
        wanted = intents[0] if intents else about_cases(whole.text, context)
        if wanted is None and context.labelled_files:
            wanted = self._decide_by_head(whole)[0]
            if wanted == "classify" and not context.models:
                wanted = None  # nothing said so, and nothing is trained that could
        if wanted in {"train", "classify"} and (context.labelled_files or context.files):
            return Plan(steps=steps_for(cast("Intent", wanted), whole, (), context, None))
        if wanted not in {"help", "decline_other"} and context.labelled_files:
            return decline.refuse("cases", context)
        kind = _REFUSED.get(intents[0], "empty") if intents else "empty"
        return decline.refuse("empty" if kind == "cause" else kind, context)

    def _decide(self, clause: Clause, rhythm: Rhythm, *, alone: bool = False) -> tuple[Intent | None, float]:
        """The intent that words decide, and how surely; None where they do not. alone: one series is loaded, named or not."""
        text = clause.text
        if asks_what_if(text):
            return "forecast", 0.95
        if read_ranked(text) is not None:
            return "lookup", 0.9
        found = fired(text)
        statistics = set(read_statistics(text).found)
        if not found and self._embed is not None and _loose_superlative(clause, rhythm):
            return None, 0.0
        if found:
            return _settle(found, text, statistics, clause, rhythm), 0.95
        if is_bare(clause, alone=alone):
            return "describe", 0.8
        if read_condition(text)[0] is not None and asks_for_spells(text):
            return "lookup", 0.9
        weak = weakly_fired(text)
        if weak == "trend" and not statistics and (group := read_group(text)) is not None and group.pick is None:
            return "trend", 0.85
        if sets_against(text, rhythm):
            return "lookup", 0.9
        if has_lookup(text, rhythm) and not (weak == "describe" and not statistics):
            return "lookup", 0.9
        if weak is None and is_name_and_time(clause, read_times(text, rhythm), alone=alone):
            return "lookup", 0.85
        return weak, 0.85

    def _decide_by_head(self, clause: Clause) -> tuple[Intent | None, float]:
        if self._embed is None:
            return None, 0.0
        head = load_head()
        sentence = re.sub(rf"{MASK}+(?:[ ,]+{MASK}+)*", "the series", clause.text)
        probabilities = head.probabilities(self._embed([sentence]))[0]
        best = int(probabilities.argmax())
        intent, sure = head.intents[best], float(probabilities[best])
        if intent == "decline_other" and (clause.mention.names or sure < DECLINE_THRESHOLD):
            return None, sure
        return intent, sure

    def _assemble(
        self, parts: list[Clause], decided: list[tuple[Intent | None, float]], whole: Clause, context: PlanningContext
    ) -> Plan:
        """Steps of all parts; a part that cannot be answered makes the refusal, beside the steps of the others."""
        names = [one.name for one in context.series]
        named_anywhere = whole.mention.names
        steps: list[StepArgs] = []
        refusal: Refusal | None = None
        confidence = min(sure for _, sure in decided)
        if confidence < self._threshold or any(intent is None for intent, _ in decided):
            check_names(whole.text, names, whole_is_name=True)
            return self._ask(context, named_anywhere or previous_series(context) or context.selected, confidence)
        origin = "rules" if all(self._decide(part, clock_of((), context))[0] for part in parts) else "head"
        earlier: tuple[str, ...] = ()
        for part, (intent, _) in zip(parts, decided, strict=True):
            intent = cast("Intent", intent)
            if intent == "help" and any(other not in _REFUSED for other, _ in decided):
                continue  # a greeting or thanks beside a question
            if intent == "decline_cause" and any(other == "classify" for other, _ in decided):
                continue  # a class is always given with its reasons
            if intent in _REFUSED:
                refused = decline.refuse(
                    _REFUSED[intent], context, part.mention.names or named_anywhere or previous_series(context)
                )
                refusal = refusal or refused.refusal
                continue
            if intent not in {"train", "classify", "similar"}:
                check_names(part.text, names)
            try:
                series = series_for(intent, part, earlier or (named_anywhere if len(parts) > 1 else ()), context)
                if intent == "compare" and len(series) == 1 and earlier and not set(earlier) & set(series):
                    series = (*earlier, *series)
                earlier = series or earlier
                for kind in _diagnoses(intent, part.text):
                    steps += self._steps(kind, part, series, context, _outer(part, whole, parts, clock_of(series, context)))
            except WhichSeries:
                return self._ask_which(whole, context, confidence)
        unique = tuple(dict.fromkeys(steps))[:MAX_STEPS]
        return Plan(steps=unique, refusal=refusal, confidence=confidence, origin=origin)

    def _steps(
        self, intent: Intent, part: Clause, series: tuple[str, ...], context: PlanningContext, outer: Times | None
    ) -> tuple[StepArgs, ...]:
        if intent == "forecast":
            return forecast_steps(part, series, context, self._forecasters)
        if leaves_out_times(part.text, clock_of(series, context)):
            raise BadRequest(
                "I can leave out a stretch of time when I forecast, and not in this; please ask about the stretches that should "
                "count, for example before 2020 and since 2021."
            )
        first, *others = steps_for(intent, part, series, context, outer)
        # Only one sentence can be the yes or no; what stands beside it for comparison says none of its own.
        return (with_claim(first, part.text), *others)

    def _check_followup(self, whole: Clause, context: PlanningContext, changed: Plan) -> None:
        if not whole.mention.names and changed.steps:
            check_names(whole.text, [one.name for one in context.series])
        for step in changed.steps:
            model = getattr(step, "model", None) if step.agent == "forecaster" else None
            if model is not None and self._forecasters and model not in self._forecasters:
                raise BadRequest(
                    f"The models on offer are {', '.join(self._forecasters)}, and “{model}” is not among them; "
                    f"please name one of "
                    "these, or none."
                )

    def _ask(self, context: PlanningContext, series: tuple[str, ...] = (), confidence: float = 0.0) -> Plan:
        if not context.series:
            return decline.refuse("empty", context)
        offers = decline.suggestions(context, series)
        question = decline.one_of("I am not sure what you would like to know. Is it one of these?", offers)
        return decline.clarify(question, offers, confidence)

    def _ask_date(self, text: str, holiday: re.Match[str], whole: Clause, context: PlanningContext) -> Plan:
        """Ask for the date of a named day that moves from year to year, with the question about the last day as an example."""
        rhythm = clock_of(whole.mention.names, context)
        if rhythm.end is None:
            raise BadRequest("This series has no dates, so no named day can be found in it; please ask by row numbers.")
        offers = (asked_with_date(text, holiday, rhythm.end.date().isoformat()),)
        return decline.clarify(
            decline.one_of(f"I do not know the date of {holiday.group('day')}. Which date do you mean? Ask for example:", offers),
            offers,
        )

    def _ask_which(self, whole: Clause, context: PlanningContext, confidence: float) -> Plan:
        """Ask for the series, with the same question about each of the first three."""
        names = whole.mention.names if whole.mention.ambiguous else tuple(one.name for one in context.series)
        stem = re.sub(rf"(?: (?:of|for|in))?(?: the)? ?{MASK}+", "", whole.text).strip(" ?.!") or "describe"
        if not whole.mention.ambiguous:
            stem = whole.written.strip(" ?.!")
        offers = tuple(f"{stem[:1].upper()}{stem[1:]} for {decline.shown(name)}" for name in names[:3])
        return decline.clarify(decline.which_of(names), offers, confidence)


_SUPERLATIVE = re.compile(r"\b(?:best|worst|most|least|top|strongest|record|weakest|peak)\b")


def _loose_superlative(clause: Clause, rhythm: Rhythm) -> bool:
    """Whether "best", "most" or "top" alone makes a clause look like a look-up: no series, time, group or test beside it."""
    text = clause.text
    if (
        clause.mention.names
        or read_count(text, 2_000)[0] is not None
        or not _SUPERLATIVE.search(text)
        or read_group(text) is not None
        or read_since(text) is not None
    ):
        return False
    without = _SUPERLATIVE.sub(" ", text)
    told = read_times(text, rhythm).any or read_condition(text)[0] is not None
    return (
        not told and not read_statistics(without).found and re.search(r"\bwhen\b|\bvalues?\b|\bhow (?:much|many)\b", text) is None
    )


def _settle(found: tuple[Intent, ...], text: str, statistics: AbstractSet[str], clause: Clause, rhythm: Rhythm) -> Intent:
    """Which of the intents whose words occur is meant; the table's order unless the words around say otherwise."""
    first = found[0]
    names = len(clause.mention.names)
    if first == "similar" and re.search(r"\bwhat (?:do|does|did) .{0,80}look like\b", text) and found == ("similar",):
        return "describe"
    if first == "similar" and "distribution" in found:
        return "distribution"  # "what does the distribution look like"
    if (
        first == "change_points"
        and statistics & {"change", "growth", "year_over_year"}
        and re.search(r"\bhow (?:much|did|has|have)|\bby (?:how|what)|percent", text)
    ):
        return "lookup"
    if first == "compare" and "seasonality" in found and names < 2:
        return "seasonality"
    if first == "compare" and "year_over_year" in statistics:
        return "lookup"
    if first == "compare" and names < 2 and sets_against(text, rhythm):
        return "lookup"
    if (
        first == "compare"
        and names < 2
        and statistics
        and re.search(r"^(?:what|when|how|which)\b", text)
        and "compar" in text
        and names == 0
    ):
        return "lookup"
    if (
        first in {"trend", "seasonality"}
        and statistics & {"change", "growth"}
        and re.search(r"\bhow much|\bby (?:how|what)", text)
        and "trend" not in text
    ):
        return "lookup"
    if (
        first == "seasonality"
        and statistics & {"max", "min"}
        and re.search(r"\b(?:which|what) (?:month|quarter|season|weekday|hour|day)\b", text)
    ):
        return "lookup"
    return first


def _diagnoses(intent: Intent, text: str) -> tuple[Intent, ...]:
    """Several diagnoses named side by side ("trend and seasonality") are a step each."""
    if intent not in DIAGNOSES or not re.search(r"\band\b|\bor\b|,|&|/|\bplus\b|\bas well as\b", text):
        return (intent,)
    # "Is the seasonality additive or multiplicative" asks one thing.
    found = [one for one in fired(text) if one in DIAGNOSES and not (intent == "spread" and one == "seasonality")]
    return tuple(sorted(found, key=DIAGNOSES.index)) or (intent,)


def _outer(part: Clause, whole: Clause, parts: list[Clause], rhythm: Rhythm) -> Times | None:
    """Times that open the question ("in 2019, what was …") hold for its later parts too, if these name none."""
    if len(parts) < 2 or part is parts[0]:
        return None
    opening = re.match(r"(?:in|during|since|for|over|between|from|on) [^,]{2,40},", whole.text)
    return read_times(opening.group().rstrip(","), rhythm) if opening else None
