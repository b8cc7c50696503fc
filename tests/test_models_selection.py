"""Comparing classifiers on one held-out split."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from models.errors import BadInput, Stopped
from models.monitor import Monitor
from models.plain.minirocket import TEMPERATURES, _bounded, _softmax, _temperature
from models.selection import compare_classifiers, evaluate_classifier, stratified_split


def waves(count=24, seed=0):
    """Two classes that differ in frequency at a random phase: hard for a nearest neighbour, easy for convolutions."""
    generator = np.random.default_rng(seed)
    labels = ["fast" if row % 2 else "slow" for row in range(count)]
    steps = np.arange(48)
    phases = generator.uniform(0, 2 * np.pi, size=count)
    cases = [np.sin(steps * (1.3 if label == "fast" else 0.9) + phase)[None] for label, phase in zip(labels, phases, strict=True)]
    return np.array(cases) + 0.4 * generator.normal(size=(count, 1, 48)), labels


def test_the_split_is_stratified_and_whole():
    labels = ["a"] * 8 + ["b"] * 4 + ["c"]
    train, test = stratified_split(labels, seed=3)
    assert sorted([*train, *test]) == list(range(13))
    assert [labels[row] for row in test].count("a") == 2
    assert [labels[row] for row in test].count("b") == 1
    assert "c" in [labels[row] for row in train]
    assert np.array_equal(stratified_split(labels, seed=3)[1], test)
    assert not all(np.array_equal(stratified_split(labels, seed=seed)[1], test) for seed in range(4, 9))


def test_the_comparison_keeps_the_better_and_trains_it_on_everything():
    cases, labels = waves(60)
    shares: list[float] = []
    outcome = compare_classifiers(cases, labels, seed=1, monitor=Monitor(lambda share, words: shares.append(share)))
    assert outcome.model.name == outcome.scores[0].model
    assert {score.model for score in outcome.scores} == {"nearest-neighbour", "minirocket"}
    assert (
        outcome.score("nearest-neighbour").accuracy
        == outcome.plain_accuracy
        == pytest.approx(evaluate_classifier("nearest-neighbour", cases, labels, seed=1))
    )
    assert outcome.accuracy == max(score.accuracy for score in outcome.scores) >= 0.9
    assert (outcome.cases, outcome.held_out, outcome.majority) == (60, 16, 0.5)
    assert shares == sorted(shares)
    nearest = outcome.model.predict(cases[59:]).neighbours[0][0]
    assert nearest.index == 59


def test_what_cannot_be_compared():
    cases, labels = waves(4)
    with pytest.raises(BadInput, match="single case"):
        compare_classifiers(cases, ["a", "b", "c", "d"])
    with pytest.raises(BadInput, match="at least two classes"):
        compare_classifiers(cases, ["a"] * 4)
    with pytest.raises(Stopped):
        compare_classifiers(cases, labels, monitor=Monitor(cancelled=lambda: True))


def test_a_class_with_one_case_is_named():
    cases, labels = waves(9)
    labels[0] = "lonely"
    outcome = compare_classifiers(cases, labels, models=("nearest-neighbour",))
    assert outcome.singles == ("lonely",)
    assert outcome.model.classes == ("fast", "lonely", "slow")


def test_the_temperature_is_fitted_to_left_out_scores():
    generator = np.random.default_rng(0)
    labels = tuple("ab"[row % 2] for row in range(20))
    features = generator.normal(size=(20, 6)) + np.array([row % 2 for row in range(20)])[:, None]
    targets = np.array([[1.0, -1.0] if label == "a" else [-1.0, 1.0] for label in labels])
    held_out = np.array(
        [
            Ridge(alpha=2.0).fit(np.delete(features, row, 0), np.delete(targets, row, 0)).predict(features[row : row + 1])[0]
            for row in range(20)
        ]
    )
    truth = np.array(["ab".index(label) for label in labels])
    likelihoods = [np.log(_bounded(_softmax(held_out / value), 20)[np.arange(20), truth]).mean() for value in TEMPERATURES]
    assert _temperature(features, labels, 2.0) == TEMPERATURES[int(np.argmax(likelihoods))]
    assert 0.01 < _temperature(features, labels, 2.0) < 100
