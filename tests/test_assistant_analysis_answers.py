"""Look-ups against pandas, relations, summaries and whole descriptions."""

from __future__ import annotations

import time

import numpy as np
import pandas as pd
import pytest

from assistant.analysis.describe import describe
from assistant.analysis.lookup import answer_lookup
from assistant.analysis.prepare import candidate_periods, fill
from assistant.analysis.relations import correlate
from assistant.analysis.summary import summarise
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.plan import Condition, Lookup, Span

DAYS = pd.date_range("2019-01-01", "2021-12-31", freq="D")
VALUES = 20 + 10 * np.sin(np.arange(len(DAYS)) / 58) + np.random.default_rng(0).normal(size=len(DAYS))
VALUES[[5, 400, 401]] = np.nan
DAILY = Series("temperature", DAYS, VALUES, "D", "°C")
PANDAS = DAILY.as_pandas().dropna()
ROWS = Series("x", pd.RangeIndex(6), np.array([3.0, np.nan, 5.0, 1.0, 5.0, 2.0]), None)


@pytest.mark.parametrize("statistic", ["max", "min", "mean", "median", "sum", "std"])
@pytest.mark.parametrize("span", [None, Span(start="2020", end="2020"), Span(start="2020-03", end=None)])
def test_statistics_equal_pandas(statistic: str, span: Span | None) -> None:
    answer = answer_lookup(DAILY, Lookup(statistic=statistic), span)  # type: ignore[arg-type]
    rows = PANDAS if span is None else PANDAS.loc[span.start : span.end]
    assert answer.value == pytest.approx(getattr(rows, statistic)())
    assert (answer.unit, answer.n) == ("°C", len(rows))
    if statistic in ("max", "min"):
        assert DAILY.times[answer.position] == getattr(rows, f"idx{statistic}")()


def test_extremes_in_order_with_their_rows() -> None:
    answer = answer_lookup(ROWS, Lookup(statistic="max", top=3))
    assert answer.positions == (2, 4, 0)
    assert answer.values == (5.0, 5.0, 3.0)
    assert answer.detail["ties"] == 2
    assert answer_lookup(DAILY, Lookup(statistic="min", top=4)).values == tuple(PANDAS.nsmallest(4))


def test_conditions_count_and_say_what_they_count() -> None:
    answer = answer_lookup(DAILY, Lookup(statistic="count", condition=Condition(op=">", threshold=28)))
    assert answer.value == (PANDAS > 28).sum()
    assert (answer.what, answer.unit, answer.n) == ("count > 28", "days", len(PANDAS))
    between = Lookup(statistic="count", condition=Condition(op="between", threshold=20, upper=22))
    assert answer_lookup(DAILY, between).value == PANDAS.between(20, 22).sum()
    hourly = Series("x", pd.date_range("2024", periods=3, freq="h"), np.array([1.0, 2.0, 3.0]), "h")
    assert answer_lookup(hourly, Lookup(statistic="count", condition=Condition(op=">=", threshold=2))).unit == "hours"
    first = answer_lookup(DAILY, Lookup(statistic="first", condition=Condition(op=">", threshold=28)))
    assert DAILY.times[first.position] == PANDAS[PANDAS > 28].index[0]
    mean = answer_lookup(DAILY, Lookup(statistic="mean", condition=Condition(op="<", threshold=15)))
    assert mean.value == pytest.approx(PANDAS[PANDAS < 15].mean())
    with pytest.raises(BadRequest, match="No value of 'temperature' is above 500"):
        answer_lookup(DAILY, Lookup(statistic="max", condition=Condition(op=">", threshold=500)))


def test_calendar_filters_keep_matching_rows_of_every_year() -> None:
    answer = answer_lookup(DAILY, Lookup(statistic="mean", months=(3,), weekdays=(5, 6)))
    index = pd.DatetimeIndex(PANDAS.index)
    assert answer.value == pytest.approx(PANDAS[(index.month == 3) & (index.dayofweek >= 5)].mean())


def test_groups_pick_the_highest_and_name_it() -> None:
    answer = answer_lookup(DAILY, Lookup(statistic="mean", group="month", pick="max"))
    by_month = PANDAS.groupby(pd.DatetimeIndex(PANDAS.index).month).mean()
    assert answer.value == pytest.approx(by_month.max())
    assert answer.group == pd.Timestamp(2000, int(by_month.idxmax()), 1).month_name()
    assert [value for _, value in answer.groups] == pytest.approx(by_month.to_list())
    lowest = answer_lookup(DAILY, Lookup(statistic="sum", group="weekday", pick="min"))
    assert lowest.value == pytest.approx(PANDAS.groupby(pd.DatetimeIndex(PANDAS.index).dayofweek).sum().min())


