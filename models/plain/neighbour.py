"""The nearest neighbour: the plain classifier every other one is measured against."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from models.base import Classifier
from models.config import NearestNeighbourConfig
from models.monitor import Monitor
from models.plain.explain import Examples
from models.types import Classification


@final
class NearestNeighbour(Classifier[NearestNeighbourConfig]):
    """The label of the nearest training case by Euclidean distance between z-normalised cases.

    Unequal lengths: every case is stretched by straight lines to the longest training case's length; gaps are filled by
    straight lines. Probabilities: a softmax of minus each class's nearest distance over the median distance between training
    cases and their nearest neighbours; they order the classes and are not calibrated.
    """

    name = "nearest-neighbour"
    config_class = NearestNeighbourConfig

    def _fit(self, cases: np.ndarray, labels: tuple[str, ...], monitor: Monitor) -> None:
        monitor.report(0.0, "measuring distances between cases")
        self._examples = Examples.of(cases, labels, self.config.normalise)

    def _predict(self, cases: np.ndarray) -> Classification:
        reasons = self._examples.explain(cases, self.config.shown)
        distances, spacing = reasons.distances, self._examples.spacing
        owners = np.array(self._examples.labels)
        nearest = np.stack([distances[:, owners == label].min(axis=1) for label in self.classes], axis=1)
        # Training cases that are all twins give no scale; then only the nearest class counts.
        twins = np.where(nearest == nearest.min(axis=1, keepdims=True), 0.0, -np.inf)
        scores = -nearest / spacing if spacing > 0 else twins
        weights = np.exp(scores - scores.max(axis=1, keepdims=True))
        return Classification(
            labels=tuple(self.classes[index] for index in np.argmin(nearest, axis=1)),
            probabilities=weights / weights.sum(axis=1, keepdims=True),
            classes=self.classes,
            neighbours=reasons.neighbours,
            model=self.name,
            strangeness=reasons.strangeness,
            oddities=reasons.oddities,
        )

    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return self._examples.state(self.classes), {"classes": list(self.classes), "channels": self._channels}

    def _restore(self, arrays: Mapping[str, np.ndarray], details: Mapping[str, Any]) -> None:
        self._take_classes(details["classes"], details["channels"])
        self._examples = Examples.from_state(arrays, self.classes, self.config.normalise)
