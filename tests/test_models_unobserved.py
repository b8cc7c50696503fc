"""Unobserved components: the level by hand, a wandering season, logarithms, and that it comes only when called."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_forecaster
from models.errors import BadInput
from models.plain.unobserved import _fitted
from models.tournament import run_tournament

NAME = "unobserved-components"


def test_a_walk_seen_through_noise_is_smoothed_with_the_gain_of_its_variances():
    """Variances 1 of the walk and 4 of the noise: the filter's gain is .39, and the forecast is that smoothing's last level."""
    generator = np.random.default_rng(6)
    values = np.cumsum(generator.normal(0, 1, 400)) + generator.normal(0, 2, 400)
    ratio = 1 / 4
    gain = (np.sqrt(ratio**2 + 4 * ratio) - ratio) / 2
    level = values[0]
    for value in values:
        level += gain * (value - level)
    found = create_forecaster(NAME).fit(values).point(3)
    np.testing.assert_allclose(found, level, atol=0.35)
    assert abs(level - values[-1]) > 0.7


def test_a_slope_and_a_season_are_continued():
    steps, ahead = np.arange(96), np.arange(96, 108)

    def truth(moments):
        return 0.5 * moments - 100 + 8 * np.sin(2 * np.pi * moments / 12) + 3 * np.cos(2 * np.pi * moments / 6)

    values = truth(steps) + np.random.default_rng(2).normal(0, 0.5, 96)
    found = create_forecaster(NAME).fit(values, period=12).point(12)
    assert np.abs(found - truth(ahead)).mean() < 0.8


def test_growing_swings_of_positive_data_are_taken_in_logarithms():
    steps, ahead = np.arange(72), np.arange(72, 84)
    noise = np.random.default_rng(4).normal(0, 0.01, 72)
    values = np.exp(4 + 0.015 * steps + 0.3 * np.sin(2 * np.pi * steps / 12) + noise)
    found = create_forecaster(NAME).fit(values, period=12).point(12)
    expected = np.exp(4 + 0.015 * ahead + 0.3 * np.sin(2 * np.pi * ahead / 12))
    assert np.abs(found / expected - 1).mean() < 0.02
    assert not create_forecaster(NAME).fit(values[:40], period=12)._logarithmic


def test_the_criterion_prefers_a_slope_where_there_is_one():
    generator = np.random.default_rng(1)
    level = np.cumsum(generator.normal(size=200))
    rising = level + np.cumsum(np.cumsum(generator.normal(0, 0.5, 200)))
    criteria = [_fitted((values - values.mean()) / values.std(), 1, 0, 2)[1] for values in (level, rising)]
    assert criteria[0][0] < criteria[0][1]
    assert criteria[1][1] < criteria[1][0] - 10


def test_it_takes_part_where_it_is_asked_for():
    values = 20 + np.random.default_rng(0).normal(size=30)
    rows = run_tournament(values, period=1, horizon=2, models=("drift", NAME)).rows
    assert {row.model for row in rows if row.failed is None} == {"seasonal-naive", "drift", NAME, "combination"}
    assert NAME not in {row.model for row in run_tournament(values, period=1, horizon=2).rows}
    with pytest.raises(BadInput, match="needs 10 values; found 9"):
        create_forecaster(NAME).fit(values[:9])
