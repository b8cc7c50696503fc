"""Refusals: short, polite, with questions that can be asked instead."""

from __future__ import annotations

from assistant.facts import clean_name
from assistant.plan import Plan, PlanningContext, Refusal

_REASONS = {
    "cause": (
        "The data show what happened and when, not why it happened, so a cause cannot be read from them. "
        "What can be shown is when the level changed, what was unusual, and which other series moved with it."
    ),
    "other": "This cannot be answered from the loaded series: answers here are computed from the data alone.",
    "help": (
        "Ask about the loaded series in plain words: a description, trend, seasonality, anomalies, single values and averages, "
        "comparisons, forecasts, and similar episodes from the past."
    ),
    "empty": "No series is loaded yet. Upload a CSV, Excel or Parquet file first; then ask about it in plain words.",
}


def shown(name: str) -> str:
    """A series' name as it stands in a suggested question."""
    return f"`{clean_name(name)}`"


def suggestions(context: PlanningContext, series: tuple[str, ...] = ()) -> tuple[str, str, str]:
    """Three complete questions that plan without doubt, about the given or the first loaded series."""
    known = [one.name for one in context.series]
    name = next((name for name in series if name in known), known[0] if known else "")
    about = shown(name) if name else "the series"
    return f"Describe {about}", f"Are there anomalies in {about}?", f"Forecast {about} for the next 12 steps"


def refuse(
    kind: str, context: PlanningContext, series: tuple[str, ...] = (), confidence: float = 1.0, origin: str = "rules"
) -> Plan:
    """A refusal. kind: "cause", "other", "help" or "empty" (nothing is loaded)."""
    if not context.series and kind != "help":
        kind = "empty"
    known = [one.name for one in context.series]
    about = next((name for name in series if name in known), known[0] if known else None)
    instead: tuple[str, ...] = ()
    if about is not None and kind == "cause":
        others = [name for name in known if name != about]
        third = f"Compare {shown(about)} and {shown(others[0])}" if others else f"Is there a trend in {shown(about)}?"
        instead = (f"When did the level of {shown(about)} change?", f"Are there anomalies in {shown(about)}?", third)
    elif about is not None:
        instead = suggestions(context, (about,))
    return Plan(refusal=Refusal(reason=_REASONS[kind], instead=instead), confidence=confidence, origin=origin)


def clarify(question: str, offers: tuple[str, ...], confidence: float = 1.0, origin: str = "rules") -> Plan:
    """A question back, with complete questions to click."""
    return Plan(ask=question, suggestions=offers[:3], confidence=confidence, origin=origin)
