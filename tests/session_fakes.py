"""What the session tests share: small tables, a scripted planner and language model, an embedder that loads no model."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from assistant.events import Answer, AnswerReady, Event
from assistant.language import Message
from assistant.plan import Plan, PlanningContext
from assistant.services import Parts
from assistant.settings import Settings
from scripts.evaluate_durability import DigestTextEmbedder


class Script:
    """A planner that gives plans by question and remembers the contexts it saw."""

    def __init__(self, **plans: Plan) -> None:
        self.plans = plans
        self.seen: list[PlanningContext] = []

    def plan(self, question: str, context: PlanningContext) -> Plan:
        self.seen.append(context)
        return self.plans[question]


class Writer:
    """A language model that writes what it is told to; `write` gets the prompt."""

    def __init__(self, write: Callable[[str], str], *, leaves_machine: bool = False) -> None:
        self.name = "scripted writer"
        self.leaves_machine = leaves_machine
        self.write = write
        self.prompts: list[str] = []

    def complete(self, messages: Sequence[Message], *, max_tokens: int = 600, cancelled: Callable[[], bool] | None = None) -> str:
        self.prompts.append("\n".join(message.content for message in messages))
        return self.write(self.prompts[-1])


def parts(planner: Script | None = None, writer: Writer | None = None) -> Parts:
    return Parts(planner=planner, language_model=writer, embedder=DigestTextEmbedder())


def settings(home: Path, **changes: object) -> Settings:
    return Settings(home=home, **changes)  # type: ignore[arg-type]


def monthly(path: Path, name: str = "sales", level: float = 100.0, rows: int = 48, spike: int | None = None) -> Path:
    """A monthly table with a trend and a season; `spike`: the row that stands out."""
    rng = np.random.default_rng(7)
    step = np.arange(rows)
    values = level + 0.5 * step + 10 * np.sin(step * np.pi / 6) + rng.normal(0, 1, rows)
    if spike is not None:
        values[spike] += 60
    times = pd.date_range("2018-01-01", periods=rows, freq="MS").strftime("%Y-%m-%d")
    pd.DataFrame({"month": times, name: values.round(2)}).to_csv(path, index=False)
    return path


def gestures(path: Path) -> Path:
    """A labelled table: 24 cases of two shapes."""
    rng = np.random.default_rng(3)
    phase = np.linspace(0, 2 * np.pi, 20)
    rows = [
        [*np.round((np.sin if case % 2 else np.cos)(phase) + rng.normal(0, 0.1, 20), 3), "sine" if case % 2 else "cosine"]
        for case in range(24)
    ]
    pd.DataFrame(rows, columns=[*(f"t{i}" for i in range(20)), "label"]).to_csv(path, index=False)
    return path


async def final(events: AsyncIterator[Event]) -> Answer:
    """The answer at the end of a turn, which is its last event and its only one of that kind."""
    every = [event async for event in events]
    assert isinstance(every[-1], AnswerReady)
    assert sum(isinstance(event, AnswerReady) for event in every) == 1
    return every[-1].answer
