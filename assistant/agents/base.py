"""What every agent gets and gives: a context of handles and tools in, a report of facts, sentences and results out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict

from assistant.agents.wording import model_title
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest, Cancelled, UnknownSeries
from assistant.facts import Fact, FactBook, Reference, time_text
from assistant.plan import AgentName, Span
from assistant.uploads import UploadReport

if TYPE_CHECKING:
    from models.device import DeviceSetting
    from retrieval.store import EpisodeStore

SERIES_AT_ONCE = 8
FORECAST_SECONDS = 20.0
TRAINING_SECONDS = 900.0


class AgentReport(BaseModel):
    """One step's outcome. sentences refer to facts by id; "" is a paragraph break, a leading "- " a list item.

    failure: why the agent could not do its part, in words for the user; None when it did. refused: the data cannot answer
    this step, which the sentences say.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int
    agent: AgentName
    facts: tuple[Fact, ...] = ()
    sentences: tuple[str, ...] = ()
    results: tuple[DocumentRef, ...] = ()
    warnings: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()
    failure: str | None = None
    refused: bool = False


@dataclass(frozen=True)
class Tools:
    """The heavy things behind the agents, opened on demand by the composition root.

    trained(): the owner's trained models, name → folder, the latest first; shipped(): those that come with the product.
    model_folder(name): where a new one is to go.
    forecast_seconds: after that long a tournament begins no further fit. training_seconds: an automatic choice tries no
    classifier that would train for longer.
    """

    episodes: Callable[[], EpisodeStore]
    trained: Callable[[], dict[str, Path]]
    model_folder: Callable[[str], Path]
    shipped: Callable[[], dict[str, Path]] = dict
    device: DeviceSetting = "auto"
    forecast_seconds: float = FORECAST_SECONDS
    training_seconds: float = TRAINING_SECONDS


@dataclass
class AgentContext:
    """One step's surroundings. Everything an agent may touch goes through here.

    series: handles of all loaded series. progress(fraction or None, text) reports; cancelled() tells whether to stop.
    """

    owner: str
    session: str
    series: tuple[SeriesRef, ...]
    uploads: tuple[UploadReport, ...]
    workspace: Workspace
    tools: Tools
    progress: Callable[[float | None, str], None] = lambda fraction, text: None
    cancelled: Callable[[], bool] = lambda: False
    warnings: list[str] = field(default_factory=list)

    def stop_if_cancelled(self) -> None:
        """Raise Cancelled once the user pressed stop."""
        if self.cancelled():
            raise Cancelled("Stopped, as you asked.")

    def refs(self, names: Sequence[str], limit: int = SERIES_AT_ONCE) -> list[SeriesRef]:
        """Handles by name (all, up to a limit, when none is named). Raises UnknownSeries with the nearest names."""
        if not names:
            if not self.series:
                raise BadRequest("There is no series to work on yet: upload a file first, or load one of the samples.")
            if len(self.series) > limit:
                self.warnings.append(f"There are {len(self.series)} series; the first {limit} are shown. Name the ones you want.")
            return list(self.series[:limit])
        by_name = {ref.name: ref for ref in self.series}
        missing = [name for name in names if name not in by_name]
        if missing:
            nearest = nearest_names(missing[0], by_name)
            hint = f" Did you mean {', '.join(nearest)}?" if nearest else ""
            raise UnknownSeries(f"There is no series called {missing[0]!r} here.{hint}", nearest)
        return [by_name[name] for name in names]

    def load(self, ref: SeriesRef, span: Span | None = None) -> Series:
        """The series behind a handle, cut to a span. Raises BadRequest when the span holds no rows."""
        series = self.workspace.series(ref)
        if span is None or (span.start is None and span.end is None):
            return series
        part = series.between(span.start, span.end)
        if not len(part):
            first, last = time_text(series.times[0], series.frequency), time_text(series.times[-1], series.frequency)
            where = (
                f"in {span.start}"
                if span.start == span.end
                else f"between {span.start or 'its start'} and {span.end or 'its end'}"
            )
            raise BadRequest(
                f"{ref.name!r} has no rows {where}: it runs from {first} to {last}. Ask about a stretch inside that."
            )
        return part

    def keep(self, document: BaseModel | dict[str, Any], title: str) -> DocumentRef:
        """Store a result document and return its handle."""
        plain = document.model_dump(mode="json") if isinstance(document, BaseModel) else document
        return self.workspace.put_document(plain, kind=plain["kind"], title=title)


def nearest_names(wanted: str, known: Iterable[str]) -> tuple[str, ...]:
    """Up to three known names close to a wanted one, the closest first."""
    from rapidfuzz import fuzz, process, utils

    hits = process.extract(wanted, list(known), scorer=fuzz.WRatio, processor=utils.default_process, limit=3, score_cutoff=50)
    return tuple(name for name, _, _ in hits)


def series_fact(book: FactBook, name: str) -> Reference:
    """The fact that a series of this name is loaded, for use in sentences."""
    return book.name(name, "series", "A series is called {}", "data.workspace")


def model_fact(book: FactBook, name: str, statement: str, source: str) -> Reference:
    """The name of a model, for use in sentences. "{}" in the statement marks where it goes."""
    return book.name(name, "model", statement, source, text=model_title(name))


def report(step: int, agent: AgentName, book: FactBook, results: Sequence[DocumentRef], context: AgentContext) -> AgentReport:
    """Close a book into a report."""
    return AgentReport(
        step=step,
        agent=agent,
        facts=tuple(book.facts),
        sentences=tuple(book.sentences),
        results=tuple(results),
        warnings=tuple(context.warnings),
    )
