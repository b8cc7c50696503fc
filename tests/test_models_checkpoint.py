"""Saved models: readable, atomic, and refused when anything was touched."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from models import create_forecaster, load_model
from models.checkpoint import (
    ARRAYS,
    CONFIG,
    MANIFEST,
    Checkpoint,
    TrainingRecord,
    new_folder,
    read_checkpoint,
    read_summary,
    write_checkpoint,
)
from models.errors import CheckpointError, NotFitted, UnknownModel


@pytest.fixture
def folder(tmp_path):
    record = TrainingRecord(
        command="make it", data="a line", licence="CC0-1.0", seed=7, figures={"accuracy": 0.5}, channels=("x", "y")
    )
    return create_forecaster("drift").fit(np.arange(9.0)).save(tmp_path / "saved", training=record)


def test_a_saved_folder_is_readable(folder):
    assert sorted(path.name for path in folder.iterdir()) == sorted([CONFIG, ARRAYS, MANIFEST])
    document = json.loads((folder / CONFIG).read_text())
    assert document["model"] == "drift"
    assert document["class"] == "Drift"
    assert document["training"] == {
        "command": "make it",
        "data": "a line",
        "licence": "CC0-1.0",
        "seed": 7,
        "figures": {"accuracy": 0.5},
        "commit": "",
        "channels": ["x", "y"],
    }
    checkpoint = read_checkpoint(folder)
    assert checkpoint.training.channels == ("x", "y")
    assert checkpoint.training.figures == {"accuracy": 0.5}
    assert checkpoint.arrays["history"].tolist() == list(range(9))


def _truncate(folder):
    data = (folder / ARRAYS).read_bytes()
    (folder / ARRAYS).write_bytes(data[:-5])


def _flip(folder):
    data = bytearray((folder / ARRAYS).read_bytes())
    data[-3] ^= 1
    (folder / ARRAYS).write_bytes(bytes(data))


def _version(folder):
    document = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(document | {"format": 99}))


def _outside(folder):
    document = json.loads((folder / MANIFEST).read_text())
    document["files"]["../elsewhere.json"] = {"bytes": 1, "sha256": "0"}
    (folder / MANIFEST).write_text(json.dumps(document))


def _link(folder):
    target = folder.parent / "target.json"
    shutil.move(folder / CONFIG, target)
    (folder / CONFIG).symlink_to(target)


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_truncate, "bytes, not those the manifest states"),
        (_flip, "was changed"),
        (_version, "format 99"),
        (_outside, "no place in a saved model"),
        (_link, "lacks config.json"),
        (lambda folder: (folder / ARRAYS).unlink(), "lacks arrays.safetensors"),
        (lambda folder: (folder / MANIFEST).unlink(), "has no manifest.json"),
        (lambda folder: (folder / MANIFEST).write_text("{"), "not readable JSON"),
        (lambda folder: (folder / MANIFEST).write_text('{"format": 1}'), "lists no files"),
        (lambda folder: (folder / "model.pkl").write_bytes(b"cos\nsystem\n"), "model.pkl"),
        (shutil.rmtree, "No saved model"),
    ],
)
def test_damage_is_named(folder, damage, said):
    damage(folder)
    with pytest.raises(CheckpointError, match=said):
        load_model(folder)


def test_a_pickle_is_refused_even_when_the_manifest_names_it(tmp_path):
    with new_folder(tmp_path / "odd") as work:
        (work / "weights.pkl").write_bytes(b"x")
    with pytest.raises(CheckpointError, match="no place in a saved model"):
        load_model(tmp_path / "odd")


def test_only_registered_models_are_loaded(tmp_path):
    write_checkpoint(tmp_path / "odd", Checkpoint("os.system", "Drift", {}, {}, {}, TrainingRecord()))
    with pytest.raises(UnknownModel, match=r"os\.system"):
        load_model(tmp_path / "odd")


def test_a_folder_of_other_content_is_refused(tmp_path):
    write_checkpoint(tmp_path / "odd", Checkpoint("drift", "Drift", {}, {"other": np.ones(3)}, {}, TrainingRecord()))
    with pytest.raises(CheckpointError, match="lacks what 'drift' needs"):
        load_model(tmp_path / "odd")
    with new_folder(tmp_path / "foreign") as work:
        (work / CONFIG).write_text('{"hello": 1}')
    with pytest.raises(CheckpointError, match="not a model of this version"):
        load_model(tmp_path / "foreign")


def test_a_record_without_a_commit_is_read_and_one_with_it_kept(tmp_path, folder):
    assert read_summary(folder).training.commit == ""
    old = json.loads((folder / CONFIG).read_text())
    del old["training"]["commit"]
    with new_folder(tmp_path / "old") as work:
        (work / CONFIG).write_text(json.dumps(old))
        shutil.copy(folder / ARRAYS, work / ARRAYS)
    assert read_checkpoint(tmp_path / "old").training == read_checkpoint(folder).training
    record = TrainingRecord(data="beats", commit="abc1234")
    saved = create_forecaster("drift").fit(np.arange(9.0)).save(tmp_path / "new", training=record)
    assert read_summary(saved).training == record
    assert read_summary(saved).arrays == {}


def test_an_existing_folder_is_replaced_only_when_asked(folder):
    model = create_forecaster("drift").fit(np.arange(0.0, 90.0, 10.0))
    with pytest.raises(CheckpointError, match="exists already"):
        model.save(folder)
    assert load_model(folder).point(1).tolist() == [9.0]
    model.save(folder, replace=True)
    assert load_model(folder).point(1).tolist() == [90.0]
    assert [path.name for path in folder.parent.iterdir()] == ["saved"]


def test_a_folder_that_is_not_a_model_is_never_replaced(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("keep")
    with pytest.raises(CheckpointError, match="not a saved model"):
        create_forecaster("drift").fit(np.arange(9.0)).save(tmp_path / "mine", replace=True)
    assert (tmp_path / "mine" / "notes.txt").read_text() == "keep"


def _fail_halfway(folder):
    with new_folder(folder) as work:
        (work / CONFIG).write_text("{}")
        raise RuntimeError("halfway")


def test_a_failed_write_leaves_nothing(tmp_path):
    with pytest.raises(RuntimeError, match="halfway"):
        _fail_halfway(tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_an_unfitted_model_is_not_saved(tmp_path):
    with pytest.raises(NotFitted, match="call fit"):
        create_forecaster("drift").save(tmp_path / "x")
