"""The graph's nodes: each takes the state and returns a part of it; all surroundings come in by the runtime's `Turn`."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import Executor
from contextvars import copy_context
from dataclasses import dataclass, field
from threading import Event as Flag
from typing import Any

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from assistant import compose
from assistant.agents import prepare, run_agent
from assistant.agents.base import AgentContext, AgentReport, Tools
from assistant.data.labels import case_numbers
from assistant.data.series import SeriesRef
from assistant.data.workspace import Workspace
from assistant.errors import Cancelled, InputError, TidingsError, UnknownSeries
from assistant.estimates import confirmation_for
from assistant.events import Confirmation, StepFinished, StepProgress, StepStarted
from assistant.facts import Fact, FactBook
from assistant.language import LanguageModel, Message
from assistant.plan import AgentName, Plan, PlanningContext, PlanWriter, Refusal, SeriesContext
from assistant.planning.cases import asks_kind
from assistant.planning.wording import normalise
from assistant.prompts import Redaction, names_in
from assistant.results import RefusalResult
from assistant.state import State, Task
from assistant.uploads import UploadReport

_LOG = logging.getLogger(__name__)

TITLES: dict[str, str] = {
    "ingest": "Looking at your data",
    "plan": "Planning",
    "confirm": "Checking with you",
    "analyst": "Analyst",
    "anomaly": "Anomaly watcher",
    "forecaster": "Forecaster",
    "historian": "Historian",
    "classifier": "Classifier",
    "trainer": "Trainer",
    "verify": "Verifying every number",
    "write": "Writing the answer",
}


@dataclass
class Turn:
    """One turn's surroundings; nothing of it is stored in a checkpoint.

    loaded() gives the conversation's uploads as they are now (a confirmation may have re-read one). trained() and shipped() name
    the classifiers at hand, classes() all that they know.
    """

    owner: str
    session: str
    loaded: Callable[[], tuple[UploadReport, ...]]
    workspace: Workspace
    tools: Tools
    planner: Callable[[], PlanWriter]
    executor: Executor
    language_model: LanguageModel | None = None
    redact: bool = False
    confirmation_seconds: float = 30.0
    trained: Callable[[], tuple[str, ...]] = tuple
    shipped: Callable[[], tuple[str, ...]] = tuple
    classes: Callable[[], tuple[str, ...]] = tuple
    on_prompt: Callable[[list[Message]], None] = lambda messages: None
    cancelled: Flag = field(default_factory=Flag)

    def series(self) -> tuple[SeriesRef, ...]:
        """All loaded series, upload by upload."""
        return tuple(ref for upload in self.loaded() for ref in upload.series)

    async def off_loop(self, work: Callable[[], Any]) -> Any:
        """Run blocking work on the worker threads, so that the event loop stays free."""
        return await asyncio.get_running_loop().run_in_executor(self.executor, work)


def planning_context(turn: Turn, state: State) -> PlanningContext:
    """What the planner may know."""
    uploads, classes = turn.loaded(), turn.classes()
    recordings = uploads[-1].recordings if uploads else ()
    return PlanningContext(
        series=tuple(
            SeriesContext(name=r.name, n=r.n, start=r.start, end=r.end, frequency=r.frequency, source=r.source)
            for upload in uploads
            for r in upload.series
        ),
        files=tuple(upload.file_name for upload in uploads),
        labelled_files=tuple(upload.file_name for upload in uploads if upload.label_column),
        case_files=tuple(upload.file_name for upload in uploads if upload.label_column or upload.recording_column),
        recordings=recordings,
        case_numbers=case_numbers(recordings),
        models=_models_in_play(turn, state.get("question", ""), classes),
        classes=classes,
        previous=state.get("previous"),
        previous_question=state.get("previous_question"),
        selected=state.get("selected", ()),
    )


def _models_in_play(turn: Turn, question: str, classes: tuple[str, ...]) -> tuple[str, ...]:
    """The user's trained models, and the shipped ones where the question names them or asks what something is."""
    asked = asks_kind(normalise(question), classes)
    named = (name for name in turn.shipped() if asked or name.casefold() in question.casefold())
    return tuple(dict.fromkeys((*turn.trained(), *named)))


