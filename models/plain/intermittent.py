"""Demand that is often zero: how often it comes, and how much comes then, smoothed apart. Their product is the mean a step.

The mean is what stock needs, and what sums up over months; the point of smallest absolute error is the median, often zero, which
`recent-median` gives. Gains are averaged by likelihood; both averages begin at the history's own.
"""

from __future__ import annotations

from typing import final

import numpy as np

from models.base import Forecaster
from models.config import CrostonConfig, TsbConfig
from models.plain.naive import is_intermittent
from models.plain.season import SeasonFree, recent_part
from models.plain.smoothing import likelihood_weights

GAINS = np.array([0.02, 0.05, 0.1, 0.15, 0.2, 0.3])
SMALLEST = 1e-300


@final
class Tsb(Forecaster[TsbConfig]):
    """Teunter, Syntetos and Babai's method: the chance of a demand is smoothed at every step, its size where there is one.

    After a long silence the forecast fades, as that of a thing no longer wanted should. Where nothing is zero it is simple
    smoothing; a season goes off first, unless the series is often zero.
    Source: Teunter, Syntetos & Babai (2011), Intermittent demand: linking forecasting to inventory obsolescence.
    """

    name = "tsb"
    config_class = TsbConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        self._rest = _without_season(values, period, self.config.history)
        self._level = tsb_level(self._rest.values)

    def _predict(self, horizon: int) -> np.ndarray:
        return self._rest.put_back(np.full(horizon, self._level))


@final
class Croston(Forecaster[CrostonConfig]):
    """Croston's method: the size of a demand and the wait for the next, both smoothed at demands only.

    The quotient of the two overshoots; the correction takes that off, and leaves a series without zeros alone.
    Source: Croston (1972), Forecasting and stock control for intermittent demands; Syntetos & Boylan (2005), The accuracy of
    intermittent demand estimates.
    """

    name = "croston"
    config_class = CrostonConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        self._rest = _without_season(values, period, self.config.history)
        self._level = croston_level(self._rest.values, corrected=self.config.corrected)

    def _predict(self, horizon: int) -> np.ndarray:
        return self._rest.put_back(np.full(horizon, self._level))


def tsb_level(values: np.ndarray) -> float:
    """The mean demand a step at the end of a history (time,), averaged over a grid of gains for the chance and the size."""
    chance_gains, size_gains = (grid.ravel() for grid in np.meshgrid(GAINS, GAINS))
    demands = values[values != 0]
    chance = np.full(len(chance_gains), len(demands) / len(values))
    size = np.full(len(size_gains), demands.mean() if len(demands) else 0.0)
    errors = np.zeros(len(chance_gains))
    for value in values:
        errors += (value - chance * size) ** 2
        chance = chance + chance_gains * (float(value != 0) - chance)
        if value != 0:
            size = size + size_gains * (value - size)
    return float(_weights(errors, len(values)) @ (chance * size))


def croston_level(values: np.ndarray, *, corrected: bool) -> float:
    """The mean demand a step at the end of a history (time,), averaged over a grid of gains."""
    places = np.flatnonzero(values)
    if not len(places):
        return 0.0
    size = np.full(len(GAINS), values[places].mean())
    wait = np.full(len(GAINS), float(np.diff(places, prepend=-1).mean()))
    share = GAINS / 2.0 if corrected else np.zeros(len(GAINS))
    errors, waited = np.zeros(len(GAINS)), 0
    for value in values:
        errors += (value - (1.0 - share) * size / (wait - share)) ** 2
        waited += 1
        if value != 0:
            size = size + GAINS * (value - size)
            wait = wait + GAINS * (waited - wait)
            waited = 0
    return float(_weights(errors, len(values)) @ ((1.0 - share) * size / (wait - share)))


def _weights(errors: np.ndarray, count: int) -> np.ndarray:
    squares = np.maximum(errors, max(1e-12 * float(errors.max()), SMALLEST))
    return likelihood_weights(0.5 * count * np.log(squares), np.ones_like(squares))


def _without_season(values: np.ndarray, period: int, history: int) -> SeasonFree:
    recent = recent_part(values, history, period)
    return SeasonFree.of(recent, 1 if is_intermittent(recent) else period)
