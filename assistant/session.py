"""One conversation: files in, questions in, events out. Every turn is recorded before work on it begins."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from assistant.agents.base import SERIES_AT_ONCE
from assistant.data.series import Limits, ReadOptions, Series
from assistant.envelope import full_answer, plain_answer, plan_in
from assistant.errors import BadRequest, Cancelled, FileRejected, NotFound, StorageError, TidingsError
from assistant.events import AnswerReady, Confirmation, Event
from assistant.language import Message, what_leaves
from assistant.overrule import Overrule, overruled
from assistant.plan import AnalystArgs, Plan
from assistant.records import SessionRecord, TurnRecord, TurnState
from assistant.replies import chosen_options, reply_in
from assistant.script import conversation_archive, conversation_script
from assistant.state import State
from assistant.uploads import UploadReport, read_upload, recorded_upload

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from assistant.nodes import Turn
    from assistant.services import Services

_LOG = logging.getLogger(__name__)
_INTERRUPTED = "Interrupted, attempts to finish it: "
_ATTEMPTS = 3

# How long a turn may take to notice that it is to stop.
CLOSE_SECONDS = 60.0

# How many turns back a follow-up may refer to.
_FOLLOWED = 10

# The graph has no loop: seven steps suffice, and whatever takes many more is a defect.
RECURSION_LIMIT = 30


class Conversation:
    """A chat session of one owner. Use `ask` for questions in words and `run` for a plan that needs no planner."""

    def __init__(self, services: Services, record: SessionRecord) -> None:
        self._services = services
        self._record = record
        self.workspace = services.workspace(record.id)
        self._busy = asyncio.Lock()
        self._cancel = Flag()
        # Turns that this process works on or waits to work on: pending, but not interrupted.
        self._active: set[int] = set()
        self._closed = False
        self.sent: list[list[dict[str, str]]] = []

    @property
    def id(self) -> str:
        """The session's id, made by the server."""
        return self._record.id

    @property
    def title(self) -> str:
        """What the session is called in lists."""
        return self._services.records.session(self.id, self._record.owner).title

    def uploads(self) -> tuple[UploadReport, ...]:
        """The files of this conversation."""
        return tuple(recorded_upload(record) for record in self._services.records.uploads(self.id))

    def turns(self) -> list[TurnRecord]:
        """The conversation so far."""
        return self._services.records.turns(self.id)

    def series(self, name_or_id: str) -> Series:
        """A loaded series by its name or id. Raises NotFound."""
        for upload in self.uploads():
            for ref in upload.series:
                if name_or_id in (ref.id, ref.name):
                    return self.workspace.series(ref)
        raise NotFound(f"No series called {name_or_id!r} is loaded in this conversation.")

    def upload_path(self, upload_id: str) -> Path:
        """Where an upload's own bytes lie."""
        return self.workspace.upload_path(upload_id)

    async def add_file(self, path: Path, name: str, options: ReadOptions = ReadOptions()) -> UploadReport:
        """Read a file and keep it. Raises FileRejected or QuotaExceeded; then nothing of it is kept."""
        records = self._services.records
        try:
            size = path.stat().st_size
        except OSError as error:
            raise FileRejected(f"Expected a file, found none that can be read at {path.name!r}. Choose it again.") from error
        # One file at a time of an owner's: two could fit singly and exceed the quota together.
        async with self._services.adding(self._record.owner):
            if self._closed:
                raise NotFound("This conversation was deleted. Start another one.")
            records.require_room(self.id, self._record.owner, size)
            report = await self._services.off_loop(lambda: self._read(path, name, options))
            self._keep(report, path)
        if not self.title and len(self.uploads()) == 1:
            records.rename(self.id, self._record.owner, report.file_name)
        return report

    def _keep(self, report: UploadReport, path: Path) -> None:
        self._services.records.add_upload(
            self.id,
            report.upload_id,
            report.file_name,
            path.stat().st_size,
            report.upload_id[:64],
            report.options,
            report.series,
            report.notes(),
        )

    async def reread(self, upload_id: str, options: ReadOptions) -> UploadReport:
        """Read an upload again under other options; its series take the old ones' place. Raises FileRejected, keeping the old."""
        old = self._upload(upload_id)
        path = self.workspace.upload_path(upload_id)
        report = await self._services.off_loop(lambda: self._read(path, old.file_name, options, upload_id))
        self._keep(report, path)
        return report

    def _upload(self, upload_id: str) -> UploadReport:
        for upload in self.uploads():
            if upload.upload_id == upload_id:
                return upload
        raise NotFound("That file is not part of this conversation.")

    def _read(self, path: Path, name: str, options: ReadOptions, upload_id: str | None = None) -> UploadReport:
        limits = Limits(file_bytes=self._services.settings.file_bytes)
        return read_upload(self.workspace, self.uploads(), path, name, options, limits, upload_id)

    def script(self) -> bytes:
        """The conversation as a zip file: a Python script that gives the same numbers when run, and its data."""
        from importlib.metadata import version

        uploads = self._services.records.uploads(self.id)
        text = conversation_script(self.title, uploads, self.turns(), version("tidings"))
        return conversation_archive(text, uploads, [self.workspace.upload_path(upload.id) for upload in uploads])

    async def cancel(self) -> None:
        """Stop the running turn, if there is one, at its next check."""
        self._cancel.set()

    async def close(self) -> None:
        """Stop, wait for the running turn to end, and take no more: what comes before the session is deleted.

        Raises TidingsError where the turn does not end; the conversation then stays open.
        """
        self._closed = True
        self._cancel.set()
        try:
            async with asyncio.timeout(CLOSE_SECONDS), self._busy:
                pass
        except TimeoutError:
            self._closed = False
            raise TidingsError("The conversation is still at work and did not stop in time. Try again in a moment.") from None

    async def ask(self, question: str, *, selected: tuple[str, ...] = (), approve: bool = False) -> AsyncGenerator[Event, None]:
        """Answer a question, or take it as the reply to a confirmation that waits. The last event is AnswerReady."""
        question = question.strip()
        limit = self._services.settings.question_characters
        if not question:
            raise BadRequest("The question is empty. Ask something such as “Describe this” or “Forecast the next 12 months”.")
        if len(question) > limit:
            raise BadRequest(f"The question has {len(question):,} characters; at most {limit:,} are read. Shorten it.")
        async with aclosing(self.resume()) as events:
            async for event in events:
                if isinstance(event, AnswerReady):
                    _LOG.info("finished an interrupted turn of session %s", self.id)
        if (waiting := self.waiting()) is not None:
            assert waiting.answer is not None and waiting.answer.confirmation is not None
            if (reply := reply_in(question, waiting.answer.confirmation)) is not None:
                async with aclosing(self._reply(waiting, reply)) as events:
                    async for event in events:
                        yield event
                return
            await self._drop(waiting)
        state = State(question=question, selected=selected, approved=approve)
        state.update(self._previous())
        if (correction := overruled(question, self.uploads())) is not None:
            state.update(await self._correct(correction, waiting.question if waiting else None))
        turn = self._begin(question)
        async with aclosing(self._run(turn, state)) as events:
            async for event in events:
                yield event

    async def _correct(self, correction: Overrule, open_question: str | None) -> State:
        """Read a file again as the user said; then answer the question that waited for it, or describe what was read."""
        report = await self.reread(correction.upload_id, correction.options)
        note = f"{report.file_name} was read again: {correction.said}."
        if open_question:
            return State(note=note, question=open_question)
        names = tuple(ref.name for ref in report.series)
        return State(note=note, plan=Plan(steps=(AnalystArgs(series=names[:SERIES_AT_ONCE]),), origin="command"))

    async def run(self, plan: Plan, *, question: str = "", approve: bool = False) -> AsyncGenerator[Event, None]:
        """Carry out a given plan, as the commands do."""
        turn = self._begin(question)
        state = State(question=question, plan=plan.model_copy(update={"origin": "command"}), approved=approve)
        async with aclosing(self._run(turn, state)) as events:
            async for event in events:
                yield event

    def _begin(self, question: str) -> TurnRecord:
        records = self._services.records
        turn = records.turn(records.begin_turn(self.id, question))
        self._claim(turn.id)
        return turn

    def _claim(self, turn_id: int) -> bool:
        """Take a turn to work on, unless this process or another one works on it."""
        if turn_id in self._active or not self._services.claims.take(turn_id):
            return False
        self._active.add(turn_id)
        return True

    def _release(self, turn_id: int) -> None:
        if turn_id in self._active:
            self._active.discard(turn_id)
            self._services.claims.release(turn_id)

    def waiting(self) -> TurnRecord | None:
        """The turn that waits for a confirmation, if there is one."""
        for turn in self._services.records.latest_turns(self.id, 1):
            if turn.state == "awaiting" and turn.id not in self._active:
                return turn
        return None

    async def answer_confirmation(self, reply: str) -> AsyncGenerator[Event, None]:
        """Give the reply that a waiting turn asked for. Raises NotFound when nothing waits, BadRequest for another reply."""
        waiting = self.waiting()
        if waiting is None:
            raise NotFound("Nothing is waiting for a confirmation.")
        assert waiting.answer is not None and waiting.answer.confirmation is not None
        confirmation = waiting.answer.confirmation
        if (meant := reply_in(reply, confirmation)) is None:
            raise BadRequest(f"Expected one of {', '.join(confirmation.choices)}, found {reply!r}. Choose one of them.")
        async with aclosing(self._reply(waiting, meant)) as events:
            async for event in events:
                yield event

    async def resume(self) -> AsyncGenerator[Event, None]:
        """Finish turns that a crash interrupted, each from its last checkpoint (or its start, if it had none).

        A turn that was interrupted again and again is left: it may be what brings the process down.
        """
        records = self._services.records
        for turn in records.pending_turns(self.id):
            if not self._claim(turn.id):
                continue
            # As it is now that nobody else can change it.
            turn = records.turn(turn.id)
            if turn.state != "pending":
                self._release(turn.id)
                continue
            attempts = int((turn.error or "").removeprefix(_INTERRUPTED) or 0)
            if attempts >= _ATTEMPTS:
                text = f"This question was interrupted {attempts + 1} times, so I left it. Ask again, perhaps for less at once."
                records.finish_turn(turn.id, plain_answer(self.id, text), "failed")
                await self._services.checkpointer.adelete_thread(str(turn.id))
                self._release(turn.id)
                continue
            records.finish_turn(turn.id, f"{_INTERRUPTED}{attempts + 1}", "pending")
            async with aclosing(self._run(turn, _INTERRUPTED)) as events:
                async for event in events:
                    yield event

    async def _checkpointed(self, turn: TurnRecord) -> bool:
        """Whether a turn can go on from its checkpoint. One that cannot be read is thrown away: the turn then begins again."""
        try:
            return bool((await self._services.graph.aget_state(_config(turn))).next)
        except Exception:
            _LOG.warning("the checkpoint of turn %s cannot be read; the turn begins again", turn.id, exc_info=True)
            await self._services.checkpointer.adelete_thread(str(turn.id))
            return False

    async def _restart(self, turn: TurnRecord) -> State | None:
        """What to run an interrupted turn with: None (its checkpoint), or its question from the start."""
        if await self._checkpointed(turn):
            return None
        if not turn.question:
            raise StorageError("This command was interrupted before its plan was on the disk. Give it again.")
        return State(question=turn.question, **self._previous())

    async def _reply(self, turn: TurnRecord, reply: str) -> AsyncGenerator[Event, None]:
        from langgraph.types import Command

        assert turn.answer is not None and turn.answer.confirmation is not None
        action = turn.answer.confirmation.action
        if not self._claim(turn.id):
            raise NotFound("Nothing is waiting for a confirmation: the reply was given elsewhere.")
        try:
            if action.startswith("read:") and reply != "no":
                _, upload_id, what = action.split(":", 2)
                options = chosen_options(self._upload(upload_id).options, what, reply)
                await self.reread(upload_id, options)
            start: Any = Command(resume=reply) if await self._checkpointed(turn) else self._replied_anew(turn, reply)
            # From here on a crash leaves an interrupted turn, not a question that waits.
            self._services.records.finish_turn(turn.id, turn.answer, "pending")
            async with aclosing(self._run(turn, start)) as events:
                async for event in events:
                    yield event
        finally:
            self._release(turn.id)

    def _replied_anew(self, turn: TurnRecord, reply: str) -> State:
        """The state that a reply leads to where the checkpoint of the question is lost."""
        assert turn.answer is not None and turn.answer.confirmation is not None
        if reply == "no":
            return State(question=turn.question, plan=Plan(ask="All right, I left it."))
        if turn.question and turn.answer.confirmation.action.startswith("read:"):
            return State(question=turn.question, **self._previous())
        plan = plan_in(turn.answer).model_copy(update={"origin": "command"})
        return State(question=turn.question, plan=plan, approved=True, **self._previous())

    async def _drop(self, turn: TurnRecord) -> None:
        """A new question instead of a reply: the old turn ends unanswered."""
        self._services.records.finish_turn(turn.id, "Another question was asked instead of a reply.", "failed")
        await self._services.checkpointer.adelete_thread(str(turn.id))

    def _previous(self) -> State:
        """The plan and question of the last turn that had one, for follow-ups; none where that is long ago."""
        for turn in self._services.records.latest_turns(self.id, _FOLLOWED):
            if turn.state == "answered" and turn.answer is not None and turn.answer.plan:
                return {"previous": plan_in(turn.answer), "previous_question": turn.question}
        return {"previous": None, "previous_question": None}

    def _note_prompt(self, messages: list[Message]) -> None:
        """Keep, to be shown, exactly what leaves the machine."""
        if (sent := what_leaves(self._services.language_model(), messages)) is not None:
            self.sent.append([message.model_dump() for message in sent.messages])

    def _turn(self) -> Turn:
        from assistant.nodes import Turn

        services = self._services
        tools = services.tools(self._record)
        return Turn(
            owner=self._record.owner,
            session=self.id,
            loaded=self.uploads,
            workspace=self.workspace,
            tools=tools,
            planner=services.planner,
            executor=services.executor,
            language_model=services.language_model(),
            redact=services.settings.redact,
            confirmation_seconds=services.settings.confirmation_seconds,
            trained=lambda: tuple(tools.trained()),
            on_prompt=self._note_prompt,
            cancelled=self._cancel,
        )

    async def _run(self, turn: TurnRecord, start: Any) -> AsyncGenerator[Event, None]:
        """Run the graph for a turn, emit its events, record its answer. One turn at a time."""
        last: Event | None = None
        try:
            async with self._busy, aclosing(self._run_alone(turn, start)) as events:
                async for event in events:
                    if isinstance(event, AnswerReady):
                        last = event
                    else:
                        yield event
        finally:
            self._release(turn.id)
        if last is not None:
            # Given once the next question may begin: whoever reads no further than the answer must not keep it waiting.
            yield last

    async def _run_alone(self, turn: TurnRecord, start: Any) -> AsyncGenerator[Event, None]:
        """The turn itself, its answer recorded before it is given."""
        if self._closed:
            raise NotFound("This conversation was deleted. Start another one.")
        # A flag of its own: threads that a stopped turn left behind must not take the next turn's for theirs.
        stop = self._cancel = Flag()
        started = time.monotonic()
        config = _config(turn)
        waiting: Confirmation | None = None
        state: TurnState
        try:
            if start is _INTERRUPTED:
                start = await self._restart(turn)
            context = await self._services.off_loop(self._turn)
            stream: Any = self._services.graph.astream(
                start, config, context=context, stream_mode=["updates", "custom"], durability="sync", version="v2"
            )
            async with aclosing(stream) as parts:
                async for part in parts:
                    if part["type"] == "custom":
                        yield part["data"]
                    elif part["type"] == "updates" and (raised := part["data"].get("__interrupt__")):
                        waiting = Confirmation.model_validate(raised[0].value)
            values = (await self._services.graph.aget_state(config)).values
            seconds = time.monotonic() - started
            answer = full_answer(self.id, values, waiting, self.workspace.document, self.uploads(), seconds)
            state = "awaiting" if waiting else "answered"
        except Cancelled as stopped:
            answer, state = plain_answer(self.id, str(stopped), time.monotonic() - started), "answered"
        except TidingsError as error:
            answer, state = plain_answer(self.id, str(error), time.monotonic() - started), "failed"
        except Exception:
            _LOG.exception("turn %s of session %s failed", turn.id, self.id)
            text = "Something inside went wrong with this question. Nothing is lost, and the log says more; ask differently."
            answer, state = plain_answer(self.id, text, time.monotonic() - started), "failed"
        finally:
            # Whatever way the turn ended: no thread goes on computing for it.
            stop.set()
        answer.warnings.extend(self._services.take_notices())
        self._services.records.finish_turn(turn.id, answer, state)
        if state != "awaiting":
            await self._services.checkpointer.adelete_thread(str(turn.id))
        yield AnswerReady(answer)


def _config(turn: TurnRecord) -> RunnableConfig:
    """A turn is a thread of its own: checkpoints never pile up behind a conversation."""
    return {"configurable": {"thread_id": str(turn.id)}, "recursion_limit": RECURSION_LIMIT}
