"""MiniRocket by aeon and ridge regression by scikit-learn, saved as plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import numpy as np

from models.base import Classifier
from models.calibration import bounded, fitted_temperature, softmax
from models.config import MiniRocketConfig
from models.errors import BadInput
from models.monitor import Monitor
from models.plain.explain import Examples
from models.plain.kernels import KERNEL_LENGTH, PARAMETERS, fitted_transform, new_transform, threads_kept
from models.types import Classification

ALPHAS = np.logspace(-3, 3, 10)


@final
class MiniRocket(Classifier[MiniRocketConfig]):
    """Ten thousand random convolution features and a ridge classifier; strong and fast on most sets.

    A fitted transform is five arrays, and so it is saved. Unequal lengths and gaps: as in the nearest neighbour, with at
    least nine time steps. Probabilities: a softmax of the ridge scores, its temperature fitted to leave-one-out scores, kept
    as far from 0 and 1 as the number of training cases demands.
    Source: Dempster, Schmidt & Webb (2021), MiniRocket.
    """

    name = "minirocket"
    config_class = MiniRocketConfig

    def _fit(self, cases: np.ndarray, labels: tuple[str, ...], monitor: Monitor) -> None:
        from sklearn.linear_model import RidgeClassifierCV

        self._examples = Examples.of(cases, labels, "case", shortest=KERNEL_LENGTH)
        monitor.report(0.0, "convolving the cases")
        transform = new_transform(self.config.kernels, self.config.seed)
        with threads_kept():
            features = transform.fit_transform(self._examples.cases).astype(np.float64)
        self._parameters = tuple(np.asarray(part) for part in transform.parameters)
        spread = features.std(axis=0)
        self._spread = np.where(spread > 0, spread, 1.0)
        scaled = features / self._spread
        monitor.report(0.3, "fitting the ridge classifier")
        ridge = RidgeClassifierCV(alphas=ALPHAS).fit(scaled, labels)
        self._coefficients, self._intercepts = np.atleast_2d(ridge.coef_), np.atleast_1d(ridge.intercept_)
        self._temperature = _temperature(scaled, labels, float(ridge.alpha_))

    def _predict(self, cases: np.ndarray) -> Classification:
        scores = self._scores(cases)
        reasons = self._examples.explain(cases, self._named(scores), self.config.shown)
        return self._answer(scores, self._calibrated(scores), reasons)

    def _probabilities(self, cases: np.ndarray) -> np.ndarray:
        return self._calibrated(self._scores(cases))

    def _scores(self, cases: np.ndarray) -> np.ndarray:
        """(batch, class) of (batch, channel, time)."""
        matched = self._examples.match(cases)
        with threads_kept():
            features = self._transform().transform(matched).astype(np.float64) / self._spread
        # A matrix product's rounding depends on the batch's shape; row by row a case scores the same alone and in company.
        return _two_sided(np.array([self._coefficients @ row for row in features]) + self._intercepts)

    def _calibrated(self, scores: np.ndarray) -> np.ndarray:
        return bounded(softmax(scores / self._temperature), len(self._examples.labels))

    def _transform(self) -> Any:
        """aeon's transform in its fitted state, from the arrays alone."""
        _, channels, length = self._examples.cases.shape
        return fitted_transform(self._parameters, self.config.kernels, self.config.seed, channels, length)

    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        arrays = dict(zip(PARAMETERS, self._parameters, strict=True))
        arrays |= {"spread": self._spread, "coefficients": self._coefficients, "intercepts": self._intercepts}
        details = {"classes": list(self.classes), "channels": self._channels, "temperature": self._temperature}
        return arrays | self._examples.state(self.classes), details

    def _restore(self, arrays: Mapping[str, np.ndarray], details: Mapping[str, Any]) -> None:
        self._take_classes(details["classes"], details["channels"])
        self._examples = Examples.from_state(arrays, self.classes, "case")
        self._parameters = tuple(arrays[name] for name in PARAMETERS)
        self._spread, self._coefficients = arrays["spread"], arrays["coefficients"]
        self._intercepts, self._temperature = arrays["intercepts"], float(details["temperature"])
        if self._coefficients.shape[1:] != self._spread.shape:
            raise BadInput(f"{self._coefficients.shape[1:]} coefficients for {self._spread.shape} features")


def _temperature(features: np.ndarray, labels: tuple[str, ...], alpha: float) -> float:
    """The softest softmax temperature whose leave-one-out likelihood is about the highest (`fitted_temperature`)."""
    from sklearn.linear_model import RidgeCV

    classes = sorted(set(labels))
    truth = np.array([classes.index(label) for label in labels])
    targets = np.where(truth[:, None] == np.arange(len(classes)), 1.0, -1.0)
    ridge = RidgeCV(alphas=[alpha], scoring="r2", store_cv_results=True).fit(features, targets)
    # With a scorer scikit-learn keeps the left-out predictions, without one their squared errors.
    held_out = np.asarray(ridge.cv_results_)[..., 0]
    return fitted_temperature(held_out, truth)


def _two_sided(scores: np.ndarray) -> np.ndarray:
    """(batch, class): scikit-learn gives two classes one column of scores."""
    return np.concatenate([-scores, scores], axis=1) if scores.shape[1] == 1 else scores
