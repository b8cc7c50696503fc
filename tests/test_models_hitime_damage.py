"""Classifiers and damage: saved folders that do not fit together, values too large to work with, options that clash."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest

from models import create_classifier, load_model
from models.checkpoint import read_checkpoint, write_checkpoint
from models.config import AlignmentConfig, DataEncoderConfig, HiTimeConfig, TaskEncoderConfig, config_from_dict
from models.errors import BadInput, CheckpointError, NotFitted
from tests.labelled_cases import SMALL, labelled

CLASSIFIERS = ("nearest-neighbour", "minirocket", "hitime")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """Name → (fitted model, its folder)."""
    folder = tmp_path_factory.mktemp("saved")
    models = {name: create_classifier(name, **SMALL.get(name, {})) for name in CLASSIFIERS}
    models["hitime"].every_head = True
    return {name: (model, model.fit(*labelled()).save(folder / name)) for name, model in models.items()}


def altered(saved, tmp_path, name, change):
    """A folder whose manifest is valid and whose contents `change` has spoilt."""
    whole = read_checkpoint(saved[name][1])
    arrays, details, config = dict(whole.arrays), dict(whole.details), dict(whole.config)
    change(arrays, details, config)
    return write_checkpoint(tmp_path / "altered", replace(whole, arrays=arrays, details=details, config=config))


def cut(name):
    """Without the last row or number, or for a table without the last column."""

    def change(arrays, details, config):
        arrays[name] = arrays[name][..., :-1]

    return change


def put(part, name, value):
    def change(arrays, details, config):
        {"arrays": arrays, "details": details, "config": config}[part][name] = value

    return change


HITIME_ARRAYS = (
    *("scaling.means", "scaling.spreads", "scales.task0.mean", "scales.data.spread", "scales.random.mean"),
    *("ridge.weights", "ridge.offsets", "linear.weights", "linear.offsets"),
    *("random.settings", "random.mean", "task0.head.weight", "usual_traits", "usual_unit", "channel_means"),
)


@pytest.mark.parametrize("name", HITIME_ARRAYS)
def test_arrays_of_wrong_shapes_are_found_when_a_hitime_is_read(saved, tmp_path, name):
    with pytest.raises(CheckpointError, match="altered lacks what 'hitime' needs"):
        load_model(altered(saved, tmp_path, "hitime", cut(name)))


def test_a_scale_that_would_broadcast_is_found(saved, tmp_path):
    def change(arrays, details, config):
        arrays["scales.data.mean"] = arrays["scales.data.mean"][:1]

    with pytest.raises(CheckpointError, match=r"scales\.data\.mean should have the shape"):
        load_model(altered(saved, tmp_path, "hitime", change))


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("scores", {"ridge": ["good", 0.1, 1.0], "linear": [0.5, 0.1, 1.0]}),
        ("scores", {"ridge": [0.5], "linear": [0.5, 0.1, 1.0]}),
        ("scores", [0.5, 0.1]),
        ("head", "language"),
        ("channels", "two"),
        ("channels", 3),
        ("classes", ["falling steep", "rising", "third"]),
        ("held_out", None),
    ],
)
def test_details_that_make_no_sense_are_found(saved, tmp_path, name, value):
    with pytest.raises(CheckpointError, match="lacks what 'hitime' needs"):
        load_model(altered(saved, tmp_path, "hitime", put("details", name, value)))


@pytest.mark.parametrize("shape", [(1, 0), (1, -3), (0, 20), (1, 10**9), (1,)])
def test_an_impossible_length_is_found(saved, tmp_path, shape):
    with pytest.raises(CheckpointError, match="lacks what 'hitime' needs"):
        load_model(altered(saved, tmp_path, "hitime", put("arrays", "scaling.shape", np.array(shape))))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_options_of_a_later_version_are_a_matter_of_the_folder(saved, tmp_path, name):
    with pytest.raises(CheckpointError, match=r"options that this version does not take .*no option later"):
        load_model(altered(saved, tmp_path, name, put("config", "later", 1)))


@pytest.mark.parametrize(
    ("model", "array"),
    [
        *(("nearest-neighbour", array) for array in ("usual_traits", "usual_scale", "channel_means")),
        *(("minirocket", array) for array in ("spread", "coefficients", "usual_traits")),
    ],
)
def test_plain_classifiers_are_tried_out_when_read(saved, tmp_path, model, array):
    with pytest.raises(CheckpointError, match=f"lacks what '{model}' needs"):
        load_model(altered(saved, tmp_path, model, cut(array)))


def test_weights_that_are_not_numbers_are_found(saved, tmp_path):
    def change(arrays, details, config):
        arrays["ridge.weights"] = np.full_like(arrays["ridge.weights"], np.nan)

    with pytest.raises(CheckpointError, match="2 classes do not get a finite probability each"):
        load_model(altered(saved, tmp_path, "hitime", change))


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_an_unspoilt_folder_is_read(saved, tmp_path, name):
    model, folder = saved[name]
    new = labelled(seed=5)[0]
    np.testing.assert_array_equal(load_model(folder).predict(new).probabilities, model.predict(new).probabilities)


def test_cases_are_checked_in_one_place(saved):
    model = saved["nearest-neighbour"][0]
    table = model._checked([np.ones((2, 4)), np.ones((2, 3))])
    assert table.shape == (2, 2, 4) and np.isnan(table[1, :, 3]).all()
    with pytest.raises(BadInput, match=r"trained on 2 channel\(s\) and got 1"):
        model._checked(np.ones((1, 1, 4)))
    with pytest.raises(NotFitted):
        create_classifier("nearest-neighbour")._checked(np.ones((1, 1, 4)))


@pytest.mark.parametrize("value", [1.1e15, -1e39, 1e101])
def test_values_beyond_single_precision_are_refused_by_case(saved, value):
    cases, labels = labelled()
    cases[7, 1, 3] = value
    with pytest.raises(BadInput, match=r"Case 7 holds values beyond 1e\+15"):
        create_classifier("nearest-neighbour").fit(cases, labels)
    with pytest.raises(BadInput, match="Case 7 holds"):
        saved["minirocket"][0].predict(cases)


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_the_largest_values_are_classified(name):
    cases, labels = labelled()
    cases[3, 0, 5], cases[4, 1] = 1e15, -1e15
    model = create_classifier(name, **SMALL.get(name, {})).fit(cases, labels)
    outcome = model.predict(cases)
    np.testing.assert_allclose(outcome.probabilities.sum(1), 1)
    assert np.isfinite(outcome.strangeness).all()


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (
            {"alignment": {"width": 30}},
            "alignment: The width 30 cannot be shared evenly by 4 heads; take a multiple of the heads.",
        ),
        ({"data": {"width": 64, "heads": 5}}, "data: The width 64 cannot be shared evenly by 5 heads"),
        ({"task": {"members": []}}, "The sources 'both' need at least one of task.members"),
        ({"task": {"members": []}, "sources": "task"}, "The sources 'task' need at least one of task.members"),
    ],
)
def test_options_that_clash_are_refused(values, expected):
    with pytest.raises(BadInput, match=re.escape(expected)) as caught:
        config_from_dict(HiTimeConfig, values)
    assert "Value error" not in str(caught.value) and ".." not in str(caught.value)


def test_options_that_clash_are_refused_in_code_too():
    for kind, options in ((AlignmentConfig, {"width": 30}), (DataEncoderConfig, {"width": 65}), (AlignmentConfig, {"heads": 0})):
        with pytest.raises(BadInput, match="cannot be shared evenly"):
            kind(**options)
    with pytest.raises(BadInput, match=r"task\.members"):
        HiTimeConfig(task=TaskEncoderConfig(members=()))
    assert HiTimeConfig(task=TaskEncoderConfig(members=()), sources="data").task.members == ()
