"""Two forecasters on the same rolling origins: which one wins how often, by how much, and whether that could be chance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models import metrics
from models.backtest import BacktestPlan, plan_backtest
from models.errors import BadInput
from models.registry import create_forecaster
from models.tournament import LONG_HISTORY, ORIGINS_LONG, ORIGINS_SHORT

RESAMPLES = 2_000
FEWEST_ORIGINS = 2
# Errors closer than this share of the smaller one are a tie.
TIE = 1e-6

PointForecaster = Callable[[np.ndarray, int], np.ndarray]
"""history (time,) and steps → mean (steps,)."""


@dataclass(frozen=True)
class Paired:
    """Errors of two forecasters, both (origin,) MASE. steps: how far each forecast was followed.

    near, far: (first, second) mean MASE of the first and the second half of the steps; far is None for a single step.
    """

    first: np.ndarray
    second: np.ndarray
    steps: int
    near: tuple[float, float]
    far: tuple[float, float] | None

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


def tournament_plan(count: int, period: int, horizon: int) -> BacktestPlan:
    """The origins at which a tournament judges a history of `count` points, so that other tests are told beside it."""
    return plan_backtest(count, period, horizon, ORIGINS_SHORT if count <= LONG_HISTORY else ORIGINS_LONG)


def point_forecaster(name: str, period: int) -> PointForecaster:
    """A registered model as a function of a history. Errors of the result: BadInput where it cannot be fitted."""

    def forecast(history: np.ndarray, steps: int) -> np.ndarray:
        try:
            return create_forecaster(name).fit(history, period=period).point(steps)
        except (ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            raise BadInput(f"{name} cannot forecast this history: {error}") from error

    return forecast


def compare_forecasters(
    values: np.ndarray,
    first: PointForecaster,
    second: PointForecaster,
    *,
    period: int,
    horizon: int,
    stop: Callable[[], None] = lambda: None,
) -> Paired | None:
    """Backtest two forecasters at the same origins; None where fewer than two of them can be scored.

    values: (time,), NaN where missing, beginning with an observed value. stop: called between fits; may raise.
    Errors: BadInput where one cannot be fitted at an origin.
    """
    plan = tournament_plan(len(values), period, horizon)
    errors: list[np.ndarray] = []
    for origin in plan.origins:
        stop()
        history, actual = values[:origin], values[origin : origin + plan.steps]
        scale = metrics.seasonal_scale(history, period)
        made = np.array([first(history, plan.steps), second(history, plan.steps)])
        if scale > 0 and not np.isnan(actual).all():
            errors.append(np.abs(actual - made) / scale)
    if len(errors) < FEWEST_ORIGINS:
        return None
    table = np.array(errors)
    middle = (plan.steps + 1) // 2
    means = np.nanmean(table, axis=2)
    near = np.nanmean(table[:, :, :middle], axis=(0, 2))
    later = table[:, :, middle:]
    far = None if later.size == 0 or np.isnan(later).all() else np.nanmean(later, axis=(0, 2))
    return Paired(
        first=means[:, 0],
        second=means[:, 1],
        steps=plan.steps,
        near=(float(near[0]), float(near[1])),
        far=None if far is None else (float(far[0]), float(far[1])),
    )
