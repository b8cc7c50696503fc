"""What is unlike the training cases: level, size, length, shape, noise; and what is like them."""

from __future__ import annotations

import numpy as np
import pytest

from models import create_classifier, load_model
from models.checkpoint import Checkpoint, read_checkpoint, write_checkpoint
from models.plain import strangeness
from models.plain.explain import Examples
from models.plain.strangeness import (
    FEW,
    TraitsTogether,
    UsualTraits,
    asked_rows,
    limits_of,
    nearest_others,
    trait_kinds,
    traits_of,
)

STEPS = np.arange(60)


def waves(count, seed=0, length=60):
    """Slow and fast waves about a level of 20, at random phases and sizes from 2 to 3, with some noise: (count, 1, length)."""
    generator = np.random.default_rng(seed)
    labels = ["fast" if row % 2 else "slow" for row in range(count)]
    steps = np.arange(length)
    cases = [
        20
        + generator.uniform(2, 3) * np.sin(2 * np.pi * steps / (8 if label == "fast" else 20) + generator.uniform(0, 6))
        + generator.normal(0, 0.2, length)
        for label in labels
    ]
    return np.array(cases)[:, None], labels


MODELS = [("nearest-neighbour", {}), ("nearest-neighbour", {"normalise": "none"}), ("minirocket", {"kernels": 84})]


@pytest.fixture(scope="module", params=MODELS, ids=["normalised", "raw", "minirocket"])
def model(request):
    name, config = request.param
    return create_classifier(name, **config).fit(*waves(60))


def test_new_cases_of_the_kind_are_hardly_ever_strange(model):
    found = model.predict(waves(200, seed=1)[0])
    assert found.strangeness.shape == (200,)
    assert np.mean(found.strangeness > 1) <= 0.03
    assert [word == "" for word in found.oddities] == [value <= 1 for value in found.strangeness]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda case: case * 1000, {"level", "shape"}),
        (lambda case: case + 30, {"level", "shape"}),
        (lambda case: 20 + 0.02 * (case - 20), {"spread"}),
        (lambda case: np.full_like(case, 20.5), {"spread", "rhythm", "roughness", "reach"}),
        (lambda case: np.concatenate([case, case], axis=1), {"length", "rhythm"}),
        (lambda case: case[:, :20], {"length", "rhythm"}),
        (lambda case: 20 + 2 * np.random.default_rng(3).normal(size=case.shape), {"rhythm", "roughness"}),
        (lambda case: np.where(STEPS == 30, 60.0, case), {"reach", "rhythm", "shape"}),
    ],
)
def test_what_is_unlike_them_is_strange_and_named(model, change, said):
    cases, _ = waves(6, seed=2)
    found = model.predict([change(case) for case in cases])
    assert (found.strangeness > 1).all()
    assert set(found.oddities) <= said


def test_strangeness_is_the_same_alone_and_in_company_and_after_loading(model, tmp_path):
    new, _ = waves(7, seed=5)
    found = model.predict(new)
    loaded = load_model(model.save(tmp_path / "saved"))
    np.testing.assert_array_equal(loaded.predict(new).strangeness, found.strangeness)
    np.testing.assert_array_equal(loaded.predict(new[3:4]).strangeness, found.strangeness[3:4])
    np.testing.assert_array_equal(found.neighbours[0][0].values, loaded.predict(new).neighbours[0][0].values)


def test_a_folder_from_before_strangeness_was_kept_still_knows_it(model, tmp_path):
    """Folders of the first version hold the examples alone; their traits are measured when they are read."""
    saved = read_checkpoint(model.save(tmp_path / "new"))
    arrays = {name: array for name, array in saved.arrays.items() if not name.startswith(("usual_", "example_limits"))}
    old = Checkpoint(saved.model, saved.class_name, saved.config, arrays, saved.details, saved.training)
    loaded = load_model(write_checkpoint(tmp_path / "old", old))
    new, _ = waves(7, seed=5)
    np.testing.assert_allclose(loaded.predict(new).strangeness, model.predict(new).strangeness, rtol=1e-3)


def test_the_limit_of_many_is_a_quantile_and_of_few_a_margin_over_the_usual():
    many = np.linspace(1, 2, 100)
    assert limits_of(many, ["a"] * 100, 0.0) == pytest.approx(np.full(100, 1.99 * 1.1))
    few = np.array([1.0, 1.0, 1.2, 0.8, 1.1])
    middle, deviation = 1.0, 1.4826 * 0.1
    assert limits_of(few, ["a"] * 5, 0.0) == pytest.approx(np.full(5, (middle + 4 * deviation) * (1 + 1 / np.sqrt(5))))
    assert limits_of(np.zeros(5), ["a"] * 5, 0.3) == pytest.approx(np.full(5, 0.3))


