"""Yes, no, or neither: how the answer to a yes/no question begins."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal

import pandas as pd

from assistant.agents.wording import cycle_name, too_coarse_for
from assistant.analysis.lookup_answer import meets
from assistant.facts import Fact, FactBook
from assistant.plan import AnalystArgs, Claim, Condition, Lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from assistant.analysis.describe import SeriesDescription
    from assistant.analysis.lookup_answer import LookupAnswer

# Percent of the values beyond it that make a value out of the ordinary, and that make it high or low.
_RARE, _UNUSUAL = 2.5, 10.0
Verdict = Literal["Yes", "No", "That cannot be said"]


def verdict_of(holds: bool | None) -> Verdict:
    """A truth value as an answer opens; None where the data leave it open."""
    return "That cannot be said" if holds is None else "Yes" if holds else "No"


def open_with(book: FactBook, place: int, verdict: str, source: str) -> None:
    """Put a verdict before the sentence said at `place`: "Yes: the mean of …"; a name at its start stays as it is.

    What it says, yes or no, is a fact of its own ("<source>.verdict"), by which a retelling can be checked; there is none where
    it cannot be said.
    """
    sentence = book.sentences[place]
    lowered = sentence[:1].lower() + sentence[1:] if sentence[1:2].islower() or sentence[:2] == "A " else sentence
    book.sentences[place] = f"{verdict}: {lowered}"
    said = re.match(r"(?P<yes>Yes|Probably(?! not))|No\b|Probably not", verdict)
    if said is not None:
        book.flag(said["yes"] is not None, "What the question supposes is so", f"{source}.verdict")


def lookup_verdict(claim: Claim | None, lookup: Lookup, answer: LookupAnswer) -> Verdict | None:
    """Whether a look-up's answer bears out what was supposed; None where nothing was, or the answer is about something else."""
    detail = answer.detail
    if claim is None:
        return None
    if lookup.limit is not None:
        return verdict_of(answers_to(answer.value, lookup.limit))
    if "rounds" in detail and claim == "always":
        return verdict_of(detail["won"] == detail["rounds"] if detail["rounds"] else None)
    if "supposed" in detail:
        return verdict_of(answer.group == detail["supposed"] or wins_most(answer))
    if lookup.statistic == "rank":
        return verdict_of(_stands_so(claim, answer.value))
    if claim in ("more", "less") and "difference" in detail:
        return _by_sign(detail["difference"], claim == "more")
    if claim in ("up", "down") and answer.groups and lookup.statistic == "change":
        return verdict_of(all((value > 0) if claim == "up" else (value < 0) for _, value in answer.groups))
    if claim in ("up", "down"):
        moved = answer.value if lookup.statistic == "year_over_year" else detail.get("change", detail.get("difference"))
        if lookup.since is not None and moved == 0:
            return verdict_of(claim == ("up" if lookup.since == "max" else "down"))  # it stands at its peak (or low) now
        return None if moved is None else _by_sign(moved, claim == "up")
    if claim == "so" and lookup.statistic == "step" and lookup.condition is not None:
        return verdict_of(answer.value > 0)
    if lookup.condition is not None and lookup.group is None and "spells" in detail:
        return _by_share(claim, detail["share"]) if "share" in detail else None
    return None


def answers_to(value: float, limit: Condition) -> bool | None:
    """Whether an answer meets the limit it is tested against; None for NaN."""
    return None if math.isnan(value) else bool(meets(pd.Series([value]), limit).all())


def wins_most(answer: LookupAnswer) -> bool:
    """Whether the group that is supposed to be the first is so in more than half of the rounds.

    It may be although another has the higher mean: rounds that are not known whole weigh on means.
    """
    return 2 * int(answer.detail.get("won", 0)) > int(answer.detail.get("rounds", 0))


def _by_share(claim: Claim, share: float) -> Verdict | None:
    """Whether values meet a limit ("so": any, "always", "usually", "never") that `share` percent of them meet."""
    tests = {"so": share > 0, "always": share == 100, "usually": share > 50, "never": share == 0}
    return verdict_of(tests[claim]) if claim in tests else None


# Which truth value of a diagnosis answers which supposition, by the end of its fact's source.
_DECIDING: dict[tuple[str, Claim], str] = {
    ("trend", "up"): "trend_up",
    ("trend", "down"): "trend_down",
    ("seasonality", "so"): "seasonal",
    ("stationarity", "so"): "stationary",
    ("stationarity", "wandering"): "unit_root",
    ("stationarity", "random walk"): "random_walk",
    ("distribution", "normal"): "normal",
    ("autocorrelation", "so"): "autocorrelated",
    ("spread", "so"): "spread_grows",
    ("noise", "so"): "white_noise",
}


def description_verdict(args: AnalystArgs, name: str, description: SeriesDescription, facts: Sequence[Fact]) -> Verdict | None:
    """Whether a diagnosis bears out what was supposed, by the truth values among its facts; None where nothing was supposed."""
    if args.claim is None:
        return None
    if args.task == "change_points":
        return verdict_of(bool(description.changes))
    told = {
        fact.source.rsplit(".", 1)[-1]: bool(fact.value)
        for fact in facts
        if isinstance(fact.value, bool) and f"({name})" in fact.source
    }
    if args.task == "trend" and args.claim == "so":
        return verdict_of(told["trend_up"] or told["trend_down"] if "trend_up" in told else None)
    if args.task == "seasonality" and args.cycle is not None:
        if too_coarse_for(args.cycle, description.series.frequency):
            return verdict_of(None)
        return verdict_of(any(cycle_name(one.period, description.series.frequency) == args.cycle for one in description.seasons))
    topic = _DECIDING.get((args.task, args.claim))
    if topic is None:
        return None
    if topic == "random_walk" and topic not in told and told.get("unit_root") is False:
        return "No"
    if args.task == "stationarity" and topic not in told:
        return None  # what is said then opens with "cannot be said" itself
    return verdict_of(told.get(topic))


def _stands_so(claim: Claim, share: float) -> bool:
    """Whether a value that `share` percent of the others reach is usual ("normal"), or not, high ("more") or low ("less")."""
    if claim in ("normal", "unusual"):
        return (_RARE <= share <= 100 - _RARE) is (claim == "normal")
    return share >= 100 - _UNUSUAL if claim == "more" else share <= _UNUSUAL


def _by_sign(value: float, positive: bool) -> Verdict:
    return verdict_of(None if math.isnan(value) else value > 0 if positive else value < 0)
