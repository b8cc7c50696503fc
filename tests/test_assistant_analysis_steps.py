"""Moves from value to value, checked against pandas and against cases worked out by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.analysis.lookup import answer_lookup
from assistant.analysis.steps import largest_steps, largest_swing, step_sizes, usual_step
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.plan import Condition, Lookup, Recurring, Span

DAYS = pd.date_range("2020-01-01", periods=400, freq="D")
WALK = 50 + np.cumsum(np.random.default_rng(3).normal(0, 1, 400))
PANDAS = pd.Series(WALK, DAYS)
SERIES = Series("walk", DAYS, WALK, "D")


def by_row(values: list[float]) -> pd.Series:
    return pd.Series(values, dtype=float).dropna()


def test_the_largest_moves_are_those_of_pandas() -> None:
    steps = PANDAS.diff()
    for pick, ranked in (("max", steps), ("min", -steps), (None, steps.abs())):
        answer = answer_lookup(SERIES, Lookup(statistic="step", pick=pick))
        assert answer.position is not None
        assert DAYS[answer.position] == ranked.idxmax()
        assert abs(answer.value) == pytest.approx(ranked.max())
    assert answer_lookup(SERIES, Lookup(statistic="usual_step")).value == pytest.approx(PANDAS.diff().abs().median())
    relative = answer_lookup(SERIES, Lookup(statistic="step", pick="min", relative=True))
    assert relative.detail["moves"][0]["percent"] == pytest.approx(100 * PANDAS.pct_change().min())


def test_a_move_across_a_missing_value_is_no_step() -> None:
    values = by_row([1, 2, np.nan, 9, 8, 8.5])
    (rise,) = largest_steps(values, "max")
    assert (rise.first, rise.last, rise.change) == (0, 1, 1.0)
    assert usual_step(values) == 1.0
    assert list(step_sizes(values, None)) == [1.0, 1.0, 0.5]
    assert usual_step(by_row([1, np.nan, 3])) is None
    gappy = Series("gappy", DAYS[:3], np.array([1.0, np.nan, 3.0]), "D")
    with pytest.raises(BadRequest, match="no two neighbouring values"):
        answer_lookup(gappy, Lookup(statistic="step"))


def test_swings_end_after_they_begin_and_no_move_is_made_up() -> None:
    values = by_row([5, 9, 4, 6, 2, 8])
    fall, rise = largest_swing(values, "min"), largest_swing(values, "max")
    assert fall is not None
    assert rise is not None
    assert (fall.first, fall.last, fall.change) == (1, 4, -7.0)
    assert (rise.first, rise.last, rise.change) == (4, 5, 6.0)
    rising = by_row([1, 2, 3])
    assert largest_swing(rising, "min") is None
    assert largest_steps(rising, "min") == ()
    assert largest_steps(by_row([0, 5, 10]), "max", relative=True)[0].percent == 100.0


def test_moves_that_meet_a_limit_are_counted_and_runs_measured() -> None:
    steps = PANDAS.diff().dropna()
    falls = answer_lookup(SERIES, Lookup(statistic="step", pick="min", condition=Condition(op=">", threshold=1)))
    assert (falls.value, falls.detail["of"]) == ((steps < -1).sum(), 399)
    relative = Lookup(statistic="step", condition=Condition(op=">=", threshold=2), relative=True)
    assert answer_lookup(SERIES, relative).value == (100 * PANDAS.pct_change().dropna().abs() >= 2).sum()
    rising = (steps > 0).astype(int)
    longest = rising.groupby((rising == 0).cumsum()).sum().max()
    run = answer_lookup(SERIES, Lookup(statistic="longest", pick="max"))
    assert run.value == longest
    start, end = run.detail["run"]
    assert (end - start, bool((np.diff(WALK[start : end + 1]) > 0).all())) == (longest, True)
    constant = Series("flat", DAYS, np.ones(400), "D")
    assert answer_lookup(constant, Lookup(statistic="longest", pick="max")).detail["run"] is None


def test_a_change_since_the_peak_starts_there() -> None:
    answer = answer_lookup(SERIES, Lookup(statistic="change", since="max"))
    assert DAYS[answer.detail["first_at"]] == PANDAS.idxmax()
    assert answer.value == pytest.approx(PANDAS.iloc[-1] - PANDAS.max())
    part = answer_lookup(SERIES, Lookup(statistic="change", since="min"), Span(start="2020-03", end="2020-05"))
    cut = PANDAS["2020-03":"2020-05"]
    assert part.value == pytest.approx(cut.iloc[-1] - cut.min())


def test_a_count_per_group_keeps_its_limit_and_empty_groups() -> None:
    limit = float(PANDAS[DAYS.year == 2020].max())
    answer = answer_lookup(SERIES, Lookup(statistic="count", group="year", condition=Condition(op=">=", threshold=limit)))
    expected = PANDAS.ge(limit).groupby(DAYS.year).sum()
    assert dict(answer.groups) == {str(year): float(count) for year, count in expected.items()}


def test_a_place_among_the_values_counts_equal_ones_by_half() -> None:
    series = Series("few", DAYS[:4], np.array([1.0, 2.0, 2.0, 3.0]), "D")
    answer = answer_lookup(series, Lookup(statistic="rank", condition=Condition(op="<=", threshold=2)))
    assert (answer.value, answer.detail["below"], answer.detail["above"]) == (50.0, 25.0, 25.0)


def test_recurring_rows_against_the_rest_and_against_others() -> None:
    weekend = PANDAS[DAYS.dayofweek >= 5]
    contrast = answer_lookup(SERIES, Lookup(statistic="mean", group="weekday", contrast=Recurring(weekdays=(5, 6))))
    assert contrast.detail["these"] == pytest.approx(weekend.mean())
    assert contrast.detail["difference"] == pytest.approx(weekend.mean() - PANDAS[DAYS.dayofweek < 5].mean())
    both = answer_lookup(SERIES, Lookup(statistic="mean", months=(1,), other=Recurring(months=(2,))))
    assert both.detail["other"] == pytest.approx(PANDAS[DAYS.month == 2].mean())
    assert both.value == pytest.approx(PANDAS[DAYS.month == 1].mean())


def test_how_often_a_group_came_first_counts_whole_rounds() -> None:
    months = pd.date_range("2015-06-01", periods=43, freq="MS")
    values = np.where(months.month == 3, 10.0, 1.0) + np.where((months.year == 2017) & (months.month == 5), 20.0, 0.0)
    answer = answer_lookup(Series("m", months, values, "MS"), Lookup(statistic="mean", group="month", pick="max", supposed=3))
    assert (answer.detail["supposed"], answer.detail["won"], answer.detail["rounds"]) == ("March", 2, 3)
