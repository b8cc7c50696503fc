"""The plain forecasters every other one is measured against."""

from __future__ import annotations

from typing import final

import numpy as np

from models.base import Forecaster
from models.config import DriftConfig, RecentMedianConfig, SeasonalNaiveConfig
from models.plain.season import SeasonFree, recent_part

FREQUENT_ZEROS = 0.3


@final
class SeasonalNaive(Forecaster[SeasonalNaiveConfig]):
    """The last full season, repeated; the last value where the history is shorter than a season or has none."""

    name = "seasonal-naive"
    config_class = SeasonalNaiveConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        self._cycle = values[-period:] if len(values) >= period else values[-1:]

    def _predict(self, horizon: int) -> np.ndarray:
        return np.resize(self._cycle, horizon)


@final
class Drift(Forecaster[DriftConfig]):
    """The line through the first and the last value, extended; the season, where there is one, goes off first and on again.

    Source: Hyndman & Athanasopoulos (2021), FPP3 §5.2.
    """

    name = "drift"
    config_class = DriftConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        self._rest = SeasonFree.of(values, period)

    def _predict(self, horizon: int) -> np.ndarray:
        first, last = self._rest.values[[0, -1]]
        slope = (last - first) / (len(self._rest.values) - 1)
        return self._rest.put_back(last + slope * np.arange(1, horizon + 1))


@final
class RecentMedian(Forecaster[RecentMedianConfig]):
    """The median of the recent past, and the season, where there is one, on top; a series that is often zero is taken as it is.

    For counts that are mostly zero it has the smallest absolute error there is, while every average overshoots.
    """

    name = "recent-median"
    config_class = RecentMedianConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        self._rest = SeasonFree.of(values, 1 if is_intermittent(values) else period)
        self._level = float(np.median(recent_part(self._rest.values, self.config.recent, period)))

    def _predict(self, horizon: int) -> np.ndarray:
        return self._rest.put_back(np.full(horizon, self._level))


def is_intermittent(values: np.ndarray) -> bool:
    """Whether a history (time,), NaN where missing, never goes below zero and is zero at least three times in ten."""
    observed = values[~np.isnan(values)]
    return bool(observed.min() >= 0 and np.mean(observed == 0) >= FREQUENT_ZEROS)
