"""Rolling-origin backtests: where to cut a history, and what a model would have said from each cut."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from models.base import Forecaster

MAXIMUM_ORIGINS = 8


@dataclass(frozen=True)
class BacktestPlan:
    """origins: training lengths, the latest first; steps: how far each forecast is followed. Empty when too short."""

    origins: tuple[int, ...]
    steps: int


def plan_backtest(count: int, period: int, horizon: int, maximum: int = MAXIMUM_ORIGINS) -> BacktestPlan:
    """Choose origins for a history of `count` points.

    A third of the history at most is followed, so that short histories still have several origins. Training keeps half the
    history where that leaves room for `maximum` origins, and two full seasons and two points where the history allows; half
    the history where it does not. Fewer than five points: no origin.
    """
    if count < 5:
        return BacktestPlan((), 0)
    steps = max(1, min(horizon, count // 3))
    shortest = max(2 * period + 2, min(count // 2, count - steps - maximum + 1))
    if count - shortest < min(steps, period):
        shortest = max(3, count // 2)
    steps = min(steps, count - shortest)
    spare = count - shortest - steps
    stride = min(max(1, spare // (maximum - 1)), steps) if maximum > 1 else 1
    return BacktestPlan(tuple(count - steps - index * stride for index in range(min(maximum, spare // stride + 1))), steps)


def backtest(
    make: Callable[[], Forecaster[Any]], values: np.ndarray, period: int, plan: BacktestPlan
) -> Iterator[tuple[int, np.ndarray]]:
    """For each origin of the plan: the training length and the forecast (step,) of a model fitted to the points before it."""
    for origin in plan.origins:
        yield origin, make().fit(values[:origin], period=period).point(plan.steps)


def residuals_of(forecasts: list[np.ndarray], values: np.ndarray, plan: BacktestPlan) -> np.ndarray:
    """(origin, step) actual minus forecast; NaN where the actual value is missing."""
    return np.array(
        [values[origin : origin + plan.steps] - forecast for origin, forecast in zip(plan.origins, forecasts, strict=True)]
    ).reshape(len(plan.origins), plan.steps)


def windows_apart(origins: Sequence[int], steps: int) -> float:
    """How many stretches without overlap the held-out values of the origins would fill."""
    return (max(origins) - min(origins) + steps) / steps


def gain_error(gains: np.ndarray) -> float:
    """The standard error of the mean of gains (origin,), at least two of them and none NaN.

    Neighbouring origins share most of their held-out values, so that two of them count as one.
    """
    return float(gains.std(ddof=1) / np.sqrt(max(len(gains) / 2.0, 1.0)))
