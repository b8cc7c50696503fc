"""HiTime with its usual kind of encoder, whose patches are longer than the series."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_classifier, load_model
from models.errors import BadInput
from tests.hitime_cases import small_config
from tests.tiny_language_models import save_model

CLASSES = ("high tide", "ebb")
MEMBERS = [{}, {"decorrelated": True, "differences": True}]


def levels(steps, count=24, seed=0):
    """Two channels about one level or the other: told apart in a single step."""
    generator = np.random.default_rng(seed)
    level = np.where(np.arange(count) % 2, -2.0, 2.0)[:, None, None]
    return level + 0.3 * generator.normal(size=(count, 2, steps)), [CLASSES[row % 2] for row in range(count)]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    config = small_config(save_model("llama", tmp_path_factory.mktemp("language")))
    # Patches of twice as many steps as a series of these lengths has for a token.
    task = {"members": MEMBERS, "width": 16, "tokens": 1, "steps": 20, "other_epochs": []}
    config["alignment"] |= {"steps": 4}
    config["language"] |= {"layers": 1, "steps": 4}
    return config | {"task": task, "refit": False}


def trained(config, steps):
    model = create_classifier("hitime", **config)
    model.every_head = True
    return model.fit(*levels(steps))


def assert_answers(model, cases):
    """Each head gives each case a whole distribution and one of the classes; returns the heads' answers."""
    found = {head: model.predict_with(head, cases) for head in model.head_scores}
    for outcome in found.values():
        assert outcome.probabilities.shape == (len(cases), 2) and np.isfinite(outcome.probabilities).all()
        np.testing.assert_allclose(outcome.probabilities.sum(1), 1, atol=1e-9)
        assert outcome.classes == tuple(sorted(CLASSES)) and set(outcome.labels) <= set(CLASSES)
        assert np.isfinite(outcome.strangeness).all()
    return found


@pytest.mark.parametrize("steps", [1, 3, 5])
def test_series_of_a_few_steps_are_learnt_and_kept(small, steps, tmp_path):
    model, (new, truth) = trained(small, steps), levels(steps, seed=7)
    assert set(model.head_scores) == {"language", "linear", "ridge", "convolutions", "aligned"}
    # A patch is no longer than the series that training saw.
    assert [encoder.encoder.patches.size for encoder in model.system.sources.task] == [steps] * 2
    found = assert_answers(model, new)
    for head in ("linear", "ridge"):
        assert list(found[head].labels) == truth
    loaded = load_model(model.save(tmp_path / "saved"))
    for head, outcome in found.items():
        np.testing.assert_array_equal(loaded.predict_with(head, new).probabilities, outcome.probabilities)


def test_the_same_seed_learns_series_of_a_few_steps_alike(small):
    first, again, other = (trained(small | {"head": "linear", "seed": seed}, 3) for seed in (0, 0, 1))
    new, _ = levels(3, seed=7)
    expected = first.predict(new).probabilities
    np.testing.assert_array_equal(again.predict(new).probabilities, expected)
    assert np.abs(other.predict(new).probabilities - expected).max() > 1e-6


@pytest.fixture(scope="module")
def long(small):
    return trained(small | {"task": small["task"] | {"tokens": 4}}, 64)


class TestTrainedOnLongSeries:
    @pytest.mark.parametrize("steps", [1, 3, 31])
    def test_a_shorter_case_than_a_patch_is_answered_as_what_was_observed_of_it(self, long, steps):
        assert [encoder.encoder.patches.size for encoder in long.system.sources.task] == [32] * 2
        new, _ = levels(steps, seed=7)
        padded = np.full((len(new), 2, 64), np.nan)
        padded[:, :, :steps] = new
        found = assert_answers(long, new)
        for head, outcome in found.items():
            np.testing.assert_array_equal(long.predict_with(head, padded).probabilities, outcome.probabilities)

    def test_a_few_steps_among_whole_cases_change_nothing_for_these(self, long):
        whole, truth = levels(64, seed=7)
        mixed = [levels(3, seed=8)[0][0], *whole]
        for head in long.head_scores:
            alone, together = long.predict_with(head, whole), long.predict_with(head, mixed)
            np.testing.assert_allclose(together.probabilities[1:], alone.probabilities, atol=1e-5)
        assert list(long.predict_with("linear", whole).labels) == truth

    def test_a_case_much_shorter_than_the_training_cases_is_said_to_be_strange(self, long):
        usual, few = (long.predict(levels(steps, seed=7)[0]).strangeness for steps in (64, 3))
        assert np.median(usual) <= 1 < few.min()

    @pytest.mark.parametrize(
        ("case", "said"),
        [
            (np.zeros((1, 3)), r"^hitime was trained on 2 channel\(s\) and got 1; give it the same\.$"),
            (np.full((2, 3), np.nan), r"^Case 0 has no value at all; leave it out\.$"),
            (np.zeros((2, 0)), "no value at all"),
        ],
        ids=["channels", "missing", "no step"],
    )
    def test_short_cases_without_what_is_needed_are_refused(self, long, case, said):
        with pytest.raises(BadInput, match=said):
            long.predict([case])