async def _step(runtime: Runtime[Turn], key: str, work: Callable[[], Awaitable[tuple[dict[str, Any], str]]]) -> dict[str, Any]:
    """Run a node's work between its started and finished events."""
    started = time.monotonic()
    if runtime.context.cancelled.is_set():
        raise Cancelled("Stopped, as you asked.")
    runtime.stream_writer(StepStarted(key, TITLES[key.split(":")[0]]))
    update, summary = await work()
    runtime.stream_writer(StepFinished(key, time.monotonic() - started, summary))
    return update


async def ingest(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:  # noqa: ARG001  (nodes are called by name)
    """Open the turn: count what is loaded and clear the last turn's reports."""

    async def work() -> tuple[dict[str, Any], str]:
        count = len(runtime.context.series())
        return {"reports": None, "declined": None}, f"{count} series loaded"

    return await _step(runtime, "ingest", work)


async def write_plan(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """Turn the question into a plan, unless one was given. A planner's complaint becomes a refusal, not a failure."""

    async def work() -> tuple[dict[str, Any], str]:
        turn = runtime.context
        plan = state.get("plan") or await _planned(state, turn)
        if len(plan.steps) > 1:
            await turn.off_loop(lambda: prepare({step.agent for step in plan.steps}))
        return {"plan": plan, "question_back": await _question(plan, state, turn)}, _summary(plan)

    return await _step(runtime, "plan", work)


async def _planned(state: State, turn: Turn) -> Plan:
    context = planning_context(turn, state)
    try:
        plan: Plan = await turn.off_loop(lambda: turn.planner().plan(state["question"], context))
    except Cancelled:
        raise
    except TidingsError as error:
        return Plan(refusal=Refusal(reason=str(error), instead=compose.askable(_in_play(error, state["question"], context))))
    return plan


def _in_play(error: TidingsError, question: str, context: PlanningContext) -> str:
    """The series that a question was about which could not be planned; "" where nothing is loaded."""
    near = error.nearest if isinstance(error, UnknownSeries) else ()
    named = [item.name for item in context.series if item.name.casefold() in question.casefold()]
    return next(iter((*near, *named, *context.selected, *(item.name for item in context.series))), "")


def _summary(plan: Plan) -> str:
    if plan.refusal:
        return "not something the data can answer"
    if plan.ask:
        return "the question needs a word more"
    return ", ".join(TITLES[step.agent].lower() for step in plan.steps)


async def _question(plan: Plan, state: State, turn: Turn) -> Confirmation | None:
    """What has to be confirmed before a plan runs."""
    if state.get("approved") or not plan.steps:
        return None
    found: Confirmation | None = await turn.off_loop(
        lambda: confirmation_for(plan, turn.loaded(), turn.confirmation_seconds, turn.workspace, turn.tools.training_seconds)
    )
    return found


async def confirm(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """Ask before training, before long work, and where a guess about the data would change the answer.

    The node runs again from its start when a reply comes, and by then the data may have been read anew: the question to ask
    therefore comes from the state, where planning left it.
    """
    question, update = state.get("question_back"), {}
    while question is not None:
        reply = str(interrupt(question))
        if reply.strip().casefold() in {"no", "stop", "cancel"}:
            return {"declined": question.action}
        if not question.action.startswith("read:"):
            break
        # The reply changed how a file is read: plan again on what is loaded now, and ask what that may need in turn.
        update = await _replan(state, runtime)
        question = await _question(update.get("plan", state["plan"]), state, runtime.context)
    return update


async def _replan(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    turn = runtime.context
    if not state.get("question") or state["plan"].origin == "command":
        return {}
    return {"plan": await _planned(state, turn)}


def agent_node(name: AgentName) -> Callable[..., Awaitable[dict[str, Any]]]:
    """A node that runs one agent off the event loop; whatever fails becomes a report that says so."""

    async def node(task: Task, runtime: Runtime[Turn]) -> dict[str, Any]:
        turn, key, started = runtime.context, f"{name}:{task['step']}", time.monotonic()
        if turn.cancelled.is_set():
            raise Cancelled("Stopped, as you asked.")
        # The stream writer finds its place in the graph through context variables, which a worker thread does not have.
        loop, here = asyncio.get_running_loop(), copy_context()
        runtime.stream_writer(StepStarted(key, TITLES[name]))

        def progress(fraction: float | None, text: str) -> None:
            loop.call_soon_threadsafe(runtime.stream_writer, StepProgress(key, fraction, text), context=here)

        context = AgentContext(
            owner=turn.owner,
            session=turn.session,
            series=turn.series(),
            uploads=turn.loaded(),
            workspace=turn.workspace,
            tools=turn.tools,
            progress=progress,
            cancelled=turn.cancelled.is_set,
        )
        outcome = await turn.off_loop(lambda: _guarded(task, context))
        summary = outcome.failure or (outcome.facts[0].text if outcome.refused else f"{len(outcome.facts)} facts")
        done = outcome.failure is None and not outcome.refused
        runtime.stream_writer(StepFinished(key, time.monotonic() - started, summary, failed=not done))
        return {"reports": [outcome]}

    node.__name__ = name
    return node


def _guarded(task: Task, context: AgentContext) -> AgentReport:
    """Run an agent; turn its errors into a report, so that the other parts of an answer still arrive."""
    args = task["args"]
    try:
        return run_agent(task["step"], args, context)
    except Cancelled:
        raise
    except Exception as error:
        if context.cancelled():
            raise Cancelled("Stopped, as you asked.") from error
        # The house's own errors are written for users; whatever else escapes is a defect, and its text is for the log alone.
        ours = isinstance(error, TidingsError) or type(error).__module__.startswith(("models.", "retrieval."))
        if ours:
            _LOG.info("%s could not do its part: %s", args.agent, error)
        else:
            _LOG.exception("%s failed", args.agent)
        if isinstance(error, InputError):
            return _refused(task, context, str(error))
        reason = str(error) if ours else "Its computation failed on this data."
    return AgentReport(step=task["step"], agent=args.agent, failure=reason, warnings=tuple(context.warnings))


def _refused(task: Task, context: AgentContext, reason: str) -> AgentReport:
    """A question that the data cannot answer is refused in the agent's place: that is an answer, and no failure."""
    args = task["args"]
    names = [name for name in getattr(args, "series", ()) if any(ref.name == name for ref in context.series)]
    name = names[0] if names else context.series[0].name if context.series else ""
    refusal = RefusalResult(reason=reason, instead=compose.askable(name))
    book = FactBook(f"s{task['step']}")
    book.say(str(book.name(reason, "text", "Refused: {}", f"agents.{args.agent}")))
    return AgentReport(
        step=task["step"],
        agent=args.agent,
        facts=tuple(book.facts),
        sentences=tuple(book.sentences),
        results=(context.keep(refusal, "refusal"),),
        warnings=tuple(context.warnings),
        suggestions=refusal.instead,
        refused=True,
    )


async def check(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """Verify the agents' sentences against all facts of the turn."""

    async def work() -> tuple[dict[str, Any], str]:
        draft = compose.from_reports(state["plan"], state.get("reports", []), state.get("declined"))
        return {"draft": draft}, f"{len(draft.facts)} facts, {len(draft.removed)} sentences removed"

    return await _step(runtime, "verify", work)


def _users_names(turn: Turn, facts: Sequence[Fact]) -> list[str]:
    """Names that users gave: series, recordings and files of this conversation, models, and what facts bring from elsewhere."""
    from models.registry import available

    uploads = turn.loaded()
    files = [name for upload in uploads for name in (upload.file_name, upload.dataset_name, upload.label_column or "")]
    stems = [upload.file_name.rsplit(".", 1)[0] for upload in uploads]
    recordings = [name for upload in uploads for name in upload.recordings]
    names = [ref.name for ref in turn.series()] + files + stems + recordings + list(turn.trained())
    house = {entry.name for entry in available()}
    return list(dict.fromkeys(names + [name for name in names_in(facts) if name not in house]))


async def write(state: State, runtime: Runtime[Turn]) -> dict[str, Any]:
    """Write the answer: the verified sentences, or a language model's words once they too are verified."""

    async def work() -> tuple[dict[str, Any], str]:
        turn, draft = runtime.context, state["draft"]
        model, reports = turn.language_model, state.get("reports", [])
        # Refusals, questions back and failures are told in their own words; there is nothing to word anew.
        if model is None or not any(report.sentences and not report.refused for report in reports):
            return {"draft": compose.finish(draft)}, "from templates"
        redaction = Redaction(_users_names(turn, draft.facts)) if turn.redact and model.leaves_machine else None
        draft = await turn.off_loop(
            lambda: compose.with_language_model(
                model, state["question"], draft, reports, redaction, turn.on_prompt, turn.cancelled.is_set
            )
        )
        return {"draft": compose.finish(draft)}, f"by {model.name}"

    return await _step(runtime, "write", work)
