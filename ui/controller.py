"""What happens on each event of the page, apart from the page's layout.

Every method takes the asker's `gr.Request` and checks that the session belongs to them: a session id from a browser is a wish,
never a proof.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.data.series import ReadOptions, Series
from assistant.errors import AccessDenied, InputError, NotFound, TidingsError
from ui.auth import Identity
from ui.protocols import ConversationLike, ServicesLike, SessionLike, TurnLike, UploadLike
from ui.render import (
    STOPPED,
    UNANSWERED,
    UNDER_WAY,
    Links,
    Messages,
    answer_messages,
    closing_messages,
    error_message,
    note_message,
    reread_message,
    steps_messages,
    upload_messages,
    user_message,
)
from ui.runs import Run, Runs, unexpected

LOGGER = logging.getLogger(__name__)
TURNS_WITH_PLOTS = 12
TURNS_SHOWN = 100
REMEMBERED_TURNS = 256
MOST_FILES = 10


@dataclass(frozen=True)
class Pending:
    """What the second half of an event has still to do: words to answer, a question or the reply to a confirmation.

    session_id: where they belong, whatever the page shows by then.
    """

    text: str
    session_id: str


@dataclass
class View:
    """What the page shows after an event.

    sessions: for the list; uploads: for the data panel; None: leave as it is. shown_upload: whose reading is open in the panel
    (None: the last). clear: the question was taken in, so that its box is emptied.
    sent: the messages that went to a language model; None: leave them as they are.
    """

    session_id: str = ""
    title: str = ""
    messages: Messages | None = None
    uploads: Sequence[UploadLike] | None = None
    sessions: Sequence[SessionLike] | None = None
    pending: Pending | None = None
    shown_upload: str | None = None
    clear: bool = False
    sent: Sequence[Mapping[str, str]] | None = None


class Controller:
    """The page's behaviour over the session layer. services: called on each event, once the server has opened them."""

    def __init__(
        self, services: Callable[[], ServicesLike], identity: Identity, samples: Callable[[], Mapping[str, Path]]
    ) -> None:
        self.services = services
        self.identity = identity
        self.samples = samples
        self.runs = Runs()
        self._rendered: OrderedDict[tuple[str, int, bool], Messages] = OrderedDict()

    async def load(self, session_id: str, request: gr.Request) -> View | None:
        """The page was loaded: the session of its address where it is the asker's, else their latest.

        None where they have no session yet: the page is right as it is, and a click that came first stays in force.
        """
        owner = self.identity.owner_of_event(request)
        sessions = await asyncio.to_thread(self.services().sessions, owner)
        known = [session.id for session in sessions]
        if not known:
            return None
        return await self._view(session_id if session_id in known else known[0], owner, sessions)

    async def switch(self, session_id: str, request: gr.Request) -> View:
        """Another session was picked in the list; "" is a new one, made with its first question or file."""
        owner = self.identity.owner_of_event(request)
        return await self._view(session_id, owner, await asyncio.to_thread(self.services().sessions, owner))

    async def rename(self, session_id: str, title: str, request: gr.Request) -> View:
        """Give a session another title."""
        owner = self.identity.owner_of_event(request)
        if session_id and title.strip():
            await asyncio.to_thread(self.services().records.rename, session_id, owner, title.strip())
        view = await self._view(session_id, owner, await asyncio.to_thread(self.services().sessions, owner))
        view.messages = view.uploads = None
        return view

    async def delete(self, session_id: str, request: gr.Request) -> View:
        """Delete a session with everything in it, and show a new one."""
        owner = self.identity.owner_of_event(request)
        if self.runs.get(session_id) is not None:
            await (await self._open(session_id, owner)).cancel()
        await self.services().delete_session(session_id, owner)
        return await self._view("", owner, await asyncio.to_thread(self.services().sessions, owner))

    async def stop(self, session_id: str, request: gr.Request) -> None:
        """Stop the session's running turn."""
        conversation = await self._open(session_id, self.identity.owner_of_event(request))
        await conversation.cancel()

    async def receive(self, session_id: str, text: str, files: Sequence[str], request: gr.Request) -> AsyncIterator[View]:
        """Words and files came in: read the files now, leave the question to `answer`."""
        owner = self.identity.owner_of_event(request)
        text = text.strip()
        try:
            if not text and not files:
                return
            conversation = await self._open_or_create(session_id, owner, text or Path(files[0]).name)
            messages = await self.history(conversation)
            if len(files) > MOST_FILES:
                raise InputError(
                    f"Expected at most {MOST_FILES} files at once, found {len(files)}. Send them in several messages."
                )
            for path in map(Path, files):
                messages += [user_message(path.name), note_message(f"Reading {user_message(path.name).content} …")]
                yield View(conversation.id, conversation.title, [*messages], clear=True)
                messages[-1:] = await self._add(conversation, path, path.name)
        finally:
            _discard(files)
        pending = Pending(text, conversation.id) if text else None
        if pending is not None:
            messages.append(user_message(text))
        view = await self._changed(conversation, owner, messages, pending)
        view.clear = True
        yield view

    async def sample(self, session_id: str, name: str, question: str, request: gr.Request) -> AsyncIterator[View]:
        """Load a sample file, unless the session has it, and ask a question about it where there is one."""
        owner = self.identity.owner_of_event(request)
        path = self.samples().get(name)
        if path is None:
            raise NotFound(f"Expected one of the samples {', '.join(self.samples())}, found {name!r}.")
        conversation = await self._open_or_create(session_id, owner, question or name)
        messages = await self.history(conversation)
        if all(upload.dataset_name not in {path.name, path.stem} for upload in conversation.uploads()):
            yield View(conversation.id, conversation.title, [*messages, note_message(f"Reading the sample {path.name} …")])
            messages += await self._add(conversation, path, path.name)
        pending = Pending(question, conversation.id) if question else None
        if pending is not None:
            messages.append(user_message(question))
        yield await self._changed(conversation, owner, messages, pending)

    async def choose(self, session_id: str, value: str, request: gr.Request) -> View:
        """A button in the chat was clicked: a way to read a file, a reply to a confirmation, or a suggested question."""
        owner = self.identity.owner_of_event(request)
        conversation = await self._open(session_id, owner)
        if value.startswith("read:"):
            _, upload_id, what, way = value.split(":", 3)
            return await self.overrule(session_id, upload_id, what, way, request)
        messages = [*await self.history(conversation), user_message(value)]
        return View(conversation.id, conversation.title, messages, pending=Pending(value, conversation.id))

    async def overrule(self, session_id: str, upload_id: str, what: str, way: Any, request: gr.Request) -> View:
        """Read an upload again with one guess overruled."""
        from assistant.replies import chosen_options

        owner = self.identity.owner_of_event(request)
        conversation = await self._open(session_id, owner)
        upload = next((one for one in conversation.uploads() if one.upload_id == upload_id), None)
        if upload is None:
            raise NotFound("This file is no longer part of the conversation. Attach it again.")
        choice = way if isinstance(way, str) else ", ".join(way or ())
        report = await conversation.reread(upload_id, chosen_options(upload.options, what, choice))
        messages = [*await self.history(conversation), reread_message(report, what, choice)]
        return await self._changed(conversation, owner, messages, None)

    async def answer(
        self, session_id: str, pending: Pending | None, selected: tuple[str, ...], request: gr.Request
    ) -> AsyncIterator[View]:
        """Ask what is pending, or follow what runs already, and show it as it goes."""
        session_id = pending.session_id if pending is not None else session_id
        if not session_id:
            return
        owner = self.identity.owner_of_event(request)
        conversation = await self._open(session_id, owner)
        run = self.runs.get(session_id)
        if pending is None and run is None:
            return
        messages = await self.history(conversation, running=True)
        if pending is not None:
            run = self.runs.start(session_id, pending.text, conversation.ask(pending.text, selected=selected))
        assert run is not None
        messages.append(user_message(run.question))
        async for state in run.follow():
            if not state.finished:
                yield View(session_id, conversation.title, [*messages, *steps_messages(state.steps, finished=False)])
        ending = await self._ending(conversation, run)
        sessions = await asyncio.to_thread(self.services().sessions, owner)
        yield View(session_id, conversation.title, [*messages, *ending], sessions=sessions, sent=_sent(conversation))

    async def history(self, conversation: ConversationLike, *, running: bool = False) -> Messages:
        """The whole chat from what is stored: files, questions, answers with their plots, and what waits for a click.

        running: a turn is about to be shown by its caller, so that the last stored turn is left out where it is that one.
        """
        turns = list(await asyncio.to_thread(conversation.latest_turns, TURNS_SHOWN))
        if running and turns and turns[-1].answer is None and self.runs.get(conversation.id) is not None:
            turns = turns[:-1]
        messages: Messages = [message for upload in conversation.uploads() for message in upload_messages(upload)]
        first = turns[0].position if turns else 0
        if first:
            messages.append(
                note_message(f"{first:,} earlier questions are not shown; the script of the conversation holds them.")
            )
        for place, turn in enumerate(turns):
            plots = place >= len(turns) - TURNS_WITH_PLOTS
            messages += await asyncio.to_thread(self._turn, conversation, turn.position, turn, plots)
        if turns and not running:
            last = turns[-1].answer
            messages += closing_messages(last) if last is not None else []
        return messages

    def _turn(self, conversation: ConversationLike, position: int, turn: TurnLike, plots: bool) -> Messages:
        key = (conversation.id, position, plots)
        if turn.answer is not None and turn.answer.confirmation is None and key in self._rendered:
            self._rendered.move_to_end(key)
            return [*self._rendered[key]]
        messages = [user_message(turn.question)]
        if turn.answer is None:
            return [*messages, note_message(UNDER_WAY if turn.state == "pending" else UNANSWERED)]
        messages += answer_messages(turn.answer, _finder(conversation), _links(conversation, position), plots=plots)
        if turn.answer.confirmation is None:
            self._rendered[key] = messages
            while len(self._rendered) > REMEMBERED_TURNS:
                self._rendered.popitem(last=False)
        return [*messages]

    async def _ending(self, conversation: ConversationLike, run: Run) -> Messages:
        """The messages that close a turn: its folded steps, and its answer or why there is none."""
        steps = steps_messages(run.steps, finished=True, seconds=run.seconds)
        if run.error is not None:
            return [*steps, error_message(run.error)]
        if run.answer is None:
            return [*steps, note_message(STOPPED)]
        position = conversation.turn_count() - 1
        answer = run.answer
        shown = await asyncio.to_thread(answer_messages, answer, _finder(conversation), _links(conversation, position))
        return [*steps, *shown, *closing_messages(answer)]

    async def _view(self, session_id: str, owner: str, sessions: Sequence[SessionLike]) -> View:
        if not session_id:
            return View("", "", [], [], sessions, sent=())
        conversation = await self._open(session_id, owner)
        messages = await self.history(conversation)
        return View(conversation.id, conversation.title, messages, conversation.uploads(), sessions, sent=_sent(conversation))

    async def _changed(self, conversation: ConversationLike, owner: str, messages: Messages, pending: Pending | None) -> View:
        sessions = await asyncio.to_thread(self.services().sessions, owner)
        return View(conversation.id, conversation.title, messages, conversation.uploads(), sessions, pending)

    async def _add(self, conversation: ConversationLike, path: Path, name: str) -> Messages:
        try:
            return upload_messages(await conversation.add_file(path, name, ReadOptions()))
        except TidingsError as error:
            return [error_message(str(error))]
        except Exception:
            return [error_message(unexpected("reading a file"))]

    async def _open(self, session_id: str, owner: str) -> ConversationLike:
        try:
            return await self.services().open_session(session_id, owner)
        except AccessDenied:
            raise NotFound("There is no such conversation, or it is not yours. Start a new one.") from None

    async def _open_or_create(self, session_id: str, owner: str, title: str) -> ConversationLike:
        if session_id:
            return await self._open(session_id, owner)
        return await self.services().create_session(owner, title[:60])


def _sent(conversation: ConversationLike) -> list[Mapping[str, str]]:
    return [message for messages in conversation.sent for message in messages]


def _links(conversation: ConversationLike, position: int) -> Links:
    return Links(f"/download/{conversation.id}/turns/{position}")


def _finder(conversation: ConversationLike) -> Callable[[Sequence[str]], Mapping[str, Series]]:
    """Series by name; one that is not in the conversation (an episode of the library) is left out."""

    def find(names: Sequence[str]) -> Mapping[str, Series]:
        found = {}
        for name in names:
            with contextlib.suppress(TidingsError):
                found[name] = conversation.series(name)
        return found

    return find


def _discard(files: Sequence[str]) -> None:
    """Remove uploads from gradio's cache, which all users share, once they are copied."""
    for path in map(Path, files):
        try:
            path.unlink(missing_ok=True)
            path.parent.rmdir()
        except OSError as error:
            LOGGER.debug("an upload stays in the cache until it is swept: %s", error)
