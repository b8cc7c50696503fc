"""The agents on series whose answers are known, or computed here with pandas: facts, sentences and results."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant import results
from assistant.agents import run_agent
from assistant.agents.base import AgentContext, AgentReport, Tools
from assistant.agents.forecast_prepare import default_horizon, future_times, main_period
from assistant.agents.historian import nearest_length
from assistant.agents.trainer import model_name
from assistant.agents.wording import cycle_name, rhythm, step_words
from assistant.data.series import Series
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest, UnknownSeries
from assistant.plan import AnalystArgs, AnomalyArgs, Condition, ForecastArgs, HistorianArgs, Lookup, Span
from retrieval import EpisodeStore, ShapeEmbedder
from scripts.evaluate_durability import DigestTextEmbedder
from tests.agent_text import checked_text

MONTHS = pd.date_range("2010-01-01", periods=120, freq="MS")
RANDOM = np.random.default_rng(7)
SALES = 100 + 0.5 * np.arange(120) + 12 * np.sin(2 * np.pi * np.arange(120) / 12) + RANDOM.normal(0, 1, 120)
COSTS = np.roll(SALES, 2) * 0.5 + RANDOM.normal(0, 0.3, 120)
SPIKY = SALES + np.where(np.arange(120) == 50, 60, 0)
VALUES = {"sales": SALES, "costs": COSTS, "spiky": SPIKY}
Run = Callable[..., tuple[AgentReport, list[Any], str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a step over two monthly series; gives the report, its typed results and the verified text."""
    workspace = Workspace(tmp_path / "session")
    refs = tuple(workspace.put_series(Series(n, MONTHS, v, "MS"), "shop.csv") for n, v in VALUES.items())
    opened: list[EpisodeStore] = []

    def episodes() -> EpisodeStore:
        if not opened:
            opened.append(EpisodeStore(tmp_path / "episodes", ShapeEmbedder(), DigestTextEmbedder()))
        return opened[0]

    def do(args: Any) -> tuple[AgentReport, list[Any], str]:
        tools = Tools(episodes=episodes, trained=dict, model_folder=lambda name: tmp_path / name)
        context = AgentContext(owner="ann", session="s", series=refs, uploads=(), workspace=workspace, tools=tools)
        report = run_agent(0, args, context)
        text = checked_text(report)
        return report, [results.load_result(workspace.document(ref)) for ref in report.results], text

    return do


def test_a_description_holds_what_pandas_computes(run: Run) -> None:
    report, (found,), text = run(AnalystArgs(series=("sales",)))
    values = {fact.statement.split(" is ")[0]: fact.value for fact in report.facts}
    assert values["The mean (average) of sales"] == pytest.approx(SALES.mean())
    assert values["The median of sales"] == pytest.approx(np.median(SALES))
    assert values["The maximum (highest value) of sales"] == SALES.max()
    assert (found.n, found.start, found.frequency, found.missing) == (120, "2010-01-01T00:00:00", "MS", 0)
    assert [season.period for season in found.seasonality] == [12]
    assert found.trend is not None
    assert found.trend.direction == "up"
    assert found.trend.low <= 6 <= found.trend.high
    assert "a yearly cycle (12 months)" in text


def test_a_few_series_are_each_described_whole(run: Run) -> None:
    _, found, text = run(AnalystArgs())
    assert [result.series for result in found] == ["sales", "costs", "spiky"]
    assert "Here are" not in text
    assert text.count("yearly cycle (12 months)") == 3


