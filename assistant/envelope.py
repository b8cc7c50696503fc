"""The answer's envelope: from the graph's values to what is recorded and given, and back to the plan that it carries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from assistant.data.series import DocumentRef
from assistant.data.untimed_rows import ROWS_COUNTED
from assistant.events import Answer, Confirmation, Removed
from assistant.plan import Plan
from assistant.results import RefusalResult
from assistant.state import Draft
from assistant.uploads import UploadReport

# Agents that can answer about the cases of a table, which have no times.
_OF_CASES = {"classifier", "trainer"}


def full_answer(
    session: str,
    values: Mapping[str, Any],
    waiting: Confirmation | None,
    document: Callable[[DocumentRef], dict[str, Any]],
    uploads: Sequence[UploadReport],
    seconds: float,
) -> Answer:
    """The answer of a turn that ended, or that waits for a confirmation.

    values: the graph's. document: gives a stored result by its handle. Errors: those of `document`.
    """
    plan = values.get("plan") or Plan()
    draft: Draft = values.get("draft") or Draft()
    documents = [document(ref) for ref in draft.results]
    if plan.refusal:
        refusal = RefusalResult(reason=plan.refusal.reason, instead=plan.refusal.instead)
        documents.append(refusal.model_dump(mode="json"))
    return Answer(
        answer=waiting.question if waiting else draft.answer,
        plan=[{"agent": step.agent, "args": step.model_dump(mode="json", exclude={"agent"})} for step in plan.steps],
        facts=list(draft.facts),
        removed=[Removed(text=item.text, reason=item.reason) for item in draft.removed],
        results=documents,
        warnings=list(dict.fromkeys([*_note(values), *draft.warnings, *_file_warnings(plan, uploads, documents)])),
        confirmation=waiting,
        session=session,
        seconds=round(seconds, 3),
        sentences=list(draft.sentences),
        suggestions=list(draft.suggestions),
    )


def _note(values: Mapping[str, Any]) -> list[str]:
    """What the conversation did before the turn, such as reading a file anew."""
    return [values["note"]] if values.get("note") else []


def plain_answer(session: str, text: str, seconds: float = 0.0) -> Answer:
    """An answer that is nothing but words: a stop, a failure."""
    return Answer(
        answer=text,
        plan=[],
        facts=[],
        removed=[],
        results=[],
        warnings=[],
        confirmation=None,
        session=session,
        seconds=round(seconds, 3),
    )


def plan_in(answer: Answer) -> Plan:
    """The plan that an answer carries. Raises pydantic.ValidationError where it is none."""
    return Plan.model_validate({"steps": [{"agent": step["agent"], **step["args"]} for step in answer.plan]})


def _file_warnings(plan: Plan, uploads: Sequence[UploadReport], documents: Sequence[Mapping[str, Any]]) -> list[str]:
    """What the reader warned of in the files that the plan's series come from; of rows without times only where the answer is
    about series."""
    names = {name for step in plan.steps for name in getattr(step, "series", ())}
    series = any(document.get("kind") == "classification" and not document.get("file") for document in documents)
    of_cases = all(step.agent in _OF_CASES for step in plan.steps) and not series
    return [
        warning
        for upload in uploads
        if plan.steps and (not names or any(ref.name in names for ref in upload.series))
        for warning in upload.warnings
        if not (of_cases and warning == ROWS_COUNTED)
    ]
