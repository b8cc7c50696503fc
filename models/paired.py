"""Two rows of one tournament: which model wins how often, by how much, where, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from models.backtest import windows_apart
from models.errors import BadInput
from models.registry import create_forecaster
from models.scoring import TIE
from models.types import BacktestRow

RESAMPLES = 2_000
FEWEST_ORIGINS = 2
FEWEST_WINDOWS = 2.5

PointForecaster = Callable[[np.ndarray, int], np.ndarray]
"""history (time,) and steps → mean (steps,)."""


@dataclass(frozen=True)
class Paired:
    """Errors of two forecasters at the same origins, both (origin,) MASE.

    near, far: (first, second) mean MASE of the first and the last third of the steps; None where they cannot be told apart.
    windows: how many stretches without overlap the origins' held-out values would fill.
    """

    first: np.ndarray
    second: np.ndarray
    near: tuple[float, float] | None
    far: tuple[float, float] | None
    windows: float

    @property
    def origins(self) -> int:
        """How many origins both were scored at."""
        return len(self.first)

    @property
    def difference(self) -> float:
        """Mean of first minus second: below zero, the first is better."""
        return float((self.first - self.second).mean())

    @property
    def wins(self) -> tuple[int, int]:
        """Origins at which the first and at which the second had the smaller error; ties count for neither."""
        margin = TIE * np.minimum(self.first, self.second)
        return int((self.first < self.second - margin).sum()), int((self.second < self.first - margin).sum())

    def interval(self, seed: int = 0) -> tuple[float, float]:
        """95 % interval of the mean difference by resampling origins, percentiles. Source: Efron (1979)."""
        differences = self.first - self.second
        drawn = np.random.default_rng(seed).integers(0, len(differences), (RESAMPLES, len(differences)))
        low, high = np.percentile(differences[drawn].mean(axis=1), [2.5, 97.5])
        return float(low), float(high)

    @property
    def beyond_chance(self) -> bool:
        """Whether the interval leaves out zero and enough stretches stand behind it that do not share their values."""
        low, high = self.interval()
        return self.windows >= FEWEST_WINDOWS and (low > 0 or high < 0)


def pair_rows(first: BacktestRow, second: BacktestRow, origins: Sequence[int], steps: int) -> Paired | None:
    """Two rows of one tournament as a pair; None where fewer than two origins scored both.

    origins: the tournament's training lengths; steps: how far each forecast was followed.
    """
    rows = [np.array(row.by_origin, dtype=np.float64) for row in (first, second)]
    if len(rows[0]) != len(rows[1]) or not len(rows[0]):
        return None
    scored = np.isfinite(rows[0]) & np.isfinite(rows[1])
    if scored.sum() < FEWEST_ORIGINS:
        return None
    near, far = (_part(first.by_third, second.by_third, place) for place in (0, -1))
    windows = windows_apart(origins, steps)
    return Paired(rows[0][scored], rows[1][scored], near, far, windows)


def _part(first: Sequence[float | None], second: Sequence[float | None], place: int) -> tuple[float, float] | None:
    if not first or not second:
        return None
    errors = first[place], second[place]
    return None if errors[0] is None or errors[1] is None else (errors[0], errors[1])


def point_forecaster(name: str, period: int) -> PointForecaster:
    """A registered model as a function of a history. Errors of the result: BadInput where it cannot be fitted."""
    return combined_forecaster(((name, 1.0),), period)


def combined_forecaster(weights: Sequence[tuple[str, float]], period: int) -> PointForecaster:
    """The weighted mean of registered models as a function of a history; the weights are scaled to sum to one.

    Errors of the result: BadInput where one cannot be fitted.
    """
    total = sum(weight for _, weight in weights)

    def forecast(history: np.ndarray, steps: int) -> np.ndarray:
        mean = np.zeros(steps)
        for name, weight in weights:
            try:
                mean += weight / total * create_forecaster(name).fit(history, period=period).point(steps)
            except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                raise BadInput(f"{name} cannot forecast this history: {error}") from error
        return mean

    return forecast
