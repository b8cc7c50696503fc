"""What a conversation emits while it works, and the answer at its end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.facts import Fact


class Confirmation(BaseModel):
    """A question the user must answer before work goes on. choices: label → the words to send back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    action: str
    choices: tuple[str, ...] = ("yes", "no")


class Sentence(BaseModel):
    """A sentence that passed verification, and the ids of the facts behind it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    facts: tuple[str, ...] = ()


class Removed(BaseModel):
    """A sentence that verification took out, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    text: str
    reason: str


class Answer(BaseModel):
    """The envelope of `tidings ask --json`. `results` hold whole documents; `suggestions` are questions to click on."""

    model_config = ConfigDict(extra="forbid")

    answer: str
    plan: list[dict[str, Any]]
    facts: list[Fact]
    removed: list[Removed]
    results: list[dict[str, Any]]
    warnings: list[str]
    confirmation: Confirmation | None
    session: str
    seconds: float
    sentences: list[Sentence] = []
    suggestions: list[str] = []


@dataclass(frozen=True)
class StepStarted:
    """An agent or graph node began."""

    key: str
    title: str


@dataclass(frozen=True)
class StepProgress:
    """fraction 0–1 or None where unknown; text says what is going on."""

    key: str
    fraction: float | None
    text: str


@dataclass(frozen=True)
class StepFinished:
    """An agent or node ended. failed: it could not do its part."""

    key: str
    seconds: float
    summary: str
    failed: bool = False


@dataclass(frozen=True)
class AnswerReady:
    """The end of a question: an answer, a refusal or a confirmation to give."""

    answer: Answer


Event = StepStarted | StepProgress | StepFinished | AnswerReady
