"""Questions of a class that never say "class"."""

from __future__ import annotations

import pytest

from assistant.plan import PlanningContext, SeriesContext
from assistant.planning.cases import asks_kind
from assistant.planning.planner import Planner

CLASSES = ("EPILEPSY", "RUNNING", "SAWING", "WALKING", "All clear", "Spread wings", "I have command", "0", "1")
AXES = tuple(
    SeriesContext(name=name, n=200, start="2026-03-01 09:00:00", end="2026-03-01 09:00:12", frequency="63ms")
    for name in ("acc_x", "acc_y", "acc_z")
)


@pytest.mark.parametrize(
    "question",
    [
        "what activity is this?",
        "which gesture was it",
        "what kind of movement is this",
        "which digit does it show?",
        "recognise the activity",
        "identify this hand signal",
        "what is the person doing?",
        "what are these people doing",
        "what was she doing",
        "is this person walking or running?",
        "is this an epileptic seizure?",
        "was it sawing",
        "does this signal say i have command?",
        "is this all clear",
    ],
)
def test_what_something_is(question: str) -> None:
    assert asks_kind(question, CLASSES)
    context = PlanningContext(series=AXES, files=("wrist.csv",), models=("human-activity",), classes=CLASSES)
    assert [step.agent for step in Planner(None).plan(question, context).steps] == ["classifier"]


@pytest.mark.parametrize(
    "question",
    [
        "what is the price doing?",
        "what is acc_x doing",
        "is it increasing?",
        "is this normal",
        "are the running costs high",
        "does it run out in march",
        "is it clear that it falls?",
        "is 0 in it",
        "how many activities are there",
        "what is the highest activity",
        "do i have it all",
    ],
)
def test_what_is_no_such_question(question: str) -> None:
    assert not asks_kind(question, CLASSES)


def test_other_words_decide_first() -> None:
    context = PlanningContext(series=AXES, files=("wrist.csv",), models=("human-activity",), classes=CLASSES)
    for question, agent in (
        ("is its walking pace rising?", "analyst"),
        ("is there an anomaly while this is running?", "anomaly"),
    ):
        assert {step.agent for step in Planner(None).plan(question, context).steps} == {agent}
    assert Planner(None).plan("is this person walking?", context.model_copy(update={"models": (), "classes": ()})).steps == ()
