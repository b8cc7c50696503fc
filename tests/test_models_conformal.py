"""Conformal widths: ranks by hand, nesting, and coverage on data they have not seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models import conformal


def student(level, freedom):
    """How far Student's t reaches beyond a normal."""
    tail = 0.5 + level / 200
    return stats.t.ppf(tail, freedom) / stats.norm.ppf(tail)


def test_the_quantile_is_stretched_for_the_few_scores():
    residuals = np.array([[-1.0], [2.0], [-3.0], [4.0]])
    widths = conformal.calibrate(residuals)
    assert widths is not None
    # One step: the scale cancels, and the sizes 1, 2, 3, 4 are independent; the rank is that of five.
    assert widths.half_width(1, 80) == pytest.approx([4.0 * student(80, 4)])
    assert widths.half_width(1, 50) == pytest.approx([np.quantile([1, 2, 3, 4], 0.625) * student(50, 4)])


def test_a_level_beyond_the_sample_stretches_the_largest():
    widths = conformal.calibrate(np.array([[-1.0], [2.0], [-3.0], [4.0]]))
    assert widths is not None
    # Four residuals reach 80 %; a normal reaches 1.2816 there and 1.9600 at 95 %.
    assert widths.half_width(1, 95) == pytest.approx([4.0 * 1.959964 / 1.281552 * student(95, 4)], rel=1e-5)


def test_overlapping_windows_are_worth_fewer_scores():
    residuals = np.random.default_rng(0).normal(size=(6, 4))
    apart = conformal.calibrate(residuals, origins=(44, 40, 36, 32, 28, 24))
    close = conformal.calibrate(residuals, origins=(29, 28, 27, 26, 25, 24))
    assert apart is not None
    assert close is not None
    # Six windows one step apart span nine steps: two and a quarter windows of four.
    assert close.effective == pytest.approx(apart.effective * 2.25 / 6, rel=0.05)
    assert close.half_width(4, 95)[3] > apart.half_width(4, 95)[3]


def test_residuals_of_a_growing_series_are_brought_to_its_level():
    history = np.array([10.0] * 6 + [20.0] * 6)
    residuals = np.array([[1.0], [-1.0], [1.0]])
    plain = conformal.calibrate(residuals, (11, 6, 5))
    scaled = conformal.calibrate(residuals, (11, 6, 5), history)
    assert plain is not None
    assert scaled is not None
    assert scaled.scale == pytest.approx([(1 + 2 * 2**0.6) / 3])
    assert conformal.calibrate(residuals, (11, 6, 5), history - 30).scale == pytest.approx(plain.scale)


def test_widths_never_shrink_with_the_step_and_lean_towards_a_random_walk():
    residuals = np.array([[1.0, 4.0, 2.0], [1.0, 4.0, 2.0]])
    widths = conformal.calibrate(residuals)
    assert widths is not None
    walk = np.sqrt([1, 2, 3]) * 7 / np.sqrt([1, 2, 3]).sum()
    # Means 1, 4, 2 become 1, 3, 3; two windows count as much as the prior.
    np.testing.assert_allclose(widths.scale, np.sqrt(np.array([1.0, 3.0, 3.0]) * walk))


def test_steps_beyond_the_backtest_widen():
    widths = conformal.calibrate(np.ones((5, 2)))
    assert widths is not None
    sizes = widths.half_width(8, 80)
    np.testing.assert_allclose(sizes[1:] / sizes[1], (np.arange(2, 9) / 2) ** 0.75)


@pytest.mark.parametrize("seed", range(5))
def test_wider_levels_contain_narrower_ones(seed):
    widths = conformal.calibrate(np.random.default_rng(seed).normal(size=(3, 4)))
    assert widths is not None
    sizes = [widths.half_width(9, level)[0] for level in (0.5, 5, 20, 50, 80, 90, 95, 99, 99.99)]
    assert sizes == sorted(sizes)


def test_missing_residuals_are_left_out():
    with_gap = conformal.calibrate(np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0]]))
    assert with_gap is not None
    walk = np.sqrt([1, 2]) * 4.5 / np.sqrt([1, 2]).sum()
    np.testing.assert_allclose(with_gap.scale, np.array([1.5, 3.0]) ** 0.6 * walk**0.4)
    assert conformal.calibrate(np.array([[np.nan, 1.0]])) is None
    assert conformal.calibrate(np.empty((0, 3))) is None


def test_quantiles_mirror_around_the_mean():
    widths = conformal.calibrate(np.array([[-1.0], [2.0], [-3.0], [4.0]]))
    assert widths is not None
    found = widths.quantiles(np.array([10.0]), (0.1, 0.5, 0.9))
    width = float(widths.half_width(1, 80)[0])
    assert {key: value.tolist() for key, value in found.items()} == {0.1: [10 - width], 0.5: [10.0], 0.9: [10 + width]}


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


def test_mostly_exact_forecasts_promise_no_certainty():
    residuals = np.zeros((5, 4))
    residuals[2, 1] = 8.0
    widths = conformal.calibrate(residuals)
    assert widths is not None
    sizes = [widths.half_width(4, level)[3] for level in (20, 50, 80, 95)]
    assert sizes == sorted(sizes)
    assert sizes[0] > 0
    assert conformal.calibrate(np.zeros((5, 4))).half_width(4, 95).tolist() == [0, 0, 0, 0]
