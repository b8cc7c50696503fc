"""The stretch that decides a case is found where it was put."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_classifier
from models.errors import BadInput
from models.occlusion import occlusion
from models.plain.explain import Examples


def bumps(count=40, channels=1, length=100, place=60, seed=0):
    """Noise, half of it with a bump of ten steps at `place` in the first channel: (count, channels, length)."""
    generator = np.random.default_rng(seed)
    cases = generator.normal(0, 0.3, (count, channels, length))
    cases[1::2, 0, place : place + 10] += 3 * np.hanning(10)
    return cases, ["bump" if row % 2 else "plain" for row in range(count)]


@pytest.mark.parametrize("name", ["nearest-neighbour", "minirocket"])
@pytest.mark.parametrize("place", [0, 45, 90])
def test_the_bump_is_what_decides(name, place):
    model = create_classifier(name).fit(*bumps(place=place))
    case = bumps(seed=1, place=place)[0][1]
    found = occlusion(model, case)
    assert found.label == "bump"
    assert found.start <= place + 5 <= found.end
    assert found.end - found.start + 1 == 12
    assert found.drop > 0.1
    assert found.probability == pytest.approx(model.predict(case[None]).probabilities[0].max())
    assert place <= int(np.argmax(found.drops)) <= place + 9 or found.start <= int(np.argmax(found.drops)) <= found.end
    far = found.drops[place + 30 : place + 40] if place < 50 else found.drops[place - 40 : place - 30]
    assert np.abs(far).max() < found.drops.max() / 2
    assert found.channel_drops == ()


def test_the_channel_that_carries_the_bump_costs_most():
    model = create_classifier("minirocket").fit(*bumps(channels=3))
    found = occlusion(model, bumps(channels=3, seed=2)[0][1])
    assert len(found.channel_drops) == 3
    assert int(np.argmax(found.channel_drops)) == 0


def test_missing_ends_stay_missing_and_have_no_drop():
    model = create_classifier("nearest-neighbour").fit(*bumps())
    case = bumps(seed=3)[0][1].copy()
    case[:, 90:] = np.nan
    case[:, 20:30] = np.nan
    before = case.copy()
    found = occlusion(model, case)
    np.testing.assert_array_equal(case, before)
    assert np.isnan(found.drops[90:]).all()
    assert np.isfinite(found.drops[:90]).all()
    assert found.end < 90


@pytest.mark.parametrize("steps", [3, 4, 9])
def test_short_cases_have_windows_of_three_steps(steps):
    generator = np.random.default_rng(0)
    cases = generator.normal(size=(10, 1, steps)) + np.where(np.arange(10) % 2, 4.0, 0.0)[:, None, None] * np.arange(steps)
    model = create_classifier("nearest-neighbour").fit(cases, ["up" if row % 2 else "flat" for row in range(10)])
    found = occlusion(model, cases[1])
    assert (found.end - found.start, len(found.drops)) == (2, steps)


def test_long_cases_take_one_call_and_few_windows():
    cases, labels = bumps(count=8, length=10_000, place=5_000)
    found = occlusion(create_classifier("nearest-neighbour").fit(cases, labels), cases[1], windows=20)
    assert found.end - found.start + 1 == 1_200


@pytest.mark.parametrize("name", ["nearest-neighbour", "minirocket"])
def test_windows_are_asked_for_their_probabilities_alone(name, monkeypatch):
    """Reasons cost more than the classes of long cases: they are found once, for the case itself."""
    model = create_classifier(name).fit(*bumps(channels=2))
    explained = []
    explain = Examples.explain
    monkeypatch.setattr(Examples, "explain", lambda *args: explained.append(len(args[1])) or explain(*args))
    found = occlusion(model, bumps(channels=2, seed=1)[0][1])
    assert found.label == "bump"
    assert explained == [1]


def test_what_cannot_be_hidden():
    model = create_classifier("nearest-neighbour").fit(*bumps())
    with pytest.raises(BadInput, match="at least 3 time steps"):
        occlusion(model, np.ones((1, 2)))
    with pytest.raises(BadInput, match="at least one window"):
        occlusion(model, bumps()[0][0], windows=0)
    with pytest.raises(BadInput, match="shape"):
        occlusion(model, np.ones(30))
