"""The plain forecasters against independent computations, and what is filled in for missing values."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_classifier, create_forecaster
from models.cases import as_cases, case_lengths, resample_cases
from models.errors import BadInput
from models.gaps import fill_gaps
from models.plain.cycle_linear import centred_windows, ridge
from models.plain.season import cycle_profile


def monthly(count=72, seed=0):
    steps = np.arange(count)
    return 50 + 0.3 * steps + 10 * np.sin(2 * np.pi * steps / 12) + np.random.default_rng(seed).normal(size=count)


def test_seasonal_naive_repeats_the_last_season():
    values = np.arange(10.0)
    assert create_forecaster("seasonal-naive").fit(values, period=4).point(6).tolist() == [6, 7, 8, 9, 6, 7]
    assert create_forecaster("seasonal-naive").fit(values, period=12).point(2).tolist() == [9, 9]


def test_seasonal_naive_fills_a_gap_in_the_last_season_by_the_season():
    values = np.tile([0.0, 10.0, 20.0, 10.0], 6)
    values[-2] = np.nan
    assert create_forecaster("seasonal-naive").fit(values, period=4).point(4) == pytest.approx([0, 10, 20, 10])


def test_drift_extends_the_line_between_the_ends():
    assert create_forecaster("drift").fit(np.array([1.0, 9.0, 2.0, 7.0])).point(3) == pytest.approx([9, 11, 13])


def test_drift_keeps_the_season():
    cycle = np.array([4.0, 0.0, -4.0, 0.0])
    values = np.tile(cycle, 8) + 2.0 * np.arange(32)
    found = create_forecaster("drift").fit(values, period=4).point(4)
    np.testing.assert_allclose(found, cycle + 2.0 * np.arange(32, 36), atol=0.3)


@pytest.mark.parametrize("name", ["theta", "damped", "ets", "stl-ets", "autoregression"])
def test_smoothers_err_about_as_little_as_the_noise(name):
    """Level and season known but for noise of one unit: what is forecast lies near them."""
    steps = np.arange(108)
    shape = 60 + 10 * np.sin(2 * np.pi * steps / 12)
    errors = []
    for seed in range(5):
        values = shape[:96] + np.random.default_rng(seed).normal(size=96)
        errors.append(np.abs(create_forecaster(name).fit(values, period=12).point(12) - shape[96:]).mean())
    assert np.mean(errors) < 1.0


@pytest.mark.parametrize(("period", "allowed"), [(12, 0.8), (70, 1.2)])
def test_stl_ets_continues_the_season_of_stl(period, allowed):
    steps = np.arange(6 * period)
    values = 10 * np.sin(2 * np.pi * steps / period) + np.random.default_rng(0).normal(size=6 * period)
    truth = 10 * np.sin(2 * np.pi * np.arange(6 * period, 7 * period) / period)
    found = create_forecaster("stl-ets").fit(values, period=period).point(period)
    assert np.abs(found - truth).mean() < allowed


def test_ets_follows_growing_swings_of_positive_data():
    """A season of factors on growing data: the logarithms' half keeps up where the additive half alone would not."""
    steps = np.arange(84)
    values = np.exp(3 + 0.02 * steps + 0.4 * np.sin(2 * np.pi * steps / 12))
    found = create_forecaster("ets").fit(values[:72], period=12).point(12)
    additive = create_forecaster("ets").fit(values[:72] - 500, period=12).point(12) + 500
    assert np.abs(found / values[72:] - 1).mean() < 0.6 * np.abs(additive / values[72:] - 1).mean()


def test_the_history_limit_is_kept():
    long = np.concatenate([np.full(500, 1e6), monthly(60)])
    np.testing.assert_array_equal(
        create_forecaster("ets", history=60).fit(long, period=12).point(5),
        create_forecaster("ets").fit(monthly(60), period=12).point(5),
    )


def test_seasons_out_of_reach_are_refused():
    values = np.random.default_rng(0).normal(size=300)
    with pytest.raises(BadInput, match="up to 200 samples; this one has 201"):
        create_forecaster("ets").fit(values, period=201)
    with pytest.raises(BadInput, match="has none"):
        create_forecaster("stl-ets").fit(values, period=1)


def test_ridge_is_the_augmented_least_squares_solution():
    generator = np.random.default_rng(1)
    pasts, futures = generator.normal(size=(50, 7)), generator.normal(size=(50, 3))
    strength = 0.3 * np.trace(pasts.T @ pasts) / 7
    augmented = np.vstack([pasts, np.sqrt(strength) * np.eye(7)])
    expected, *_ = np.linalg.lstsq(augmented, np.vstack([futures, np.zeros((7, 3))]), rcond=None)
    np.testing.assert_allclose(ridge(pasts, futures, 0.3), expected, atol=1e-10)


