"""Classifiers on the command line: shipped ones by name, and saved ones that nobody should trust."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from models import create_classifier
from models.checkpoint import ARRAYS, CONFIG, MANIFEST, TrainingRecord, file_sha256
from tests.test_ui_cli import Run, assert_readable_error, run, state, tables

__all__ = ["run", "state", "tables"]  # fixtures


@pytest.fixture
def shipped(tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shipped classifier called "waves" of the cases in cases.csv."""
    table = pd.read_csv(tables / "cases.csv")
    cases = table.drop(columns="label").to_numpy()[:, None, :]
    figures = {"accuracy": 0.91, "plain_accuracy": 0.875, "time_steps": float(cases.shape[2])}
    record = TrainingRecord(data="sines", licence="CC0-1.0", figures=figures, commit="0123456789abcdef")
    create_classifier("nearest-neighbour").fit(cases, table["label"]).save(tmp_path / "waves", training=record)
    monkeypatch.setattr("models.registry.SHIPPED", tmp_path)
    return tmp_path / "waves"


@pytest.mark.usefixtures("shipped")
def test_a_shipped_classifier_is_listed_and_used_by_name(run: Run, tables: Path) -> None:
    (row,) = [row for row in run("models", "--json").document["models"] if row["origin"] == "shipped"]
    assert (row["name"], row["data"], row["licence"], row["commit"]) == ("waves", "sines", "CC0-1.0", "0123456789abcdef")
    listed = next(line for line in run("models").out.splitlines() if line.startswith("waves"))
    assert "accuracy 91.0%; licence: CC0-1.0; commit 0123456789ab" in listed  # it is the plain one itself
    document = run("classify", tables / "cases.csv", "--model", "waves", "--json").document
    assert [result["label"] for result in document["results"]] == ["cosine", "sine"] * 12
    assert "waves comes with the product" in document["answer"]
    unnamed = run("ask", tables / "cases.csv", "Classify the cases with waves", "--json").document
    assert {result["model"] for result in unnamed["results"]} == {"waves"}
    assert run("train", "classifier", tables / "cases.csv", "--model", "nearest-neighbour", "--yes").code == 0
    own = next(line for line in run("models").out.splitlines() if line.startswith("cases"))
    assert "24 cases; accuracy 100.0% on 24 held-out cases; licence: the user's own data" in own


@pytest.mark.usefixtures("shipped")
def test_the_class_of_every_case_is_written_to_a_table(run: Run, tables: Path, tmp_path: Path) -> None:
    cases = pd.read_csv(tables / "cases.csv").drop(columns="label")
    cases = pd.concat([cases] * 3, ignore_index=True)
    cases.iloc[4] *= 1_000
    cases.to_csv(tmp_path / "new.csv", index=False)
    out = tmp_path / "labels.csv"
    done = run("classify", tmp_path / "new.csv", "--model", "waves", "--out", out)
    assert done.code == 0
    assert f"72 cases written to {out}." in done.err
    assert "The class of each classified case is in a table" in done.out
    table = pd.read_csv(out, keep_default_na=False)
    assert list(table) == ["case", "label", "probability", "unsure", "unlike"]
    assert table["label"].drop(4).tolist() == [label for row, label in enumerate(["cosine", "sine"] * 36) if row != 4]
    assert table.loc[4, ["case", "label", "probability", "unsure", "unlike"]].tolist() == ["case 5", "", "", "no", "level"]
    assert table["probability"].drop(4).astype(float).between(0.5, 1).all()


def test_a_place_that_cannot_hold_the_table_is_refused_before_any_work(run: Run, tables: Path, tmp_path: Path) -> None:
    before = (tables / "cases.csv").read_bytes()
    for out, why in (
        (tables / "cases.csv", "would replace it"),
        (tmp_path / "nowhere" / "labels.csv", "found none at"),
        (tmp_path, "is a folder"),
    ):
        assert_readable_error(run("classify", tables / "cases.csv", "--out", out), why)
    assert (tables / "cases.csv").read_bytes() == before


