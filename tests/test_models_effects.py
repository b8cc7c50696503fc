"""Effects of covariates and of the calendar: recovered coefficients, backtests with and without, and honest refusals."""

from __future__ import annotations

import datetime
from dataclasses import replace

import numpy as np
import pytest

from models.backtest import BacktestPlan, plan_backtest
from models.calendar_effects import holiday_features, holidays_of, month_features
from models.effects import fit_effect, forecast_with, try_effect
from models.errors import BadInput
from models.paired import combined_forecaster, pair_rows, point_forecaster
from models.tournament import run_tournament
from models.types import BacktestRow

RANDOM = np.random.default_rng(11)
COUNT, AHEAD = 144, 12
STEPS = np.arange(COUNT + AHEAD)
DRIVER = 15 + 10 * np.sin(2 * np.pi * STEPS / 12) + RANDOM.normal(0, 3, COUNT + AHEAD)
NOISE = RANDOM.normal(0, 3, COUNT + AHEAD)
PLAN = plan_backtest(COUNT, 12, AHEAD)
SERIES = 100 + 0.3 * STEPS + 8 * np.cos(2 * np.pi * STEPS / 12) + 2.0 * DRIVER + NOISE


def test_an_additive_effect_is_found_beside_season_trend_and_an_outlier() -> None:
    values = SERIES[:COUNT].copy()
    values[50] += 200
    effect = fit_effect(values, DRIVER[:COUNT, None], 12)
    assert not effect.log
    assert effect.coefficients[0] == pytest.approx(2.0, abs=0.2)


def test_a_proportional_effect_is_found_on_the_logarithm() -> None:
    values = np.exp(4 + 0.01 * STEPS + 0.2 * np.sin(2 * np.pi * STEPS / 12) + 0.03 * DRIVER + 0.01 * NOISE)[:COUNT]
    effect = fit_effect(values, DRIVER[:COUNT, None], 12)
    assert effect.log
    assert effect.coefficients[0] == pytest.approx(0.03, abs=0.003)
    assert effect.restore(effect.remove(values, DRIVER[:COUNT, None]), DRIVER[:COUNT, None]) == pytest.approx(values)


def test_gaps_in_either_series_cost_their_rows_alone() -> None:
    values, driver = SERIES[:COUNT].copy(), DRIVER[:COUNT, None].copy()
    values[[10, 70, 71]] = np.nan
    driver[[30, 31]] = np.nan
    effect = fit_effect(values, driver, 12)
    assert effect.coefficients[0] == pytest.approx(2.0, abs=0.25)
    assert np.isnan(effect.remove(values, driver)[[10, 70, 71]]).all()
    assert effect.of(driver)[30] == 0.0


def test_a_driver_that_helps_is_kept_and_noise_is_not() -> None:
    forecaster = point_forecaster("theta", 12)
    values = SERIES[:COUNT]
    kept = try_effect(values, lambda origin, steps: DRIVER[: origin + steps, None], forecaster, period=12, plan=PLAN)
    assert kept is not None
    assert kept.helps
    assert kept.with_effect.mean() < 0.7 * kept.without.mean()
    assert kept.residuals.shape == (len(kept.without), AHEAD)
    junk = np.random.default_rng(0).normal(size=COUNT + AHEAD)
    refused = try_effect(values, lambda origin, steps: junk[: origin + steps, None], forecaster, period=12, plan=PLAN)
    assert refused is not None
    assert not refused.helps
    assert refused.without == pytest.approx(kept.without)


def test_an_effect_matters_by_its_share_of_the_series() -> None:
    values, driver = SERIES[:COUNT], DRIVER[:COUNT, None]
    effect = fit_effect(values, driver, 12)
    assert effect.matters(values, driver)
    assert not replace(effect, coefficients=effect.coefficients / 1e4).matters(values, driver)


def test_a_known_future_moves_the_forecast_by_its_effect() -> None:
    forecaster = point_forecaster("seasonal-naive", 12)
    warm = DRIVER.copy()
    warm[COUNT:] += 5
    plain, warmer = (forecast_with(SERIES[:COUNT], driver[:, None], forecaster, 12) for driver in (DRIVER, warm))
    effect = fit_effect(SERIES[:COUNT], DRIVER[:COUNT, None], 12)
    assert warmer - plain == pytest.approx(np.full(AHEAD, 5 * effect.coefficients[0]))


def test_what_cannot_be_fitted_is_refused() -> None:
    with pytest.raises(BadInput, match="at least 10 rows"):
        fit_effect(SERIES[:8], DRIVER[:8, None], 1)
    with pytest.raises(BadInput, match="never change"):
        fit_effect(SERIES[:50], np.ones((50, 1)), 12)
    assert try_effect(SERIES[:6], lambda origin, steps: DRIVER[: origin + steps, None], point_forecaster("drift", 1),
                      period=1, plan=BacktestPlan((), 0)) is None  # fmt: skip


