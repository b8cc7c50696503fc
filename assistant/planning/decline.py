"""Refusals: short, polite, with questions that can be asked instead."""

from __future__ import annotations

from assistant.facts import clean_name
from assistant.plan import Plan, PlanningContext, Refusal
from assistant.planning.lexicon import COMMON_WORDS
from assistant.planning.words import tokens

_REASONS = {
    "cause": (
        "The data show what happened and when, but not why it happened, so I cannot tell you the cause. "
        "I can show you when the level changed, what was unusual, and which other series moved with it."
    ),
    "other": "I cannot answer that: what I say is worked out from the loaded data alone.",
    "help": (
        "Just ask about your data in plain words. I can describe a series, look for its trend, seasonality and anything unusual, "
        "look up single values and averages, compare series, forecast them, and find similar episodes from the past."
    ),
    "cases": (
        "What is loaded is a labelled table: each row is one case, so there is no series over time to look into. I can train a "
        "classifier on it, or use a trained one to label cases."
    ),
    "empty": "Nothing is loaded yet. Upload a CSV, Excel or Parquet file first, and then ask about it in plain words.",
}


def shown(name: str) -> str:
    """A series' name as it stands in a suggested question: plain, or in quotes where its words could be taken for others."""
    name = clean_name(name)
    plain = any(len(word) >= 3 and not word.isdigit() and word not in COMMON_WORDS for word in tokens(name))
    return name if plain else f"“{name}”"


def suggestions(context: PlanningContext, series: tuple[str, ...] = ()) -> tuple[str, str, str]:
    """Three complete questions that plan without doubt, about the given or the first loaded series."""
    known = [one.name for one in context.series]
    name = next((name for name in series if name in known), known[0] if known else "")
    about = shown(name) if name else "the series"
    return f"Describe {about}", f"Is there anything unusual in {about}?", f"Forecast {about} for the next 12 steps"


def refuse(
    kind: str, context: PlanningContext, series: tuple[str, ...] = (), confidence: float = 1.0, origin: str = "rules"
) -> Plan:
    """A refusal. kind: "cause", "other", "help", "empty" (nothing is loaded) or "cases" (a labelled table alone is)."""
    if not context.series and kind not in {"help", "cases"}:
        kind = "empty"
    known = [one.name for one in context.series]
    about = next((name for name in series if name in known), known[0] if known else None)
    instead: tuple[str, ...] = ()
    if about is None and context.labelled_files:
        instead = (f"Train a classifier on {context.labelled_files[0]}",)
    if about is not None and kind == "cause":
        others = [name for name in known if name != about]
        third = f"Compare {shown(about)} and {shown(others[0])}" if others else f"Is there a trend in {shown(about)}?"
        instead = (f"When did the level of {shown(about)} change?", f"Is there anything unusual in {shown(about)}?", third)
    elif about is not None:
        instead = suggestions(context, (about,))
    return Plan(refusal=Refusal(reason=_REASONS[kind], instead=instead), confidence=confidence, origin=origin)


MOST_LISTED = 5


def which_of(names: tuple[str, ...]) -> str:
    """ "Which series do you mean: a, b or c?", with at most MOST_LISTED names: all that a reader of plain text gets to see."""
    listed = [shown(name) for name in names[:MOST_LISTED]]
    more = len(names) - len(listed)
    listed += [f"one of {more} more"] if more else []
    return f"Which series do you mean: {_either(listed)}?"


def one_of(question: str, offers: tuple[str, ...]) -> str:
    """A question back with the complete questions that are offered."""
    return f"{question} {_either([f'“{offer}”' for offer in offers])}"


def _either(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} or {parts[-1]}"


def clarify(question: str, offers: tuple[str, ...], confidence: float = 1.0, origin: str = "rules") -> Plan:
    """A question back, with complete questions to click."""
    return Plan(ask=question, suggestions=offers[:3], confidence=confidence, origin=origin)
