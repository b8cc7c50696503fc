"""HiTime's trials on held-out cases: what few cases are tried with, and what is taken of it."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from models import create_classifier
from models.config import HiTimeConfig, config_from_dict
from models.hitime import classifier, trials
from models.hitime.stage_cache import StageCache
from models.hitime.trials import HeadScore, Trials, best_attempt, run_trials, validation_splits
from models.monitor import Monitor
from tests.hitime_cases import small_config, waves
from tests.tiny_language_models import save_model

CLASSES = ("a", "b")


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return small_config(save_model("llama", tmp_path_factory.mktemp("language")))


@pytest.fixture
def trained(monkeypatch):
    """(limit of epochs, last stage, cases) of every training; each answers class b as surely as it had few epochs."""
    seen = []

    def train_system(table, targets, classes, config, cache, monitor, device, *, until):
        seen.append((config.task.epochs, until, len(table)))
        monitor.report(1.0, "done")
        heads = ("language", "linear") if until == "naming" else ("linear",)
        answer = np.log([[1 - 9 / (10 + config.task.epochs), 9 / (10 + config.task.epochs)]])
        return SimpleNamespace(
            heads=heads,
            scaling=SimpleNamespace(apply=lambda cases: cases),
            tokens=lambda batch: None,
            log_probabilities=lambda head, batch, tokens: answer.repeat(len(batch), 0),
        )

    monkeypatch.setattr(trials, "train_system", train_system)
    return seen


def tried(count, shares=None, **config):
    labels = [CLASSES[row % 2] for row in range(count)]
    targets = np.arange(count) % 2
    settings = config_from_dict(HiTimeConfig, config)
    splits = validation_splits(labels, settings)
    monitor = Monitor(lambda share, words: shares.append(share)) if shares is not None else Monitor()
    return run_trials(np.zeros((count, 1, 20)), targets, CLASSES, splits, settings, StageCache(None), monitor, "cpu")


def test_few_cases_are_tried_with_fewer_epochs_too(trained):
    shares = []
    outcome = tried(24, shares)
    assert trained == [(600, "naming", 16)] * 3 + [(60, "sources", 16)] * 3 + [(200, "sources", 16)] * 3
    assert set(outcome.answers) == {(600, "language"), (600, "linear"), (60, "linear"), (200, "linear")}
    assert sorted(outcome.targets) == [0] * 12 + [1] * 12
    assert all(found.shape == (24, 2) for found in outcome.answers.values())
    assert shares == sorted(shares) and shares[-1] == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("count", "config"),
    [
        (40, {}),
        (24, {"refit": False}),
        (24, {"sources": "data"}),
        (24, {"head": "language"}),
        (24, {"head": "convolutions"}),
        (24, {"task": {"steps": 30}}),
        (24, {"task": {"other_epochs": []}}),
        (24, {"task": {"other_epochs": [600]}}),
    ],
)
def test_one_limit_where_another_makes_no_difference_or_takes_too_long(trained, count, config):
    tried(count, **config)
    assert {limit for limit, _, _ in trained} == {600}


def test_the_best_attempt_is_the_most_accurate_and_then_the_surest():
    config = HiTimeConfig()
    scores = {
        (600, "linear"): HeadScore(0.8, 0.50, 1.0),
        (200, "linear"): HeadScore(0.8, 0.40, 1.0),
        (600, "ridge"): HeadScore(0.7, 0.10, 1.0),
    }
    assert best_attempt(scores, config) == (200, "linear")
    assert best_attempt(scores, config_from_dict(HiTimeConfig, {"head": "ridge"})) == (600, "ridge")
    assert best_attempt(scores | {(200, "ridge"): HeadScore(0.9, 2.0, 1.0)}, config) == (200, "ridge")


def test_the_accuracy_of_choosing_is_that_of_cases_that_did_not_choose():
    targets = np.array([0, 1] * 4)
    right = np.where(np.eye(2)[targets] > 0, -0.1, -3.0)
    half = right.copy()
    half[[4, 5, 6, 7]] = half[[4, 5, 6, 7]][:, ::-1]
    outcome = Trials(targets, {(600, "linear"): half}, None)
    np.testing.assert_array_equal(outcome.named_by_choosing(HiTimeConfig()), [0, 1, 0, 1, 1, 0, 1, 0])
    # Each half holds cases that the first gets wrong, so both choose the second.
    both = Trials(targets, {(600, "linear"): half, (200, "linear"): right}, None)
    np.testing.assert_array_equal(both.named_by_choosing(HiTimeConfig()), targets)


def test_all_cases_are_learnt_with_the_epochs_that_the_folds_chose(small, monkeypatch):
    config = small | {"head": "linear"}
    new, _ = waves(seed=7)

    def answered(chosen, **task):
        with monkeypatch.context() as patch:
            patch.setattr(classifier, "best_attempt", lambda scores, config: (chosen, "linear"))
            model = create_classifier("hitime", **config | {"task": config["task"] | task}).fit(*waves())
        return model.predict(new).probabilities, model

    few, of_few = answered(2, epochs=6, other_epochs=[2])
    many, _ = answered(6, epochs=6, other_epochs=[2])
    np.testing.assert_array_equal(few, answered(2, epochs=2)[0])
    np.testing.assert_array_equal(many, answered(6, epochs=6)[0])
    assert (few != many).any()
    alone = answered(2, epochs=2)[1]
    assert of_few.head_scores["linear"] == alone.head_scores["linear"]
    assert of_few.head_losses["linear"] == alone.head_losses["linear"]
