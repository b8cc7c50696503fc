"""Smoothing over a grid against statsmodels and plain loops, seasons and their shrinkage, and the theta method step by step."""

from __future__ import annotations

import numpy as np
import pytest
from statsmodels.tsa.exponential_smoothing.ets import ETSModel

from models import create_forecaster
from models.plain.autoregression import tamed
from models.plain.season import SeasonFree, longer_season, nested_profile, seasonal_profile
from models.plain.smoothing import Grid, likelihood_weights, smooth
from models.plain.theta import GAINS, THETAS, theta_forecast


def one(level, trend=0.0, damping=0.0, season=0.0, parameters=4.0):
    return Grid(*(np.array([value]) for value in (level, trend, damping, season, parameters, 1.0, 0.0)))


def noisy(count=40, seed=0):
    return 100 + 0.7 * np.arange(count) + np.random.default_rng(seed).normal(size=count) * 3


@pytest.mark.parametrize(("trend", "damping"), [(0.0, 0.0), (0.1, 1.0), (0.12, 0.9)])
def test_first_states_are_the_least_squares_of_statsmodels(trend, damping):
    """The same gains, first states left to statsmodels' optimiser: our closed form reaches at least as small an error."""
    values = noisy()
    found = smooth(values[None], one(0.4, trend, damping))
    model = ETSModel(values, trend="add" if damping else None, damped_trend=0 < damping < 1, initialization_method="estimated")
    fixed = {"smoothing_level": 0.4} | ({"smoothing_trend": trend} if damping else {})
    fixed |= {"damping_trend": damping} if 0 < damping < 1 else {}
    with model.fix_params(fixed):
        result = model.fit(disp=False)
    assert float(found.errors[0, 0]) == pytest.approx(float(np.sum(result.resid**2)), rel=2e-3)
    paths = found.paths(one(0.4, trend, damping), 6)[0, 0]
    np.testing.assert_allclose(paths, result.forecast(6), rtol=5e-3)


def test_a_seasonal_pass_is_the_recursion_in_a_loop():
    values, period = noisy(22), 4
    grid = one(0.3, 0.06, 0.95, 0.2)
    first = np.array([2.0, -1.0, -3.0, 2.0])
    found = smooth(values[None], grid, first[:, None, None])

    def run(level, trend):
        season, errors = first.copy(), []
        for step, value in enumerate(values):
            error = value - level - 0.95 * trend - season[step % period]
            level, trend = level + 0.95 * trend + 0.3 * error, 0.95 * trend + 0.06 * error
            season[step % period] += 0.2 * error
            errors.append(error)
        ahead = [level + trend * sum(0.95**k for k in range(1, h + 1)) + season[(22 + h - 1) % period] for h in range(1, 7)]
        return np.array(errors), np.array(ahead)

    start, _ = run(0.0, 0.0)
    sensitivity = np.stack([run(1.0, 0.0)[0] - start, run(0.0, 1.0)[0] - start], axis=1)
    states, *_ = np.linalg.lstsq(sensitivity, -start, rcond=None)
    errors, ahead = run(*states)
    assert float(found.errors[0, 0]) == pytest.approx(float(np.sum(errors**2)), rel=1e-3)
    np.testing.assert_allclose(found.paths(grid, 6)[0, 0], ahead, rtol=2e-3)


def test_rows_and_candidates_do_not_touch_each_other():
    grid = Grid.of()
    both = smooth(np.stack([noisy(), noisy(seed=1)]), grid)
    alone = smooth(noisy(seed=1)[None], grid)
    np.testing.assert_allclose(both.level[1], alone.level[0])
    np.testing.assert_allclose(both.criterion(grid)[1], alone.criterion(grid)[0])


def test_a_grid_gives_each_structure_the_same_weight_beforehand():
    grid = Grid.of(seasons=(0.0, 0.1))
    assert grid.prior.sum() == pytest.approx(3.0)
    assert grid.prior[grid.straight == 1].sum() == pytest.approx(1.0)
    assert (grid.season[grid.level == 0.5] == 0.1).mean() == 0.5


def test_likelihood_weights_by_hand():
    weights = likelihood_weights(np.array([1.0, 1.0 + np.log(2.0), 900.0]), np.array([1.0, 4.0, 1.0]))
    np.testing.assert_allclose(weights, [1 / 3, 2 / 3, 0.0], atol=1e-12)


