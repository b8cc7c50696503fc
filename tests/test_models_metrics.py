"""Measures against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from models import metrics


def test_mase_by_hand():
    history = np.array([1.0, 3.0, 2.0, 6.0])  # lag-2 differences: 1, 3 → scale 2
    assert metrics.mase(np.array([4.0, 9.0]), np.array([5.0, 6.0]), history, 2) == pytest.approx(1.0)
    assert metrics.seasonal_scale(history, 1) == pytest.approx(7 / 3)


def test_mase_uses_the_previous_step_where_no_season_fits_and_skips_gaps():
    assert metrics.seasonal_scale(np.array([1.0, 3.0, np.nan, 6.0, 7.0]), 12) == pytest.approx(1.5)
    assert metrics.mase(np.array([np.nan, 2.0]), np.array([0.0, 5.0]), np.array([1.0, 2.0]), 1) == pytest.approx(3.0)


def test_mase_of_a_constant_history_is_undefined():
    assert np.isnan(metrics.mase(np.array([1.0]), np.array([2.0]), np.full(9, 4.0), 1))


def test_smape_by_hand():
    value = metrics.smape(np.array([100.0, 0.0, np.nan, 50.0]), np.array([50.0, 0.0, 3.0, 50.0]))
    assert value == pytest.approx((200 * 50 / 150) / 3)


def test_pinball_and_wql_by_hand():
    actual = np.array([10.0, 20.0])
    assert metrics.pinball(actual, np.array([8.0, 25.0]), 0.9).tolist() == pytest.approx([1.8, 0.5])
    expected = (2 * (1.8 + 0.5) + 2 * (1.0 + 2.5)) / 2 / 30
    assert metrics.wql(actual, {0.9: np.array([8.0, 25.0]), 0.5: np.array([8.0, 25.0])}) == pytest.approx(expected)
    assert np.isnan(metrics.wql(np.zeros(2), {0.5: np.ones(2)}))


def test_coverage_counts_both_ends_and_skips_gaps():
    actual = np.array([1.0, 2.0, 5.0, np.nan])
    assert metrics.coverage(actual, np.array([1.0, 0.0, 0.0, 0.0]), np.array([3.0, 2.0, 4.0, 9.0])) == pytest.approx(2 / 3)
    assert np.isnan(metrics.coverage(np.array([np.nan]), np.zeros(1), np.ones(1)))


def test_accuracy():
    assert metrics.accuracy(["a", "b", "b", "c"], ["a", "b", "c", "c"]) == 0.75
    with pytest.raises(ValueError, match="found 1 and 2"):
        metrics.accuracy(["a"], ["a", "b"])


def test_recalls_count_each_class():
    found = metrics.recalls(["b", "a", "b", "b"], ["b", "b", "a", "b"])
    assert found == {"a": (0, 1), "b": (2, 3)}
    assert list(found) == ["a", "b"]
