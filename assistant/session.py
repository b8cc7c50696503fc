"""One conversation: files in, questions in, events out. Every turn is recorded before work on it begins."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from assistant.agents.base import SERIES_AT_ONCE
from assistant.data.series import ReadOptions, Series
from assistant.envelope import full_answer, plain_answer
from assistant.errors import BadRequest, Cancelled, FileRejected, InputError, NotFound, StorageError, TidingsError
from assistant.events import AnswerReady, Confirmation, Event
from assistant.intake import Intake
from assistant.language import Message, what_leaves
from assistant.ledger import Ledger, replied_anew
from assistant.overrule import Overrule, overruled
from assistant.plan import AnalystArgs, Plan
from assistant.records_rows import SessionRecord, TurnRecord, TurnState
from assistant.replies import chosen_options, reply_in
from assistant.script import conversation_archive, conversation_script
from assistant.state import State
from assistant.threads import WatchedThreads
from assistant.uploads import UploadReport

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from assistant.nodes import Turn
    from assistant.services import Services

_LOG = logging.getLogger(__name__)
# Makes what a turn's graph begins with; errors of the house become the turn's answer.
_Start = Callable[[], Awaitable[Any]]

# How long a turn may take to notice that it is to stop.
CLOSE_SECONDS = 60.0

# The graph has no loop: seven steps suffice, and whatever takes many more is a defect.
RECURSION_LIMIT = 30


class Conversation:
    """A chat session of one owner. Use `ask` for questions in words and `run` for a plan that needs no planner."""

    def __init__(self, services: Services, record: SessionRecord) -> None:
        self._services = services
        self._record = record
        self.workspace = services.workspace(record.id)
        self._busy = asyncio.Lock()
        self._stops: set[Flag] = set()
        self._threads = WatchedThreads(services.executor)
        self._intake = Intake(services, record, self.workspace, lambda: self._closed)
        self._ledger = Ledger(services.records, services.claims, record.id)
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
        return self._intake.uploads()

    def turns(self) -> list[TurnRecord]:
        """The conversation so far."""
        return self._services.records.turns(self.id)

    def latest_turns(self, count: int) -> list[TurnRecord]:
        """The last `count` turns, in their order; each knows its position."""
        return self._services.records.latest_turns(self.id, count)[::-1]

    def turn_at(self, position: int) -> TurnRecord:
        """The turn at a position, 0 the first. Raises NotFound."""
        return self._services.records.turn_at(self.id, position)

    def turn_count(self) -> int:
        """How many turns there are."""
        return self._services.records.turn_count(self.id)

    def series(self, name_or_id: str) -> Series:
        """A loaded series by its name or id. Raises NotFound."""
        return self._intake.series(name_or_id)

    def upload_path(self, upload_id: str) -> Path:
        """Where an upload's own bytes lie."""
        return self.workspace.upload_path(upload_id)

    async def add_file(self, path: Path, name: str, options: ReadOptions = ReadOptions()) -> UploadReport:
        """Read a file and keep it. Raises FileRejected or QuotaExceeded; then nothing of it is kept."""
        return await self._intake.add(path, name, options)

    async def reread(self, upload_id: str, options: ReadOptions) -> UploadReport:
        """Read an upload again under other options; its series take the old ones' place. Raises FileRejected, keeping the old."""
        return await self._intake.reread(upload_id, options)

    def script(self, target: Path) -> None:
        """Write the conversation to `target` as a zip file: a script that gives the same numbers when run, and its data."""
        from importlib.metadata import version

        uploads = self._services.records.uploads(self.id)
        text = conversation_script(self.title, uploads, self.turns(), version("tidings"))
        conversation_archive(target, text, uploads, [self.workspace.upload_path(upload.id) for upload in uploads])

    async def cancel(self) -> None:
        """Stop the turn that runs and those that wait behind it, each at its next check."""
        for stop in self._stops:
            stop.set()

    @contextmanager
    def _stoppable(self) -> Iterator[Flag]:
        """A turn's flag to stop by, from its very beginning.

        Each has its own: threads that a stopped turn left behind must not take the next turn's for theirs.
        """
        stop = Flag()
        self._stops.add(stop)
        try:
            yield stop
        finally:
            self._stops.discard(stop)
            # Whatever way the turn ended: no thread goes on computing for it.
            stop.set()

    async def close(self) -> None:
        """Stop, wait for the running turn and its threads to end, and take no more: what comes before the session is deleted.

        Raises TidingsError where they do not end; the conversation then stays open.
        """
        self._closed, ended = True, False
        await self.cancel()
        try:
            async with asyncio.timeout(CLOSE_SECONDS), self._busy:
                ended = await self._threads.ended(CLOSE_SECONDS)
        except TimeoutError:
            ended = False
        finally:
            self._closed = ended
        if not ended:
            raise TidingsError("The conversation is still at work and did not stop in time. Try again in a moment.")

    async def ask(self, question: str, *, selected: tuple[str, ...] = (), approve: bool = False) -> AsyncGenerator[Event, None]:
        """Answer a question, or take it as the reply to a confirmation that waits. The last event is AnswerReady."""
        question = question.strip()
        limit = self._services.settings.question_characters
        if not question:
            raise BadRequest("The question is empty. Ask something such as “Describe this” or “Forecast the next 12 months”.")
        if len(question) > limit:
            raise BadRequest(f"The question has {len(question):,} characters; at most {limit:,} are read. Shorten it.")
        with self._stoppable() as stop:
            async with aclosing(self.resume()) as events:
                async for event in events:
                    if isinstance(event, AnswerReady):
                        _LOG.info("finished an interrupted turn of session %s", self.id)
            async with aclosing(self._taken(question, selected, approve, stop)) as events:
                async for event in events:
                    yield event

    def _taken(self, question: str, selected: tuple[str, ...], approve: bool, stop: Flag) -> AsyncGenerator[Event, None]:
        """The turn that words begin, or go on with as a reply."""
        if (waiting := self.waiting()) is not None:
            assert waiting.answer is not None and waiting.answer.confirmation is not None
            if (reply := reply_in(question, waiting.answer.confirmation)) is not None:
                return self._reply(waiting, reply, stop)
        return self._asked(question, State(selected=selected, approved=approve), waiting, stop)

    async def _asked(self, question: str, state: State, waiting: TurnRecord | None, stop: Flag) -> AsyncGenerator[Event, None]:
        """A new turn; one that waited for a reply ends unanswered."""
        if waiting is not None:
            await self._drop(waiting)
        state.update(self._ledger.previous())
        turn = self._ledger.begin(question)
        opening = partial(self._opening, question, state, waiting.question if waiting else None)
        async with aclosing(self._run(turn, opening, stop)) as events:
            async for event in events:
                yield event

    async def _opening(self, question: str, state: State, open_question: str | None = None) -> State:
        """What to run a question with; where it corrects how a file was read, that is done first."""
        state["question"] = question
        if (correction := overruled(question, self.uploads())) is not None:
            state.update(await self._correct(correction, open_question))
        return state

    async def _correct(self, correction: Overrule, open_question: str | None) -> State:
        """Read a file again as the user said; then answer what they ask besides, or the question that waited for it.

        Where they ask nothing, what was read is described.
        """
        report = await self._read_again(correction.upload_id, correction.options, correction.said)
        note = f"{report.file_name} was read again: {correction.said}."
        if question := correction.rest or open_question:
            return State(note=note, question=question)
        names = tuple(ref.name for ref in report.series)
        return State(note=note, plan=Plan(steps=(AnalystArgs(series=names[:SERIES_AT_ONCE]),), origin="command"))

    async def _read_again(self, upload_id: str, options: ReadOptions, said: str) -> UploadReport:
        try:
            return await self.reread(upload_id, options)
        except InputError as error:
            name = self._intake.upload(upload_id).file_name
            raise FileRejected(f"{name} stays as it was read before, for it could not be read so ({said}). {error}") from error

    async def run(self, plan: Plan, *, question: str = "", approve: bool = False) -> AsyncGenerator[Event, None]:
        """Carry out a given plan, as the commands do."""
        with self._stoppable() as stop:
            turn = self._ledger.begin(question)
            state = State(question=question, plan=plan.model_copy(update={"origin": "command"}), approved=approve)
            async with aclosing(self._run(turn, partial(_as_it_is, state), stop)) as events:
                async for event in events:
                    yield event

    def waiting(self) -> TurnRecord | None:
        """The turn that waits for a confirmation, if there is one."""
        return self._ledger.waiting()

    async def answer_confirmation(self, reply: str) -> AsyncGenerator[Event, None]:
        """Give the reply that a waiting turn asked for. Raises NotFound when nothing waits, BadRequest for another reply."""
        waiting = self.waiting()
        if waiting is None:
            raise NotFound("Nothing is waiting for a confirmation.")
        assert waiting.answer is not None and waiting.answer.confirmation is not None
        confirmation = waiting.answer.confirmation
        if (meant := reply_in(reply, confirmation)) is None:
            raise BadRequest(f"Expected one of {', '.join(confirmation.choices)}, found {reply!r}. Choose one of them.")
        with self._stoppable() as stop:
            async with aclosing(self._reply(waiting, meant, stop)) as events:
                async for event in events:
                    yield event

    async def resume(self) -> AsyncGenerator[Event, None]:
        """Finish turns that a crash interrupted, each from its last checkpoint (or its start, if it had none).

        A turn that was interrupted again and again is left: it may be what brings the process down.
        """
        for turn, again in self._ledger.interrupted():
            if not again:
                await self._services.checkpointer.adelete_thread(str(turn.id))
                self._ledger.release(turn.id)
                continue
            with self._stoppable() as stop:
                async with aclosing(self._run(turn, partial(self._restart, turn), stop)) as events:
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
        return await self._opening(turn.question, State(**self._ledger.previous()))

    async def _reply(self, turn: TurnRecord, reply: str, stop: Flag) -> AsyncGenerator[Event, None]:
        """Go on with a turn that waited."""
        if not self._ledger.claim(turn.id):
            raise NotFound("Nothing is waiting for a confirmation: the reply was given elsewhere.")
        async with aclosing(self._run(turn, partial(self._replied, turn, reply), stop)) as events:
            async for event in events:
                yield event

    async def _replied(self, turn: TurnRecord, reply: str) -> Any:
        """What to run a turn with once its confirmation was replied to; where that was the question, a file is read first."""
        from langgraph.types import Command

        assert turn.answer is not None and turn.answer.confirmation is not None
        action = turn.answer.confirmation.action
        if action.startswith("read:") and reply != "no":
            _, upload_id, what = action.split(":", 2)
            await self._read_again(upload_id, chosen_options(self._intake.upload(upload_id).options, what, reply), reply)
        start: Any = (
            Command(resume=reply) if await self._checkpointed(turn) else replied_anew(turn, reply, self._ledger.previous())
        )
        # From here on a crash leaves an interrupted turn, not a question that waits.
        self._services.records.finish_turn(turn.id, turn.answer, "pending")
        return start

    async def _drop(self, turn: TurnRecord) -> None:
        """A new question instead of a reply: the old turn ends unanswered."""
        self._services.records.finish_turn(turn.id, "Another question was asked instead of a reply.", "failed")
        await self._services.checkpointer.adelete_thread(str(turn.id))

    def _note_prompt(self, messages: list[Message]) -> None:
        """Keep, to be shown, exactly what leaves the machine."""
        if (sent := what_leaves(self._services.language_model(), messages)) is not None:
            self.sent.append([message.model_dump() for message in sent.messages])

    def _turn(self, stop: Flag) -> Turn:
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
            executor=self._threads,
            language_model=services.language_model(),
            redact=services.settings.redact,
            confirmation_seconds=services.settings.confirmation_seconds,
            trained=lambda: tuple(tools.trained()),
            shipped=lambda: tuple(tools.shipped()),
            classes=partial(services.classes, self._record.owner),
            on_prompt=self._note_prompt,
            cancelled=stop,
        )

    async def _run(self, turn: TurnRecord, start: _Start, stop: Flag) -> AsyncGenerator[Event, None]:
        """Run the graph for a turn, emit its events, record its answer. One turn at a time."""
        last: Event | None = None
        try:
            async with self._busy, aclosing(self._run_alone(turn, start, stop)) as events:
                async for event in events:
                    if isinstance(event, AnswerReady):
                        last = event
                    else:
                        yield event
        finally:
            self._ledger.release(turn.id)
        if last is not None:
            # Given once the next question may begin: whoever reads no further than the answer must not keep it waiting.
            yield last

    async def _run_alone(self, turn: TurnRecord, start: _Start, stop: Flag) -> AsyncGenerator[Event, None]:
        """The turn itself, its answer recorded before it is given."""
        if self._closed:
            raise NotFound("This conversation was deleted. Start another one.")
        started = time.monotonic()
        config = _config(turn)
        waiting: Confirmation | None = None
        state: TurnState
        try:
            _stop_where_asked(stop)
            beginning = await start()
            _stop_where_asked(stop)
            context = await self._services.off_loop(lambda: self._turn(stop))
            stream: Any = self._services.graph.astream(
                beginning, config, context=context, stream_mode=["updates", "custom"], durability="sync", version="v2"
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
        answer.warnings.extend(self._services.take_notices())
        self._services.records.finish_turn(turn.id, answer, state)
        if state != "awaiting":
            await self._services.checkpointer.adelete_thread(str(turn.id))
        yield AnswerReady(answer)


async def _as_it_is(state: State) -> State:
    return state


def _stop_where_asked(stop: Flag) -> None:
    if stop.is_set():
        raise Cancelled("Stopped, as you asked.")


def _config(turn: TurnRecord) -> RunnableConfig:
    """A turn is a thread of its own: checkpoints never pile up behind a conversation."""
    return {"configurable": {"thread_id": str(turn.id)}, "recursion_limit": RECURSION_LIMIT}
