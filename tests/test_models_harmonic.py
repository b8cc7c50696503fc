"""Harmonic regression: known waves, known memory, known numbers of waves."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_forecaster
from models.errors import BadInput
from models.plain.harmonic import RIDGE, Harmonic, _Columns, _Regression, _solved


def waves(steps, period):
    return 6 * np.sin(2 * np.pi * steps / period) + 3 * np.cos(4 * np.pi * steps / period + 0.4)


def test_waves_on_a_line_are_continued():
    steps = np.arange(120)
    ahead = np.arange(120, 144)
    found = create_forecaster("harmonic").fit(0.2 * steps - 40 + waves(steps, 12), period=12).point(24)
    np.testing.assert_allclose(found, 0.2 * ahead - 40 + waves(ahead, 12), atol=0.01)


def test_growth_with_a_season_of_factors_is_taken_in_logarithms():
    steps = np.arange(96)
    noise = np.random.default_rng(2).normal(0, 0.01, 96)
    values = np.exp(3 + 0.02 * steps + waves(steps, 12) / 20 + noise)
    ahead = np.arange(96, 108)
    found = create_forecaster("harmonic").fit(values, period=12).point(12)
    assert np.abs(found / np.exp(3 + 0.02 * ahead + waves(ahead, 12) / 20) - 1).max() < 0.03


def test_memory_around_a_season_decays_as_its_coefficient():
    """A first-order memory of .8: the last distance from the season returns to it by a fifth a step."""
    generator = np.random.default_rng(5)
    memory = np.zeros(900)
    for step in range(1, 900):
        memory[step] = 0.8 * memory[step - 1] + generator.normal()
    memory[-1] = 6.0
    steps, ahead = np.arange(900), np.arange(900, 908)
    found = create_forecaster("harmonic").fit(memory + waves(steps, 12), period=12).point(8)
    np.testing.assert_allclose(found, waves(ahead, 12) + 6.0 * 0.8 ** np.arange(1, 9), atol=0.9)


def test_the_criterion_counts_the_waves():
    """Two harmonics of a year of weeks, in noise: the weight lies on two, and the forecast is closer than 52 means."""
    steps, ahead = np.arange(208), np.arange(208, 260)
    values = waves(steps, 52) + np.random.default_rng(1).normal(0, 2, 208)
    fitted = _Regression.of(values, _Columns.of(208, 52, None))
    cosines = fitted.coefficients[:, 2 : 2 + fitted.columns.own] != 0
    assert float(fitted.weights @ (cosines.sum(axis=1) == 2)) > 0.6
    truth = waves(ahead, 52)
    found = create_forecaster("harmonic").fit(values, period=52).point(52)
    means = values.reshape(4, 52).mean(axis=0)
    assert np.abs(found - truth).mean() < 0.6 * np.abs(means - truth).mean()


def test_the_week_behind_the_day_is_followed():
    steps, ahead = np.arange(24 * 7 * 5), np.arange(24 * 7 * 5, 24 * 7 * 6)

    def truth(moments):
        return 10 * np.sin(2 * np.pi * moments / 24) + 8 * np.cos(2 * np.pi * moments / 168)

    values = truth(steps) + np.random.default_rng(3).normal(size=len(steps))
    found = create_forecaster("harmonic").fit(values, period=24).point(168)
    assert np.abs(found - truth(ahead)).mean() < 0.5


def test_each_structure_is_the_ridge_solution_of_its_own_columns():
    generator = np.random.default_rng(4)
    table, target = generator.normal(size=(40, 5)), generator.normal(size=40)
    structures = np.array([[True, False, True, True, False], [True] * 5])
    criteria, coefficients = _solved(table.T @ table, table.T @ target, float(target @ target), structures, 40)
    for chosen, criterion, found in zip(structures, criteria, coefficients, strict=True):
        augmented = np.vstack([table[:, chosen], np.sqrt(40 * RIDGE) * np.eye(chosen.sum())])
        expected, *_ = np.linalg.lstsq(augmented, np.concatenate([target, np.zeros(chosen.sum())]), rcond=None)
        np.testing.assert_allclose(found[chosen], expected, atol=1e-9)
        assert found[~chosen].tolist() == [0.0] * int((~chosen).sum())
        squares = float(np.sum((target - table[:, chosen] @ expected) ** 2))
        count = chosen.sum() + 1
        assert criterion == pytest.approx(20 * np.log(squares / 40) + count + count * (count + 1) / (40 - count - 1), abs=1e-4)


def test_the_structures_are_nested_and_leave_out_what_is_zero_everywhere():
    columns = _Columns.of(60, 4, None)
    assert columns.frequencies.tolist() == [0.25, 0.5]
    assert columns.lags.tolist() == [1, 2, 3, 4, 5]
    table = columns.structures(columns.choices(), trend=False)
    assert table.shape == (3 * 5, 2 + 4 + 5)
    assert table[:, 0].all()
    assert not table[:, 1].any()
    assert not table[:, 5].any()
    assert table[-1].tolist() == [True, False, True, True, True, False, True, True, True, True, True]
    monthly = _Columns.of(60, 12, None)
    assert monthly.lags.tolist() == [1, 2, 3, 4, 5, 12]
    assert monthly.rows == 47
    assert _Columns.of(900, 24, 168).own == 12


def test_noise_gets_its_mean_and_a_walk_its_last_value():
    generator = np.random.default_rng(7)
    noise = generator.normal(size=400)
    assert np.abs(create_forecaster("harmonic").fit(noise, period=7).point(10)).max() < 0.5
    walk = np.cumsum(generator.normal(size=400))
    assert np.abs(create_forecaster("harmonic").fit(walk, period=7).point(5) - walk[-1]).max() < 2.5


def test_short_histories_and_those_without_a_season_are_refused():
    with pytest.raises(BadInput, match="needs a season; this series has none"):
        Harmonic().fit(np.arange(30.0) ** 2)
    with pytest.raises(BadInput, match="needs 8 values; found 7"):
        Harmonic().fit(np.arange(7.0) ** 2, period=4)
    assert np.isfinite(Harmonic().fit(np.arange(8.0) ** 2, period=12).point(6)).all()
