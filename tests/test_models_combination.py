"""The combination: weights by hand, held-out honesty, and when a single model stands alone."""

from __future__ import annotations

import numpy as np
import pytest

from models.combination import DISCOUNT, combination_weights, combined, drawn_in, held_out_combination, stands_alone


def test_weights_fall_with_the_square_of_the_error_and_faster_on_much_evidence():
    errors = np.array([[1.0, 1.0], [2.0, 2.0], [4.0, 4.0]])
    few = 2 + 2 * 2 / 200
    np.testing.assert_allclose(combination_weights(errors), np.array([1, 2**-few, 4**-few]) / (1 + 2**-few + 4**-few), rtol=1e-9)
    np.testing.assert_allclose(combination_weights(errors, steps=150), np.array([256, 16, 1]) / 273, rtol=1e-9)


def test_later_origins_count_more_and_scales_do_not():
    """Each origin's errors are taken relative to its mean; the latest, first in the row, weighs most."""
    weights = combination_weights(np.array([[1.0, 300.0], [3.0, 100.0]]))
    first = (0.5 + 1.5 * DISCOUNT) / (1 + DISCOUNT)
    second = (1.5 + 0.5 * DISCOUNT) / (1 + DISCOUNT)
    assert weights[0] / weights[1] == pytest.approx((second / first) ** 2.02)


def test_an_exact_member_takes_all_and_ties_share():
    assert combination_weights(np.array([[0.0, 0.0], [1.0, 2.0]])) == pytest.approx([1.0, 0.0])
    assert combination_weights(np.zeros((4, 3))).tolist() == [0.25] * 4
    assert combination_weights(np.array([[1.0, np.nan], [3.0, np.nan]])) == pytest.approx(
        [3**2.01 / (1 + 3**2.01), 1 / (1 + 3**2.01)]
    )
    assert combination_weights(np.full((2, 2), np.nan)).tolist() == [0.5, 0.5]


def test_no_origin_is_judged_with_weights_that_have_seen_it():
    """Two members, each right at one origin only: each origin's weights come from the other, where the wrong one was right."""
    forecasts = np.array([[[1.0], [0.0]], [[0.0], [1.0]]])
    errors = np.array([[0.0, 1.0], [1.0, 0.0]])
    np.testing.assert_allclose(held_out_combination(forecasts, errors, positive=False), [[0.0], [0.0]], atol=1e-12)


def test_a_member_that_runs_away_is_drawn_in_on_positive_data_only():
    forecasts = np.array([[10.0, 10.0], [12.0, 3.0], [900.0, 0.0]])
    weights = np.array([0.5, 0.3, 0.2])
    assert drawn_in(forecasts, weights).tolist() == [[10.0, 6.0], [12.0, 3.0], [20.0, 1.5]]
    assert combined(forecasts, weights, positive=True).tolist() == pytest.approx([12.6, 4.2])
    assert combined(forecasts, weights, positive=False).tolist() == pytest.approx([188.6, 5.9])


def test_only_a_far_better_model_stands_alone():
    combined = np.array([1.0, 1.1, 0.9, 1.0, 1.05, 0.95, 1.0, 1.0])
    assert stands_alone(combined * 0.5, combined)
    assert stands_alone(combined[:5] * 0.5, combined[:5])
    assert not stands_alone(combined[:4] * 0.5, combined[:4])
    assert not stands_alone(combined, combined)
    assert not stands_alone(combined - np.array([0.9, -0.8, 0.7, -0.6, 0.5, -0.4, 0.3, 0.2]), combined)
    assert not stands_alone(np.array([np.nan, 0.1]), np.array([np.nan, 1.0]))