@pytest.mark.parametrize(
    ("lookup", "span", "value"),
    [
        (Lookup(statistic="max"), None, SALES.max()),
        (Lookup(statistic="mean", months=(3,)), None, SALES[2::12].mean()),
        (Lookup(statistic="sum"), Span(start="2012", end="2012"), SALES[24:36].sum()),
        (Lookup(statistic="count", condition=Condition(op=">", threshold=130)), None, float((SALES > 130).sum())),
        (Lookup(statistic="growth"), Span(start="2011-01", end="2012-01"), 100 * (SALES[24] - SALES[12]) / SALES[12]),
        (Lookup(statistic="year_over_year"), None, 100 * (SALES[119] - SALES[107]) / SALES[107]),
        (Lookup(statistic="last"), None, SALES[-1]),
        (
            Lookup(statistic="growth", versus=Span(start="2014", end="2014")),
            Span(start="2010", end="2010"),
            100 * (SALES[48:60].mean() / SALES[:12].mean() - 1),
        ),
        (Lookup(statistic="value", time="2015-06"), None, SALES[65]),
    ],
)
def test_a_look_up_gives_the_number_and_says_it(run: Run, lookup: Lookup, span: Span | None, value: float) -> None:
    report, (found,), _ = run(AnalystArgs(task="lookup", series=("sales",), lookup=lookup, span=span))
    assert found.value == pytest.approx(value)
    assert any(fact.value == pytest.approx(value) for fact in report.facts if isinstance(fact.value, int | float))


def test_a_group_names_the_picked_one_and_lists_the_others(run: Run) -> None:
    lookup = Lookup(statistic="mean", group="month", pick="max")
    _, (found,), text = run(AnalystArgs(task="lookup", series=("sales",), lookup=lookup))
    means = pd.Series(SALES, MONTHS).groupby(MONTHS.month).mean()
    assert found.detail["group"] == pd.Timestamp(2000, int(means.idxmax()), 1).month_name()
    assert found.value == pytest.approx(means.max())
    assert text.count("- ") == 12


def test_a_comparison_finds_who_leads(run: Run) -> None:
    _, (found,), text = run(AnalystArgs(task="compare", series=("sales", "costs")))
    assert found.correlation == pytest.approx(np.corrcoef(SALES, COSTS)[0, 1])
    assert found.lag == 2
    assert "`sales` leads `costs` by 2 months" in text


def test_a_spike_is_told_with_its_time_value_and_kind(run: Run) -> None:
    report, (found,), text = run(AnomalyArgs(series=("spiky",)))
    (point,) = found.points
    assert (point.time, point.end, point.kind) == ("2014-03-01T00:00:00", None, "spike")
    assert point.value == SPIKY[50]
    assert point.expected == pytest.approx(SALES[50], abs=6)
    assert "a spike in March 2014" in text
    assert any(fact.value == SPIKY[50] for fact in report.facts)


def test_a_quiet_series_has_nothing_unusual(run: Run) -> None:
    _, (found,), text = run(AnomalyArgs(series=("sales",)))
    assert found.points == ()
    assert text == "Nothing unusual stands out in `sales`."


def test_series_without_events_come_after_those_with_some(run: Run) -> None:
    _, documents, text = run(AnomalyArgs(series=("sales", "spiky")))
    assert [document.series for document in documents] == ["sales", "spiky"]
    assert [bool(document.points) for document in documents] == [False, True]
    assert text.startswith("`spiky` has 1 unusual event:")
    assert text.endswith("Nothing unusual stands out in `sales`.")
    assert text.count("The score is") == 1


def test_the_lowest_of_several_series_comes_first_where_it_is_asked_for(run: Run) -> None:
    for pick, first in ((None, "highest"), ("min", "lowest")):
        lookup = Lookup(statistic="mean", pick=pick)
        _, documents, text = run(AnalystArgs(task="lookup", series=("sales", "costs", "spiky"), lookup=lookup))
        found = [document.value for document in documents]
        assert found == sorted(found, reverse=pick is None)
        assert f"Of 3 series it is {first} for `{documents[0].series}`" in text


def test_equal_answers_of_several_series_are_called_equal(run: Run) -> None:
    lookup = Lookup(statistic="count", condition=Condition(op=">", threshold=-1e9))
    _, _, text = run(AnalystArgs(task="lookup", series=("sales", "costs"), lookup=lookup))
    assert text.startswith(f"It is the same for each of the 2 series, {len(SALES)} months:")
    assert "highest" not in text


