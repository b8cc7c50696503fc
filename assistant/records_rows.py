"""What the records hold, as plain rows: sessions, uploads, turns; and how each is made from the database's."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import ValidationError

from assistant.data.series import ReadOptions, SeriesRef
from assistant.errors import StorageError
from assistant.events import Answer

TurnState = Literal["pending", "answered", "failed", "awaiting"]


@dataclass(frozen=True)
class SessionRecord:
    """A chat session. created, updated: ISO 8601, UTC. schema: the layout of its folder and graph state."""

    id: str
    owner: str
    title: str
    created: str
    updated: str
    schema: int


@dataclass(frozen=True)
class UploadRecord:
    """A file in a session: id of its bytes in the workspace, the name it came under, how it was read, which series it gave.

    notes: what else the reader had to say of it, plain JSON (see assistant.uploads).
    """

    session: str
    id: str
    name: str
    bytes: int
    sha256: str
    options: ReadOptions
    series: tuple[SeriesRef, ...]
    notes: Mapping[str, Any]
    added: str


@dataclass(frozen=True)
class TurnRecord:
    """A question and what became of it. position: 0, 1 … within the session. answer or error is None until there is one."""

    id: int
    session: str
    owner: str
    position: int
    question: str
    answer: Answer | None
    error: str | None
    state: TurnState
    created: str
    finished: str | None


def upload_of(row: sqlite3.Row) -> UploadRecord:
    """The upload of a database row. Errors: StorageError where it is damaged."""
    fields: dict[str, Any] = dict(row)
    with _damage("an upload"):
        options = json.loads(fields.pop("options"))
        for key in ("value_columns", "missing_marks"):
            if options.get(key) is not None:
                options[key] = tuple(options[key])
        series = tuple(SeriesRef.model_validate(ref) for ref in json.loads(fields.pop("series")))
        return UploadRecord(**fields | {"notes": json.loads(fields["notes"])}, options=ReadOptions(**options), series=series)


def turn_of(row: sqlite3.Row) -> TurnRecord:
    """The turn of a database row. Errors: StorageError where it is damaged."""
    fields: dict[str, Any] = dict(row)
    with _damage("an answer"):
        answer = fields.pop("answer")
        return TurnRecord(**fields, answer=None if answer is None else Answer.model_validate_json(answer))


@contextlib.contextmanager
def _damage(what: str) -> Iterator[None]:
    try:
        yield
    except (ValidationError, ValueError, TypeError, KeyError) as error:
        raise StorageError(
            f"The record of {what} does not have the expected form: the database was changed or damaged. Restore a backup."
        ) from error