def test_a_class_with_enough_cases_has_a_limit_of_its_own():
    distances = np.concatenate([np.full(FEW, 1.0), np.full(FEW, 3.0), np.full(FEW - 1, 9.0)])
    limits = limits_of(distances, ["a"] * FEW + ["b"] * FEW + ["c"] * (FEW - 1), 0.0)
    assert limits[0] == pytest.approx(1 + 1 / np.sqrt(FEW))
    assert limits[FEW] == pytest.approx(3 * (1 + 1 / np.sqrt(FEW)))
    assert limits[-1] > 9


def test_nearest_others_leave_the_case_itself_out():
    distances = np.array([[0.0, 2.0, 5.0], [5.0, 4.0, 0.0]])
    np.testing.assert_array_equal(nearest_others(distances, np.array([0, 2])), [2.0, np.nan, 4.0])
    assert asked_rows(3).tolist() == [0, 1, 2]
    assert (len(asked_rows(4_000)), asked_rows(4_000)[-1]) == (500, 3_999)


def test_traits_are_what_they_are_called():
    wave = 3 + 2 * np.sin(2 * np.pi * 5 * np.arange(100) / 100)
    traits = dict(zip(trait_kinds(1), traits_of(wave[None, None], np.array([2.0]), np.zeros(1))[0], strict=True))
    assert traits["level"] == pytest.approx(1.5)
    assert traits["spread"] == pytest.approx(np.log(np.sqrt(2) / 2))
    assert traits["length"] == pytest.approx(np.log(100))
    assert traits["reach"] == pytest.approx(np.log1p(np.sqrt(2)))
    rhythm = traits_of(wave[None, None], np.array([2.0]), np.zeros(1))[0][4:-1]
    assert rhythm == pytest.approx([0, 0, 1, 0, 0, 0, 0, 0], abs=1e-6)


def test_traits_do_not_mind_a_shift_in_time_gaps_or_a_missing_channel():
    cases, labels = waves(40)
    usual = UsualTraits.of(cases, labels)
    holed = np.roll(cases[:5], 7, axis=2)
    holed[:, :, 10:12] = np.nan
    assert (usual.ratios(usual.scaled(holed)) < 1).all()
    two = np.concatenate([cases, 2 * cases], axis=1)
    lacking = two[:1].copy()
    lacking[0, 1] = np.nan
    both = UsualTraits.of(two, labels)
    assert np.isfinite(both.ratios(both.scaled(lacking))).all()


def test_twins_make_nothing_strange_but_what_differs():
    cases = np.repeat(waves(2)[0], 5, axis=0)
    examples = Examples.of(cases, ["a"] * 5 + ["b"] * 5, "case")
    found = examples.explain(np.concatenate([cases[:1], 3 * cases[:1]]), ["a", "a"], 1)
    assert found.strangeness[0] < 0.01
    assert found.strangeness[1] > 1


def test_a_case_like_another_class_alone_is_strange_in_its_own():
    cases, labels = waves(60)
    examples = Examples.of(cases, labels, "case")
    slow, fast = waves(8, seed=4)[0][::2], waves(8, seed=4)[0][1::2]
    right, wrong = examples.explain(slow, ["slow"] * 4, 1), examples.explain(fast, ["slow"] * 4, 1)
    assert right.oddities == ("",) * 4
    # What is unlike cases of any class is told by that, with its own distance.
    far = Examples.of(cases, labels, "none").explain(30 + slow, ["fast"] * 4, 1)
    single = Examples.of(cases, labels, "none").explain(30 + slow, ["never seen"] * 4, 1)
    assert far.oddities == single.oddities and "class" not in far.oddities
    np.testing.assert_array_equal(far.strangeness, single.strangeness)
    assert wrong.oddities == ("class",) * 4
    assert (wrong.strangeness > 1).all()
    assert examples.explain(fast, ["never seen"] * 4, 1).oddities == ("",) * 4


def test_a_class_is_left_uncompared_where_it_cannot_be(monkeypatch):
    cases, labels = waves(60)
    usual = UsualTraits.of(cases, labels)
    assert TraitsTogether.of(usual, [str(row) for row in range(60)]) is None
    assert TraitsTogether.of(UsualTraits.of(cases[:6], labels[:6]), labels[:6]) is None
    monkeypatch.setattr(strangeness, "MOST_TOGETHER", 5)
    assert TraitsTogether.of(usual, labels) is None
    assert Examples.of(cases, labels, "case").explain(cases[1:2], ["slow"], 1).oddities == ("",)


def test_a_class_of_much_alike_cases_has_a_lower_limit():
    cases, labels = waves(60)
    generator = np.random.default_rng(1)
    cases[::2] = 20 + generator.uniform(0.1, 9, (30, 1, 1)) * generator.normal(size=(30, 1, 60)).cumsum(axis=2)
    found = TraitsTogether.of(UsualTraits.of(cases, labels), labels)
    assert found is not None
    assert 1 <= found.limits["fast"] < found.limits["slow"]
