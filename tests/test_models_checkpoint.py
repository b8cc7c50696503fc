"""Saved models: readable, atomic, and refused when anything was touched."""

from __future__ import annotations

import hashlib
import json
import pickle
import shutil
from pathlib import Path

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
    verify_folder,
    write_checkpoint,
)
from models.errors import CheckpointError, NotFitted, UnknownModel
from models.registry import SHIPPED


@pytest.fixture
def folder(tmp_path):
    record = TrainingRecord(
        command="make it", data="a line", licence="CC0-1.0", seed=7, figures={"accuracy": 0.5}, channels=("x", "y")
    )
    return create_forecaster("drift").fit(np.arange(9.0)).save(tmp_path / "saved", training=record)


@pytest.fixture(params=["drift", "hitime"])
def either(request, tmp_path):
    """A folder of few numbers, or a copy of a HiTime that comes with the package."""
    if request.param == "drift":
        return request.getfixturevalue("folder")
    return Path(shutil.copytree(SHIPPED / "human-activity", tmp_path / "saved"))


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


def _flip_header(folder):
    data = bytearray((folder / ARRAYS).read_bytes())
    data[9] ^= 1
    (folder / ARRAYS).write_bytes(bytes(data))


def _flip_config(folder):
    data = bytearray((folder / CONFIG).read_bytes())
    data[len(data) // 2] ^= 1
    (folder / CONFIG).write_bytes(bytes(data))


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
        (_truncate, "arrays.safetensors has .* bytes, not those the manifest states"),
        (_flip, "arrays.safetensors was changed"),
        (_flip_header, "arrays.safetensors was changed"),
        (_flip_config, "config.json was changed"),
        (_version, "format 99; this version reads format 1"),
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
def test_damage_is_named(either, damage, said):
    # What is refused afterwards is taken before.
    verify_folder(either)
    damage(either)
    for read in (load_model, read_summary):
        with pytest.raises(CheckpointError, match=said):
            read(either)


class _Touch:
    """Unpickled, it makes a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)


@pytest.mark.parametrize("manifest", ["as it was", "of the pickle"])
def test_a_pickle_in_place_of_the_arrays_is_never_run(either, tmp_path, manifest):
    pickled = pickle.dumps(_Touch(tmp_path / "ran"))
    (either / ARRAYS).write_bytes(pickled)
    said = "arrays.safetensors has .* bytes, not those the manifest states"
    if manifest == "of the pickle":
        document = json.loads((either / MANIFEST).read_text())
        document["files"][ARRAYS] = {"bytes": len(pickled), "sha256": hashlib.sha256(pickled).hexdigest()}
        (either / MANIFEST).write_text(json.dumps(document))
        said = "passes its checksums but is not a model of this version .*SafetensorError"
    with pytest.raises(CheckpointError, match=said):
        load_model(either)
    assert not (tmp_path / "ran").exists()


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
