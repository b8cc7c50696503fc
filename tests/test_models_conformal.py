"""Conformal widths: ranks by hand, nesting, and coverage on data they have not seen."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from models import conformal
from models.backtest import plan_backtest


def student(level, freedom):
    """How far Student's t reaches beyond a normal."""
    tail = 0.5 + level / 200
    return stats.t.ppf(tail, freedom) / stats.norm.ppf(tail)


def leaning(quantile, sizes, level, effective):
    """A quantile of scores, drawn towards that of a normal with their mean size, and stretched for the few of them."""
    normal = np.mean(sizes) * stats.halfnorm.ppf(level / 100) / stats.halfnorm.mean()
    share = effective / (effective + 10)
    return (share * quantile + (1 - share) * normal) * student(level, effective)


def test_few_scores_lean_on_a_normal_and_are_stretched():
    residuals = np.array([[-1.0], [2.0], [-3.0], [4.0]])
    widths = conformal.calibrate(residuals)
    assert widths is not None
    # One step: the scale cancels, and the sizes 1, 2, 3, 4 are independent; the rank is that of five.
    sizes = [1, 2, 3, 4]
    assert widths.half_width(1, 80) == pytest.approx([leaning(4.0, sizes, 80, 4)])
    assert widths.half_width(1, 50) == pytest.approx([leaning(np.quantile(sizes, 0.625), sizes, 50, 4)])


def test_a_level_beyond_the_sample_stretches_the_largest():
    widths = conformal.calibrate(np.array([[-1.0], [2.0], [-3.0], [4.0]]))
    assert widths is not None
    # Four residuals reach 80 %; a normal reaches 1.2816 there and 1.9600 at 95 %.
    expected = leaning(4.0 * 1.959964 / 1.281552, [1, 2, 3, 4], 95, 4)
    assert widths.half_width(1, 95) == pytest.approx([expected], rel=1e-5)


def test_many_scores_speak_for_themselves():
    residuals = np.random.default_rng(0).exponential(size=(4_000, 1))
    widths = conformal.calibrate(residuals)
    assert widths is not None
    assert widths.half_width(1, 95)[0] == pytest.approx(-np.log(0.05), rel=0.05)


def test_overlapping_windows_are_worth_fewer_scores():
    residuals = np.random.default_rng(0).normal(size=(6, 4))
    apart = conformal.calibrate(residuals, origins=(44, 40, 36, 32, 28, 24))
    close = conformal.calibrate(residuals, origins=(29, 28, 27, 26, 25, 24))
    assert apart is not None
    assert close is not None
    # Windows one, two and three steps apart share 3/4, 1/2 and 1/4 of their values: 5, 4 and 3 pairs of the six each way.
    correlations = 6 + 2 * (5 * 9 + 4 * 4 + 3 * 1) / 16
    # The scale differs a little, since its growth leans more on the usual one where fewer windows speak.
    assert close.effective == pytest.approx(apart.effective * 6 / correlations, rel=0.05)
    assert close.half_width(4, 95)[3] > apart.half_width(4, 95)[3]


def test_steps_of_one_origin_that_err_together_are_worth_fewer_scores():
    signs = np.array([[1.0], [-1.0], [1.0], [-1.0]])
    together = conformal.calibrate(np.ones((4, 5)) * signs)
    alone = conformal.calibrate(np.tile([1.0, -1.0, 1.0, -1.0], (5, 1)).T * [1.0, -1.0, 1.0, -1.0, 1.0])
    assert together is not None
    assert alone is not None
    assert together.effective == pytest.approx(4, rel=0.05)
    assert alone.effective == pytest.approx(20)


def test_residuals_of_a_growing_series_are_brought_to_its_level():
    history = np.array([10.0] * 6 + [20.0] * 6)
    residuals = np.array([[1.0], [-1.0], [1.0]])
    origins = (11, 6, 5)
    plain = conformal.calibrate(residuals, origins, history - 30)
    scaled = conformal.calibrate(residuals, origins, history)
    assert plain is not None
    assert scaled is not None
    assert plain.scale == pytest.approx([1.0])
    sizes = np.array([1.0, 2**0.75, 2**0.75])
    # Ages of 1, 6 and 7 windows of one step.
    assert scaled.scale == pytest.approx([np.average(sizes, weights=[1, 0.4**5, 0.4**6])])


def test_errors_grow_as_a_power_of_the_step_that_leans_on_the_usual_one():
    residuals = np.array([[1.0, 4.0, 2.0], [1.0, 4.0, 2.0]])
    widths = conformal.calibrate(residuals)
    assert widths is not None
    steps = np.log([1, 2, 3])
    found = np.polyfit(steps, np.log(np.array([1, 4, 2]) * 3 / 7 + 0.05), 1)[0]
    # Two windows count as much as what is usual without a season.
    growth = (found + 0.7) / 2
    shape = np.array([1, 2, 3]) ** growth
    np.testing.assert_allclose(widths.scale, shape * 7 / shape.sum())
    assert conformal.calibrate(residuals[:, ::-1]).scale[2] > conformal.calibrate(residuals[:, ::-1], (9, 6), period=4).scale[2]


