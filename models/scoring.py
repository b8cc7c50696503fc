"""The board of a tournament: how a member's held-out forecasts become a row, and in which order rows stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from models import conformal, metrics
from models.backtest import BacktestPlan, residuals_of
from models.types import BacktestRow

DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
# Errors closer than this share of the smaller one are a tie, which the simpler model wins.
TIE = 1e-6


@dataclass(frozen=True)
class Member:
    """One model's backtest. forecasts, residuals: (origin, step), empty where it failed. error: what members are ranked by."""

    row: BacktestRow
    forecasts: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    residuals: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    error: float = float("inf")

    @property
    def origin_errors(self) -> np.ndarray:
        """(origin,) mean absolute residuals; NaN where nothing was observed."""
        sizes = np.abs(self.residuals)
        known = np.isfinite(sizes)
        counts = known.sum(axis=1)
        return np.where(counts > 0, np.where(known, sizes, 0.0).sum(axis=1) / np.maximum(counts, 1), np.nan)


def scored(name: str, values: np.ndarray, period: int, plan: BacktestPlan, forecasts: np.ndarray, spent: float) -> Member:
    """The member's row: measures averaged over the origins where they are defined; intervals calibrated on the other origins.

    Where windows overlap, the values that are being scored are left out of the other origins' residuals too.

    values: (time,); forecasts: (origin, step) as `plan` has them; spent: seconds.
    """
    residuals = residuals_of(list(forecasts), values, plan)
    measures: dict[str, list[float]] = {"mase": [], "smape": [], "wql": [], "cov80": []}
    times = np.asarray(plan.origins)[:, None] + np.arange(plan.steps)
    for index, (origin, forecast) in enumerate(zip(plan.origins, forecasts, strict=True)):
        actual = values[origin : origin + plan.steps]
        measures["mase"].append(metrics.mase(actual, forecast, values[:origin], period))
        measures["smape"].append(metrics.smape(actual, forecast))
        left = plan.origins[:index] + plan.origins[index + 1 :]
        unseen = np.where((times >= origin) & (times < origin + plan.steps), np.nan, residuals)
        others = conformal.calibrate(np.delete(unseen, index, axis=0), left, values[:origin], period)
        if others is not None:
            measures["wql"].append(metrics.wql(actual, others.quantiles(forecast, DECILES)))
            measures["cov80"].append(metrics.coverage(actual, *others.intervals(forecast, (80,))[80]))
    means = {measure: _mean(found) for measure, found in measures.items()}
    row = BacktestRow(
        name,
        means["mase"],
        means["smape"],
        means["wql"],
        means["cov80"],
        spent,
        by_origin=tuple(value if np.isfinite(value) else None for value in measures["mase"]) if means["mase"] is not None else (),
        by_third=_by_third(residuals, values, period, plan) if means["mase"] is not None else (),
    )
    error = means["mase"] if means["mase"] is not None else float(np.nanmean(np.abs(residuals)))
    return Member(row, forecasts, residuals, error)


def ranked(members: Sequence[Member]) -> list[Member]:
    """Lowest error first, failed members last. Members come simplest first, so within a tie the simpler one leads."""
    left = list(members)
    order = []
    while left:
        best = min(member.error for member in left)
        leader = next(member for member in left if member.error <= best * (1 + TIE))
        order.append(leader)
        left.remove(leader)
    return order


def _by_third(residuals: np.ndarray, values: np.ndarray, period: int, plan: BacktestPlan) -> tuple[float | None, ...]:
    """The mean absolute scaled error over each third of the steps; one part a step where there are fewer than three."""
    scales = np.array([metrics.seasonal_scale(values[:origin], period) for origin in plan.origins])
    scaled = np.abs(residuals) / np.where(scales > 0, scales, np.nan)[:, None]
    parts = np.array_split(scaled, min(3, plan.steps), axis=1)
    return tuple(_mean(list(part[np.isfinite(part)])) for part in parts)


def _mean(found: Sequence[float]) -> float | None:
    finite = [value for value in found if np.isfinite(value)]
    return float(np.mean(finite)) if finite else None
