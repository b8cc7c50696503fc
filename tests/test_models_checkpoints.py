"""The trained models that ship: small, whole, described, and right on made cases of their shape."""

from __future__ import annotations

import numpy as np
import pytest

from models import load_model
from models.checkpoint import read_summary
from models.plain.explain import Examples
from models.registry import shipped_checkpoints

CLASSIFIERS = [entry for entry in shipped_checkpoints() if entry.document["model"] == "hitime"]
MEGABYTES = 6.0


def test_there_are_three_kinds_and_they_stay_small_together() -> None:
    size = sum(file.stat().st_size for entry in CLASSIFIERS for file in entry.folder.iterdir())
    assert len(CLASSIFIERS) >= 3 and size <= MEGABYTES * 1e6


# What share each takes for strangers at least, of cases at its own levels and sizes: rectangles, noise, and a wave of one
# speed in all channels. Shaking is itself like noise: where that is a class, noise passes.
STRANGERS = {"human-activity": (0.8, 0.0, 0.8), "deck-signals": (0.8, 0.9, 0.9), "pen-digits": (0.9, 0.9, 0.4)}


@pytest.mark.parametrize("entry", CLASSIFIERS, ids=lambda entry: entry.name)
def test_a_shipped_classifier_knows_a_stranger_and_its_own(entry) -> None:
    model = load_model(entry.folder)
    known = model._examples.cases[:30].astype(np.float64)
    level, size = known.mean(axis=(0, 2))[:, None], known.std(axis=(0, 2))[:, None]
    generator, steps = np.random.default_rng(0), np.arange(known.shape[2])
    waves = np.sin(
        2 * np.pi * generator.uniform(1, 6, (30, 1, 1)) * steps / len(steps) + generator.uniform(0, 6, (30, len(level), 1))
    )
    kinds = (np.sign(waves), generator.normal(size=(30, *known.shape[1:])), np.sqrt(2) * waves)
    shares = [float((model.predict(level + size * kind).strangeness > 1).mean()) for kind in kinds]
    assert all(share >= least for share, least in zip(shares, STRANGERS[entry.name], strict=True)), shares
    # Its own examples lie at no distance from themselves: half of them are asked about by what the other half would say.
    examples = model._examples
    half = Examples.of(examples.cases[::2].astype(np.float64), examples.labels[::2], examples.normalise)
    rest = half.explain(examples.cases[1::2].astype(np.float64), examples.labels[1::2], 1)
    assert (rest.strangeness > 1).mean() <= 0.05


@pytest.mark.parametrize("entry", CLASSIFIERS, ids=lambda entry: entry.name)
def test_a_shipped_classifier_says_what_it_is_and_answers(entry) -> None:
    record = read_summary(entry.folder).training
    assert record.command.startswith("python -m scripts.train_hitime") and record.data and record.licence and record.commit
    assert {"accuracy", "plain_accuracy", "minirocket_accuracy", "held_out", "time_steps"} <= set(record.figures)
    model = load_model(entry.folder)
    steps, channels = int(record.figures["time_steps"]), int(read_summary(entry.folder).details["channels"])
    cases = np.random.default_rng(0).normal(size=(3, channels, steps)).cumsum(axis=2)
    cases[0, :, : steps // 4] = np.nan
    answer = model.predict(cases)
    assert answer.classes == model.classes and set(answer.labels) <= set(model.classes)
    np.testing.assert_allclose(answer.probabilities.sum(axis=1), 1, atol=1e-9)
    np.testing.assert_allclose(model.probabilities(cases[1:2]), answer.probabilities[1:2], atol=1e-5)
    # Its own examples are their own nearest neighbours, and almost all get their own class.
    examples = model._examples
    found = model.predict(examples.cases[:40].astype(np.float64))
    assert [near[0].index for near in found.neighbours] == model._example_rows[: len(found.labels)].tolist()
    assert np.mean([near[0].label == label for near, label in zip(found.neighbours, found.labels, strict=True)]) >= 0.9
