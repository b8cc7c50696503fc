"""Every type that may lie in a checkpoint comes back as its own class, and nothing else is built from one."""

from __future__ import annotations

import ormsgpack
import pytest
from pydantic import BaseModel

from assistant.agents.base import AgentReport
from assistant.data.series import DocumentRef, SeriesRef
from assistant.events import Confirmation, Removed, Sentence
from assistant.facts import Fact
from assistant.graph import serializer
from assistant.plan import (
    AnalystArgs,
    AnomalyArgs,
    Assumption,
    ClassifierArgs,
    Condition,
    ForecastArgs,
    HistorianArgs,
    Lookup,
    Plan,
    Refusal,
    Span,
    TrainerArgs,
)
from assistant.state import STATE_TYPES, Draft, gather

SPAN = Span(start="2019", end="2020-03")
LOOKUP = Lookup(statistic="count", condition=Condition(op="between", threshold=1.5, upper=2.5), months=(3, 4), versus=SPAN)
FACT = Fact(id="s0.1", value=1.5, unit="%", statement="A share: 1.5%", source="test", text="1.5%")
REF = SeriesRef(id="a" * 64, name="sales", n=3, missing=0, start="2019", end="2021", frequency="YS")
ASSUMPTION = Assumption(kind="percent", value=10.0, months=(12,), span=SPAN, driver="price")
DOCUMENT = DocumentRef(id="b" * 64, kind="value", title="x")
EXAMPLES: list[object] = [
    SPAN,
    LOOKUP,
    Condition(op=">", threshold=30),
    Refusal(reason="no", instead=("yes",)),
    AnalystArgs(task="lookup", series=("sales",), span=SPAN, lookup=LOOKUP),
    AnomalyArgs(series=("sales",), limit=3),
    ASSUMPTION,
    ForecastArgs(horizon=12, levels=(80.0, 90.0), model="theta"),
    HistorianArgs(text="a dip", k=3, any_time=True),
    ClassifierArgs(model="m"),
    TrainerArgs(file="f.csv"),
    Plan(
        steps=(AnalystArgs(lookup=LOOKUP, task="lookup"), ForecastArgs(exclude=(SPAN,), assume=(ASSUMPTION,), compare=("ets",))),
        confidence=0.5,
        origin="head",
    ),
    FACT,
    AgentReport(step=0, agent="analyst", facts=(FACT,), sentences=("{s0.1}",), results=(DOCUMENT,), failure=None),
    DOCUMENT,
    REF,
    Draft(answer="x", sentences=(Sentence(text="x", facts=("s0.1",)),), facts=(FACT,), results=(DOCUMENT,)),
    Sentence(text="x", facts=("s0.1",)),
    Removed(text="x", reason="y"),
    Confirmation(question="?", action="train", choices=("yes", "no")),
]


@pytest.mark.parametrize("value", EXAMPLES, ids=lambda value: type(value).__name__)
def test_a_state_type_round_trips_as_its_class(value: object) -> None:
    kind = serializer()
    back = kind.loads_typed(kind.dumps_typed(value))
    assert type(back) is type(value)
    assert back == value


def test_every_state_type_has_an_example() -> None:
    assert {type(value) for value in EXAMPLES} == set(STATE_TYPES)


class Stranger(BaseModel):
    """A type that no checkpoint may name."""

    x: int = 1


def test_a_type_off_the_list_is_not_built() -> None:
    kind = serializer()
    assert not isinstance(kind.loads_typed(kind.dumps_typed(Stranger())), Stranger)


def test_a_crafted_checkpoint_runs_nothing(tmp_path: object) -> None:
    import os

    marker = f"{tmp_path}/owned"
    inner = ormsgpack.packb(("os", "system", [f"touch {marker}"]))
    crafted = ormsgpack.packb(ormsgpack.Ext(0, inner))
    serializer().loads_typed(("msgpack", crafted))
    assert not os.path.exists(marker)


def test_pickled_checkpoints_are_refused() -> None:
    with pytest.raises(NotImplementedError, match="pickle"):
        serializer().loads_typed(("pickle", b"cos\nsystem\n(S'true'\ntR."))


def test_reports_arrive_in_the_order_of_their_steps() -> None:
    first, second = AgentReport(step=0, agent="analyst"), AgentReport(step=1, agent="anomaly")
    assert gather([second], [first]) == [first, second]
    assert gather([first], None) == []
