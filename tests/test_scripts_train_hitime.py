"""The training script of HiTime: one line for what cannot be done, and plain accuracies on the cases that HiTime held out."""

from __future__ import annotations

import json
import logging
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from models.config import HiTimeConfig, config_from_dict
from models.errors import Unavailable
from models.metrics import accuracy
from models.registry import create_classifier
from models.splits import stratified_split
from scripts import train_hitime
from scripts.classification.sets import LabelledSet, read_set
from tests.hitime_cases import small_config
from tests.tiny_language_models import save_model


@pytest.fixture
def data(tmp_path: Path) -> Path:
    random = np.random.default_rng(0)
    cases, labels = random.normal(size=(40, 1, 12)), np.array(["a", "b"] * 20)
    # Noise beside a weak slope, so that no split is classified without mistakes.
    cases[1::2] += np.linspace(0, 2, 12)
    folder = tmp_path / "data"
    folder.mkdir()
    np.savez(folder / "Waves.npz", X_train=cases, y_train=labels, X_test=cases[:4], y_test=labels[:4])
    (folder / "Broken.npz").write_bytes(b"nothing")
    return folder


def stopped(*arguments: object) -> str:
    """The one line that the script ends with."""
    with pytest.raises(SystemExit) as caught:
        train_hitime.main([str(argument) for argument in arguments])
    assert isinstance(caught.value.code, str) and "\n" not in caught.value.code
    assert caught.value.__suppress_context__ or caught.value.__context__ is None
    return caught.value.code


def test_what_is_not_there_is_said_in_one_line(data: Path, tmp_path: Path) -> None:
    missing = tmp_path / "nowhere"
    assert stopped("--data", missing, "--dataset", "Waves").startswith(
        f"Expected a folder of labelled sets, found none at {missing}"
    )
    assert "no set 'Nobody'" in stopped("--data", data, "--dataset", "Nobody")
    assert "Broken.npz" in stopped("--data", data, "--dataset", "Broken")


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("{views: 4", "--config takes options of HiTimeConfig as JSON"),
        ("[1, 2]", "--config takes a JSON object"),
        ('{"colour": "red"}', "HiTimeConfig has no option colour"),
        ('{"alignment": {"width": 30}}', "alignment: The width 30 cannot be shared evenly by 4 heads"),
    ],
)
def test_options_that_cannot_be_read_are_said_in_one_line(data: Path, config: str, expected: str) -> None:
    assert expected in stopped("--data", data, "--dataset", "Waves", "--config", config)


@pytest.mark.parametrize("stage", ["alignment", "naming"])
def test_a_stage_that_a_plain_head_does_not_have(data: Path, stage: str) -> None:
    said = stopped("--data", data, "--dataset", "Waves", "--stage", stage, "--config", '{"head": "ridge"}')
    assert f"The head 'ridge' needs no language model, so there is no stage '{stage}'" in said


