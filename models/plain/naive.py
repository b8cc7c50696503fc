"""The plain forecasters every other one is measured against."""

from __future__ import annotations

from typing import final

import numpy as np

from models.base import Forecaster
from models.config import DriftConfig, SeasonalNaiveConfig
from models.plain.season import SeasonFree


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