def test_a_forecast_brings_points_intervals_and_the_naive(run: Run) -> None:
    report, (found,), text = run(ForecastArgs(series=("sales",), horizon=6, levels=(90.0,)))
    assert [point["time"][:7] for point in found.points] == ["2020-01", "2020-02", "2020-03", "2020-04", "2020-05", "2020-06"]
    assert all(point["lo90"] <= point["mean"] <= point["hi90"] for point in found.points)
    assert set(found.points[0]) == {"time", "mean", "lo90", "hi90"}
    assert "seasonal-naive" in [row.model for row in found.leaderboard]
    assert found.beats_seasonal_naive is True
    assert "beats the seasonal naive, MASE" in text
    assert found.points[0]["mean"] == pytest.approx(160 + 12 * np.sin(0), abs=4)
    assert any(fact.value == found.points[-1]["mean"] for fact in report.facts)


def test_a_forced_naive_is_not_called_the_best(run: Run) -> None:
    _, (found,), text = run(ForecastArgs(series=("sales",), horizon=3, model="seasonal-naive"))
    assert found.model == "seasonal-naive"
    assert "no model beats" not in text
    assert "did better in the backtest" in text


def test_similar_stretches_end_before_the_one_looked_for(run: Run) -> None:
    _, (found,), text = run(HistorianArgs(series=("sales",), span=Span(start="2018-01", end="2018-12"), k=3))
    assert len(found.matches) == 3
    assert all(match.end < "2018-01" for match in found.matches)
    assert found.matches[0].similarity > 0.9
    assert list(found.matches) == sorted(found.matches, key=lambda match: -match.similarity)
    assert "Only stretches that ended before it began were searched." in text


def test_an_unknown_series_offers_the_nearest(run: Run) -> None:
    with pytest.raises(UnknownSeries, match="Did you mean sales") as caught:
        run(AnalystArgs(series=("sale",)))
    assert caught.value.nearest[0] == "sales"


def test_a_span_outside_the_data_says_where_the_data_is(run: Run) -> None:
    with pytest.raises(BadRequest, match="January 2010"):
        run(AnalystArgs(series=("sales",), span=Span(start="1999", end="1999")))


def test_rhythms_steps_and_cycles_are_named() -> None:
    assert [rhythm(f) for f in ("D", "W-SUN", "MS", "30min", "irregular", None)] == [
        *["daily", "weekly", "monthly", "evenly spaced", "irregular", "undated"],
    ]
    assert [step_words("MS"), step_words("D", 1), step_words("30min")] == ["months", "day", "steps"]
    assert [cycle_name(12, "MS"), cycle_name(24, "h"), cycle_name(48, "30min"), cycle_name(5, "MS")] == [
        *["yearly", "daily", "daily", None],
    ]


def test_periods_and_horizons_follow_the_calendar() -> None:
    assert [main_period(f, 1000) for f in ("h", "D", "MS", "QS", "YS", "15min", None)] == [24, 7, 12, 4, 1, 96, 1]
    assert main_period("min", 10_000) == 1440
    assert main_period("MS", 23) == 1
    assert [default_horizon(p) for p in (1, 12, 168)] == [8, 12, 96]
    assert nearest_length(170) == 168
    assert model_name("My Gestures (v2).csv") == "my-gestures-v2"
    assert model_name("Geste à la main.CSV") == "geste-a-la-main"
    # Names that cannot hold all of a file's name are told apart by a mark.
    first, second = (model_name(f"Recordings of the second measuring campaign, part {part}.csv") for part in "ab")
    assert re.fullmatch("recordings-of-the-second-measuring-[0-9a-f]{4}", first)
    assert second[:-4] == first[:-4]
    assert first != second
    assert re.fullmatch("table-[0-9a-f]{4}", model_name("測定.csv"))
    assert model_name("測定.csv") != model_name("記録.csv")
    assert len(model_name("x" * 90 + ".csv")) == 40


def test_future_times_go_on_where_the_series_ends() -> None:
    series = Series("x", MONTHS, SALES, "MS")
    assert [str(t)[:10] for t in future_times(series, 2)] == ["2020-01-01", "2020-02-01"]
    assert list(future_times(Series("x", pd.RangeIndex(5), np.zeros(5), None), 2)) == [5, 6]
    with pytest.raises(BadRequest, match="past the calendar"):
        future_times(Series("x", pd.date_range("2200-01-01", periods=5, freq="YS", unit="ns"), np.zeros(5), "YS"), 2_000)
