"""The machine-readable half of what the classifier found: a document for each case."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant import results
from assistant.agents.base import AgentContext
from assistant.agents.classifier_cases import AskedCases
from assistant.agents.classifier_evidence import TOGETHER, TOLD, Verdict
from assistant.agents.classifier_models import KnownClassifier
from assistant.data.series import DocumentRef
from assistant.plan import CaseSubject, ClassifierArgs

if TYPE_CHECKING:
    from models.types import Neighbour

POINTS, CHANNELS = 240, 3
# Answers about all of the cases: of many, those stand out that are in doubt.
_OF_ALL: frozenset[CaseSubject] = frozenset({"classes", "counts"})


def keep_all(
    found: Sequence[Verdict], model: KnownClassifier, args: ClassifierArgs, asked: AskedCases, context: AgentContext
) -> list[DocumentRef]:
    """Store a document for each case, in their order; those that the answer speaks of by themselves are marked and hold what a
    figure needs."""
    kept = []
    shown = {verdict.title for verdict in _spoken_of(found, args.about, asked)[:TOLD]}
    for place, verdict in enumerate(found):
        if place % TOGETHER == 0:
            context.stop_if_cancelled()
            context.progress(place / len(found), "keeping the classes")
        document = _document(verdict, model, asked, shown=verdict.title in shown)
        kept.append(context.keep(document, title=f"Class of {verdict.title}"))
    return kept


def _spoken_of(found: Sequence[Verdict], about: CaseSubject, asked: AskedCases) -> list[Verdict]:
    """The cases that an answer speaks of one by one: all where they are few, else those that stand out."""
    known = [verdict for verdict in found if not verdict.strange]
    strange = [verdict for verdict in found if verdict.strange]
    doubtful = [verdict for verdict in known if verdict.unsure] + strange
    if about == "doubts":
        return doubtful if len(doubtful) > len(strange) else [*sorted(known, key=lambda one: one.probability)[:1], *strange]
    if about == "strange":
        return [max(found, key=lambda one: one.strangeness)]
    if about == "agreement":
        own = dict(zip(asked.titles, asked.truth or (), strict=bool(asked.truth)))
        return [verdict for verdict in found if own.get(verdict.title) not in ("", verdict.label)]
    return doubtful if about in _OF_ALL and len(found) > TOLD else list(found)


def _document(verdict: Verdict, model: KnownClassifier, asked: AskedCases, *, shown: bool) -> results.Classification:
    """One case. shown: with the values that a figure needs."""
    names = asked.channel_names
    figures = model.training.figures
    example = verdict.example if shown else None
    steps, channels = _drawn(verdict) if shown else (np.zeros(0, dtype=int), ())
    deciding = verdict.decisive
    return results.Classification(
        series=verdict.title,
        label=verdict.label,
        probabilities=verdict.shares,
        model=model.name,
        accuracy=figures.get("accuracy"),
        plain_accuracy=figures.get("plain_accuracy"),
        neighbours=tuple(_neighbour(near, channels if near is example else ()) for near in verdict.neighbours),
        shipped=model.shipped,
        second=verdict.second[0],
        unsure=verdict.unsure,
        strange=verdict.strange,
        strangeness=verdict.strangeness,
        unlike=verdict.unlike,
        stretch=deciding
        and results.Stretch(start=_place(verdict, deciding.start), end=_place(verdict, deciding.end), drop=deciding.drop),
        saliency=_plain(verdict.saliency.drops[steps]) if verdict.saliency is not None else (),
        file=asked.file,
        shown=shown,
        channels=tuple(channels),
        channel_names=tuple(names[channel] for channel in channels) if names else (),
        steps=tuple(_place(verdict, int(step)) for step in steps),
        values=tuple(_plain(verdict.values[channel, steps]) for channel in channels),
    )


def _drawn(verdict: Verdict) -> tuple[np.ndarray, Sequence[int]]:
    """The steps to draw, evenly spaced, and the channels: those whose hiding costs most, else the first."""
    observed = np.flatnonzero(~np.isnan(verdict.values).all(axis=0))
    steps = _evenly(int(observed[-1]) + 1)
    costs = verdict.saliency.channel_drops if verdict.saliency is not None else ()
    order = sorted(range(len(verdict.values)), key=lambda channel: -costs[channel] if costs else channel)
    return steps, sorted(order[:CHANNELS])


def _evenly(count: int) -> np.ndarray:
    return np.unique(np.linspace(0, count - 1, min(count, POINTS)).round().astype(int))


def _neighbour(near: Neighbour, channels: Sequence[int]) -> dict[str, Any]:
    values: tuple[tuple[float | None, ...], ...] = ()
    if near.values is not None:
        values = tuple(_plain(near.values[channel, _evenly(near.values.shape[1])]) for channel in channels)
    return {"index": near.index, "label": near.label, "distance": near.distance, "values": values}


def _place(verdict: Verdict, step: int) -> str | int:
    return verdict.series.time_text(step) if verdict.series is not None and verdict.series.dated else step


def _plain(values: np.ndarray) -> tuple[float | None, ...]:
    """Floats with six digits, which no figure shows; None where missing."""
    return tuple(None if np.isnan(value) else float(f"{value:.6g}") for value in values)
