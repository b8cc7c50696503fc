"""The graph, with scripted planners and agents: order, parallel steps, failure, confirmation, cancel, and small checkpoints."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.types import Command

from assistant import nodes
from assistant.agents.base import AgentContext, AgentReport, Tools, report, series_fact
from assistant.data.series import Guess, Series
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest, Cancelled, UnknownSeries
from assistant.events import StepFinished, StepProgress, StepStarted
from assistant.facts import FactBook
from assistant.graph import AGENTS, build_graph, drawing, serializer
from assistant.nodes import Turn
from assistant.plan import AnalystArgs, AnomalyArgs, ForecastArgs, Plan, PlanningContext, Refusal, StepArgs, TrainerArgs
from assistant.state import State
from assistant.uploads import UploadReport


class Scripted:
    """A planner that returns what it is given, and remembers the contexts it saw."""

    def __init__(self, *plans: Plan | Exception) -> None:
        self.plans = list(plans)
        self.seen: list[PlanningContext] = []

    def plan(self, question: str, context: PlanningContext) -> Plan:
        self.seen.append(context)
        following = self.plans.pop(0)
        if isinstance(following, Exception):
            raise following
        return following


def stub_agent(step: int, args: StepArgs, context: AgentContext) -> AgentReport:
    """An agent that states the length of the first series."""
    book = FactBook(f"s{step}")
    series = context.load(context.series[0])
    context.progress(0.5, "half way")
    count = book.number(len(series), f"Rows of {series.name}", "test")
    book.say(f"{series_fact(book, series.name)} has {count} rows for the {book.name(args.agent, 'text', 'Agent {}', 'test')}.")
    return report(step, args.agent, book, [context.keep({"kind": "value", "n": len(series)}, "rows")], context)


@pytest.fixture
def executor() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture
def make_turn(tmp_path: Path, executor: ThreadPoolExecutor) -> Callable[..., Turn]:
    """A turn over one series of `rows` values."""

    def make(planner: Scripted, rows: int = 10, **changes: Any) -> Turn:
        workspace = Workspace(tmp_path / "session")
        times = pd.date_range("2020-01-01", periods=rows, freq="h")
        ref = workspace.put_series(Series("load", times, np.arange(rows, dtype=float), "h"), "load.csv")
        upload = UploadReport(upload_id="u", dataset_name="load", file_name="load.csv", series=(ref,))
        tools = Tools(episodes=lambda: pytest.fail("no store here"), trained=dict, model_folder=lambda name: tmp_path / name)
        settings: dict[str, Any] = {
            **{"owner": "o", "session": "s", "loaded": lambda: (upload,), "workspace": workspace, "tools": tools},
            **{"planner": lambda: planner, "executor": executor},
            **changes,
        }
        return Turn(**settings)

    return make


@pytest.fixture(autouse=True)
def _stub_agents(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nodes, "run_agent", stub_agent)


CONFIG: Any = {"configurable": {"thread_id": "1"}, "recursion_limit": 30}


async def run(turn: Turn, question: str = "q", graph: Any = None, start: Any = None) -> dict[str, Any]:
    """The final state of a turn."""
    graph = graph or build_graph(InMemorySaver(serde=serializer()))
    state = State(question=question, previous=None, previous_question=None)
    values: dict[str, Any] = await graph.ainvoke(start or state, CONFIG, context=turn)
    return values


async def test_steps_run_and_their_sentences_keep_the_plans_order(make_turn: Callable[..., Turn]) -> None:
    planner = Scripted(Plan(steps=(AnalystArgs(), AnomalyArgs(), ForecastArgs())))
    values = await run(make_turn(planner))
    words = ["analyst", "anomaly", "forecaster"]
    assert values["draft"].answer == "\n\n".join(f"`load` has 10 rows for the {word}." for word in words)
    assert [report.agent for report in values["reports"]] == words
    assert planner.seen[0].series[0].name == "load"


async def test_a_failing_agent_leaves_a_partial_answer_that_names_it(
    make_turn: Callable[..., Turn], monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(step: int, args: StepArgs, context: AgentContext) -> AgentReport:
        if args.agent == "forecaster":
            raise BadRequest("A horizon of 3 needs at least 9 rows.")
        if args.agent == "anomaly":
            raise ZeroDivisionError("secret detail")
        return stub_agent(step, args, context)

    monkeypatch.setattr(nodes, "run_agent", half)
    values = await run(make_turn(Scripted(Plan(steps=(AnalystArgs(), ForecastArgs(), AnomalyArgs())))))
    answer = values["draft"].answer
    assert "`load` has 10 rows" in answer
    assert "\n\nA horizon of 3 needs at least 9 rows.\n\n" in answer
    assert "The anomaly watcher could not do its part. Its computation failed on this data." in answer
    assert "secret" not in answer
    assert values["draft"].removed == ()


async def test_a_planners_complaint_becomes_a_refusal(make_turn: Callable[..., Turn]) -> None:
    values = await run(make_turn(Scripted(UnknownSeries("There is no series called 'lod'. Did you mean load?", ("load",)))))
    assert values["plan"].refusal == Refusal(
        reason="There is no series called 'lod'. Did you mean load?",
        instead=("Describe load", "Is there anything unusual in load?", "Forecast load"),
    )
    assert values["draft"].answer.startswith("There is no series called 'lod'. Did you mean load?")


async def test_training_waits_for_a_yes_and_then_runs(make_turn: Callable[..., Turn]) -> None:
    graph, turn = build_graph(InMemorySaver(serde=serializer())), make_turn(Scripted(Plan(steps=(TrainerArgs(),))))
    values = await run(turn, graph=graph)
    question = values["__interrupt__"][0].value
    assert question.question == "Train a classifier on your table? It may take a minute or two."
    assert "draft" not in values
    values = await run(turn, graph=graph, start=Command(resume="yes"))
    assert values["draft"].answer == "`load` has 10 rows for the trainer."


async def test_a_no_leaves_the_work_undone(make_turn: Callable[..., Turn]) -> None:
    graph, turn = build_graph(InMemorySaver(serde=serializer())), make_turn(Scripted(Plan(steps=(TrainerArgs(),))))
    await run(turn, graph=graph)
    values = await run(turn, graph=graph, start=Command(resume="no"))
    assert values["draft"].answer == "All right, I left it: train classifier on your table."
    assert values["reports"] == []


async def test_an_ambiguous_date_is_asked_and_the_plan_made_again(make_turn: Callable[..., Turn]) -> None:
    guess = Guess(what="day or month first", chosen="day first", alternatives=("month first",), why="Both fit.")
    planner = Scripted(Plan(steps=(AnalystArgs(),)), Plan(steps=(AnomalyArgs(),)))
    turn = make_turn(planner)
    upload = turn.loaded()[0]
    turn.loaded = lambda: (upload.model_copy(update={"questions": (guess,)}),)
    graph = build_graph(InMemorySaver(serde=serializer()))
    values = await run(turn, graph=graph)
    assert values["__interrupt__"][0].value.choices == ("day first", "month first")
    turn.loaded = lambda: (upload,)
    values = await run(turn, graph=graph, start=Command(resume="month first"))
    assert values["draft"].answer == "`load` has 10 rows for the anomaly."


async def test_a_stopped_turn_raises_cancelled_and_runs_no_agent(make_turn: Callable[..., Turn]) -> None:
    turn = make_turn(Scripted(Plan(steps=(AnalystArgs(),))))
    turn.cancelled.set()
    with pytest.raises(Cancelled, match="Stopped"):
        await run(turn)


async def test_events_tell_each_step_once(make_turn: Callable[..., Turn]) -> None:
    graph, turn = build_graph(InMemorySaver(serde=serializer())), make_turn(Scripted(Plan(steps=(AnalystArgs(),))))
    events = []
    async for part in graph.astream({"question": "q"}, CONFIG, context=turn, stream_mode=["custom"], version="v2"):
        events.append(part["data"])
    started = [event.key for event in events if isinstance(event, StepStarted)]
    finished = [event.key for event in events if isinstance(event, StepFinished)]
    assert [(e.key, e.fraction, e.text) for e in events if isinstance(e, StepProgress)] == [("analyst:0", 0.5, "half way")]
    assert started == finished == ["ingest", "plan", "analyst:0", "verify", "write"]


async def test_a_checkpoint_does_not_grow_with_the_series(make_turn: Callable[..., Turn]) -> None:
    sizes = []
    for rows in (100, 100_000):
        saver = InMemorySaver(serde=serializer())
        turn = make_turn(Scripted(Plan(steps=(AnalystArgs(), AnomalyArgs()))), rows=rows)
        await run(turn, graph=build_graph(saver))
        sizes.append(sum(len(blob[1]) for blob in saver.blobs.values()))
    assert abs(sizes[1] - sizes[0]) < 100, sizes


def test_every_agent_is_drawn_between_confirm_and_verify() -> None:
    text = drawing()
    for name in AGENTS:
        assert f"confirm -.-> {name}" in text
        assert f"{name} --> verify" in text
    assert "verify --> write" in text
