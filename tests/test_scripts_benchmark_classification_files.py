"""The classification benchmark from the archive's `.ts` files to rows, and with a HiTime that really learns."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open

from scripts.classification import contestants, texts
from scripts.classification.contestants import Fitted, Task, fit
from scripts.classification.sets import find_sets, read_set
from tests.classification_runs import run
from tests.hitime_cases import small_config, waves
from tests.tiny_language_models import save_model

HEADER = """# Made for a test, told as the archive tells its sets.
# Cases: {cases}
@problemName {name}
@timeStamps false
@missing {missing}
@univariate false
@dimensions {channels}
@equalLength {equal}
{length}@classLabel true slow fast
@data
"""
# The waves' classes as that set numbers its own.
NUMBERED = {"été": "1.0", "slow walk": "2.0"}
METRICS = {"accuracy", "balanced_accuracy", "f1_macro", "log_loss", "ece", "seconds_per_case"}


def archived(name: str, cases: list[np.ndarray], labels: list[str]) -> str:
    """Cases (channel, time) as text, NaN as a question mark."""
    lengths = {case.shape[1] for case in cases}
    header = HEADER.format(
        name=name,
        cases=len(cases),
        missing=str(any(np.isnan(case).any() for case in cases)).lower(),
        channels=len(cases[0]),
        equal=str(len(lengths) == 1).lower(),
        length=f"@seriesLength {max(lengths)}\n" if len(lengths) == 1 else "",
    )
    rows = [
        ":".join([*(",".join("?" if np.isnan(value) else f"{value:.6f}" for value in channel) for channel in case), label])
        for case, label in zip(cases, labels, strict=True)
    ]
    return header + "\n".join(rows) + "\n"


def made(seed: int, count: int, channels: int, lengths: tuple[int, ...]) -> tuple[list[np.ndarray], list[str]]:
    """Slow and fast waves as long as `lengths` say in turn; a case keeps its speed, whatever its length."""
    table, labels = waves(count, seed, channels, 32)
    cases = [table[row, :, : lengths[row // 2 % len(lengths)]] for row in range(count)]
    return cases, ["fast" if label == "été" else "slow" for label in labels]


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """An equal-length set of three channels with a gap, and one of unequal lengths with four."""
    for name, channels, train, test in (("EqualWaves", 3, (32,), (32,)), ("UnequalWaves", 4, (32, 25, 28), (24, 30))):
        folder = tmp_path / "archive" / name
        folder.mkdir(parents=True)
        for part, lengths, seed, count in (("TRAIN", train, 0, 24), ("TEST", test, 1, 8)):
            cases, labels = made(seed, count, channels, lengths)
            if name == "EqualWaves":
                cases[2][1, 4:6] = np.nan
            (folder / f"{name}_{part}.ts").write_text(archived(name, cases, labels))
    return tmp_path / "archive"


def test_the_archives_files_are_read_as_they_are_told(archive: Path) -> None:
    found = find_sets(archive)
    assert list(found) == ["EqualWaves", "UnequalWaves"]
    equal, unequal = (read_set(name, path) for name, path in found.items())
    assert (equal.cases.shape, equal.test_cases.shape) == ((24, 3, 32), (8, 3, 32))
    assert (unequal.cases.shape, unequal.test_cases.shape) == ((24, 4, 32), (8, 4, 30))
    assert np.argwhere(np.isnan(equal.cases)).tolist() == [[2, 1, 4], [2, 1, 5]]
    for chosen, channels, lengths, seed in ((equal, 3, (32,), 0), (unequal, 4, (32, 25, 28), 0)):
        cases, labels = made(seed, 24, channels, lengths)
        assert chosen.labels == tuple(labels) and chosen.classes == ("fast", "slow")
        for table, case in zip(chosen.cases, cases, strict=True):
            known = ~np.isnan(table[:, : case.shape[1]])
            np.testing.assert_allclose(table[:, : case.shape[1]][known], case[known], atol=1e-6)
            assert np.isnan(table[:, case.shape[1] :]).all()


def test_the_archives_files_become_rows(archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    asked = ("--datasets", "EqualWaves", "unequalwaves", "--models", "nearest-neighbour", "minirocket", "--seeds", "1")
    rows = run(archive, tmp_path, *asked)
    keys = {(dataset, model) for dataset in ("EqualWaves", "UnequalWaves") for model in ("nearest-neighbour", "minirocket")}
    assert set(zip(rows["dataset"], rows["model"], strict=True)) == keys
    for _, lot in rows.groupby(["dataset", "model"]):
        assert set(lot["metric"]) == METRICS and len(lot) == len(METRICS)
        assert set(lot["seed"]) == {0} and set(lot["ablation"]) == {""}
        assert np.isfinite(lot["value"]).all() and (lot["seconds"] > 0).all() and (lot["peak_mb"] > 10).all()
    accuracy = rows[rows["metric"] == "accuracy"].set_index(["dataset", "model"])["value"]
    assert accuracy.to_dict() == dict.fromkeys(keys, 1.0)
    printed = capsys.readouterr().out
    assert "skipped" not in printed and "failed" not in printed
    assert "minirocket" in printed and "UnequalWaves" in printed
    # Finished rows are not made anew.
    pd.testing.assert_frame_equal(run(archive, tmp_path, *asked), rows)


def test_cases_that_do_not_fit_their_file_are_skipped_and_the_other_set_runs(
    archive: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    damaged = archive / "EqualWaves" / "EqualWaves_TEST.ts"
    lines = damaged.read_text().splitlines()
    lines[-1] = lines[-1].partition(":")[2]
    damaged.write_text("\n".join(lines))
    rows = run(archive, tmp_path, "--models", "nearest-neighbour")
    assert set(rows["dataset"]) == {"UnequalWaves"}
    expected = f"EqualWaves: skipped. Expected 3 dimensions a case, found 2 in line {len(lines)} of EqualWaves_TEST.ts."
    assert expected in capsys.readouterr().out


@pytest.fixture(scope="module")
def task(tmp_path_factory: pytest.TempPathFactory) -> Task:
    """Waves as if they were gestures, and options with which HiTime learns them in a moment."""
    folder = tmp_path_factory.mktemp("hitime")
    cases, labels = waves()
    config = small_config(save_model("llama", folder / "language")) | {"refit": False}
    return Task("NATOPS", cases, tuple(NUMBERED[label] for label in labels), 1, config, folder / "work")


@pytest.fixture(scope="module")
def fitted(task: Task) -> Fitted:
    return fit("hitime", task)


def test_a_hitime_that_learns_answers_under_each_of_its_rows(fitted: Fitted) -> None:
    new, truth = waves(count=10, seed=7)
    answers = fitted.answers(new)
    assert set(answers) == set(contestants.HITIME_ROWS)
    for name, answer in answers.items():
        assert answer.said.classes == ("1.0", "2.0")
        assert len(answer.said.labels) == 10 and set(answer.said.labels) <= {"1.0", "2.0"}
        assert answer.said.probabilities is not None and answer.said.probabilities.shape == (10, 2)
        np.testing.assert_allclose(answer.said.probabilities.sum(1), 1, atol=1e-9)
        assert 0 <= answer.details["validation_accuracy"] <= 1, name
        assert answer.seconds > 0 and answer.seconds_per_case > 0 and answer.peak_mb > 10
    linear = answers["hitime-linear"].said.labels
    assert np.mean([found == NUMBERED[label] for found, label in zip(linear, truth, strict=True)]) >= 0.9
    # Each row asks a head of its own, and the two aliases repeat one of those that they may choose from.
    heads = {f"hitime-{head}" for head in ("language", "linear", "ridge", "convolutions", "aligned")}
    told = {name: answers[name].said.probabilities.tobytes() for name in heads if answers[name].said.probabilities is not None}
    assert len(set(told.values())) == len(heads)
    assert set(fitted.heads) == heads and set(fitted.aliases) == {"hitime", "hitime-no-lm"}
    assert fitted.aliases["hitime-no-lm"] in {"hitime-linear", "hitime-ridge", "hitime-convolutions"}
    for name, head in fitted.aliases.items():
        np.testing.assert_array_equal(answers[name].said.probabilities, answers[head].said.probabilities)
    assert {name for name, answer in answers.items() if "trainable_parameters" in answer.details} == {"hitime", "hitime-language"}


def test_a_second_fit_takes_up_the_finished_stages_and_knows_what_they_took(task: Task, fitted: Fitted) -> None:
    assert task.work is not None
    written = {path: path.stat().st_mtime_ns for path in task.work.iterdir()}
    assert {path.name.partition("-")[0] for path in written} == {"data", "task", "alignment", "naming"}
    second = fit("hitime", task)
    assert {path: path.stat().st_mtime_ns for path in task.work.iterdir()} == written
    taken = 0.0
    for path in written:
        with safe_open(path, framework="numpy") as stage:
            taken += float(stage.metadata()["seconds"])
    assert (fitted.spared, second.spared) == (0, pytest.approx(taken)) and second.seconds >= second.spared
    new, _ = waves(count=10, seed=7)
    told, again = fitted.answers(new), second.answers(new)
    for name in told:
        np.testing.assert_array_equal(again[name].said.probabilities, told[name].said.probabilities)


def test_a_hitime_is_told_what_is_known_of_the_set() -> None:
    task = Task("NATOPS", np.zeros((2, 1, 9)), ("1.0", "2.0"), 3, {"views": 2, "class_texts": {"2.0": "Another sentence."}})
    config = contestants.hitime_config(task)
    assert config["domain"] == texts.DOMAINS["NATOPS"] and (config["seed"], config["views"]) == (3, 2)
    known = texts.class_texts("NATOPS", ["1.0"])
    assert config["class_texts"] == known | {"2.0": "Another sentence."}
