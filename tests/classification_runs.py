"""Sets as the classification benchmark reads them, a HiTime that learns nothing, and how a run is started."""

from __future__ import annotations

from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pandas as pd
import pytest

from models.config import HiTimeConfig, config_from_dict
from models.registry import create_classifier
from scripts import benchmark_classification
from scripts.classification import contestants
from scripts.classification.contestants import Said

TS = """# made for a test
@problemName {name}
@timeStamps false
@univariate false
@dimensions 2
@equalLength false
@classLabel true up down
@data
{cases}
"""
CASES = {
    "TRAIN": "1,2,3:4,5,6:up\n1,2:3,4:up\n9,8,7,6:5,?,3,2:down\n9,8:1,0:down",
    "TEST": "1,2,3,4,5:2,3,4,5,6:up\n9,7,5:6,5,4:down",
}


def write_ts(folder: Path, name: str, **parts: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, cases in parts.items():
        (folder / f"{name}_{part}.ts").write_text(TS.format(name=name, cases=cases))


def write_npz(folder: Path, name: str, train: int = 12, test: int = 6, length: int = 12, classes: int = 3) -> None:
    """Waves whose frequency is the class, so that any method can tell them apart; two channels."""
    random = np.random.default_rng(len(name))

    def part(count: int) -> tuple[np.ndarray, np.ndarray]:
        labels = np.arange(count) % classes
        steps = 2 * np.pi * np.arange(length) / length
        waves = np.stack([np.stack((np.sin((one + 1) * steps), np.cos((one + 1) * steps))) for one in labels])
        return (waves + random.normal(0, 0.05, waves.shape)).astype(np.float32), np.array([f"{one + 1}.0" for one in labels])

    folder.mkdir(parents=True, exist_ok=True)
    (cases, labels), (tests, answers) = part(train), part(test)
    np.savez(folder / f"{name}.npz", X_train=cases, y_train=labels, X_test=tests, y_test=answers, class_names=np.unique(labels))


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    write_npz(folder / "classification_uea", "NATOPS")
    write_ts(folder / "archive" / "Tiny", "Tiny", **CASES)
    np.savez(folder / "archive" / "tokens.npz", other=np.arange(3))
    return folder


HEADS = {"language": 0.7, "linear": 0.5, "ridge": 0.9, "convolutions": 0.5, "aligned": 0.6}


class FakeHiTime:
    """Learns nothing: every head but `linear` is always right, without both encoders on two cases only; `linear` never is."""

    made: ClassVar[list[FakeHiTime]] = []

    def __init__(self, **config: Any) -> None:
        self.config = config_from_dict(HiTimeConfig, config)
        self.work: Path | None = None
        self.asked: list[np.ndarray] = []
        self.head_scores, self.head = HEADS.copy(), "ridge"
        self.head_losses = {"language": 0.6, "linear": 0.9, "ridge": 0.2, "convolutions": 0.8, "aligned": 0.7}
        self.trainable_parameters, self.validation_accuracy, self.spared_seconds = 400, 0.8, 5_000.0
        self.made.append(self)

    def fit(self, cases: np.ndarray, labels: tuple[str, ...], *, monitor: Any) -> FakeHiTime:
        self.cases, self.labels, self.classes = cases, labels, tuple(sorted(set(labels)))
        return self

    def predict_with(self, head: str, cases: np.ndarray) -> Said:
        self.asked.append(cases)
        # The cases of `write_npz` take turns between the classes, the first one first.
        right = len(cases) if self.config.sources == "both" else 2
        known = [self.classes[index % len(self.classes)] for index in range(len(cases))]
        wrong = [self.classes[(index + 1) % len(self.classes)] for index in range(len(cases))]
        labels = known[:right] + wrong[right:] if head != "linear" else wrong
        probabilities = np.array(
            [[0.8 if label == one else 0.2 / (len(self.classes) - 1) for one in self.classes] for label in labels]
        )
        return Said(tuple(labels), probabilities, self.classes)


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch) -> type[FakeHiTime]:
    FakeHiTime.made.clear()
    monkeypatch.setattr(
        contestants, "create_classifier", lambda name, **config: (FakeHiTime if name == "hitime" else _real(name))(**config)
    )
    return FakeHiTime


def _real(name: str) -> Any:
    return lambda **config: create_classifier(name, **config)


def run(data: Path, folder: Path, *arguments: str) -> pd.DataFrame:
    out = folder / "rows.csv"
    benchmark_classification.main(["--data", str(data), "--out", str(out), "--parts", str(folder / "parts"), *arguments])
    return pd.read_csv(out, dtype={"ablation": str}).fillna({"ablation": ""})
