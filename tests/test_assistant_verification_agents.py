"""Every sentence that the agents say passes the verifier, as a template and as free text."""

from __future__ import annotations

from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest

from assistant.agents import run_agent
from assistant.agents.base import AgentContext, Tools
from assistant.data.series import Series
from assistant.data.workspace import Workspace
from assistant.plan import (
    AnalystArgs,
    AnalystTask,
    AnomalyArgs,
    Condition,
    ForecastArgs,
    HistorianArgs,
    Lookup,
    Span,
    Statistic,
)
from assistant.verification import verify
from tests.test_assistant_agents import Run, run

__all__ = ["run"]

SALES = ("sales",)
TASKS = [task for task in get_args(AnalystTask) if task not in ("lookup", "compare", "granger")]
LOOKUPS = [
    *[Lookup(statistic=statistic) for statistic in get_args(Statistic) if statistic not in ("value", "when", "longest", "rank")],
    Lookup(statistic="rank", condition=Condition(op="<=", threshold=120)),
    Lookup(statistic="longest", pick="max"),
    *[Lookup(statistic="step", pick=pick, condition=Condition(op=">", threshold=5)) for pick in ("max", "min", None)],
    *[Lookup(statistic="when", condition=Condition(op=op, threshold=120)) for op in (">", "<=")],
    *[Lookup(statistic="longest", condition=Condition(op=op, threshold=120)) for op in (">", "<=")],
    Lookup(statistic="when", condition=Condition(op=">", threshold=1_000)),
    Lookup(statistic="when", condition=Condition(op="between", threshold=100, upper=120)),
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
    AnalystArgs(task="granger"),
    AnalystArgs(task="granger", series=("costs", "sales"), target="costs"),
    AnalystArgs(task="granger", series=("costs", "sales", "spiky"), target="costs"),
    AnalystArgs(task="autocorrelation", series=SALES, lag=12),
    *[AnalystArgs(task="lookup", series=SALES, lookup=lookup) for lookup in LOOKUPS],
    AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="mean"), span=Span(start="2012", end="2014")),
    AnomalyArgs(series=("spiky",)),
    AnomalyArgs(series=SALES),
    ForecastArgs(series=SALES),
    ForecastArgs(series=SALES, model="seasonal-naive", horizon=3),
    HistorianArgs(series=SALES),
]
ABOVE, BELOW = Condition(op=">", threshold=120), Condition(op="<", threshold=20)
STEPS += [
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="count", condition=one), claim="so")
      for one in (ABOVE, BELOW)],
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="step", pick=pick, top=2)) for pick in ("max", "min")],
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="step", pick=pick)) for pick in ("max", "min")],
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="change"), claim=way) for way in ("up", "down")],
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="change", group="year"), claim=way)
      for way in ("up", "down")],
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="mean", group="month", pick="max", supposed=7), claim=way)
      for way in ("so", "always")],
    *[AnalystArgs(task="lookup", series=SALES, lookup=Lookup(statistic="mean", versus=Span(start="2013", end="2013")),
                  span=Span(start="2014", end="2014"), claim=way) for way in ("more", "less")],
    *[AnalystArgs(task="compare", series=("sales", "costs"), claim=way)
      for way in ("so", "first leads", "more", "less", "how far apart")],
    *[AnalystArgs(task=task, series=SALES, claim=way)
      for task in ("trend", "seasonality", "stationarity", "change_points") for way in ("so", "up", "down", "wandering")],
    *[AnomalyArgs(series=(name,), claim="so") for name in ("spiky", "sales")],
    *[ForecastArgs(series=SALES, horizon=4, model="seasonal-naive", condition=Condition(op=op, threshold=limit))
      for op, limit in ((">", 1_000), ("<", 150), ("<", 0))],
    *[ForecastArgs(series=SALES, horizon=4, model="seasonal-naive", claim=way) for way in ("up", "down")],
]  # fmt: skip


@pytest.mark.parametrize("args", STEPS, ids=str)
def test_what_the_agents_say_passes_either_way(run: Run, args: Any) -> None:
    report, _, _ = run(args)
    assert any(report.sentences)
    for strict in (False, True):
        assert verify(report.sentences, report.facts, strict=strict).removed == ()


NOISE = np.random.default_rng(3).normal(size=(12, 400))
ROWS = np.arange(400.0)
SHAPES = {
    "white": NOISE[0],
    "walk": NOISE[1].cumsum(),
    "wandering": np.convolve(NOISE[2], np.ones(3) / 3, "same").cumsum(),
    "line": 0.05 * ROWS + NOISE[3],
    "shifted": NOISE[4] + np.where(ROWS > 200, 12, 0),
    "growing": (20 + ROWS) * np.exp(0.1 * NOISE[5]),
    "counts": np.floor(np.exp(0.8 * NOISE[6])) * (NOISE[7] > 0.3),
    "groups": NOISE[8] + np.where(NOISE[9] > 0.2, 7, 0),
    "outlying": np.where(ROWS == 50, 900, NOISE[10]),
    "seasonal": NOISE[11] + 4 * np.sin(ROWS * np.pi / 6),
    "faint": NOISE[11] + 0.5 * np.sin(ROWS * np.pi / 6),
    "alternating": np.diff(NOISE[0], append=0.0),
    "skewed": np.exp(NOISE[1]),
    "switch": (NOISE[2] > 0).astype(float),
    "short": NOISE[3][:10],
    "flat": np.full(60, 3.0),
}


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_is_told_in_sentences_that_pass(tmp_path: Path, name: str) -> None:
    workspace = Workspace(tmp_path)
    days = pd.date_range("2020-01-01", periods=len(SHAPES[name]), freq="D")
    refs = tuple(workspace.put_series(Series(one, days, values[: len(days)], "D", "kg"), "f.csv")
                 for one, values in ((name, SHAPES[name]), ("other", SHAPES["walk"])))  # fmt: skip
    tools = Tools(episodes=lambda: pytest.fail("no episodes"), trained=dict, model_folder=lambda _: tmp_path)
    context = AgentContext(owner="ann", session="s", series=refs, uploads=(), workspace=workspace, tools=tools)
    steps = [*(AnalystArgs(task=task, series=(name,)) for task in TASKS), AnalystArgs(task="compare")]
    steps += [AnalystArgs(task="granger", target="other")] * (len(days) > 60)
    for step in steps:
        report = run_agent(0, step, context)
        assert report.failure is None
        for strict in (False, True):
            removed = verify(report.sentences, report.facts, strict=strict).removed
            assert removed == (), (step.task, removed)
