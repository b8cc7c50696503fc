"""Questions of thresholds, spans, spread, memory and prediction: the plan, the numbers and the sentences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant import results
from assistant.agents import run_agent
from assistant.agents.base import AgentContext, Tools
from assistant.analysis.autocorrelation import correlation_at
from assistant.data.series import Series
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest
from assistant.facts import FactBook, number_text
from assistant.plan import AnalystArgs, Condition, Lookup, Plan, PlanningContext, SeriesContext, Span
from assistant.planning.dates import with_shared_years
from assistant.planning.planner import Planner
from assistant.verification import verify

DAYS = pd.date_range("2019-01-01", periods=730, freq="D")
RANDOM = np.random.default_rng(11)
RAIN = 10 + RANDOM.normal(size=730)
FLOW = np.concatenate([np.full(2, 20.0), 2 * RAIN[:-2]]) + RANDOM.normal(size=730)
LEVEL = pd.Series(50 + 30 * np.sin(np.arange(730) * 2 * np.pi / 365) + RANDOM.normal(size=730), DAYS)
LEVEL.iloc[[100, 400]] = np.nan
VALUES = {"rain": RAIN, "flow": FLOW, "level": LEVEL.to_numpy()}
LOADED = PlanningContext(
    series=tuple(
        SeriesContext(name=name, n=730, start="2019-01-01T00:00:00", end="2020-12-30T00:00:00", frequency="D") for name in VALUES
    )
)


@pytest.fixture
def context(tmp_path: Path) -> AgentContext:
    workspace = Workspace(tmp_path / "session")
    refs = tuple(workspace.put_series(Series(name, DAYS, values, "D", "mm"), "r.csv") for name, values in VALUES.items())
    tools = Tools(episodes=lambda: pytest.fail("no episodes"), trained=dict, model_folder=lambda _: tmp_path)
    return AgentContext(owner="ann", session="s", series=refs, uploads=(), workspace=workspace, tools=tools)


def planned(question: str, previous: Plan | None = None) -> list[dict[str, Any]]:
    plan = Planner().plan(question, LOADED.model_copy(update={"previous": previous}))
    # What a yes/no question supposes has tests of its own.
    return [step.model_dump(exclude_defaults=True, exclude={"claim"}) for step in plan.steps]


def answered(question: str, context: AgentContext) -> tuple[list[Any], str]:
    """The typed results and the verified text of a question, each step in turn."""
    documents, texts = [], []
    for step, args in enumerate(Planner().plan(question, LOADED).steps):
        report = run_agent(step, args, context)
        outcome = verify(report.sentences, report.facts)
        assert outcome.removed == ()
        texts += [sentence.text for sentence in outcome.sentences]
        documents += [results.load_result(context.workspace.document(ref)) for ref in report.results]
    return documents, " ".join(texts)


def lookup(statistic: str, **slots: Any) -> dict[str, Any]:
    return {"task": "lookup", "series": ("level",), "lookup": {"statistic": statistic, **slots}}


ABOVE = {"op": ">", "threshold": 70.0}


@pytest.mark.parametrize(
    ("question", "step"),
    [
        ("When did level exceed 70?", lookup("when", condition=ABOVE)),
        ("on which days was level above 70", lookup("when", condition=ABOVE)),
        ("list the days with level above 70", lookup("when", condition=ABOVE)),
        ("show me when level exceeded 70", lookup("when", condition=ABOVE)),
        ("since when is level above 70", lookup("when", condition=ABOVE)),
        ("how long did level stay above 70", lookup("longest", condition=ABOVE)),
        ("what was the longest streak of level above 70?", lookup("longest", condition=ABOVE)),
        ("how many days in a row was level above 70", lookup("longest", condition=ABOVE)),
        ("how often is level above 70", lookup("count", condition=ABOVE)),
        ("first time level passed 70", lookup("first", condition=ABOVE)),
        ("when was level last above 70", lookup("last", condition=ABOVE)),
        ("average level in the first quarter", lookup("mean", months=(1, 2, 3))),
    ],
)
def test_a_threshold_or_a_quarter_becomes_one_step(question: str, step: dict[str, Any]) -> None:
    assert planned(question) == [step]


def test_two_days_or_years_joined_by_and_are_asked_for_each() -> None:
    days = planned("level on May 3 and May 7")
    assert [step["lookup"]["time"] for step in days] == ["2020-05-03", "2020-05-07"]
    years = planned("mean of level in 2019 and 2020")
    assert [step["span"] for step in years] == [{"start": "2019", "end": "2019"}, {"start": "2020", "end": "2020"}]
    assert len(planned("mean of level between March 2019 and June 2020")) == 1
    assert len(planned("value of level on march 3rd, 2020")) == 1
    previous = Planner().plan("mean of level in 2019", LOADED)
    assert len(planned("mean in 2019 and 2020", previous)) == 2


def test_two_quarters_are_set_against_each_other() -> None:
    (step,) = planned("compare Q1 and Q2 of 2020 for level")
    assert step["span"] == {"start": "2020-01", "end": "2020-03"}
    assert step["lookup"]["versus"] == {"start": "2020-04", "end": "2020-06"}
    (step,) = planned("compare Q1 2019 and Q1 2020 for level")
    assert step["lookup"]["versus"] == {"start": "2020-01", "end": "2020-03"}
    recurring = planned("compare Q1 and Q2 for level")
    assert [step["lookup"]["months"] for step in recurring] == [(1, 2, 3), (4, 5, 6)]


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ("q1 and q2 of 2020", "q1 2020 and q2 of 2020"),
        ("march, april and may 2019", "march 2019, april 2019 and may 2019"),
        ("may 3 and may 7 2016", "may 3 2016 and may 7 2016"),
        ("spring and summer 2019", "spring 2019 and summer 2019"),
        ("the first and second quarter of 2020", "the first quarter 2020 and second quarter of 2020"),
        ("march 2019 and april 2020", "march 2019 and april 2020"),
        ("in 2019 and 2020", "in 2019 and 2020"),
    ],
)
def test_a_year_said_once_holds_for_all_parts(text: str, shared: str) -> None:
    assert with_shared_years(text) == shared


@pytest.mark.parametrize(
    ("question", "task"),
    [
        ("how is level distributed?", "distribution"),
        ("what does the distribution of level look like", "distribution"),
        ("is level skewed", "distribution"),
        ("is level noisy?", "noise"),
        ("what colour of noise does level have", "noise"),
        ("is there memory in level?", "autocorrelation"),
        ("is level autocorrelated", "autocorrelation"),
        ("does the spread of level grow with its size?", "spread"),
        ("does level get more volatile over time", "spread"),
        ("is the seasonality of level multiplicative or additive", "spread"),
        ("is level a random walk?", "stationarity"),
    ],
)
def test_a_trait_is_planned_by_its_words(question: str, task: str) -> None:
    assert planned(question) == [{"task": task, "series": ("level",)}]


def test_a_lag_is_read_and_checked() -> None:
    assert planned("autocorrelation of level at lag 7") == [{"task": "autocorrelation", "series": ("level",), "lag": 7}]
    with pytest.raises(BadRequest, match="whole number of samples"):
        planned("autocorrelation of level at lag 0")


@pytest.mark.parametrize(
    ("question", "target", "series"),
    [
        ("does rain help to predict flow?", "flow", ("flow", "rain")),
        ("does rain Granger-cause flow", "flow", ("flow", "rain")),
        ("is flow predicted by rain", "flow", ("flow", "rain")),
        ("which of the others helps to predict flow?", "flow", ("flow", "rain", "level")),
        ("what is the predictive power of rain for flow", "flow", ("flow", "rain")),
        ("is rain a leading indicator of flow?", "flow", ("flow", "rain")),
        ("granger causality between rain and flow", None, ("rain", "flow")),
    ],
)
def test_who_is_to_be_predicted(question: str, target: str | None, series: tuple[str, ...]) -> None:
    (step,) = Planner().plan(question, LOADED).steps
    assert isinstance(step, AnalystArgs)
    assert (step.task, step.target, step.series) == ("granger", target, series)


def test_asking_for_a_forecast_is_no_question_of_prediction() -> None:
    for question in ("can you help me to predict flow", "predict flow for 7 days", "forecast flow with the rain"):
        assert Planner().plan(question, LOADED).steps[0].agent == "forecaster"


def _spells(values: pd.Series, limit: float) -> list[tuple[pd.Timestamp, pd.Timestamp]]:
    above = values > limit
    runs = above.ne(above.shift()).cumsum()[above]
    return [(run.index[0], run.index[-1]) for _, run in runs.groupby(runs)]


def test_when_it_was_above_equals_pandas(context: AgentContext) -> None:
    (found,), text = answered("when did level exceed 79?", context)
    wanted = _spells(LEVEL, 79)
    assert found.what == "when > 79"
    assert found.value == (LEVEL > 79).sum()
    assert [(spell["start"], spell["end"]) for spell in found.detail["spells"]] == [
        (first.isoformat(), last.isoformat()) for first, last in wanted[:400]
    ]
    assert found.detail["spells"][0]["peak"] == LEVEL.loc[wanted[0][0] : wanted[0][1]].max()
    assert f"in {len(wanted)} separate stretches" in text


def test_how_long_it_stayed_equals_pandas(context: AgentContext) -> None:
    (found,), text = answered("how long did level stay above 70", context)
    lengths = [(last - first).days + 1 for first, last in _spells(LEVEL, 70)]
    assert (found.value, found.unit) == (max(lengths), "days")
    assert found.detail["rows"] == (LEVEL > 70).sum()
    assert f"at a stretch is {max(lengths)} days" in text


def test_never_is_said_with_how_near_it_came(context: AgentContext) -> None:
    for question in ("when did level exceed 500", "how often is level above 500"):
        (found,), text = answered(question, context)
        assert found.value == 0
        assert "was never above 500" in text
        assert number_text(LEVEL.max(), "mm") in text


def test_few_counted_values_are_placed(context: AgentContext) -> None:
    limit = float(LEVEL.nlargest(3).iloc[-1]) - 1e-9
    args = AnalystArgs(
        task="lookup", series=("level",), lookup=Lookup(statistic="count", condition=Condition(op=">", threshold=limit))
    )
    report = run_agent(0, args, context)
    assert any(sentence.startswith("That was") for sentence in report.sentences)


def test_a_crossing_that_never_was_is_told(context: AgentContext) -> None:
    _, text = answered("first time level passed 10", context)
    assert "where its values start" in text


def test_several_series_get_a_line_each(context: AgentContext) -> None:
    args = AnalystArgs(task="lookup", lookup=Lookup(statistic="when", condition=Condition(op=">", threshold=22)))
    report = run_agent(0, args, context)
    assert [sentence[:2] for sentence in report.sentences[1:]] == ["- "] * 3


def test_prediction_is_told_both_ways(context: AgentContext) -> None:
    (found,), text = answered("does rain help to predict flow?", context)
    tests = {(one["helper"], one["target"]): one for one in found.detail["granger"]}
    assert tests["rain", "flow"]["helps"]
    assert not tests["flow", "rain"]["helps"]
    assert (found.kind, set(found.series), abs(found.lag)) == ("comparison", {"rain", "flow"}, 2)
    assert "The past of `rain` helps to predict `flow`" in text
    assert "The past of `flow` does not help to predict `rain`" in text
    assert "cause" not in text


def test_of_many_the_helpful_are_listed(context: AgentContext) -> None:
    documents, text = answered("which of the others helps to predict flow", context)
    assert len(documents) == 2
    assert "- `rain`:" in text
    assert "No help was found from `level`" in text


def test_a_percentile_equals_numpy(context: AgentContext) -> None:
    _, text = answered("what is the 90th percentile of level", context)
    wanted = np.nanpercentile(LEVEL, 90)
    assert f"90% of the values of `level` lie at or below {number_text(wanted, 'mm')}" in text


def test_memory_at_a_lag_equals_pandas(context: AgentContext) -> None:
    (description, found), text = answered("autocorrelation of level at lag 7", context)
    wanted = LEVEL.autocorr(7)
    assert correlation_at(LEVEL.to_numpy(), 7) == pytest.approx(wanted)
    assert number_text(wanted) in text
    assert (description.kind, found.kind) == ("description", "traits")
    assert found.memory["tried"] >= 7


def test_traits_are_kept_for_machines(context: AgentContext) -> None:
    (description, found), _ = answered("how is rain distributed", context)
    assert set(found.model_dump()) == {"kind", "series", "n", "stationarity", "distribution", "spread", "memory", "noise"}
    assert found.noise["colour"] == "white"
    assert found.distribution["skewness"] == pytest.approx(pd.Series(RAIN).skew(), abs=0.01)
    assert found.stationarity["verdict"] == "stationary"
    assert description.stationary is True


def test_a_span_is_kept_by_the_traits(context: AgentContext) -> None:
    step = AnalystArgs(task="distribution", series=("level",), span=Span(start="2020", end="2020"))
    found = [context.workspace.document(ref) for ref in run_agent(0, step, context).results]
    assert [document["n"] for document in found] == [365, 365]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (372.04, "372.0"),
        (372.5, "372.5"),
        (372.0, "372"),
        (0.25, "0.25"),
        (1234.04, "1,234.0"),
        (0.30001, "0.3"),
        (9.99999, "10.0"),
    ],
)
def test_a_broken_number_never_looks_whole(value: float, text: str) -> None:
    assert number_text(value) == text


def test_p_values_are_told_as_what_they_are() -> None:
    book = FactBook("s0")
    book.chance(1e-9, "p-value", "test")
    book.chance(0.0428, "p-value", "test")
    assert [fact.text for fact in book.facts] == ["0.001 or less", "0.0428"]
    assert book.facts[0].value == 1e-9


FLAT = [("up", False), ("down", False)]


@pytest.mark.parametrize(
    ("flags", "sentence", "kept"),
    [
        (FLAT, "{s0.1} is falling.", False),
        (FLAT, "{s0.1} is rising.", False),
        (FLAT, "{s0.1} shows no clear trend.", True),
        (FLAT, "{s0.1} is not rising.", True),
        (FLAT, "{s0.1} is not falling.", True),
        ([("up", False), ("down", True)], "{s0.1} has a falling trend.", True),
        ([("up", False), ("down", True)], "{s0.1} is not falling.", False),
        ([("up", False), ("down", True)], "{s0.1} shows no clear trend.", False),
        ([("up", True), ("down", False)], "{s0.1} has a rising trend.", True),
        ([("up", True), ("down", False)], "{s0.1} has a falling trend.", False),
    ],
)
def test_free_text_may_say_up_or_down_only_of_a_trend_found(flags: list[tuple[str, bool]], sentence: str, kept: bool) -> None:
    book = FactBook("s0")
    book.name("sales", "series", "A series is called {}", "data.workspace")
    for side, value in flags:
        book.flag(value, f"sales has a trend {side}ward: {{}}", f"analysis.trend(sales).trend_{side}")
    assert bool(verify([sentence], book.facts, strict=True).sentences) is kept


@pytest.mark.parametrize(
    ("topic", "statement", "sentence"),
    [
        ("random_walk", "sales is a random walk: {}", "{s0.1} is a random walk."),
        ("unit_root", "sales has a unit root: {}", "{s0.1} has a unit root."),
        ("skewed", "The values of sales are skewed: {}", "{s0.1} is skewed."),
        ("white_noise", "The noise of sales is white: {}", "The noise of {s0.1} is white noise."),
        ("autocorrelated", "sales is autocorrelated: {}", "{s0.1} is autocorrelated."),
        ("spread_grows", "The spread of sales grows with its level: {}", "The spread of {s0.1} grows."),
    ],
)
def test_traits_in_free_text_need_their_fact(topic: str, statement: str, sentence: str) -> None:
    for value in (True, False, None):
        book = FactBook("s0")
        book.name("sales", "series", "A series is called {}", "data.workspace")
        if value is not None:
            book.flag(value, statement, f"analysis.traits(sales).{topic}")
        assert bool(verify([sentence], book.facts, strict=True).sentences) is (value is True)
