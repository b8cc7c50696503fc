"""Every sentence that the agents say passes the verifier, as a template and as free text."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from assistant.plan import AnalystArgs, AnomalyArgs, Condition, ForecastArgs, HistorianArgs, Lookup, Span, Statistic
from assistant.verification import verify
from tests.test_assistant_agents import Run, run

__all__ = ["run"]

SALES = ("sales",)
TASKS = ("describe", "trend", "seasonality", "stationarity", "change_points")
LOOKUPS = [
    *[Lookup(statistic=statistic) for statistic in get_args(Statistic) if statistic != "value"],
    Lookup(statistic="value", time="2012-03"),
    Lookup(statistic="max", top=3),
    Lookup(statistic="min", top=2, months=(3, 4)),
    Lookup(statistic="mean", group="month", pick="max"),
    Lookup(statistic="count", condition=Condition(op=">", threshold=120)),
    Lookup(statistic="mean", months=(3,)),
]
STEPS: list[Any] = [
    *[AnalystArgs(task=task, series=SALES) for task in TASKS],
    AnalystArgs(task="describe", series=("sales", "costs", "spiky")),
    AnalystArgs(task="compare"),
    AnalystArgs(task="compare", series=("sales", "costs")),
    *[AnalystArgs(task="lookup", series=SALES, lookup=lookup) for lookup in LOOKUPS],
    AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="mean"), span=Span(start="2012", end="2014")),
    AnomalyArgs(series=("spiky",)),
    AnomalyArgs(series=SALES),
    ForecastArgs(series=SALES),
    ForecastArgs(series=SALES, model="seasonal-naive", horizon=3),
    HistorianArgs(series=SALES),
]


@pytest.mark.parametrize("args", STEPS, ids=str)
def test_what_the_agents_say_passes_either_way(run: Run, args: Any) -> None:
    report, _, _ = run(args)
    assert any(report.sentences)
    for strict in (False, True):
        assert verify(report.sentences, report.facts, strict=strict).removed == ()
