"""Scales and memory of noise against known ones, and gaps on a slope."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.analysis.changepoints import find_change_points
from assistant.analysis.distribution import find_distribution
from assistant.analysis.noise import persistence, quick_persistence, robust_scale
from assistant.data.series import Series


def test_a_robust_scale_ignores_the_level_the_outliers_and_the_gaps() -> None:
    values = 50 + 2 * np.random.default_rng(1).standard_normal(4000)
    values[::20] = 1e6
    values[1::40] = np.nan
    assert robust_scale(values) == pytest.approx(2.0, rel=0.12)
    assert robust_scale(values - 1000) == pytest.approx(robust_scale(values), rel=1e-9)
    assert robust_scale(3 * values) == pytest.approx(3 * robust_scale(values), rel=1e-9)


def test_a_robust_scale_of_mostly_equal_values_is_their_mean_distance() -> None:
    values = np.full(100, 7.0)
    values[:20] = 9.0
    assert robust_scale(values) == pytest.approx(1.2533 * 0.4)
    assert robust_scale(np.full(10, 7.0)) == 0
    assert robust_scale(np.full(10, np.nan)) == 0


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.9])
def test_memory_is_found_beside_outliers_and_a_shift(phi: float) -> None:
    random = np.random.default_rng(3)
    noise = random.standard_normal(4000)
    for row in range(1, len(noise)):
        noise[row] += phi * noise[row - 1]
    noise[random.choice(4000, 20, replace=False)] += 40
    noise[2000:] += 30
    assert persistence(noise) == pytest.approx(phi, abs=0.08)
    assert quick_persistence(noise) == pytest.approx(phi, abs=0.1)


def test_a_gap_on_a_steep_slope_is_no_change() -> None:
    rows = np.arange(300)
    for slope in (5.0, -5.0):
        values = slope * rows + np.random.default_rng(4).standard_normal(300)
        values[120:180] = np.nan
        assert find_change_points(Series("x", pd.RangeIndex(300), values, None), ()) == ()


def test_two_groups_of_values_have_two_modes_and_one_has_one() -> None:
    random = np.random.default_rng(5)
    two = np.concatenate([random.normal(10, 1, 600), random.normal(20, 1, 400)])
    one = random.normal(10, 1, 1000)
    for values, expected in ((two, (10, 20)), (one, (10,))):
        found = find_distribution(values)
        assert found is not None
        assert found.modes == pytest.approx(expected, abs=0.8)