def test_change_growth_and_range() -> None:
    span = Span(start="2020-02-10", end="2020-11-20")
    first, last = PANDAS["2020-02-10"], PANDAS["2020-11-20"]
    change = answer_lookup(DAILY, Lookup(statistic="change"), span)
    assert change.value == pytest.approx(last - first)
    assert change.detail["percent"] == pytest.approx(100 * (last / first - 1))
    growth = answer_lookup(DAILY, Lookup(statistic="growth"), span)
    assert (growth.value, growth.unit) == (pytest.approx(100 * (last / first - 1)), "%")
    assert answer_lookup(ROWS, Lookup(statistic="range")).value == 4
    assert answer_lookup(ROWS, Lookup(statistic="last")).position == 5


def test_value_at_a_time_in_a_period_and_near_a_time() -> None:
    at = answer_lookup(DAILY, Lookup(statistic="value", time="2020-05-01"))
    assert (at.value, DAILY.times[at.position]) == (PANDAS["2020-05-01"], pd.Timestamp("2020-05-01"))
    month = answer_lookup(DAILY, Lookup(statistic="value", time="2020-05"))
    assert (month.what, month.value) == ("mean", pytest.approx(PANDAS.loc["2020-05"].mean()))
    monthly = Series("x", pd.date_range("2020-01-01", periods=3, freq="MS"), np.array([1.0, 2.0, 3.0]), "MS")
    near = answer_lookup(monthly, Lookup(statistic="value", time="2020-02-03"))
    assert (near.value, near.detail["nearest"]) == (2.0, True)
    with pytest.raises(BadRequest, match=r"no value at 2031.*it runs from 1 January 2019"):
        answer_lookup(DAILY, Lookup(statistic="value", time="2031"))
    with pytest.raises(BadRequest, match="is missing"):
        answer_lookup(DAILY, Lookup(statistic="value", time="2019-01-06"))


def test_versus_and_year_over_year() -> None:
    answer = answer_lookup(DAILY, Lookup(statistic="mean", versus=Span(start="2020", end="2020")), Span(start="2021", end="2021"))
    earlier, later = PANDAS.loc["2020"].mean(), PANDAS.loc["2021"].mean()
    assert answer.detail["difference"] == pytest.approx(later - earlier)
    assert answer.detail["percent"] == pytest.approx(100 * (later / earlier - 1))
    latest = answer_lookup(DAILY, Lookup(statistic="year_over_year"))
    assert latest.value == pytest.approx(100 * (PANDAS["2021-12-31"] / PANDAS["2020-12-31"] - 1))
    month = answer_lookup(DAILY, Lookup(statistic="year_over_year", time="2021-03"))
    assert month.value == pytest.approx(100 * (PANDAS.loc["2021-03"].mean() / PANDAS.loc["2020-03"].mean() - 1))
    assert month.detail["pairs"] == 31
    with pytest.raises(BadRequest, match="a year before"):
        answer_lookup(DAILY, Lookup(statistic="year_over_year", time="2019-03"))


def test_impossible_requests_say_what_to_do() -> None:
    with pytest.raises(BadRequest, match="Choose a span inside it"):
        answer_lookup(DAILY, Lookup(statistic="mean"), Span(start="2030", end="2031"))
    with pytest.raises(BadRequest, match="has no times"):
        answer_lookup(ROWS, Lookup(statistic="mean", months=(3,)))
    with pytest.raises(BadRequest, match="has no times"):
        answer_lookup(ROWS, Lookup(statistic="mean", group="year"))
    with pytest.raises(BadRequest, match="row numbers"):
        answer_lookup(ROWS, Lookup(statistic="mean"), Span(start="2020-01-01", end=None))


def test_summary_counts_and_places() -> None:
    summary = summarise(ROWS)
    assert (summary.n, summary.missing, summary.total) == (6, 1, 16.0)
    assert (summary.minimum_at, summary.maximum_at, summary.first_at, summary.last_at) == (3, 2, 0, 5)
    assert summary.std == pytest.approx(pd.Series(ROWS.values).std())
    empty = summarise(Series("x", pd.RangeIndex(3), np.full(3, np.nan), None))
    assert (empty.missing, empty.maximum_at) == (3, None)
    assert np.isnan(empty.mean)


def test_preparation() -> None:
    np.testing.assert_array_equal(fill(np.array([np.nan, 1, np.nan, 3, np.nan])), [1, 1, 2, 3, 3])
    assert candidate_periods("h", 1000) == (24, 168)
    assert candidate_periods("30min", 1000) == (2, 48, 336)
    assert candidate_periods("D", 1000) == (7, 365)
    assert candidate_periods("W-SUN", 200) == (52,)
    assert candidate_periods("MS", 20) == ()
    assert candidate_periods("irregular", 500) == candidate_periods(None, 500) == ()


def _memory(seed: int, n: int = 300) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=n)
    for row in range(1, n):
        values[row] += 0.8 * values[row - 1]
    return values


def _rows(values: np.ndarray) -> Series:
    return Series("x", pd.RangeIndex(len(values)), values, None)