@pytest.mark.usefixtures("shipped")
def test_a_question_of_its_classes_finds_a_shipped_classifier(
    run: Run, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TIDINGS_HOME", str(tmp_path / "home"))  # nothing trained there, which would go before
    values = pd.read_csv(tables / "cases.csv").drop(columns="label").iloc[1]
    times = pd.date_range("2026-03-01", periods=len(values), freq="D")
    pd.DataFrame({"day": times, "level": values.to_numpy()}).to_csv(tmp_path / "level.csv", index=False)
    asked = run("ask", tmp_path / "level.csv", "Is this a sine or a cosine?", "--json").document
    assert [(result["model"], result["label"]) for result in asked["results"]] == [("waves", "sine")]
    asked = run("ask", tmp_path / "level.csv", "Is this rising?", "--json").document
    assert {result["kind"] for result in asked["results"]} != {"classification"}


def _cut(folder: Path) -> None:
    (folder / ARRAYS).write_bytes((folder / ARRAYS).read_bytes()[:-40])


@pytest.mark.usefixtures("shipped")
def test_that_rows_have_no_times_is_told_of_series_and_not_of_cases(run: Run, tables: Path, tmp_path: Path) -> None:
    new = tmp_path / "new.csv"
    cases = pd.read_csv(tables / "cases.csv").drop(columns="label")
    cases.to_csv(new, index=False)
    counted = "the rows are counted from 0"
    assert counted not in run("classify", new, "--model", "waves").err
    assert counted in run("describe", new).err
    assert counted in run("ask", new, f"What is the mean of {cases.columns[0]}?").err


def _flip(folder: Path) -> None:
    whole = bytearray((folder / ARRAYS).read_bytes())
    whole[len(whole) // 2] ^= 1
    (folder / ARRAYS).write_bytes(whole)


def _pickle(folder: Path) -> None:
    (folder / "weights.pkl").write_bytes(b"\x80\x04.")


def _named_pickle(folder: Path) -> None:
    _pickle(folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"]["weights.pkl"] = {"bytes": 3, "sha256": file_sha256(folder / "weights.pkl")}
    (folder / MANIFEST).write_text(json.dumps(manifest))


def _other_version(folder: Path) -> None:
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format": 99}))


def _other_content(folder: Path) -> None:
    document = json.loads((folder / CONFIG).read_text())
    del document["details"]["channels"]
    (folder / CONFIG).write_text(json.dumps(document))
    manifest = json.loads((folder / MANIFEST).read_text())
    manifest["files"][CONFIG] = {"bytes": (folder / CONFIG).stat().st_size, "sha256": file_sha256(folder / CONFIG)}
    (folder / MANIFEST).write_text(json.dumps(manifest))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (_cut, "not those the manifest states"),
        (_flip, "was changed"),
        (_pickle, "weights.pkl"),
        (_named_pickle, "has no place in a saved model"),
        (_other_version, "format 99"),
        (_other_content, "lacks what 'nearest-neighbour' needs"),
    ],
)
def test_a_saved_model_that_cannot_be_trusted_is_refused(
    run: Run, tables: Path, shipped: Path, damage: Callable[[Path], None], said: str
) -> None:
    damage(shipped)
    assert_readable_error(run("classify", tables / "cases.csv", "--model", "waves"), said)
    assert "waves" in run("models").out


def test_a_terminal_is_told_how_far_a_training_is_and_a_pipe_is_not(
    run: Run, tables: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = ("train", "classifier", tables / "cases.csv", "--model", "nearest-neighbour", "--yes")
    assert "training nearest-neighbour" not in run(*train).err
    monkeypatch.setattr("ui.cli_conversation._on_a_terminal", lambda: True)
    monkeypatch.setenv("TIDINGS_HOME", str(tmp_path / "home"))  # nothing trained there, whose place a note would tell of
    told = run(*train).err
    assert "\r  0 % training nearest-neighbour" in told
    assert "training nearest-neighbour on all cases" in told
    assert told.rsplit("\r", 1)[-1].strip() == ""


@pytest.mark.usefixtures("shipped")
def test_models_and_methods_that_nobody_knows(run: Run, tables: Path) -> None:
    assert_readable_error(run("classify", tables / "cases.csv", "--model", "magic"), "'magic'", "waves")
    assert_readable_error(run("train", "classifier", tables / "cases.csv", "--model", "magic"), "'magic'", "minirocket")


@pytest.mark.usefixtures("shipped")
def test_a_table_of_other_channels_is_refused(run: Run, tmp_path: Path) -> None:
    names = [f"{channel}_{step}" for channel in "ab" for step in range(16)]
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(12, 32)).round(3), columns=names)
    table["label"] = ["left", "right"] * 6
    table.to_csv(tmp_path / "two.csv", index=False)
    assert_readable_error(
        run("classify", tmp_path / "two.csv", "--model", "waves"),
        "waves was trained on cases of 1 channel, and these have 2 channels",
    )
    assert_readable_error(run("classify", tmp_path / "two.csv"), "No classifier takes cases of 2 channels")


@pytest.fixture
def graded(tables: Path, tmp_path: Path) -> Path:
    """The cases of cases.csv, their classes as numbers under a name that says nothing, beside one word for all."""
    table = pd.read_csv(tables / "cases.csv")
    table["dose"] = table.pop("label").map({"sine": 1, "cosine": 2})
    table["site"] = "here"
    path = tmp_path / "graded.csv"
    table.to_csv(path, index=False)
    return path


def test_the_column_of_classes_can_be_named(run: Run, graded: Path) -> None:
    refused = run("train", "classifier", graded, "--model", "nearest-neighbour", "--yes")
    assert_readable_error(refused)
    trained = run("train", "classifier", graded, "--label", "dose", "--model", "nearest-neighbour", "--yes", "--json").document
    assert trained["results"][0]["classes"] == ["1", "2"]
    named = run("classify", graded, "--label", "dose", "--model", "graded", "--json").document
    assert [result["label"] for result in named["results"]] == ["2", "1"] * 12
    described = run("describe", graded, "--label", "dose")
    assert "guess · class column: dose. You said so." in described.out


@pytest.mark.parametrize(
    ("label", "message"),
    [
        ("colour", "Expected the name of the column of classes, found “colour”. The file has “t0”, “t1”"),
        ("site", "Expected at least two classes in “site”, found one: “here”. Name another column."),
        ("t0", "Expected a few classes in “t0”, found another value in each of its 24 rows."),
    ],
)
def test_a_column_that_names_no_classes_is_refused(run: Run, graded: Path, label: str, message: str) -> None:
    refused = run("train", "classifier", graded, "--label", label, "--yes")
    assert_readable_error(refused)
    assert message in refused.err
