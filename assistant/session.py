"""One conversation: files in, questions in, events out. Every turn is recorded before work on it begins."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING, Any

from assistant.data.series import Limits, ReadOptions, Series
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest, Cancelled, NotFound, TidingsError
from assistant.events import Answer, AnswerReady, Confirmation, Event, Removed
from assistant.language import Message, what_leaves
from assistant.plan import Plan
from assistant.records import SessionRecord, TurnRecord, TurnState
from assistant.results import RefusalResult
from assistant.script import conversation_archive, conversation_script
from assistant.state import Draft, State
from assistant.uploads import UploadReport, recorded_upload, report_upload

if TYPE_CHECKING:
    from langchain_core.runnables import RunnableConfig

    from assistant.nodes import Turn
    from assistant.services import Services

_LOG = logging.getLogger(__name__)
_YES = re.compile(
    r"\s*(?:y|yes|yep|yeah|sure|ok|okay|go|go ahead|do it|please do|confirm|continue)\b[.! ]*(?:please)?[.! ]*", re.I
)
_NO = re.compile(r"\s*(?:n|no|nope|stop|cancel|don'?t|leave it|never ?mind)\b.{0,20}", re.I)


# The graph has no loop: seven steps suffice, and whatever takes many more is a defect.
RECURSION_LIMIT = 30


class Conversation:
    """A chat session of one owner. Use `ask` for questions in words and `run` for a plan that needs no planner."""

    def __init__(self, services: Services, record: SessionRecord) -> None:
        self._services = services
        self._record = record
        self._workspace = services.workspace(record.id)
        self._busy = asyncio.Lock()
        self._cancel = Flag()
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
                    return self._workspace.series(ref)
        raise NotFound(f"No series called {name_or_id!r} is loaded in this conversation.")

    def upload_path(self, upload_id: str) -> Path:
        """Where an upload's own bytes lie."""
        return self._workspace.upload_path(upload_id)

    async def add_file(self, path: Path, name: str, options: ReadOptions = ReadOptions()) -> UploadReport:
        """Read a file and keep it. Raises FileRejected or QuotaExceeded; then nothing of it is kept."""
        records = self._services.records
        records.require_room(self.id, self._record.owner, path.stat().st_size)
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
        path = self._workspace.upload_path(upload_id)
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
        dataset = read_dataset_safely(path, options, limits, name=name)
        if upload_id is None:
            upload_id, _ = self._workspace.put_upload(path, name)
        taken = {ref.name for upload in self.uploads() if upload.upload_id != upload_id for ref in upload.series}
        refs = tuple(
            self._workspace.put_series(
                series if series.name not in taken else replace(series, name=f"{series.name} ({name})"), name
            )
            for series in dataset.series
        )
        return report_upload(upload_id, name, dataset, refs)

    def script(self) -> bytes:
        """The conversation as a zip file: a Python script that gives the same numbers when run, and its data."""
        from importlib.metadata import version

        uploads = self._services.records.uploads(self.id)
        text = conversation_script(self.title, uploads, self.turns(), version("tidings"))
        return conversation_archive(text, uploads, [self._workspace.upload_path(upload.id) for upload in uploads])

    async def cancel(self) -> None:
        """Stop the running turn, if there is one, at its next check."""
        self._cancel.set()

    async def ask(self, question: str, *, selected: tuple[str, ...] = (), approve: bool = False) -> AsyncIterator[Event]:
        """Answer a question, or take it as the reply to a confirmation that waits. The last event is AnswerReady."""
        question = question.strip()
        limit = self._services.settings.question_characters
        if not question:
            raise BadRequest("The question is empty. Ask something such as “Describe this” or “Forecast the next 12 months”.")
        if len(question) > limit:
            raise BadRequest(f"The question has {len(question):,} characters; at most {limit:,} are read. Shorten it.")
        async for event in self.resume():
            if isinstance(event, AnswerReady):
                _LOG.info("finished an interrupted turn of session %s", self.id)
        if (waiting := self.waiting()) is not None:
            assert waiting.answer is not None and waiting.answer.confirmation is not None
            if (reply := reply_in(question, waiting.answer.confirmation)) is not None:
                async for event in self._reply(waiting, reply):
                    yield event
                return
            await self._drop(waiting)
        turn = self._begin(question)
        state = State(question=question, selected=selected, approved=approve)
        state.update(self._previous())
        async for event in self._run(turn, state):
            yield event

    async def run(self, plan: Plan, *, question: str = "", approve: bool = False) -> AsyncIterator[Event]:
        """Carry out a given plan, as the commands do."""
        turn = self._begin(question)
        state = State(question=question, plan=plan.model_copy(update={"origin": "command"}), approved=approve)
        async for event in self._run(turn, state):
            yield event

    def _begin(self, question: str) -> TurnRecord:
        records = self._services.records
        return records.turn(records.begin_turn(self.id, question))

    def waiting(self) -> TurnRecord | None:
        """The turn that waits for a confirmation, if there is one."""
        turns = self.turns()
        return turns[-1] if turns and turns[-1].state == "awaiting" else None

    async def answer_confirmation(self, reply: str) -> AsyncIterator[Event]:
        """Give the reply that a waiting turn asked for. Raises NotFound when nothing waits."""
        waiting = self.waiting()
        if waiting is None:
            raise NotFound("Nothing is waiting for a confirmation.")
        async for event in self._reply(waiting, reply):
            yield event

    async def resume(self) -> AsyncIterator[Event]:
        """Finish turns that a crash interrupted, each from its last checkpoint (or its start, if it had none)."""
        if self._busy.locked():
            return
        for turn in [turn for turn in self.turns() if turn.state == "pending"]:
            snapshot = await self._services.graph.aget_state(_config(turn))
            start = None if snapshot.next else {"question": turn.question, **self._previous()}
            async for event in self._run(turn, start):
                yield event

    async def _reply(self, turn: TurnRecord, reply: str) -> AsyncIterator[Event]:
        from langgraph.types import Command

        assert turn.answer is not None and turn.answer.confirmation is not None
        action = turn.answer.confirmation.action
        if action.startswith("read:") and not _NO.fullmatch(reply):
            _, upload_id, what = action.split(":", 2)
            options = chosen_options(self._upload(upload_id).options, what, reply)
            await self.reread(upload_id, options)
        async for event in self._run(turn, Command(resume=reply)):
            yield event

    async def _drop(self, turn: TurnRecord) -> None:
        """A new question instead of a reply: the old turn ends unanswered."""
        self._services.records.finish_turn(turn.id, "Another question was asked instead of a reply.", "failed")
        await self._services.checkpointer.adelete_thread(str(turn.id))

    def _previous(self) -> State:
        """The last answered turn's plan and question, for follow-ups."""
        for turn in reversed(self.turns()):
            if turn.state == "answered" and turn.answer is not None and turn.answer.plan:
                plan = Plan.model_validate({"steps": [{"agent": step["agent"], **step["args"]} for step in turn.answer.plan]})
                return {"previous": plan, "previous_question": turn.question}
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
            workspace=self._workspace,
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

    async def _run(self, turn: TurnRecord, start: Any) -> AsyncIterator[Event]:
        """Run the graph for a turn, emit its events, record its answer. One turn at a time."""
        async with self._busy:
            self._cancel.clear()
            started = time.monotonic()
            config = _config(turn)
            waiting: Confirmation | None = None
            state: TurnState
            try:
                context = await self._services.off_loop(self._turn)
                async for part in self._services.graph.astream(
                    start, config, context=context, stream_mode=["updates", "custom"], durability="sync", version="v2"
                ):
                    if part["type"] == "custom":
                        yield part["data"]
                    elif part["type"] == "updates" and (raised := part["data"].get("__interrupt__")):
                        waiting = Confirmation.model_validate(raised[0].value)
                values = (await self._services.graph.aget_state(config)).values
                answer, state = self._answer(values, waiting, time.monotonic() - started), "awaiting" if waiting else "answered"
            except Cancelled as stopped:
                answer, state = self._plain(str(stopped), time.monotonic() - started), "answered"
            except TidingsError as error:
                answer, state = self._plain(str(error), time.monotonic() - started), "failed"
            except Exception:
                _LOG.exception("turn %s of session %s failed", turn.id, self.id)
                text = "Something inside went wrong with this question. Nothing is lost, and the log says more; ask differently."
                answer, state = self._plain(text, time.monotonic() - started), "failed"
            self._services.records.finish_turn(turn.id, answer, state)
            if state != "awaiting":
                await self._services.checkpointer.adelete_thread(str(turn.id))
        yield AnswerReady(answer)

    def _answer(self, values: dict[str, Any], waiting: Confirmation | None, seconds: float) -> Answer:
        plan = values.get("plan") or Plan()
        draft: Draft = values.get("draft") or Draft()
        documents = [self._workspace.document(ref) for ref in draft.results]
        if plan.refusal:
            refusal = RefusalResult(reason=plan.refusal.reason, instead=plan.refusal.instead)
            documents.append(refusal.model_dump(mode="json"))
        warnings = [*draft.warnings, *self._file_warnings(plan)]
        return Answer(
            answer=waiting.question if waiting else draft.answer,
            plan=[{"agent": step.agent, "args": step.model_dump(mode="json", exclude={"agent"})} for step in plan.steps],
            facts=list(draft.facts),
            removed=[Removed(text=item.text, reason=item.reason) for item in draft.removed],
            results=documents,
            warnings=list(dict.fromkeys(warnings)),
            confirmation=waiting,
            session=self.id,
            seconds=round(seconds, 3),
            sentences=list(draft.sentences),
            suggestions=list(draft.suggestions),
        )

    def _file_warnings(self, plan: Plan) -> list[str]:
        """What the reader warned of in the files that the plan's series come from."""
        names = {name for step in plan.steps for name in getattr(step, "series", ())}
        return [
            warning
            for upload in self.uploads()
            if plan.steps and (not names or any(ref.name in names for ref in upload.series))
            for warning in upload.warnings
        ]

    def _plain(self, text: str, seconds: float) -> Answer:
        return Answer(
            answer=text,
            plan=[],
            facts=[],
            removed=[],
            results=[],
            warnings=[],
            confirmation=None,
            session=self.id,
            seconds=round(seconds, 3),
        )


