"""A session layer in memory for tests of the web page: reads small CSVs with pandas, and answers from a small script."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from assistant.data.series import Guess, ReadOptions, Series, SeriesRef
from assistant.errors import AccessDenied, Cancelled, FileRejected, NotFound
from assistant.events import (
    Answer,
    AnswerReady,
    Confirmation,
    Event,
    Removed,
    Sentence,
    StepFinished,
    StepProgress,
    StepStarted,
)
from assistant.facts import Fact
from assistant.results import Classification
from assistant.uploads import UploadReport


def forecast_document(series: Series, horizon: int = 4) -> dict[str, Any]:
    """A flat forecast of the last value, one 80 and one 95 % interval."""
    last = float(series.values[-1])
    times = pd.date_range(series.times[-1], periods=horizon + 1, freq=series.frequency)[1:]
    points = [
        {
            "time": moment.isoformat(),
            "mean": last,
            "lo80": last - 1 - step,
            "hi80": last + 1 + step,
            "lo95": last - 2 - step,
            "hi95": last + 2 + step,
        }
        for step, moment in enumerate(times)
    ]
    return {
        "kind": "forecast",
        "series": series.name,
        "model": "seasonal naive",
        "horizon": horizon,
        "points": points,
        "leaderboard": [],
        "beats_seasonal_naive": False,
    }


def class_document(case: str, label: str, probability: float) -> dict[str, Any]:
    """A case with its class, sure and like others."""
    shares = {label: probability, "other": 1 - probability}
    model: dict[str, Any] = {"model": "demo", "accuracy": 0.9, "plain_accuracy": 0.8, "neighbours": ()}
    return Classification(series=case, label=label, probabilities=shares, **model).model_dump(mode="json")


def make_answer(session: str, text: str = "`sales` ends at 3.", **changes: Any) -> Answer:
    """An answer with one fact, one sentence and one removed sentence."""
    fact = Fact(id="s0.1", value=3, unit=None, statement="last value of sales: 3", source="analysis.last(sales)", text="3")
    base: dict[str, Any] = {
        "answer": text,
        "plan": [],
        "facts": [fact],
        "removed": [Removed(text="It will be 99.", reason="99 is no fact")],
        "results": [],
        "warnings": [],
        "confirmation": None,
        "session": session,
        "seconds": 0.1,
        "sentences": [Sentence(text=text, facts=("s0.1",))],
        "suggestions": ["Describe sales"],
    }
    return Answer(**{**base, **changes})


@dataclass
class FakeTurn:
    question: str
    answer: Answer | None = None
    state: str = "pending"
    position: int = 0


@dataclass
class FakeConversation:
    id: str
    owner: str
    title: str
    loaded: dict[str, Series] = field(default_factory=dict)
    reports: list[UploadReport] = field(default_factory=list)
    kept: list[FakeTurn] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)
    sent: list[list[dict[str, str]]] = field(default_factory=list)
    rereads: list[ReadOptions] = field(default_factory=list)

    def uploads(self) -> list[UploadReport]:
        return self.reports

    def latest_turns(self, count: int) -> list[FakeTurn]:
        for position, turn in enumerate(self.kept):
            turn.position = position
        return self.kept[-count:]

    def turn_at(self, position: int) -> FakeTurn:
        if not 0 <= position < len(self.kept):
            raise NotFound("No such turn.")
        return self.kept[position]

    def turn_count(self) -> int:
        return len(self.kept)

    def series(self, name_or_id: str) -> Series:
        if name_or_id not in self.loaded:
            raise NotFound(f"No series {name_or_id!r}.")
        return self.loaded[name_or_id]

    async def add_file(self, path: Path, name: str, options: ReadOptions = ReadOptions()) -> UploadReport:
        try:
            table = pd.read_csv(path, index_col=0, parse_dates=True)
        except (ValueError, pd.errors.ParserError) as error:
            raise FileRejected(f"Expected a CSV, found something else in {name}.") from error
        references = []
        for column in table:
            frequency = pd.infer_freq(table.index)
            self.loaded[str(column)] = Series(
                str(column), pd.DatetimeIndex(table.index), table[column].to_numpy(float), frequency
            )
            references.append(
                SeriesRef(
                    id=str(column),
                    name=str(column),
                    n=len(table),
                    missing=0,
                    start=table.index[0].isoformat(),
                    end=table.index[-1].isoformat(),
                    frequency=frequency,
                )
            )
        guess = Guess("day or month first", "day first", ("month first",), "No day is above 12.")
        report = UploadReport(
            upload_id=secrets.token_hex(4), dataset_name=name, file_name=name, series=tuple(references), guesses=(guess,)
        )
        self.reports.append(report)
        return report

    async def reread(self, upload_id: str, options: ReadOptions) -> UploadReport:
        self.rereads.append(options)
        return next(report for report in self.reports if report.upload_id == upload_id)

    async def ask(self, question: str, *, selected: tuple[str, ...] = (), approve: bool = False) -> AsyncIterator[Event]:
        self.stopped.clear()
        turn = FakeTurn(question)
        self.kept.append(turn)
        yield StepStarted("plan", "Planning")
        yield StepFinished("plan", 0.01, "one step")
        yield StepStarted("work", "Forecaster")
        if "slow" in question:
            for tick in range(40):
                if self.stopped.is_set():
                    raise Cancelled("stopped")
                yield StepProgress("work", tick / 40, f"step {tick}")
                await asyncio.sleep(0.05)
        if "break" in question:
            raise RuntimeError("secret-path /etc/shadow")
        await asyncio.sleep(0.05)
        yield StepFinished("work", 0.05, "done")
        if "train" in question and not approve:
            wanted = Confirmation(question="Train for a minute?", action="train")
            turn.answer = make_answer(self.id, "Train for a minute?", confirmation=wanted, suggestions=[], facts=[], sentences=[])
            turn.state = "awaiting"
        else:
            results = [forecast_document(series) for series in list(self.loaded.values())[:1]]
            turn.answer = make_answer(self.id, f"Answer to {len(self.kept)}: `sales` ends at 3.", results=results)
            turn.state = "answered"
        yield AnswerReady(turn.answer)

    async def cancel(self) -> None:
        self.stopped.set()

    def script(self, target: Path) -> None:
        target.write_bytes(b"PK\x05\x06" + bytes(18))


class FakeServices:
    def __init__(self, settings: Any) -> None:
        self.settings = settings
        self.conversations: dict[str, FakeConversation] = {}
        self.records = SimpleNamespace(rename=self._rename)
        self.warmed = False

    def _rename(self, session_id: str, owner: str, title: str) -> None:
        self._owned(session_id, owner).title = title

    def sessions(self, owner: str) -> list[FakeConversation]:
        return [one for one in reversed(self.conversations.values()) if one.owner == owner]

    async def create_session(self, owner: str, title: str = "") -> FakeConversation:
        conversation = FakeConversation(secrets.token_urlsafe(16).replace("-", "a"), owner, title)
        self.conversations[conversation.id] = conversation
        return conversation

    def _owned(self, session_id: str, owner: str) -> FakeConversation:
        if session_id not in self.conversations:
            raise NotFound("No such session.")
        if self.conversations[session_id].owner != owner:
            raise AccessDenied("It belongs to somebody else.")
        return self.conversations[session_id]

    async def open_session(self, session_id: str, owner: str) -> FakeConversation:
        return self._owned(session_id, owner)

    async def delete_session(self, session_id: str, owner: str) -> None:
        self._owned(session_id, owner)
        del self.conversations[session_id]

    def warm_up(self) -> None:
        self.warmed = True

    async def finish_pending(self) -> int:
        return 0


def opener(made: list[FakeServices]) -> Callable[[Any], Any]:
    """An opener that hands out a fake and notes it in `made`."""

    @asynccontextmanager
    async def open_fake(settings: Any) -> AsyncIterator[FakeServices]:
        services = FakeServices(settings)
        made.append(services)
        yield services

    return open_fake
