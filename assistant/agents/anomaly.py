"""The anomaly watcher: what is unusual, when, how much, of what kind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, report, series_fact
from assistant.agents.spans import span_words
from assistant.agents.verdicts import open_with, verdict_of
from assistant.agents.wording import unit_of
from assistant.data.frequency import regularize
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.facts import FactBook, time_preposition
from assistant.plan import AnomalyArgs, Span

if TYPE_CHECKING:
    from assistant.analysis.anomaly_event import Anomaly

_TOLD = 8
# Up to so many series without events are named.
_NAMED = 3


def run(step: int, args: AnomalyArgs, context: AgentContext) -> AgentReport:
    """Find and name the anomalies of each series of the step."""
    book = FactBook(f"s{step}")
    refs = context.refs(args.series)
    documents: list[DocumentRef] = []
    told: list[Anomaly] = []
    calm: list[str] = []
    for position, ref in enumerate(refs):
        context.stop_if_cancelled()
        context.progress(position / len(refs), f"watching {ref.name}")
        document, shown = _watch(book, args, ref, context)
        documents.append(document)
        told += shown
        calm += [] if shown else [ref.name]
    if meaning := _what_scores_mean(told):
        book.say(meaning)
    _say_calm(book, calm, len(refs), args.span)
    if args.claim is not None and book.sentences:
        open_with(book, 0, verdict_of(bool(told)), "analysis.anomalies")
    return report(step, "anomaly", book, documents, context)


def _say_calm(book: FactBook, names: Sequence[str], looked_at: int, span: Span | None) -> None:
    """The series without events in one sentence: by name where they are few, else by their number; and the span asked about."""
    if not names:
        return
    if len(names) < looked_at:
        book.say("")
    if len(names) > _NAMED:
        count = book.number(len(names), "Series in which nothing unusual stands out", "analysis.anomalies")
        which = f"any of the {count} series" if len(names) == looked_at else f"the other {count} series"
    else:
        shown = [series_fact(book, name) for name in names]
        which = " or ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part)
    when = "".join(f" {words}" for words in span_words(book, span))
    book.say(f"Nothing unusual stands out in {which}{when}.")


def _watch(book: FactBook, args: AnomalyArgs, ref: SeriesRef, context: AgentContext) -> tuple[DocumentRef, tuple[Anomaly, ...]]:
    """The result and the events told. Judged by the whole series, told of the span: all there is teaches what is normal."""
    from assistant.analysis.anomalies import find_anomalies

    whole = regularize(context.load(ref))
    found = find_anomalies(whole)
    if args.span is not None:
        part = context.load(ref, args.span)
        first, last = (int(row) for row in whole.times.get_indexer(part.times[[0, -1]]))
        found = tuple(a for a in found if a.end >= first and a.start <= last)
    shown = found[: args.limit]
    name, source = series_fact(book, ref.name), f"analysis.anomalies({ref.name})"
    count = book.number(len(found), f"Unusual events in {ref.name}", source)
    if found:
        if book.sentences:
            book.say("")
        when = "".join(f" {words}" for words in span_words(book, args.span))
        if len(shown) == 1 < len(found):
            book.say(f"The strongest of {count} unusual events in {name}{when} is {say_event(book, whole, shown[0])}.")
            return context.keep(anomalies_result(whole, shown), title=f"Anomalies of {ref.name}"), shown
        events = "event" if len(found) == 1 else "events"
        order = "" if len(found) == 1 else ", strongest first"
        book.say(f"{name} has {count} unusual {events}{when}{order}:")
        for anomaly in shown[:_TOLD]:
            book.say(f"- {say_event(book, whole, anomaly)}")
        if len(found) > _TOLD:
            rest = book.number(len(found) - _TOLD, f"Further unusual events in {ref.name}", source)
            book.say(f"The plot marks {rest} more." if len(shown) == len(found) else f"There are {rest} more.")
    return context.keep(anomalies_result(whole, shown), title=f"Anomalies of {ref.name}"), shown[:_TOLD]


def _what_scores_mean(told: Sequence[Anomaly]) -> str:
    """One sentence on the scores of the events told; empty where none is told."""
    kinds = {anomaly.kind for anomaly in told}
    meanings = []
    if kinds & {"spike", "dip", "level shift", "unusual cycle"}:
        whole = any(anomaly.whole for anomaly in told)
        where = ", of the means of whole stretches where a stretch stands out" if whole else ""
        meanings.append(f"the distance from the expected value in robust standard deviations{where}")
    if "variance change" in kinds:
        which = "of a variance change " if meanings else ""
        meanings.append(f"{which}the distance between the spreads before and after in standard errors")
    return f"The score is {'; '.join(meanings)}." if meanings else ""


def anomalies_result(series: Series, found: tuple[Anomaly, ...]) -> results.Anomalies:
    """The machine-readable list."""
    return results.Anomalies(
        series=series.name,
        points=tuple(
            results.AnomalyPoint(
                time=series.time_text(a.start),
                end=series.time_text(a.end) if a.end != a.start else None,
                value=_finite(a.value),
                expected=_finite(a.expected),
                score=a.score,
                kind=a.kind,
            )
            for a in found
        ),
    )


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def say_event(book: FactBook, series: Series, anomaly: Anomaly) -> str:
    """One event in words, without a full stop."""
    source, unit = f"analysis.anomalies({series.name})", unit_of(series)
    about = f"the {anomaly.kind} of {series.name}"
    kind = book.name(anomaly.kind, "text", f"Kind of an event of {series.name}: {{}}", source)
    start = book.time(series.times[anomaly.start], series.frequency, f"Start of {about}", source)
    when = f"{time_preposition(series.frequency, series.dated)} {start}"
    if anomaly.end != anomaly.start:
        end = book.time(series.times[anomaly.end], series.frequency, f"End of {about}", source)
        when = f"from {start} to {end}"
    words = f"{'an' if anomaly.kind == 'unusual cycle' else 'a'} {kind} {when}"
    value, expected = _finite(anomaly.value), _finite(anomaly.expected)
    if anomaly.kind == "missing stretch":
        return words
    if anomaly.kind == "stuck value":
        return f"{words}, at {book.number(value, f'Value at {about}', source, unit)}" if value is not None else words
    if anomaly.kind in ("level shift", "variance change") and value is not None and expected is not None:
        what = "level" if anomaly.kind == "level shift" else "standard deviation"
        before = book.number(expected, f"The {what} before {about}", source, unit)
        after = book.number(value, f"The {what} after {about}", source, unit)
        words += f": the {what} moves from {before} to {after}"
    elif value is not None and expected is not None:
        found = book.number(value, f"Value at {about}", source, unit)
        usual = book.number(expected, f"Expected value at {about}", source, unit)
        words += f": {found} where about {usual} was expected"
    score = book.number(round(anomaly.score, 1), f"Score of {about}", source)
    return f"{words} (score {score})"