def test_cycle_linear_step_by_step():
    """The whole forecast recomputed with loops and lstsq."""
    values, period, context, horizon, penalty = monthly(70), 12, 6, 4, 0.1
    count = len(values)
    sums: list[list[float]] = [[] for _ in range(period)]
    for place in range(6, count - 6):
        around = 0.5 * values[place - 6] + values[place - 5 : place + 6].sum() + 0.5 * values[place + 6]
        sums[place % period].append(values[place] - around / 12)
    profile = np.array([np.mean(part) for part in sums])
    profile -= profile.mean()
    rest = values - profile[np.arange(count) % period]
    rows, targets = [], []
    for start in range(count - context - horizon + 1):
        past = rest[start : start + context]
        rows.append(past - past.mean())
        targets.append(rest[start + context : start + context + horizon] - past.mean())
    pasts = np.array(rows)
    strength = penalty * (pasts**2).sum() / context
    augmented = np.vstack([pasts, np.sqrt(strength) * np.eye(context)])
    weights, *_ = np.linalg.lstsq(augmented, np.vstack([targets, np.zeros((context, horizon))]), rcond=None)
    last = rest[-context:]
    expected = (last - last.mean()) @ weights + last.mean() + profile[np.arange(count, count + horizon) % period]
    model = create_forecaster("cycle-linear", context=context, penalty=penalty).fit(values, period=period)
    np.testing.assert_allclose(model.point(horizon), expected, atol=1e-8)


def test_cycle_linear_continues_a_cycle_on_a_line_exactly():
    steps = np.arange(90)
    cycle = np.array([5.0, -3.0, 1.0, -3.0])
    values = 2.0 * steps + cycle[steps % 4]
    ahead = np.arange(90, 98)
    model = create_forecaster("cycle-linear", penalty=1e-9).fit(values, period=4)
    np.testing.assert_allclose(model.point(8), 2.0 * ahead + cycle[ahead % 4], atol=1e-3)


def test_cycle_profile_under_a_trend():
    steps = np.arange(41)
    cycle = np.array([4.0, -1.0, -3.0])
    np.testing.assert_allclose(cycle_profile(7.0 * steps + cycle[steps % 3], 3), cycle, atol=1e-9)
    assert cycle_profile(np.arange(5.0), 3).tolist() == [0, 0, 0]


def test_windows_are_centred_on_the_past_and_thinned_when_many():
    pasts, futures = centred_windows(np.arange(6.0), 2, 1)
    assert pasts.tolist() == [[-0.5, 0.5]] * 4
    assert futures.tolist() == [[1.5]] * 4
    pasts, _ = centred_windows(np.arange(60_000.0), 90, 10)
    assert len(pasts) <= 40_000


def test_gaps_follow_the_season_and_ends_keep_their_level():
    cycle = np.array([0.0, 5.0, 1.0, -6.0])
    whole = np.tile(cycle, 8) + 3.0
    holed = whole.copy()
    holed[9:14] = np.nan
    holed[-1] = np.nan
    np.testing.assert_allclose(fill_gaps(holed, 4), whole)
    assert fill_gaps(np.array([np.nan, 1.0, np.nan, 3.0, np.nan])).tolist() == [1, 1, 2, 3, 3]
    assert np.isnan(holed[9])


def test_cases_of_unequal_length_are_padded_and_stretched():
    table = as_cases([np.array([[0.0, 1.0, 2.0]]), np.array([[0.0, np.nan, 4.0, 6.0, np.nan]])])
    assert case_lengths(table).tolist() == [3, 4]
    stretched = resample_cases(table, 5, np.zeros(1))
    np.testing.assert_allclose(stretched[:, 0], [[0, 0.5, 1, 1.5, 2], [0, 1.5, 3, 4.5, 6]])


def test_a_missing_channel_takes_the_training_mean():
    table = as_cases(np.array([[[1.0, 2.0], [np.nan, np.nan]]]))
    np.testing.assert_allclose(resample_cases(table, 2, np.array([0.0, 9.0]))[0, 1], [9, 9])


def test_the_nearest_neighbour_compares_shapes_wherever_they_lie_and_however_large():
    clock = np.linspace(0, 2 * np.pi, 40)
    rising, round_ = clock, np.sin(clock)
    train = np.stack([rising, rising + 90, round_ * 5, round_ + 7])[:, None, :]
    model = create_classifier("nearest-neighbour").fit(train, ["rising", "rising", "round", "round"])
    asked = np.stack([3 * rising - 400, 0.1 * round_ + 91])[:, None, :]
    found = model.predict(asked)
    assert found.labels == ("rising", "round")
    assert [row[0].distance for row in found.neighbours] == pytest.approx([0, 0], abs=1e-4)
    plain = create_classifier("nearest-neighbour", normalise="none").fit(train, ["rising", "rising", "round", "round"])
    assert plain.predict(asked).labels == ("round", "rising")
