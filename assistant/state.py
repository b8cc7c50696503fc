"""The graph's state: small, typed, msgpack-safe. Handles and facts, never arrays."""

from __future__ import annotations

from typing import Annotated, TypedDict

from pydantic import BaseModel, ConfigDict

from assistant.agents.base import AgentReport
from assistant.data.series import DocumentRef, SeriesRef
from assistant.events import Confirmation, Removed, Sentence
from assistant.facts import Fact
from assistant.plan import (
    AnalystArgs,
    AnomalyArgs,
    Assumption,
    ClassifierArgs,
    Condition,
    ForecastArgs,
    HistorianArgs,
    Lookup,
    Plan,
    Refusal,
    Span,
    StepArgs,
    TrainerArgs,
)


class Draft(BaseModel):
    """The answer before its documents are put in: what verify and write hand on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    answer: str = ""
    sentences: tuple[Sentence, ...] = ()
    facts: tuple[Fact, ...] = ()
    removed: tuple[Removed, ...] = ()
    results: tuple[DocumentRef, ...] = ()
    warnings: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


def gather(left: list[AgentReport], right: list[AgentReport] | None) -> list[AgentReport]:
    """Reducer of the agents' reports: they arrive in parallel and keep their step's order; None empties the list."""
    if right is None:
        return []
    return sorted([*left, *right], key=lambda report: report.step)


class State(TypedDict, total=False):
    """One turn, from question to draft."""

    question: str
    selected: tuple[str, ...]
    note: str
    approved: bool
    previous: Plan | None
    previous_question: str | None
    plan: Plan
    question_back: Confirmation | None
    declined: str | None
    reports: Annotated[list[AgentReport], gather]
    draft: Draft


class Task(TypedDict):
    """What one agent is sent: its step's number and arguments."""

    step: int
    args: StepArgs


# Every type that may lie in a checkpoint; the serialiser builds no other.
STATE_TYPES: tuple[type, ...] = (
    *(Plan, Refusal, Span, Condition, Lookup, Assumption),
    *(AnalystArgs, AnomalyArgs, ForecastArgs, HistorianArgs, ClassifierArgs, TrainerArgs),
    *(Fact, AgentReport, DocumentRef, SeriesRef, Draft, Sentence, Removed, Confirmation),
)
