"""The tournament: what wins, what is said, what the intervals are worth."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from models import available, conformal, create_forecaster, metrics
from models.backtest import plan_backtest
from models.costs import fit_seconds
from models.errors import BadInput, Stopped, UnknownModel
from models.plain.naive import Drift, SeasonalNaive
from models.tournament import estimate_seconds, member_seconds, run_tournament

QUICK = ("seasonal-naive", "drift", "cycle-linear")
MEMBERS = {"seasonal-naive", "drift", "theta", "damped", "autoregression", "harmonic", "stl-ets", "cycle-linear", "ets"}


def seasonal(count=120, seed=0, period=12):
    steps = np.arange(count)
    return 50 + 0.3 * steps + 10 * np.sin(2 * np.pi * steps / period) + np.random.default_rng(seed).normal(size=count)


def test_a_trend_with_a_season_is_not_left_to_the_naive():
    outcome = run_tournament(seasonal(), period=12, horizon=12)
    truth = 50 + 0.3 * np.arange(120, 132) + 10 * np.sin(2 * np.pi * np.arange(120, 132) / 12)
    assert outcome.beats_seasonal_naive is True
    assert outcome.forecast.model == "combination"
    assert np.abs(outcome.forecast.mean - truth).mean() < 1.2
    assert {row.model for row in outcome.rows} == MEMBERS | {"combination"}
    errors = [row.mase for row in outcome.rows]
    assert errors == sorted(errors)
    assert (outcome.origins, outcome.period, outcome.note) == (8, 12, "")


def test_the_naive_row_is_what_a_loop_computes():
    values = seasonal()
    outcome = run_tournament(values, period=12, horizon=6, models=("drift",))
    plan = plan_backtest(120, 12, 6)
    scores, percents = [], []
    for origin in plan.origins:
        forecast = values[origin - 12 : origin - 6]
        scores.append(metrics.mase(values[origin : origin + 6], forecast, values[:origin], 12))
        percents.append(metrics.smape(values[origin : origin + 6], forecast))
    row = next(row for row in outcome.rows if row.model == "seasonal-naive")
    assert row.mase == pytest.approx(np.mean(scores))
    assert row.smape == pytest.approx(np.mean(percents))
    assert len(outcome.rows) == 2


def test_a_random_walk_is_left_to_the_simplest_on_a_tie():
    values = np.tile([1.0, 4.0, 2.0, 8.0], 12)
    outcome = run_tournament(values, period=4, horizon=4, models=QUICK)
    assert outcome.forecast.model == "seasonal-naive"
    assert outcome.forecast.mean.tolist() == [1, 4, 2, 8]
    assert outcome.beats_seasonal_naive is False


def test_a_forced_model_forecasts_whatever_its_rank():
    outcome = run_tournament(seasonal(), period=12, horizon=3, models=("cycle-linear",), force="drift")
    assert outcome.forecast.model == "drift"
    assert outcome.rows[0].model == "cycle-linear"
    rows = {row.model: row.mase for row in outcome.rows}
    assert outcome.beats_seasonal_naive is (rows["drift"] < rows["seasonal-naive"])
    np.testing.assert_array_equal(outcome.forecast.mean, outcome.member_forecasts["drift"])
    with pytest.raises(BadInput, match="stl-ets cannot forecast this series"):
        run_tournament(seasonal(), period=1, horizon=3, models=(), force="stl-ets")


def test_the_combination_is_its_members_weighted():
    values = seasonal()
    outcome = run_tournament(values, period=12, horizon=6)
    weights = dict(outcome.weights)
    assert sum(weights.values()) == pytest.approx(1.0)
    assert list(weights.values()) == sorted(weights.values(), reverse=True)
    assert set(weights) == MEMBERS
    expected = sum(share * outcome.member_forecasts[name] for name, share in weights.items())
    np.testing.assert_allclose(outcome.forecast.mean, expected)
    np.testing.assert_array_equal(outcome.forecast.mean, outcome.member_forecasts["combination"])
    direct = create_forecaster("theta").fit(values, period=12).point(6)
    np.testing.assert_array_equal(outcome.member_forecasts["theta"], direct)
    assert run_tournament(values, period=12, horizon=6, force="combination").forecast.model == "combination"
    assert run_tournament(values, period=12, horizon=6, models=("drift",)).weights == ()


def test_a_member_that_runs_away_is_named_and_bounded(monkeypatch):
    """A drift ten times as high counts as twice the weighted median; below zero nothing is bounded."""
    values = seasonal()
    point = Drift.point
    monkeypatch.setattr(Drift, "point", lambda self, horizon: 10 * point(self, horizon))
    outcome = run_tournament(values, period=12, horizon=4)
    assert outcome.drawn_in == ("drift",)
    weights = dict(outcome.weights)
    others = [name for name in weights if name != "drift"]
    rest = sum(weights[name] * outcome.member_forecasts[name] for name in others)
    middle = (outcome.forecast.mean - rest) / weights["drift"] / 2
    spread = np.stack([outcome.member_forecasts[name] for name in others])
    assert (spread.min(axis=0) <= middle).all()
    assert (middle <= spread.max(axis=0)).all()
    assert run_tournament(values - 200, period=12, horizon=4).drawn_in == ()


def test_rows_say_where_each_model_erred():
    values = seasonal()
    outcome = run_tournament(values, period=12, horizon=6, models=QUICK)
    assert outcome.origins_at == plan_backtest(120, 12, 6).origins
    assert outcome.steps == 6
    row = next(row for row in outcome.rows if row.model == "seasonal-naive")
    origin = outcome.origins_at[0]
    latest = metrics.mase(values[origin : origin + 6], values[origin - 12 : origin - 6], values[:origin], 12)
    assert row.by_origin[0] == pytest.approx(latest)
    assert np.mean(row.by_origin) == pytest.approx(row.mase)
    assert np.mean(row.by_third) == pytest.approx(row.mase)
    thirds = [
        np.abs(values[o : o + 2] - values[o - 12 : o - 10]).mean() / metrics.seasonal_scale(values[:o], 12)
        for o in outcome.origins_at
    ]
    assert row.by_third[0] == pytest.approx(np.mean(thirds))


def test_a_model_without_error_forecasts_alone():
    steps = np.arange(60.0)
    outcome = run_tournament(3.0 * steps + 5.0, period=1, horizon=5)
    assert outcome.forecast.model == "drift"
    np.testing.assert_allclose(outcome.forecast.mean, 3.0 * np.arange(60, 65) + 5.0)


@pytest.mark.parametrize("level", [50, 80, 90])
def test_intervals_hold_the_share_they_promise(level):
    """Noise around a fixed season: the past's errors are the future's, so the share has to be met."""
    inside = []
    for seed in range(60):
        values = seasonal(84, seed) - 0.3 * np.arange(84)
        outcome = run_tournament(values[:72], period=12, horizon=12, levels=(level,), models=())
        low, high = outcome.forecast.intervals[level]
        inside.append(metrics.coverage(values[72:], low, high))
    assert np.mean(inside) == pytest.approx(level / 100, abs=0.04)


def test_the_coverage_on_the_board_leaves_the_scored_origin_out():
    """A leap in the latest value: intervals from the other origins cannot have known it."""
    values = np.random.default_rng(0).normal(size=60)
    values[-1] += 50.0
    outcome = run_tournament(values, period=1, horizon=1, models=())
    plan = plan_backtest(60, 1, 1)
    residuals = np.array([[values[origin] - values[origin - 1]] for origin in plan.origins])
    expected = []
    for index, origin in enumerate(plan.origins):
        left = tuple(other for other in plan.origins if other != origin)
        widths = conformal.calibrate(np.delete(residuals, index, axis=0), left, values[:origin])
        expected.append(abs(residuals[index, 0]) <= widths.half_width(1, 80)[0])
    assert outcome.rows[0].cov80 == pytest.approx(np.mean(expected))
    assert 0 < outcome.rows[0].cov80 < 1


def test_the_coverage_on_the_board_leaves_shared_values_out_of_overlapping_windows():
    values = np.random.default_rng(3).normal(size=60).cumsum()
    outcome = run_tournament(values, period=1, horizon=6, models=())
    plan = plan_backtest(60, 1, 6)
    assert plan.origins[0] - plan.origins[1] < 6
    expected = []
    for origin in plan.origins:
        left = tuple(other for other in plan.origins if other != origin)
        residuals = np.array([values[other : other + 6] - values[other - 1] for other in left])
        for row, other in enumerate(left):
            for step in range(6):
                if origin <= other + step < origin + 6:
                    residuals[row, step] = np.nan
        widths = conformal.calibrate(residuals, left, values[:origin])
        expected.append(np.abs(values[origin : origin + 6] - values[origin - 1]) <= widths.half_width(6, 80))
    assert outcome.rows[0].cov80 == pytest.approx(np.mean(expected))


@pytest.mark.parametrize("count", [3, 4])
def test_too_short_for_a_backtest(count):
    outcome = run_tournament(np.arange(1.0, count + 1), period=12, horizon=3)
    assert outcome.forecast.model == "seasonal-naive"
    assert outcome.forecast.mean.tolist() == [count] * 3
    assert outcome.beats_seasonal_naive is None
    assert [(row.model, row.mase) for row in outcome.rows] == [("seasonal-naive", None)]
    assert f"({count} observed values) is too short" in outcome.note
    low, high = outcome.forecast.intervals[80]
    assert (high - low)[0] > 0


def test_short_histories_name_who_took_no_part():
    outcome = run_tournament(seasonal(14), period=12, horizon=12)
    failed = {row.model for row in outcome.rows if row.failed}
    assert failed == {"harmonic", "stl-ets", "cycle-linear"}
    assert "could follow 4 of the 12 steps" in outcome.note
    failed = {row.model: row.failed for row in outcome.rows if row.failed}
    assert "stl-ets needs two full seasons" in failed["stl-ets"]
    assert outcome.forecast.horizon == 12


def test_a_constant_series():
    outcome = run_tournament(np.full(50, 7.0), period=12, horizon=4, models=QUICK)
    assert outcome.forecast.model == "seasonal-naive"
    assert outcome.forecast.mean.tolist() == [7] * 4
    assert outcome.forecast.intervals[95][0].tolist() == [7] * 4
    assert outcome.rows[0].mase is None
    assert outcome.rows[0].smape == 0
    assert outcome.beats_seasonal_naive is False


def test_gaps_zeros_and_negatives():
    gappy = seasonal()
    gappy[::7] = np.nan
    gappy[60:80] = np.nan
    truth = 50 + 0.3 * np.arange(120, 126) + 10 * np.sin(2 * np.pi * np.arange(120, 126) / 12)
    assert np.abs(run_tournament(gappy, period=12, horizon=6).forecast.mean - truth).mean() < 1.5
    zeros = np.where(np.random.default_rng(0).random(90) < 0.7, 0.0, 3.0)
    assert run_tournament(zeros, period=7, horizon=7).forecast.intervals[95][0].min() >= 0
    mixed = seasonal() - 70
    negative = run_tournament(-mixed, period=12, horizon=6, models=QUICK)
    np.testing.assert_allclose(negative.forecast.mean, -run_tournament(mixed, period=12, horizon=6, models=QUICK).forecast.mean)


def test_mostly_missing_falls_back():
    values = np.full(40, np.nan)
    values[[0, 20, 39]] = [1.0, 2.0, 3.0]
    outcome = run_tournament(values, period=4, horizon=2)
    assert outcome.beats_seasonal_naive is None
    assert "3 observed values" in outcome.note


def test_no_time_leaves_the_naive_alone():
    outcome = run_tournament(seasonal(), period=12, horizon=6, seconds=0)
    assert outcome.forecast.model == "seasonal-naive"
    assert [row.model for row in outcome.rows if row.failed is None] == ["seasonal-naive"]
    assert (
        outcome.note
        == "The time was up before drift, theta, damped, autoregression, harmonic, stl-ets, cycle-linear, ets could be compared."
    )


class Clock:
    """A clock that a test moves on. ticks: seconds added at each look."""

    def __init__(self, ticks: float = 0.0) -> None:
        self.now, self.ticks = 100.0, ticks

    def __call__(self) -> float:
        self.now += self.ticks
        return self.now


def test_a_member_that_would_take_more_than_its_share_is_left_out_whatever_the_clock_says():
    """Decided by the predicted cost alone: a clock that stands still and a busy machine's give the same board."""
    values = np.cumsum(np.random.default_rng(0).normal(size=3_000))
    plan = plan_backtest(3_000, 24, 200, 5)
    expected = member_seconds("cycle-linear", plan, 3_000, 24, 200)
    cheap = member_seconds("drift", plan, 3_000, 24, 200)
    seconds = 3 * (expected + cheap) / 2
    outcome = run_tournament(values, period=24, horizon=200, models=QUICK, seconds=seconds, clock=Clock())
    reasons = {row.model: row.failed for row in outcome.rows}
    share = (expected + cheap) / 2
    reason = f"it would take about {expected:.2g} s, and one model may take {share:.2g} of the {seconds:.3g} s"
    assert reasons == {"seasonal-naive": None, "drift": None, "cycle-linear": reason}
    assert outcome.note == f"cycle-linear was left out: {reason}."
    slower = run_tournament(values, period=24, horizon=200, models=QUICK, seconds=seconds, clock=Clock(1e-9))
    assert {row.model: row.failed for row in slower.rows} == reasons
    enough = run_tournament(values, period=24, horizon=200, models=QUICK, seconds=3.1 * expected, clock=Clock())
    assert [row.failed for row in enough.rows if row.model != "combination"] == [None] * 3
    forced = run_tournament(values, period=24, horizon=200, models=QUICK, force="cycle-linear", seconds=seconds, clock=Clock())
    assert next(row for row in forced.rows if row.model == "cycle-linear").failed is None


