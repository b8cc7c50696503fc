"""What the web application needs of the assistant's session layer, and nothing more."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from assistant.data.series import Guess, ReadOptions, Series, SeriesRef
from assistant.events import Answer, Event


class SessionLike(Protocol):
    """One line of the session list. created, updated: ISO 8601."""

    @property
    def id(self) -> str:
        """The server-made id."""

    @property
    def title(self) -> str:
        """What the user sees in the list."""


class UploadLike(Protocol):
    """What was read from one uploaded file."""

    @property
    def upload_id(self) -> str:
        """The upload's id within its conversation."""

    @property
    def dataset_name(self) -> str:
        """The file's name as shown."""

    @property
    def series(self) -> Sequence[SeriesRef]:
        """Handles to its series."""

    @property
    def guesses(self) -> Sequence[Guess]:
        """What was inferred and may be overruled."""

    @property
    def questions(self) -> Sequence[Guess]:
        """What stayed ambiguous and must be answered."""

    @property
    def warnings(self) -> Sequence[str]:
        """Warnings of the reader."""

    @property
    def options(self) -> ReadOptions:
        """What the user has fixed so far."""


class TurnLike(Protocol):
    """A question and, once there is one, its answer."""

    @property
    def position(self) -> int:
        """Its place in the session, 0 the first."""

    @property
    def question(self) -> str:
        """The user's words."""

    @property
    def answer(self) -> Answer | None:
        """None while it runs, or where it was stopped."""

    @property
    def state(self) -> str:
        """Where the turn stands."""


class ConversationLike(Protocol):
    """One session of one user."""

    @property
    def id(self) -> str:
        """The session's id."""

    @property
    def title(self) -> str:
        """The session's title."""

    async def add_file(self, path: Path, name: str, options: ReadOptions = ...) -> UploadLike:
        """Copy a file into the session and read it."""

    async def reread(self, upload_id: str, options: ReadOptions) -> UploadLike:
        """Read an upload again with the user's choices."""

    def uploads(self) -> Sequence[UploadLike]:
        """The session's uploads, oldest first."""

    def ask(self, question: str, *, selected: tuple[str, ...] = (), approve: bool = False) -> AsyncIterator[Event]:
        """Answer a question, or take it as the reply to a confirmation that waits."""

    async def cancel(self) -> None:
        """Stop the running turn."""

    def latest_turns(self, count: int) -> Sequence[TurnLike]:
        """The session's last `count` turns, oldest first."""

    def turn_at(self, position: int) -> TurnLike:
        """The turn at a position. Errors: NotFound."""

    def turn_count(self) -> int:
        """How many turns the session has."""

    def series(self, name_or_id: str) -> Series:
        """The values behind a series' name or id."""

    @property
    def sent(self) -> Sequence[Sequence[Mapping[str, str]]]:
        """The messages that went to a language model since the server began, oldest first."""

    def script(self, target: Path) -> None:
        """Write a zip to `target`: the conversation as a Python script with its data."""


class ServicesLike(Protocol):
    """The composition root's face towards the web."""

    @property
    def settings(self) -> Any:
        """The product's settings."""

    @property
    def records(self) -> Any:
        """What is stored of sessions; here for their titles."""

    def sessions(self, owner: str) -> Sequence[SessionLike]:
        """The owner's sessions, latest first."""

    async def create_session(self, owner: str, title: str = "") -> ConversationLike:
        """A new session."""

    async def open_session(self, session_id: str, owner: str) -> ConversationLike:
        """A session of the owner's. Errors: NotFound, AccessDenied."""

    async def delete_session(self, session_id: str, owner: str) -> None:
        """Delete a session with its files and vectors."""

    def warm_up(self) -> None:
        """Load what the first question needs."""

    async def finish_pending(self) -> int:
        """Finish the turns that a crash interrupted; how many there were."""