def test_lead_and_lag_have_a_sign() -> None:
    leader = _memory(1)
    follower = np.concatenate([np.zeros(5), leader[:-5]]) + np.random.default_rng(9).normal(size=300)
    assert correlate(_rows(leader), _rows(follower)).best_lag == 5
    assert correlate(_rows(follower), _rows(leader)).best_lag == -5
    related = correlate(_rows(leader), _rows(2 * leader + 1))
    assert (related.best_lag, related.correlation, related.spearman) == (0, pytest.approx(1), pytest.approx(1))


def test_memory_alone_is_no_relation() -> None:
    found = [correlate(_rows(_memory(seed)), _rows(_memory(seed + 100))) for seed in range(40)]
    assert sum(c.p_value < 0.05 for c in found) <= 6
    assert sum(c.best_lag is not None for c in found) <= 2
    walks = [correlate(_rows(_memory(s).cumsum()), _rows(_memory(s + 100).cumsum())) for s in range(20)]
    assert sum(c.best_lag is not None for c in walks) <= 1


@pytest.mark.parametrize("value", [0.0, -7.5, 1e12])
def test_a_constant_has_no_correlation_and_no_trend(value: float) -> None:
    rows = pd.RangeIndex(60)
    flat = Series("flat", rows, np.full(60, value), None)
    other = Series("other", rows, np.random.default_rng(0).normal(size=60), None)
    for found in (correlate(flat, other), correlate(other, flat), correlate(flat, flat)):
        assert (found.correlation, found.p_value, found.spearman) == (None, None, None)
        assert (found.best_lag, found.lag_correlation, found.lag_p, found.lags_tried) == (None, None, None, 0)
        assert found.n == 60
    described = describe(flat)
    assert described.trend is not None
    assert (described.trend.direction, described.trend.slope, described.trend.low, described.trend.high) == ("none", 0, 0, 0)
    assert described.trend.p_value == 1
    assert described.notes[0].startswith("The series is constant")


def test_alignment_on_common_times() -> None:
    early = Series("a", pd.date_range("2020-01-01", periods=50, freq="D"), np.arange(50.0), "D")
    late = Series("b", pd.date_range("2020-01-31", periods=50, freq="D"), np.arange(50.0) ** 2, "D")
    assert correlate(early, late).n == 20
    with pytest.raises(BadRequest, match="share 0"):
        correlate(early, Series("c", pd.date_range("2030-01-01", periods=50, freq="D"), np.arange(50.0), "D"))
    constant = correlate(early, Series("d", early.times, np.ones(50), "D"))
    assert constant.correlation is None
    assert constant.best_lag is None


def test_description_shares_what_it_found() -> None:
    n = 400
    rows = np.arange(n)
    values = 50 + 10 * np.sin(2 * np.pi * rows / 7) + 2 * np.random.default_rng(4).normal(size=n) + 0.2 * rows
    values[250:] += 60
    values[120] += 80
    result = describe(Series("sales", pd.date_range("2020-01-01", periods=n, freq="D"), values, "D"))
    assert [season.period for season in result.seasons] == [7]
    (change,) = result.changes
    assert (change.kind, change.size) == ("level", pytest.approx(60, abs=3))
    assert abs(change.position - 250) <= 1
    assert [(a.start, a.kind) for a in result.anomalies if a.kind != "level shift"] == [(120, "spike")]
    assert result.outliers == 1
    assert result.trend is not None
    assert result.trend.slope == pytest.approx(0.2 * 365.2425, rel=0.1)
    assert result.stationarity is not None
    assert result.stationarity.stationary is False


@pytest.mark.parametrize(
    ("values", "note"),
    [
        (np.array([1.0, 3.0, 2.0]), "only 3 known values"),
        (np.full(50, 7.0), "are equal"),
        (np.full(50, np.nan), "missing"),
        (np.zeros(0), "missing"),
    ],
)
def test_what_cannot_be_described_is_said(values: np.ndarray, note: str) -> None:
    result = describe(_rows(values))
    assert note in result.notes[0]
    assert (result.seasons, result.changes, result.anomalies, result.stationarity) == ((), (), (), None)


def test_gappy_and_irregular_series() -> None:
    times = pd.date_range("2020-01-01", periods=200, freq="D")
    kept = np.setdiff1d(np.arange(200), [20, 21, 50, 99])
    values = np.sin(2 * np.pi * np.arange(200) / 7) * 5 + np.random.default_rng(0).normal(size=200)
    gappy = describe(Series("x", times[kept], values[kept], "D"))
    assert (gappy.summary.n, gappy.summary.missing) == (200, 4)
    assert [season.period for season in gappy.seasons] == [7]
    irregular = describe(Series("x", times[kept], values[kept], "irregular"))
    assert irregular.seasons == ()
    assert "irregular" in irregular.notes[0]
    assert irregular.trend is not None


def test_ten_thousand_points_are_described_quickly() -> None:
    rows = np.arange(10_000)
    values = 10 * np.sin(2 * np.pi * rows / 24) + np.random.default_rng(0).normal(size=10_000)
    series = Series("x", pd.date_range("2020", periods=10_000, freq="h"), values, "h")
    describe(series)
    started = time.process_time()
    assert [season.period for season in describe(series).seasons] == [24]
    assert time.process_time() - started < 3