def slow_down(monkeypatch, kind, clock, seconds):
    """Every forecast of this kind of model moves the clock on."""
    point = kind.point

    def slowly(self, horizon):
        clock.now += seconds
        return point(self, horizon)

    monkeypatch.setattr(kind, "point", slowly)


def test_a_member_that_turns_out_slower_is_stopped_and_the_others_go_on(monkeypatch):
    clock = Clock()
    slow_down(monkeypatch, Drift, clock, 4.0)
    outcome = run_tournament(seasonal(), period=12, horizon=6, models=QUICK, seconds=20, clock=clock)
    reasons = {row.model: row.failed for row in outcome.rows}
    assert reasons == {
        "seasonal-naive": None,
        "drift": "it took longer than expected, and one model may take 6.7 of the 20 s",
        "cycle-linear": None,
    }
    assert next(row for row in outcome.rows if row.model == "drift").seconds == 8.0
    assert outcome.note == f"drift was left out: {reasons['drift']}."


def test_no_fit_is_begun_after_the_time_of_all(monkeypatch):
    """Five seconds a fit, twelve in all: the naive's backtest alone is longer, and is not stopped."""
    clock = Clock()
    slow_down(monkeypatch, SeasonalNaive, clock, 5.0)
    outcome = run_tournament(seasonal(), period=12, horizon=6, models=QUICK, seconds=12, clock=clock)
    assert {row.model: row.failed for row in outcome.rows} == {
        "seasonal-naive": None,
        "drift": "the time was up",
        "cycle-linear": "the time was up",
    }
    assert next(row for row in outcome.rows if row.model == "seasonal-naive").seconds == 40.0
    assert outcome.note == "The time was up before drift, cycle-linear could be compared."


