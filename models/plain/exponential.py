"""Exponential smoothing behind the contract: with a season of its own, damped on a season-free history, and after STL."""

from __future__ import annotations

from typing import Any, final

import numpy as np

from models.base import Forecaster
from models.config import DampedConfig, EtsConfig, StlEtsConfig
from models.errors import BadInput
from models.plain.season import SeasonFree, exponential, longer_season, recent_part, seasonal_profile
from models.plain.smoothing import Grid, likelihood_weights, smooth

LONGEST_STL_PERIOD = 2_000
LONGEST_EXACT_STL = 60
SEASON_GAINS = (0.0, 0.05, 0.15, 0.35)
EARLY_CYCLES = 5
# From fewer points a rate of exponential growth is mostly luck.
SHORTEST_GROWTH = 50
# A trend that turns within a few steps is common in yearly data and rare within a season.
SLOPES_PLAIN, SLOPES_SEASONAL = (0.0, 0.03, 0.1, 0.3), (0.0, 0.01, 0.03)


def slopes_for(period: int) -> tuple[float, ...]:
    """The trend gains worth trying for a season of `period` samples."""
    return SLOPES_SEASONAL if period > 1 else SLOPES_PLAIN


@final
class Ets(Forecaster[EtsConfig]):
    """Exponential smoothing with level, trend and season, on the values and, where all are positive, on their logarithms.

    Structures and gains are averaged by likelihood, the two scales half and half: which of them one-step errors prefer says
    little about the errors many steps ahead. What the logarithms say is turned back without a correction, as a median.
    Straight trends of logarithms, which grow exponentially, take part in long enough histories only.
    Source: Hyndman et al. (2008); see `models.plain.smoothing`.
    Errors: BadInput for a season beyond the longest.
    """

    name = "ets"
    config_class = EtsConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        if period > self.config.longest_period:
            raise BadInput(f"ets handles seasons of up to {self.config.longest_period} samples; this one has {period}.")
        recent = recent_part(values, self.config.history, period)
        seasonal = period > 1 and len(recent) >= 2 * period
        positive = bool(recent.min() > 0)
        rows = np.stack([recent, np.log(recent)]) if positive else recent[None]
        self._grid = Grid.of(slopes=slopes_for(period), seasons=SEASON_GAINS if seasonal else (0.0,))
        self._smoothed = smooth(rows, self._grid, _first_seasons(rows, period, self._grid) if seasonal else None)
        criterion, prior = self._smoothed.criterion(self._grid), np.tile(self._grid.prior, (len(rows), 1))
        if len(recent) < SHORTEST_GROWTH:
            prior[1:] *= self._grid.straight == 0
        self._weights = np.stack([likelihood_weights(*row) for row in zip(criterion, prior, strict=True)]) / len(rows)

    def _predict(self, horizon: int) -> np.ndarray:
        paths = self._smoothed.paths(self._grid, horizon)
        if len(paths) > 1:
            paths[1] = exponential(paths[1])
        return np.asarray(np.einsum("rc,rch->h", self._weights, paths))


def _first_seasons(rows: np.ndarray, period: int, grid: Grid) -> np.ndarray:
    """(period, row, candidate): the whole history's profile, and the early one where the season moves on quickly."""
    whole = np.stack([seasonal_profile(row, period) for row in rows], axis=1)
    early = np.stack([seasonal_profile(row[: EARLY_CYCLES * period], period) for row in rows], axis=1)
    return np.where(grid.season > 0.1, early[:, :, None], whole[:, :, None])


@final
class Damped(Forecaster[DampedConfig]):
    """Smoothing with a damped trend of a season-free history, on the logarithms where all values are positive.

    Source: Gardner & McKenzie (1985), Forecasting trends in time series; see `models.plain.smoothing`.
    """

    name = "damped"
    config_class = DampedConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        recent = recent_part(values, self.config.history, period)
        self._rest = SeasonFree.of(recent, period, longer_season(recent, period))
        self._row = np.log(self._rest.values) if self._rest.multiplicative else self._rest.values
        self._slopes = slopes_for(period)

    def _predict(self, horizon: int) -> np.ndarray:
        mean = smoothed_forecast(self._row, Grid.of(("damped",), self._slopes), horizon)
        return self._rest.put_back(exponential(mean) if self._rest.multiplicative else mean)


def smoothed_forecast(values: np.ndarray, grid: Grid, horizon: int) -> np.ndarray:
    """(horizon,) average of the grid's forecasts of a season-free history (time,)."""
    smoothed = smooth(values[None], grid)
    weights = likelihood_weights(smoothed.criterion(grid), grid.prior[None])
    return np.asarray(weights[0] @ smoothed.paths(grid, horizon)[0])


@final
class StlEts(Forecaster[StlEtsConfig]):
    """STL takes the season off, and a longer cycle behind it too; smoothing continues the rest, the last season is put back.

    Source: Cleveland et al. (1990); Bandara, Hyndman & Bergmeir (2021), MSTL; statsmodels' STL.
    Errors: BadInput without a season, or with less than two full ones.
    """

    name = "stl-ets"
    config_class = StlEtsConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        if period < 2:
            raise BadInput("stl-ets needs a season; this series has none.")
        if period > LONGEST_STL_PERIOD:
            raise BadInput(f"stl-ets handles seasons of up to {LONGEST_STL_PERIOD:,} samples; this one has {period:,}.")
        recent = recent_part(values, self.config.history, period)
        if len(recent) < max(2 * period, 10):
            needed = max(2 * period, 10)
            raise BadInput(f"stl-ets needs two full seasons ({needed} values); found {len(recent)}.")
        self._positive = bool(recent.min() > 0)
        rest = np.log(recent) if self._positive else recent.copy()
        longer = longer_season(recent, period)
        self._cycles = []
        for length in (period, longer) if longer else (period,):
            season = _stl_season(rest, length, self.config.robust)
            rest = rest - season
            self._cycles.append(season[-length:])
        self._rest = rest

    def _predict(self, horizon: int) -> np.ndarray:
        trends: Any = {"damped": ("none", "damped"), "linear": ("linear",), "none": ("none",)}[self.config.trend]
        mean = smoothed_forecast(self._rest, Grid.of(trends, SLOPES_SEASONAL), horizon)
        mean = mean + sum(np.resize(cycle, horizon) for cycle in self._cycles)
        return exponential(mean) if self._positive else mean


def _stl_season(values: np.ndarray, period: int, robust: bool) -> np.ndarray:
    """(time,) the season by STL. For long seasons its smoothers run at every tenth of their span, joined by lines, as R's do."""
    from statsmodels.tsa.seasonal import STL

    jumps = {}
    if period > LONGEST_EXACT_STL:
        trend = 1.5 * period / (1 - 1.5 / 7)
        jumps = {"trend_jump": -int(-trend // 10), "low_pass_jump": -(-(period + 1) // 10)}
    return np.asarray(STL(values, period=period, robust=robust, **jumps).fit().seasonal)
