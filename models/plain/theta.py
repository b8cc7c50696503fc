"""The theta method, dynamic and optimised, averaged over its parameters by likelihood."""

from __future__ import annotations

from typing import final

import numpy as np

from models.base import Forecaster
from models.config import ThetaConfig
from models.plain.season import SeasonFree, longer_season, recent_part
from models.plain.smoothing import likelihood_weights

GAINS = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99])
# 1 is plain smoothing, 2 the classical half trend, and far beyond the whole trend.
THETAS = np.array([1.0, 1.3, 1.6, 2.0, 2.5, 3.5, 5.0, 20.0])
SMALLEST = 1e-300


@final
class Theta(Forecaster[ThetaConfig]):
    """Smoothing plus a share 1 − 1/θ of the trend line through all that was known at each step.

    The season goes off first (`models.plain.season`). Gains and θ are averaged by likelihood, the first level solved exactly.
    Source: Assimakopoulos & Nikolopoulos (2000); Fiorucci et al. (2016), Models for optimising the theta method, DOTM.
    """

    name = "theta"
    config_class = ThetaConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        recent = recent_part(values, self.config.history, period)
        self._rest = SeasonFree.of(recent, period, longer_season(recent, period))

    def _predict(self, horizon: int) -> np.ndarray:
        return self._rest.put_back(theta_forecast(self._rest.values, horizon))


def theta_forecast(values: np.ndarray, horizon: int) -> np.ndarray:
    """(horizon,) forecast of a season-free history (time,), at least three points."""
    count = len(values)
    steps = np.arange(1, count + 1)
    intercepts, slopes = _running_lines(values)
    levels = np.zeros((count + 1, len(GAINS)))
    for step, value in enumerate(values):
        levels[step + 1] = levels[step] + GAINS * (value - levels[step])
    forgotten = (1.0 - GAINS) ** (steps - 1)[:, None]
    shares = 1.0 - 1.0 / THETAS
    # The line known before each step; at the first one nothing is known but the value itself.
    before = np.concatenate(([values[0]], intercepts[:-1])), np.concatenate(([0.0], slopes[:-1]))
    trend = forgotten * before[0][:, None] + (1.0 - forgotten * (1.0 - GAINS)) / GAINS * before[1][:, None]
    errors = (values[:, None] - levels[:-1])[:, :, None] - shares * trend[:, :, None]
    start = 2 if count > 6 else 0
    errors, forgotten = errors[start:], forgotten[start:]
    first = np.einsum("sgt,sg->gt", errors, forgotten) / np.sum(forgotten**2, axis=0)[:, None]
    squares = np.sum((errors - forgotten[:, :, None] * first) ** 2, axis=0)
    squares = np.maximum(squares, max(1e-12 * float(squares.max()), SMALLEST))
    weights = likelihood_weights(0.5 * len(errors) * np.log(squares), np.ones_like(squares))
    left = (1.0 - GAINS) ** count
    base = float(np.sum(weights * (levels[-1][:, None] + left[:, None] * first)))
    ahead = np.arange(horizon) + ((1.0 - left * (1.0 - GAINS)) / GAINS)[:, None]
    lines = left[:, None] * intercepts[-1] + ahead * slopes[-1]
    return np.asarray(base + (weights @ shares) @ lines)


def _running_lines(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(time,) intercept and slope of the least-squares line through the values up to each step, steps counted from 1."""
    steps = np.arange(1.0, len(values) + 1.0)
    means = np.cumsum(values) / steps
    # Sums around the first value keep their digits where the level is large.
    moved = values - values[0]
    slopes = np.zeros(len(values))
    moments = 12.0 * np.cumsum(steps * moved)[1:] / steps[1:] - 6.0 * (steps[1:] + 1.0) * np.cumsum(moved)[1:] / steps[1:]
    slopes[1:] = moments / (steps[1:] ** 2 - 1.0)
    return means - slopes * (steps + 1.0) / 2.0, slopes
