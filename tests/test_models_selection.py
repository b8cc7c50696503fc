"""Comparing classifiers on one held-out split."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge

from models import create_classifier, selection
from models.calibration import TEMPERATURES, bounded, softmax
from models.errors import BadInput, Stopped, UnknownModel
from models.monitor import Monitor
from models.plain.minirocket import MiniRocket, _temperature
from models.selection import (
    AUTO_SECONDS,
    compare_classifiers,
    comparison_seconds,
    estimate_seconds,
    members_for,
)
from models.splits import stratified_split, trial_splits
from models.training_costs import first_seconds
from tests.labelled_cases import SMALL, labelled

PAIR = ("nearest-neighbour", "minirocket")


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


def test_many_cases_are_split_once_as_they_always_were():
    labels = [f"class {row % 3}" for row in range(40)]
    ((train, test),) = trial_splits(labels, seed=5, usual=0.3)
    assert np.array_equal(test, stratified_split(labels, 5, 0.3)[1])
    assert np.array_equal(train, stratified_split(labels, 5, 0.3)[0])


def test_few_cases_are_all_measured_on_in_stratified_folds():
    labels = ["a"] * 12 + ["b"] * 6 + ["c"] * 2 + ["alone"]
    splits = trial_splits(labels, seed=5)
    assert sorted(row for _, test in splits for row in test) == list(range(20))
    for train, test in splits:
        assert sorted([*train, *test]) == list(range(21))
        assert {labels[row] for row in train} == set(labels)
        assert [labels[row] for row in test].count("a") == 4
        assert [labels[row] for row in test].count("b") == 2
    again, other = trial_splits(labels, seed=5), trial_splits(labels, seed=6)
    assert np.array_equal(splits[0][1], again[0][1])
    assert not np.array_equal(splits[0][1], other[0][1])


def test_two_cases_of_a_class_are_two_folds():
    splits = trial_splits(["a", "b", "a"], seed=0)
    assert [(train.tolist(), test.tolist()) for train, test in sorted(splits, key=lambda split: split[1][0])] == [
        ([1, 2], [0]),
        ([0, 1], [2]),
    ]
    with pytest.raises(BadInput, match="add cases"):
        trial_splits(["a", "b", "c"], seed=0)


def test_a_comparison_of_few_cases_counts_every_one():
    cases, labels = waves(21)
    outcome = compare_classifiers(cases, labels, seed=1, models=("nearest-neighbour",))
    right = 0
    for train, test in trial_splits(labels, seed=1):
        plain = create_classifier("nearest-neighbour").fit(cases[train], [labels[row] for row in train])
        right += sum(found == labels[row] for found, row in zip(plain.predict(cases[test]).labels, test, strict=True))
    assert (outcome.held_out, outcome.folds) == (21, 3)
    assert {label: tested for label, (_, tested) in outcome.recalls.items()} == {label: labels.count(label) for label in labels}
    assert sum(named for named, _ in outcome.recalls.values()) == right
    assert outcome.accuracy == pytest.approx(right / 21)
    assert outcome.model.trained_on == 21


def test_the_commonest_class_is_that_of_all_cases():
    cases = np.random.default_rng(0).normal(size=(6, 1, 12))
    outcome = compare_classifiers(cases, ["a", "b", "c"] * 2, models=("nearest-neighbour",))
    assert outcome.majority == pytest.approx(1 / 3)
    outcome = compare_classifiers(cases, ["a", "a", "b", "a", "a", "b"], models=("nearest-neighbour",))
    assert outcome.majority == pytest.approx(2 / 3)


@pytest.mark.parametrize("cases", [12, 32, 36, 39, 40, 60])
def test_few_cases_do_not_put_hitime_out_of_reach(cases):
    assert "hitime" in members_for("auto", (cases, 3, 200), 2)


def test_folds_take_as_many_trainings(monkeypatch):
    monkeypatch.setattr(selection, "estimate_seconds", lambda name, shape, classes: float(shape[0]))
    assert comparison_seconds(("nearest-neighbour",), (40, 1, 20), 2) == 30 + 40
    assert comparison_seconds(("nearest-neighbour",), (30, 1, 20), 2) == 3 * 20 + 30
    assert comparison_seconds(("nearest-neighbour", "hitime"), (30, 1, 20), 2) == 3 * 20 + 30 + 30


def test_the_comparison_keeps_the_better_and_trains_it_on_everything():
    cases, labels = waves(60)
    shares: list[float] = []
    outcome = compare_classifiers(cases, labels, seed=1, models=PAIR, monitor=Monitor(lambda share, words: shares.append(share)))
    assert outcome.model.name == outcome.scores[0].model
    assert {score.model for score in outcome.scores} == {"nearest-neighbour", "minirocket"}
    train, test = stratified_split(labels, seed=1)
    plain = create_classifier("nearest-neighbour").fit(cases[train], [labels[row] for row in train]).predict(cases[test])
    right = np.mean([label == labels[row] for label, row in zip(plain.labels, test, strict=True)])
    assert outcome.score("nearest-neighbour").accuracy == outcome.plain_accuracy == pytest.approx(right)
    assert outcome.accuracy == max(score.accuracy for score in outcome.scores) >= 0.9
    assert (outcome.cases, outcome.held_out, outcome.majority) == (60, 16, 0.5)
    assert shares == sorted(shares)
    nearest = outcome.model.predict(cases[59:]).neighbours[0][0]
    assert nearest.index == 59


def test_what_cannot_be_compared():
    cases, labels = waves(4)
    with pytest.raises(BadInput, match="single case"):
        compare_classifiers(cases, ["a", "b", "c", "d"], models=PAIR)
    with pytest.raises(BadInput, match="at least two classes"):
        compare_classifiers(cases, ["a"] * 4)
    with pytest.raises(Stopped):
        compare_classifiers(cases, labels, models=PAIR, monitor=Monitor(cancelled=lambda: True))


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
    likelihoods = np.array([np.log(bounded(softmax(held_out / value), 20)[np.arange(20), truth]).sum() for value in TEMPERATURES])
    found = int(np.flatnonzero(_temperature(features, labels, 2.0) == TEMPERATURES)[0])
    assert likelihoods[found] >= likelihoods.max() - 1 > likelihoods[found + 1]
    assert found > np.argmax(likelihoods)
    assert 0.01 < _temperature(features, labels, 2.0) < 100


def test_the_members_are_those_that_train_in_time_or_the_chosen_one_beside_the_plain():
    small, large = (60, 1, 100), (10**7, 9, 1_000)
    assert set(members_for("auto", small, 2)) >= {"nearest-neighbour", "minirocket"}
    assert members_for("auto", small, 2)[0] == "nearest-neighbour"
    assert estimate_seconds("minirocket", large, 2) > AUTO_SECONDS
    assert members_for("auto", large, 2) == ("nearest-neighbour",)
    assert members_for("minirocket", large, 2) == ("nearest-neighbour", "minirocket")
    assert members_for("nearest-neighbour", small, 2) == ("nearest-neighbour",)
    with pytest.raises(UnknownModel, match="No classifier is called 'ets'"):
        members_for("ets", small, 2)


def test_a_comparison_costs_every_members_training_and_the_winners_again():
    shape, part = (100, 2, 80), (75, 2, 80)
    tried = estimate_seconds("nearest-neighbour", part, 3) + estimate_seconds("minirocket", part, 3)
    # Compiling, which only a first training has to wait for, counts once.
    again = estimate_seconds("minirocket", shape, 3) - first_seconds("minirocket")
    assert comparison_seconds(PAIR, shape, 3) == pytest.approx(tried + again)
    assert estimate_seconds("minirocket", (1_000, 2, 80), 3) > estimate_seconds("minirocket", shape, 3)
    assert estimate_seconds("nobody", shape, 3) == 0


def test_the_one_that_was_asked_for_is_kept_whichever_is_best():
    cases, labels = waves(60)
    free, kept = (compare_classifiers(cases, labels, models=PAIR, keep=name, seed=1) for name in (None, "minirocket"))
    assert free.scores[0].model == free.model.name == "nearest-neighbour"
    assert kept.model.name == "minirocket"
    assert kept.accuracy == kept.score("minirocket").accuracy


def test_who_cannot_be_trained_is_left_out_and_named(monkeypatch):
    def refuse(self, cases, labels, monitor):
        raise BadInput("too odd")

    monkeypatch.setattr(MiniRocket, "_fit", refuse)
    cases, labels = waves(20)
    outcome = compare_classifiers(cases, labels, models=PAIR)
    assert outcome.failed == (("minirocket", "too odd"),)
    assert outcome.model.name == "nearest-neighbour"
    with pytest.raises(BadInput, match="too odd"):
        compare_classifiers(cases, labels, models=PAIR, keep="minirocket")


def test_whoever_stops_in_the_last_moment_gets_nothing():
    cases, labels = waves(20)
    said = []

    def note(share, words):
        said.append(words)

    with pytest.raises(Stopped):
        compare_classifiers(cases, labels, models=PAIR[:1], monitor=Monitor(note, lambda: "on all cases" in " ".join(said)))
    assert any("on all cases" in words for words in said)


def test_probabilities_of_the_nearest_neighbour_are_those_of_left_out_cases():
    """Labels that say nothing: a nearest neighbour is right half the time, and its probabilities say about that."""
    generator = np.random.default_rng(0)
    cases, labels = generator.normal(size=(120, 1, 20)), [str(row % 2) for row in range(120)]
    sure = create_classifier("nearest-neighbour").fit(cases, labels).predict(generator.normal(size=(50, 1, 20))).probabilities
    assert 0.5 <= sure.max(axis=1).mean() < 0.6
    apart = cases + 4 * np.array([int(label) for label in labels])[:, None, None] * np.arange(20)
    model = create_classifier("nearest-neighbour").fit(apart, labels)
    assert model.predict(apart).probabilities.max(axis=1).mean() > 0.9


def test_a_classifier_that_holds_cases_out_itself_is_trained_once(monkeypatch):
    calls = []

    def small(name, **config):
        if name != "hitime":
            return create_classifier(name, **config)
        calls.append(name)
        return create_classifier(name, **config, **SMALL["hitime"])

    monkeypatch.setattr(selection, "create_classifier", small)
    cases, labels = labelled()
    outcome = compare_classifiers(cases, labels, seed=2, models=("hitime",), keep="hitime")
    assert outcome.model.name == "hitime"
    # Once to look at its options, once to train it.
    assert len(calls) == 2
    assert outcome.held_out == len(labels) == outcome.model.held_out
    assert outcome.accuracy == outcome.model.validation_accuracy == outcome.model.head_scores["ridge"]
    shape = (120, 2, 20)
    once, twice = (comparison_seconds((name,), shape, 2) for name in ("hitime", "minirocket"))
    assert once == pytest.approx(estimate_seconds("hitime", shape, 2))
    assert twice > estimate_seconds("minirocket", shape, 2)
