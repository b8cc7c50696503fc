"""Turns under way, apart from the browser connections that watch them.

A turn goes on when its page is closed or loaded anew; any number of pages of its owner may follow it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator

from assistant.errors import BadRequest, Cancelled, TidingsError
from assistant.events import Answer, AnswerReady, Event
from ui.render import Steps

LOGGER = logging.getLogger(__name__)
SHOW_EVERY_SECONDS = 0.25


class Run:
    """One turn under way. question: what to show as the user's words. error: text fit to be shown."""

    def __init__(self, question: str) -> None:
        self.question = question
        self.steps = Steps()
        self.answer: Answer | None = None
        self.error: str | None = None
        self.cancelled = False
        self.finished = False
        self.started = time.monotonic()
        self.task: asyncio.Task[None] | None = None
        self._changed = asyncio.Event()

    @property
    def seconds(self) -> float:
        """How long it has been going on."""
        return time.monotonic() - self.started

    async def drive(self, events: AsyncIterator[Event]) -> None:
        """Take the events in; every error ends the run and none leaves it."""
        try:
            async for event in events:
                self.steps = self.steps.after(event)
                if isinstance(event, AnswerReady):
                    self.answer = event.answer
                self._changed.set()
        except (Cancelled, asyncio.CancelledError):
            self.cancelled = True
        except TidingsError as error:
            self.error = str(error)
        except Exception:
            self.error = unexpected("answering a question")
        finally:
            self.finished = True
            self._changed.set()

    async def follow(self) -> AsyncIterator[Run]:
        """The run itself, again and again as it changes, at most every `SHOW_EVERY_SECONDS`, until it has finished."""
        while not self.finished:
            yield self
            await self._changed.wait()
            if not self.finished:
                await asyncio.sleep(SHOW_EVERY_SECONDS)
                self._changed.clear()
        yield self


class Runs:
    """The runs of all sessions: at most one a session at a time."""

    def __init__(self) -> None:
        self._runs: dict[str, Run] = {}

    def get(self, session_id: str) -> Run | None:
        """The session's run under way, or None."""
        run = self._runs.get(session_id)
        return run if run is not None and not run.finished else None

    def start(self, session_id: str, question: str, events: AsyncIterator[Event]) -> Run:
        """Begin a turn. Errors: BadRequest where the session's last one has not finished."""
        if self.get(session_id) is not None:
            raise BadRequest("The question before is still being answered. Wait for it, or stop it, and ask again.")
        run = Run(question)
        self._runs[session_id] = run
        run.task = asyncio.create_task(run.drive(events))
        run.task.add_done_callback(lambda _: self._runs.pop(session_id, None) if self._runs.get(session_id) is run else None)
        return run

    async def close(self) -> None:
        """End every run; for the server's shutdown."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def unexpected(doing: str) -> str:
    """Log the exception under way with a reference number and give the words for the user, who sees no more of it."""
    reference = secrets.token_hex(4)
    LOGGER.exception("error %s while %s", reference, doing)
    return (
        f"Something unexpected went wrong while {doing}; nothing that was saved is lost. "
        f"Try again; the server's log has the details under {reference}."
    )
