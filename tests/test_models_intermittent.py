"""Demand that is often zero: levels by hand, fading after a silence, the quotient's bias, and what the tournament combines."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_forecaster
from models.plain.intermittent import GAINS, croston_level, tsb_level
from models.tournament import run_tournament


def demand(count=400, chance=0.25, seed=0):
    generator = np.random.default_rng(seed)
    return (generator.random(count) < chance) * (1.0 + generator.poisson(4, count))


def test_six_every_third_step_is_two_a_step():
    values = np.tile([0.0, 0.0, 6.0], 30)
    assert croston_level(values, corrected=False) == pytest.approx(2.0)
    corrected = (1 - GAINS / 2) * 6 / (3 - GAINS / 2)
    assert corrected.min() < croston_level(values, corrected=True) < corrected.max() < 2.0
    # Right after a demand the chance is a little above a third.
    assert 2.0 < tsb_level(values) < 2.3
    found = create_forecaster("croston", corrected=False).fit(values, period=1).point(4)
    np.testing.assert_allclose(found, 2.0)


def test_one_recursion_by_hand(monkeypatch):
    monkeypatch.setattr("models.plain.intermittent.GAINS", np.array([0.5]))
    values = np.array([0.0, 4.0, 0.0, 2.0])
    chance, size = 0.5, 3.0
    for value in values:
        chance += 0.5 * ((value > 0) - chance)
        size += 0.5 * (value - size) if value else 0.0
    assert tsb_level(values) == pytest.approx(chance * size)
    # Waits 2 and 2; sizes 3 → 3.5 → 2.75.
    assert croston_level(values, corrected=False) == pytest.approx(2.75 / 2)
    assert croston_level(values, corrected=True) == pytest.approx(0.75 * 2.75 / 1.75)


def test_a_long_silence_fades_in_one_and_not_in_the_other():
    values = demand()
    silent = np.concatenate([values, np.zeros(60)])
    assert tsb_level(silent) < 0.4 * tsb_level(values)
    assert croston_level(silent, corrected=True) > 0.7 * croston_level(values, corrected=True)
    assert tsb_level(np.zeros(10)) == croston_level(np.zeros(10), corrected=True) == 0.0


def test_without_zeros_both_are_simple_smoothing():
    values = 50 + np.random.default_rng(3).normal(size=80)
    assert croston_level(values, corrected=True) == pytest.approx(croston_level(values, corrected=False))
    assert tsb_level(values) == pytest.approx(croston_level(values, corrected=False), rel=0.02)


def test_the_correction_takes_the_overshoot_off(monkeypatch):
    """Mean demand a step is 0.25 · 5; a large gain makes the quotient's bias plain."""
    monkeypatch.setattr("models.plain.intermittent.GAINS", np.array([0.4]))
    plain = np.mean([croston_level(demand(seed=seed), corrected=False) for seed in range(150)])
    corrected = np.mean([croston_level(demand(seed=seed), corrected=True) for seed in range(150)])
    assert plain > 1.25 * 1.1
    assert corrected == pytest.approx(1.25, rel=0.08)


def test_a_season_goes_off_first_where_zeros_are_rare():
    steps = np.arange(96)
    values = 20 + 8 * np.sin(2 * np.pi * steps / 12)
    found = create_forecaster("tsb").fit(values, period=12).point(12)
    np.testing.assert_allclose(found, 20 + 8 * np.sin(2 * np.pi * np.arange(96, 108) / 12), atol=1.0)


def test_the_tournament_does_not_carry_a_last_demand_on():
    """A history that ends in a demand: what goes on from the last value is on the board and not in the combination."""
    values = np.append(demand(90, seed=4), 9.0)
    outcome = run_tournament(values, period=1, horizon=6)
    assert {"seasonal-naive", "drift", "autoregression"} <= {row.model for row in outcome.rows if row.failed is None}
    assert set(dict(outcome.weights)) == {"recent-median", "theta", "damped", "cycle-linear", "ets"}
    assert outcome.forecast.mean.max() < 3.0
    assert outcome.member_forecasts["seasonal-naive"].tolist() == [9.0] * 6


def test_the_mean_demand_is_there_by_name():
    outcome = run_tournament(demand(120), period=1, horizon=3, force="tsb")
    assert outcome.forecast.model == "tsb"
    assert outcome.forecast.mean == pytest.approx([1.25] * 3, rel=0.4)
    assert "croston" not in {row.model for row in outcome.rows}
    assert "tsb" not in {row.model for row in run_tournament(demand(120), period=1, horizon=3).rows}