def _config(turn: TurnRecord) -> RunnableConfig:
    """A turn is a thread of its own: checkpoints never pile up behind a conversation."""
    return {"configurable": {"thread_id": str(turn.id)}, "recursion_limit": RECURSION_LIMIT}


def reply_in(words: str, confirmation: Confirmation) -> str | None:
    """The reply to a confirmation that the words contain: one of its choices, a yes or a no; None if they are something else."""
    for choice in confirmation.choices:
        if words.strip().casefold() == choice.casefold():
            return choice
    if _NO.fullmatch(words):
        return "no"
    if confirmation.action.startswith("read:"):
        found = [choice for choice in confirmation.choices if choice.casefold() in words.casefold()]
        if len(found) == 1:
            return found[0]
        return confirmation.choices[0] if _YES.fullmatch(words) else None
    return "yes" if _YES.fullmatch(words) else None


def chosen_options(options: ReadOptions, what: str, choice: str) -> ReadOptions:
    """Read options with one guess overruled by the user's choice. Raises BadRequest for a guess that cannot be overruled."""
    if what == "day or month first":
        return replace(options, day_first=choice.casefold().startswith("day") or choice.casefold() == "yes")
    fields = {
        "time column": "time_column",
        "frequency": "frequency",
        "sheet": "sheet",
        "delimiter": "delimiter",
        "series names": "series_column",
    }
    if what == "decimal mark" and choice in (".", ","):
        return replace(options, decimal="," if choice == "," else ".")
    if what == "value columns":
        return replace(options, value_columns=tuple(part.strip() for part in choice.split(",")))
    if what in fields:
        values: dict[str, Any] = {fields[what]: choice}
        return replace(options, **values)
    raise BadRequest(f"The guess about {what!r} cannot be overruled. Change the file, or name the columns to use.")