def test_theta_step_by_step():
    """DOTM of Fiorucci et al. with loops, averaged over the same grid."""
    values = noisy(18)
    count = len(values)
    lines = [(float(values[0]), 0.0)]
    for end in range(1, count + 1):
        line = np.polyfit(np.arange(1, end + 1), values[:end], 1)[::-1] if end > 1 else (values[0], 0.0)
        lines.append((float(line[0]), float(line[1])))
    scores, paths = [], []
    for gain in GAINS:
        for theta in THETAS:
            share, level, rows, targets = 1 - 1 / theta, 0.0, [], []
            for step in range(1, count + 1):
                intercept, slope = lines[step - 1]
                left = (1 - gain) ** (step - 1)
                expected = level + share * (left * intercept + (1 - (1 - gain) ** step) / gain * slope)
                rows.append(left)
                targets.append(values[step - 1] - expected)
                level += gain * (values[step - 1] - level)
            kept, wanted = np.array(rows[2:]), np.array(targets[2:])
            first = kept @ wanted / (kept @ kept)
            scores.append(0.5 * len(kept) * np.log(np.sum((wanted - kept * first) ** 2)))
            intercept, slope = lines[-1]
            left = (1 - gain) ** count
            tail = (1 - (1 - gain) ** (count + 1)) / gain
            paths.append([level + left * first + share * (left * intercept + (h - 1 + tail) * slope) for h in range(1, 6)])
    weights = np.exp(-(np.array(scores) - min(scores)))
    np.testing.assert_allclose(theta_forecast(values, 5), weights / weights.sum() @ np.array(paths), rtol=1e-9)


def test_a_profile_of_noise_shrinks_to_nothing_and_a_clear_one_stays():
    cycle = np.array([5.0, -3.0, 1.0, -3.0])
    exact = seasonal_profile(2.0 * np.arange(41) + np.tile(cycle, 11)[:41], 4)
    np.testing.assert_allclose(exact, cycle, atol=1e-9)
    noise = np.random.default_rng(0).normal(size=(200, 48))
    raw = np.array([np.abs(row.reshape(4, 12).mean(axis=0) - row.mean()).mean() for row in noise])
    shrunk = np.array([np.abs(seasonal_profile(row, 12)).mean() for row in noise])
    assert shrunk.mean() < 0.4 * raw.mean()
    assert (shrunk == 0).mean() > 0.3
    assert seasonal_profile(np.arange(7.0), 4).tolist() == [0, 0, 0, 0]


def test_the_week_behind_the_day_is_found_and_a_drifting_day_is_not_a_week():
    hours = np.arange(24 * 7 * 5)
    generator = np.random.default_rng(0)
    daily = 10 * np.sin(2 * np.pi * hours / 24)
    weekly = np.where(hours // 24 % 7 >= 5, -6.0, 2.0)
    noise = generator.normal(size=len(hours))
    assert longer_season(daily + weekly + noise, 24) == 168
    assert longer_season(daily + noise, 24) is None
    assert longer_season(daily * (1 + hours / 400) + noise, 24) is None
    profile = nested_profile(daily + weekly + noise, 24, 168)
    np.testing.assert_allclose(profile, (daily + weekly)[:168] - weekly[:168].mean(), atol=1.5)


def test_a_season_comes_off_and_goes_on_again():
    factors = np.array([0.5, 1.0, 2.0, 1.0])
    rising = np.linspace(50, 90, 24)
    free = SeasonFree.of(rising * np.tile(factors, 6), 4)
    assert free.multiplicative
    np.testing.assert_allclose(free.values, rising, rtol=0.03)
    np.testing.assert_allclose(free.put_back(np.full(4, 100.0)), 100 * factors, rtol=0.03)
    assert not SeasonFree.of(rising - 60, 4).multiplicative


def test_autoregression_finds_a_coefficient_and_stays_a_random_walk_on_noise():
    generator = np.random.default_rng(0)
    steps = np.zeros(400)
    for place in range(1, 400):
        steps[place] = -0.6 * steps[place - 1] + generator.normal()
    values = np.cumsum(steps)
    ahead = create_forecaster("autoregression").fit(values).point(2)
    assert ahead[0] - values[-1] == pytest.approx(-0.6 * steps[-1], abs=0.25)
    walk = np.cumsum(generator.normal(size=400))
    assert np.abs(create_forecaster("autoregression").fit(walk).point(10) - walk[-1]).max() < 1.5


def test_autoregression_of_a_dozen_values_does_not_explode():
    values = np.array([3.0, 1.0, 6.0, 2.0, 30.0, 5.0, 90.0, 20.0, 400.0])
    ahead = np.log(create_forecaster("autoregression").fit(values).point(12))
    largest = np.abs(np.diff(np.log(values))).max()
    assert np.abs(np.diff(ahead)).max() <= largest * (1 + 1e-9)
    weights, lags = np.array([1.4, -0.2, 0.9]), np.array([1, 2, 4])
    companion = np.eye(4, k=-1)
    companion[0, lags - 1] = tamed(weights, lags, 0.9)
    assert np.abs(np.linalg.eigvals(companion)).max() == pytest.approx(0.9)
    small = np.array([0.3, -0.1, 0.05])
    np.testing.assert_array_equal(tamed(small, lags, 0.9), small)


def test_autoregression_keeps_a_season_of_long_histories():
    """A cycle of 24 that returns almost unchanged has roots near one, which hundreds of values may speak for."""
    random = np.random.default_rng(3)
    steps = np.zeros(800)
    for row in range(24, 800):
        steps[row] = 0.9 * steps[row - 24] + random.normal()
    values = 500 + np.cumsum(steps)
    ahead = create_forecaster("autoregression").fit(values[:776], period=24).point(24)
    assert np.corrcoef(np.diff(ahead), np.diff(values[776:]))[0, 1] > 0.6
