"""Probabilities that can be believed: bounds, and temperatures from few held-out cases."""

from __future__ import annotations

import numpy as np
import pytest

from models.calibration import bounded, fitted_temperature, softmax


def test_nothing_is_certain_and_one_observation_is_shared_by_all_classes():
    sure = np.eye(25)[:3]
    found = bounded(sure, 50)
    np.testing.assert_allclose(found.sum(axis=1), 1)
    assert found[0, 0] == pytest.approx((50 + 1 / 25) / 51) and found[0, 1] == pytest.approx(1 / 25 / 51)
    assert bounded(sure, 3).max() < bounded(sure, 30).max() < 1


@pytest.mark.parametrize(("classes", "held_out"), [(25, 69), (26, 38), (6, 45), (2, 20)])
def test_few_held_out_cases_of_many_classes_leave_probabilities_near_the_accuracy(classes, held_out):
    """Expected calibration error on 3,000 further cases of a scoring model that is nearly always right."""
    random = np.random.default_rng(0)

    def drawn(count):
        truth = random.integers(0, classes, count)
        return random.normal(size=(count, classes)) + 5.0 * np.eye(classes)[truth], truth

    temperature = fitted_temperature(*drawn(held_out))
    scores, truth = drawn(3_000)
    probabilities = bounded(softmax(scores / temperature), held_out)
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    bins = np.digitize(sure, np.linspace(0, 1, 11)[1:-1])
    errors = [abs(sure[bins == one].mean() - right[bins == one].mean()) * (bins == one).mean() for one in np.unique(bins)]
    assert right.mean() > 0.95
    assert sum(errors) < 0.1
