"""Conformal widths: ranks by hand, nesting, and coverage on data they have not seen."""

from __future__ import annotations

import numpy as np
import pytest

from models import conformal


def test_the_quantile_is_the_finite_sample_rank():
    residuals = np.array([[-1.0], [2.0], [-3.0], [4.0]])
    widths = conformal.calibrate(residuals)
    assert widths is not None
    # One step: the scale cancels. ⌈5 · .8⌉ = 4th smallest size; ⌈5 · .5⌉ = 3rd.
    assert widths.half_width(1, 80) == pytest.approx([4.0])
    assert widths.half_width(1, 50) == pytest.approx([3.0])


def test_a_level_beyond_the_sample_stretches_the_largest():
    widths = conformal.calibrate(np.array([[-1.0], [2.0], [-3.0], [4.0]]))
    assert widths is not None
    # Four residuals reach 80 %; a normal reaches 1.2816 there and 1.9600 at 95 %.
    assert widths.half_width(1, 95) == pytest.approx([4.0 * 1.959964 / 1.281552], rel=1e-5)


def test_widths_never_shrink_with_the_step_and_pool_neighbours():
    residuals = np.array([[1.0, 4.0, 2.0], [1.0, 4.0, 2.0]])
    widths = conformal.calibrate(residuals)
    assert widths is not None
    assert widths.scale.tolist() == [1.0, 3.0, 3.0]


def test_steps_beyond_the_backtest_widen_like_a_random_walk():
    widths = conformal.calibrate(np.ones((5, 2)))
    assert widths is not None
    assert widths.half_width(8, 80) == pytest.approx([1, 1, *np.sqrt(np.arange(3, 9) / 2)])


@pytest.mark.parametrize("seed", range(5))
def test_wider_levels_contain_narrower_ones(seed):
    widths = conformal.calibrate(np.random.default_rng(seed).normal(size=(3, 4)))
    assert widths is not None
    sizes = [widths.half_width(9, level)[0] for level in (0.5, 5, 20, 50, 80, 90, 95, 99, 99.99)]
    assert sizes == sorted(sizes)


def test_missing_residuals_are_left_out():
    with_gap = conformal.calibrate(np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0]]))
    assert with_gap is not None
    assert with_gap.scale.tolist() == [1.5, 3.0]
    assert conformal.calibrate(np.array([[np.nan, 1.0]])) is None
    assert conformal.calibrate(np.empty((0, 3))) is None


def test_quantiles_mirror_around_the_mean():
    widths = conformal.calibrate(np.array([[-1.0], [2.0], [-3.0], [4.0]]))
    assert widths is not None
    found = widths.quantiles(np.array([10.0]), (0.1, 0.5, 0.9))
    assert {key: value.tolist() for key, value in found.items()} == {0.1: [6.0], 0.5: [10.0], 0.9: [14.0]}


@pytest.mark.parametrize("level", [50, 80, 95])
def test_coverage_on_new_residuals_is_the_level(level):
    generator = np.random.default_rng(0)
    growth = np.sqrt(np.arange(1, 7))
    inside = []
    for _ in range(300):
        widths = conformal.calibrate(generator.normal(size=(8, 6)) * growth)
        assert widths is not None
        inside.append(np.abs(generator.normal(size=6) * growth) <= widths.half_width(6, level))
    assert np.mean(inside) == pytest.approx(level / 100, abs=0.03)
