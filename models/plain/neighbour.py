"""The nearest neighbour: the plain classifier every other one is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from models.base import Classifier
from models.calibration import bounded, fitted_temperature, softmax
from models.config import NearestNeighbourConfig
from models.monitor import Monitor
from models.plain.explain import Examples
from models.plain.strangeness import asked_rows
from models.types import Classification


@final
class NearestNeighbour(Classifier[NearestNeighbourConfig]):
    """The label of the nearest training case by Euclidean distance between z-normalised cases.

    Unequal lengths: every case is stretched by straight lines to the longest training case's length; gaps are filled by
    straight lines. Probabilities: a softmax of minus each class's nearest distance over the median distance between training
    cases and their nearest neighbours, its temperature fitted to the training cases with each left out, kept as far from 0 and
    1 as the number of training cases demands.
    """

    name = "nearest-neighbour"
    config_class = NearestNeighbourConfig

    def _fit(self, cases: np.ndarray, labels: tuple[str, ...], monitor: Monitor) -> None:
        monitor.report(0.0, "measuring distances between cases")
        self._examples = Examples.of(cases, labels, self.config.normalise)
        monitor.report(0.6, "fitting the probabilities")
        self._temperature = self._fitted_temperature(tuple(sorted(set(labels))))

    def _predict(self, cases: np.ndarray) -> Classification:
        distances = self._examples.distances(self._examples.match(cases))
        scores = self._scores(distances, self.classes)
        reasons = self._examples.explain(cases, self._named(scores), self.config.shown, distances)
        return self._answer(scores, self._calibrated(scores), reasons)

    def _probabilities(self, cases: np.ndarray) -> np.ndarray:
        return self._calibrated(self._scores(self._examples.distances(self._examples.match(cases)), self.classes))

    def _calibrated(self, scores: np.ndarray) -> np.ndarray:
        return bounded(softmax(scores / self._temperature), len(self._examples.labels))

    def _scores(self, distances: np.ndarray, classes: tuple[str, ...]) -> np.ndarray:
        """(new, class): minus the distance to the class's nearest case, in spacings; -inf for a class without one."""
        owners = np.array(self._examples.labels, dtype=object)
        nearest = np.stack([distances[:, owners == label].min(axis=1, initial=np.inf) for label in classes], axis=1)
        # Training cases that are all twins give no scale; then only the nearest class counts.
        twins = np.where(nearest == nearest.min(axis=1, keepdims=True), 0.0, -np.inf)
        return np.asarray(-nearest / self._examples.spacing) if self._examples.spacing > 0 else twins

    def _fitted_temperature(self, classes: tuple[str, ...]) -> float:
        """From training cases each classified by the others."""
        rows = asked_rows(len(self._examples.labels))
        distances = self._examples.distances(self._examples.cases[rows])
        distances[np.arange(len(rows)), rows] = np.inf
        truth = np.array([classes.index(self._examples.labels[row]) for row in rows])
        return fitted_temperature(self._scores(distances, classes), truth)

    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return self._examples.state(self.classes), {
            "classes": list(self.classes),
            "channels": self._channels,
            "temperature": self._temperature,
        }

    def _restore(self, arrays: Mapping[str, np.ndarray], details: Mapping[str, Any]) -> None:
        self._take_classes(details["classes"], details["channels"])
        self._examples = Examples.from_state(arrays, self.classes, self.config.normalise)
        # Folders of the first version know no temperature.
        self._temperature = float(details.get("temperature", 1.0))