def test_the_cost_grows_with_the_task():
    assert {entry.name for entry in available("forecaster")} == {
        entry.name for entry in available("forecaster") if fit_seconds(entry.name, 100, 12, 12) > 0
    }
    assert fit_seconds("somebody-else", 100, 12, 12) == 0
    for entry in available("forecaster"):
        assert fit_seconds(entry.name, 50, 12, 12) <= fit_seconds(entry.name, 5_000, 12, 12)
    assert fit_seconds("ets", 100_000, 12, 12) == fit_seconds("ets", 1_000, 12, 12)


def test_progress_rises_to_one_and_cancelling_stops():
    shares: list[float] = []
    run_tournament(seasonal(), period=12, horizon=6, models=QUICK, progress=lambda share, words: shares.append(share))
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    with pytest.raises(Stopped):
        run_tournament(seasonal(), period=12, horizon=6, cancelled=lambda: len(shares) > 3)


def test_tournaments_side_by_side_agree_with_one_alone():
    alone = run_tournament(seasonal(60), period=12, horizon=4)
    with ThreadPoolExecutor(4) as pool:
        together = list(pool.map(lambda _: run_tournament(seasonal(60), period=12, horizon=4), range(8)))
    for outcome in together:
        np.testing.assert_array_equal(outcome.forecast.mean, alone.forecast.mean)
        assert [row.model for row in outcome.rows] == [row.model for row in alone.rows]


def test_bad_options():
    with pytest.raises(UnknownModel, match="No forecaster is called 'arima'"):
        run_tournament(seasonal(), period=12, horizon=6, models=("arima",))
    with pytest.raises(BadInput, match="from 1 to 2,000"):
        run_tournament(seasonal(), period=12, horizon=0)


@pytest.mark.parametrize(
    ("count", "period", "horizon", "origins", "steps"),
    [(120, 12, 12, 8, 12), (4, 1, 3, 0, 0), (5, 1, 3, 1, 1), (30, 12, 12, 6, 10), (14, 1, 6, 7, 4), (10_000, 24, 48, 8, 48)],
)
def test_backtest_plans(count, period, horizon, origins, steps):
    plan = plan_backtest(count, period, horizon)
    assert (len(plan.origins), plan.steps) == (origins, steps)
    assert all(3 <= origin <= count - plan.steps for origin in plan.origins)


def test_the_estimate_asks_for_long_work_only():
    assert estimate_seconds(120, 12, 12) < 4
    assert estimate_seconds(10_000, 24, 48) < 10
    assert estimate_seconds(10_000, 24, 2_000) > estimate_seconds(10_000, 24, 48)
