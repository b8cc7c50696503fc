"""Measures of answers, and where it is kept which test cases were answered rightly."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from models import metrics
from scripts.classification.contestants import Answer, Said
from scripts.measurements import Measurement

BINS = 10
SMALLEST_PROBABILITY = 1e-15


def measures(truth: Sequence[str], answer: Answer) -> dict[str, float]:
    """Metric → value. Without probabilities there is neither log loss nor calibration error."""
    said = answer.said
    found = {"accuracy": metrics.accuracy(truth, said.labels)} | _by_class(truth, said.labels)
    if said.probabilities is not None:
        found |= {"log_loss": log_loss(truth, said), "ece": calibration_error(truth, said)}
    return found | {"seconds_per_case": answer.seconds_per_case, **answer.details}


def rows_of(key: Key, found: Mapping[str, float], answer: Answer) -> list[Measurement]:
    """A row for each of the `measures` of an answer."""
    return [
        Measurement(
            dataset=key.dataset,
            model=key.model,
            metric=metric,
            value=value,
            seed=key.seed,
            seconds=answer.seconds,
            peak_mb=answer.peak_mb,
            ablation=key.ablation,
        )
        for metric, value in found.items()
    ]


def log_loss(truth: Sequence[str], said: Said) -> float:
    """Mean of minus the log of the true class's probability, which counts as at least 1e-15; a class never trained on has 0."""
    return float(-np.log(np.maximum(_probability_of(truth, said), SMALLEST_PROBABILITY)).mean())


def calibration_error(truth: Sequence[str], said: Said) -> float:
    """Expected calibration error: |accuracy − mean probability of the answers| in ten even bins of that probability, weighted.

    Source: Guo et al. (2017), On calibration of modern neural networks, eq. 5.
    """
    confidence = _probability_of(said.labels, said)
    right = np.array(said.labels) == np.array(truth)
    bins = np.minimum((confidence * BINS).astype(int), BINS - 1)
    gaps = [abs(right[bins == one].sum() - confidence[bins == one].sum()) for one in range(BINS)]
    return float(sum(gaps) / len(right))


def _probability_of(labels: Sequence[str], said: Said) -> np.ndarray:
    """(case,) probability of one label a case; 0 for a class without a column."""
    assert said.probabilities is not None
    columns = {name: column for column, name in enumerate(said.classes)}
    return np.array(
        [row[columns[label]] if label in columns else 0.0 for row, label in zip(said.probabilities, labels, strict=True)]
    )


def _by_class(truth: Sequence[str], predicted: Sequence[str]) -> dict[str, float]:
    from sklearn.metrics import f1_score, recall_score

    # Over the classes that are there: an answer outside them is wrong anyway and has no recall.
    settings = {"labels": sorted(set(truth)), "average": "macro", "zero_division": 0.0}
    return {
        "balanced_accuracy": float(recall_score(truth, predicted, **settings)),
        "f1_macro": float(f1_score(truth, predicted, **settings)),
    }


@dataclass(frozen=True)
class Key:
    """Whose answers. ablation: as in the rows."""

    dataset: str
    model: str
    seed: int
    ablation: str


class Shelf:
    """Which test cases were answered rightly: one small archive a set, model, seed and ablation."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, key: Key, truth: Sequence[str], predicted: Sequence[str]) -> None:
        """Keep the answers, in the place of earlier ones."""
        path = self._path(key)
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savez_compressed(path, truth=np.array(truth), predicted=np.array(predicted))

    def correct(self, key: Key) -> np.ndarray | None:
        """(case,) bool, or None where no answers are kept."""
        path = self._path(key)
        if not path.is_file():
            return None
        with np.load(path, allow_pickle=False) as archive:
            return np.asarray(archive["truth"] == archive["predicted"])

    def _path(self, key: Key) -> Path:
        ablation = re.sub(r"[^\w.]+", "-", key.ablation).strip("-") or "main"
        return self._folder / "answers" / key.dataset / ablation / f"{key.model}-{key.seed}.npz"