def test_a_missing_language_model_is_said_in_one_line(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def train_system(*arguments: object, **options: object) -> None:
        raise Unavailable("The language model is not here; fetch it.")

    monkeypatch.setattr(train_hitime, "train_system", train_system)
    assert stopped("--data", data, "--dataset", "Waves", "--stage", "naming", "--quick") == (
        "The language model is not here; fetch it."
    )


def expected_accuracy(chosen: LabelledSet, share: float, seed: int) -> float:
    train, held_out = stratified_split(chosen.labels, seed, share)
    model = create_classifier("nearest-neighbour").fit(chosen.cases[train], [chosen.labels[row] for row in train])
    return accuracy([chosen.labels[row] for row in held_out], model.predict(chosen.cases[held_out]).labels)


def test_plain_accuracies_are_measured_on_what_hitime_held_out(data: Path, tmp_path: Path, monkeypatch: Any) -> None:
    records = []

    class Fake:
        head, head_scores, validation_accuracy = "ridge", {"ridge": 0.75}, 0.75

        def __init__(self, config: HiTimeConfig) -> None:
            self.held_out = round(40 * config.validation)
            self.trained_on = 40 - self.held_out if config.validation > 0.4 else 40

        def fit(self, cases: np.ndarray, labels: Any, monitor: Any) -> None:
            assert cases.shape == (40, 1, 12)

        def save(self, folder: Path, *, training: Any, replace: bool) -> Path:
            records.append(training)
            return folder

    monkeypatch.setattr(train_hitime, "HiTime", Fake)
    monkeypatch.setattr(train_hitime, "PLAIN", ("nearest-neighbour", "minirocket"))
    options = ["--data", str(data), "--dataset", "Waves", "--out", str(tmp_path / "out"), "--work", str(tmp_path / "work")]
    for share in (0.25, 0.45):
        train_hitime.main([*options, "--config", json.dumps({"validation": share, "seed": 3})])
    chosen = read_set("Waves", data / "Waves.npz")
    found = [record.figures["plain_accuracy"] for record in records]
    assert found == [expected_accuracy(chosen, share, 3) for share in (0.25, 0.45)]
    # The splits tell: another share or seed gives another accuracy.
    assert found[0] != found[1] and [record.figures["held_out"] for record in records] == [10, 18]
    assert [record.data for record in records] == [f"Waves, training part, {count} cases" for count in ("40", "22 of 40")]
    assert all(record.seed == 3 for record in records)


def test_options_go_over_what_is_known_of_the_set(data: Path) -> None:
    chosen = read_set("Waves", data / "Waves.npz")
    options = SimpleNamespace(config='{"views": 4}', seed=2, quick=False, stage=None)
    config = train_hitime._configuration(chosen, options)  # type: ignore[arg-type]
    assert config == config_from_dict(HiTimeConfig, {"views": 4, "seed": 2, "domain": config.domain}) and config.domain


# Files of each stage by the part of their names that says which, and what the log and the progress say of its training.
STAGES = {
    "sources": ({"data": 1, "task": 2}, ("Tokenizer:", "Masked codes:", "Task-specific cnn:"), "training the cnn encoder"),
    "alignment": ({"alignment": 1}, ("Alignment:",), "aligning series with the classes' texts"),
    "naming": ({"naming": 1}, ("Language model:",), "teaching the language model to name the classes"),
}


class Shell:
    """Runs the script as a shell does, whose terminal shows the log and the progress."""

    def __init__(self, data: Path, work: Path, config: dict[str, Any], patch: pytest.MonkeyPatch, capsys: Any) -> None:
        self.work, self.patch, self.capsys = work, patch, capsys
        self.usual = ["--data", str(data), "--dataset", "Waves", "--work", str(work), "--config", json.dumps(config)]

    def run(self, *arguments: str) -> str:
        """What the terminal shows."""
        with self.patch.context() as terminal:
            # Without the handlers of the tests, so that the script sets up its own.
            terminal.setattr(logging.root, "handlers", [])
            terminal.setattr(sys.stderr, "isatty", lambda: True)
            train_hitime.main([*self.usual, *arguments])
        shown: str = self.capsys.readouterr().err
        return shown

    def kept(self) -> dict[str, int]:
        """The finished stages' files, and when each was written."""
        return {path.name: path.stat().st_mtime_ns for path in self.work.iterdir()}


@pytest.fixture
def shell(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], caplog: Any) -> Shell:
    # The level that the script sets is set back afterwards.
    caplog.set_level(logging.WARNING)
    config = small_config(save_model("llama", tmp_path / "language"))
    return Shell(data, tmp_path / "work", config, monkeypatch, capsys)


def counted(names: set[str]) -> dict[str, int]:
    kinds = [name.partition("-")[0] for name in names]
    assert all(name.endswith(".safetensors") for name in names)
    return {kind: kinds.count(kind) for kind in kinds}


def test_each_stage_is_finished_and_taken_up(shell: Shell) -> None:
    before: dict[str, int] = {}
    said: tuple[str, ...] = ()
    for stage, (files, logged, progress) in STAGES.items():
        shown = shell.run("--stage", stage)
        after = shell.kept()
        # What the stages before had finished is as it was, and nothing of it was trained again.
        assert counted(set(after) - set(before)) == files
        assert before.items() <= after.items()
        assert all(line in shown for line in logged) and not any(line in shown for line in said)
        assert progress in shown and "%|" in shown
        before, said = after, said + logged
        again = shell.run("--stage", stage)
        assert shell.kept() == after
        assert not any(line in again for line in said)


def test_a_later_stage_runs_those_before_it_and_another_seed_is_another_stage(shell: Shell) -> None:
    shown = shell.run("--stage", "alignment")
    first = shell.kept()
    assert counted(set(first)) == {"data": 1, "task": 2, "alignment": 1}
    assert "Task-specific cnn:" in shown and "Alignment:" in shown and "Language model:" not in shown
    assert "Task-specific cnn:" in shell.run("--stage", "sources", "--seed", "1")
    assert counted(set(shell.kept()) - set(first)) == {"data": 1, "task": 2}
    assert first.items() <= shell.kept().items()


def test_a_damaged_stage_alone_is_trained_again(shell: Shell) -> None:
    shell.run("--stage", "alignment")
    before = shell.kept()
    damaged = next(shell.work.glob("task-*"))
    whole = damaged.read_bytes()
    damaged.write_bytes(whole[:40])
    shown = shell.run("--stage", "alignment")
    assert f"The kept stage {damaged} cannot be read" in shown
    assert shown.count("Task-specific cnn:") == 1 and "Masked codes:" not in shown and "Alignment:" not in shown
    after = shell.kept()
    assert {name for name in before if after[name] != before[name]} == {damaged.name} and set(after) == set(before)
    assert len(damaged.read_bytes()) == len(whole)