def test_holidays_are_the_countrys_own() -> None:
    german = holidays_of("DE", [2021])
    assert german[datetime.date(2021, 10, 3)] != ""
    assert datetime.date(2021, 7, 4) not in german
    with pytest.raises(BadInput, match="XX"):
        holidays_of("XX", [2021])


def test_holiday_columns_mark_weekdays_and_neighbours() -> None:
    days = [datetime.date(2018, 1, 1) + datetime.timedelta(days=offset) for offset in range(1_200)]
    found = holiday_features(days, "DE", 1_100)
    table = dict(zip(found.names, found.features.T, strict=True))
    tag = days.index(datetime.date(2019, 5, 1))
    assert (table["holiday"][tag], table["day before a holiday"][tag - 1], table["day after a holiday"][tag + 1]) == (1, 1, 1)
    assert table["holiday"][days.index(datetime.date(2020, 10, 3))] == 0, "a Saturday"
    whit_monday = days.index(datetime.date(2019, 6, 10))
    beside = [
        (table["day before a holiday"][row], table["day after a holiday"][row]) for row in range(whit_monday - 2, whit_monday + 3)
    ]
    assert beside == [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0)]
    christmas = days.index(datetime.date(2019, 12, 25))
    assert table["day after a holiday"][christmas + 1] == 0, "a holiday itself"
    with pytest.raises(BadInput, match="fewer than two"):
        holiday_features(days[10:60], "DE", 50)


def test_months_have_their_days_and_working_days() -> None:
    found = month_features(
        [datetime.date(2020, 2, 1), datetime.date(2020, 3, 1)], [datetime.date(2020, 2, 29), datetime.date(2020, 3, 31)]
    )
    assert found.features.tolist() == [[29, 20], [31, 22]]


def test_a_pair_is_two_rows_of_one_tournament() -> None:
    outcome = run_tournament(SERIES[:COUNT], period=12, horizon=12, models=["theta", "drift"])
    rows = {row.model: row for row in outcome.rows}
    paired = pair_rows(rows["theta"], rows["drift"], outcome.origins_at, outcome.steps)
    assert paired is not None
    assert paired.origins == outcome.origins
    assert (paired.first.mean(), paired.second.mean()) == pytest.approx((rows["theta"].mase, rows["drift"].mase))
    assert paired.difference == pytest.approx(float(paired.first.mean() - paired.second.mean()))
    assert paired.difference < 0
    assert paired.wins[0] > paired.wins[1]
    low, high = paired.interval()
    assert low <= paired.difference <= high
    assert paired.interval() == (low, high)
    assert paired.near == (rows["theta"].by_third[0], rows["drift"].by_third[0])


def row(errors: tuple[float | None, ...]) -> BacktestRow:
    return BacktestRow("drift", 1.0, None, None, None, 0.0, by_origin=errors)


def test_pairs_skip_origins_that_scored_only_one() -> None:
    paired = pair_rows(row((1.0, None, 2.0, 4.0)), row((2.0, 1.0, 2.0, 3.0)), (40, 30, 20, 10), 10)
    assert paired is not None
    assert (paired.origins, paired.wins, paired.difference, paired.near) == (3, (1, 1), 0.0, None)
    assert paired.windows == 4
    assert pair_rows(row((1.0, None)), row((2.0, 1.0)), (2, 1), 1) is None
    assert pair_rows(row(()), row(()), (), 1) is None


def test_a_difference_over_stretches_that_share_their_values_may_be_chance() -> None:
    better, worse = row((1.0, 1.1, 0.9)), row((2.0, 2.2, 2.1))
    apart, shared = (pair_rows(better, worse, origins, 10) for origins in ((40, 30, 20), (40, 39, 38)))
    assert apart is not None
    assert shared is not None
    assert (apart.beyond_chance, shared.beyond_chance) == (True, False)
    assert apart.interval() == shared.interval()


def test_a_combined_forecaster_is_the_weighted_mean() -> None:
    history = SERIES[:COUNT]
    parts = [point_forecaster(name, 12)(history, 6) for name in ("drift", "theta")]
    combined = combined_forecaster((("drift", 1.0), ("theta", 3.0)), 12)
    assert combined(history, 6) == pytest.approx((parts[0] + 3 * parts[1]) / 4)
    with pytest.raises(BadInput, match="theta cannot forecast"):
        point_forecaster("theta", 12)(history[:2], 6)
