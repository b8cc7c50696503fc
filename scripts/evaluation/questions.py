"""The evaluation questions: their file format and how it is read.

A set is a JSON list of conversations: `id`, `files` (sample files loaded together) and `turns`. A turn holds the `question`
and what must come of it:

- `steps`: the steps of the plan in any order, each with the slots that matter, in the vocabulary of `assistant.plan` (the
  slots of a look-up stand beside the others). `series` of ["*"] means all loaded ones. A slot may be {"any": [...]}.
- `or_steps`: other lists of steps that are as right.
- `refusal`: the question must be declined; `confirmation`: the product must ask before it acts; `yes`: it may act at once.
- `numbers`: what the answer must say, each {"compute": kind of `expected.COMPUTATIONS`, its arguments …} or {"any": [...]},
  with `field` to look it up under that key of the results instead of in facts and text, `within` (a time span) for times that
  need not be met exactly, `unsigned` for numbers whose sign is told in words, and `as`: "time" for constants.
"""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, TypeAdapter, model_validator

from assistant.plan import Lookup, StepArgs

FOLDER = Path(__file__).parent
SETS = {"main": FOLDER / "questions.json", "unseen": FOLDER / "questions_unseen.json"}
LOOKUP_SLOTS = frozenset(Lookup.model_fields)
ALL_SERIES = ["*"]
MATCHING_KEYS = frozenset({"field", "within", "unsigned", "as", "file", "compute"})

_STEP: TypeAdapter[StepArgs] = TypeAdapter(StepArgs)


class Turn(BaseModel):
    """One question and what must come of it; see the module's text."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: str
    steps: list[dict[str, Any]]
    or_steps: list[list[dict[str, Any]]] = []
    numbers: list[dict[str, Any]]
    refusal: bool = False
    confirmation: bool = False
    yes: bool = False

    @model_validator(mode="after")
    def _refusal_or_steps(self) -> Turn:
        if self.refusal == bool(self.steps):
            raise ValueError(f"expected either steps or a refusal for {self.question!r}")
        return self


class Conversation(BaseModel):
    """Turns over the same files, in one session."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    files: list[str]
    turns: list[Turn]


def load_set(name: Literal["main", "unseen"] | str) -> list[Conversation]:
    """The conversations of a set. Raises KeyError for an unknown name, pydantic.ValidationError for a malformed file."""
    document = json.loads(SETS[name].read_text(encoding="utf-8"))
    return TypeAdapter(list[Conversation]).validate_python(document)


def readings(step: dict[str, Any]) -> list[StepArgs]:
    """The plan steps that an expected step allows: one a combination of its alternatives.

    Raises pydantic.ValidationError for a slot or value outside the vocabulary of the plan.
    """
    slots = {name: value["any"] if isinstance(value, dict) and "any" in value else [value] for name, value in step.items()}
    return [_build(dict(zip(slots, chosen, strict=True))) for chosen in itertools.product(*slots.values())]


def _build(slots: dict[str, Any]) -> StepArgs:
    # Only the analyst looks things up; the anomaly watcher's limit is another thing than a look-up's.
    inside = LOOKUP_SLOTS if slots.get("agent") == "analyst" else frozenset()
    lookup = {name: value for name, value in slots.items() if name in inside}
    arguments = {name: value for name, value in slots.items() if name not in inside}
    if arguments.get("series") == ALL_SERIES:
        arguments["series"] = []
    if lookup:
        arguments["lookup"] = lookup
    return _STEP.validate_python(arguments)


def parse_step(agent: str, arguments: dict[str, Any]) -> StepArgs:
    """A step as the envelope of an answer shows it."""
    return _STEP.validate_python({**arguments, "agent": agent})