def test_steps_beyond_the_backtest_widen():
    widths = conformal.calibrate(np.ones((5, 2)))
    assert widths is not None
    sizes = widths.half_width(8, 80)
    np.testing.assert_allclose(sizes[1:] / sizes[1], (np.arange(2, 9) / 2) ** 0.7)


def test_each_phase_of_the_season_has_its_own_width():
    """Every fourth value errs four times as much; windows of four that begin anywhere in the season."""
    generator = np.random.default_rng(0)
    noise = generator.normal(size=400) * np.tile([1.0, 1.0, 1.0, 4.0], 100)
    origins = tuple(range(395, 195, -5))
    residuals = np.array([noise[origin : origin + 4] for origin in origins])
    # The history ends after 398 values: the second step ahead is the wild one.
    widths = conformal.calibrate(residuals, origins, noise[:398], period=4)
    assert widths is not None
    # Forty values a phase are drawn towards the mean of all, 7/4 of a quiet one, as by eight.
    expected = np.array([40 + 8 * 1.75, 160 + 8 * 1.75, 40 + 8 * 1.75, 40 + 8 * 1.75])
    np.testing.assert_allclose(widths.phases / widths.phases.mean(), expected / expected.mean(), rtol=0.2)
    sizes = widths.half_width(4, 80)
    np.testing.assert_allclose(sizes / sizes[0], widths.scale / widths.scale[0] * widths.phases / widths.phases[0])
    plain = conformal.calibrate(residuals, origins, noise[:398])
    assert plain is not None
    assert plain.half_width(2, 80)[1] / plain.half_width(2, 80)[0] < 1.5


@pytest.mark.parametrize("level", [50, 80, 95])
def test_phases_without_a_difference_keep_the_coverage(level):
    """Few values a phase must not be fitted so closely that the scores look small: other times tell each its phase."""
    generator = np.random.default_rng(1)
    inside = []
    for _ in range(300):
        noise = generator.normal(size=84)
        origins = tuple(range(60, 36, -3))
        residuals = np.array([noise[origin : origin + 12] for origin in origins])
        widths = conformal.calibrate(residuals, origins, noise[:72], period=12)
        assert widths is not None
        inside.append(np.abs(noise[72:]) <= widths.half_width(12, level))
    assert np.mean(inside) == pytest.approx(level / 100, abs=0.02)


def drifting_coverage(since, seed):
    """Coverage of 80 % intervals, and of those without their memory for age, `since` values after the variance doubled."""
    generator = np.random.default_rng(seed)
    inside = []
    for _ in range(200):
        noise = generator.normal(size=206)
        noise[200 - since :] *= np.sqrt(2)
        origins = plan_backtest(200, 1, 6).origins
        residuals = np.array([noise[origin : origin + 6] for origin in origins])
        adaptive = conformal.calibrate(residuals, origins, noise[:200])
        still = conformal.calibrate(residuals)
        assert adaptive is not None
        assert still is not None
        inside.append([np.abs(noise[200:]) <= widths.half_width(6, 80) for widths in (adaptive, still)])
    return np.mean(inside, axis=(0, 2))


@pytest.mark.parametrize("seed", range(3))
def test_coverage_recovers_after_the_variance_doubles(seed):
    """Six steps ahead, eight origins six steps apart: lost at once, nearly regained after two windows, regained after four."""
    at_once, soon, later = (drifting_coverage(since, seed) for since in (0, 12, 24))
    assert at_once[0] < 0.70
    assert soon[0] > 0.74
    assert later[0] == pytest.approx(0.80, abs=0.03)
    # Scores of all ages counted alike are slower.
    assert soon[0] > soon[1] + 0.04
    assert later[0] > later[1] + 0.02


@pytest.mark.parametrize("seed", range(5))
def test_wider_levels_contain_narrower_ones(seed):
    widths = conformal.calibrate(np.random.default_rng(seed).normal(size=(3, 4)))
    assert widths is not None
    sizes = [widths.half_width(9, level)[0] for level in (0.5, 5, 20, 50, 80, 90, 95, 99, 99.99)]
    assert sizes == sorted(sizes)


def test_missing_residuals_are_left_out():
    with_gap = conformal.calibrate(np.array([[1.0, np.nan], [2.0, np.nan], [np.nan, 3.0]]))
    assert with_gap is not None
    found = np.log((3.0 / 2.25 + 0.05) / (1.5 / 2.25 + 0.05)) / np.log(2)
    growth = (3 * found + 2 * 0.7) / 5
    # Sizes 1, 2 and 3 over shape 1, 1 and 2 ** growth.
    np.testing.assert_allclose(with_gap.scale, np.array([1.0, 2**growth]) * 6 / (2 + 2**growth))
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
