"""Split-conformal prediction intervals from the residuals of a rolling-origin backtest, for any model and level.

Residuals of one step ahead are few (one an origin), so steps share their evidence: a scale that never shrinks with the
step is estimated first, residuals are divided by it, and one finite-sample quantile of the pooled scores serves all steps.
Steps of one origin err together, so the pooled scores are worth fewer independent ones; the correction for a small sample
uses that number.
Source: Papadopoulos et al. (2002); Lei et al. (2018), Distribution-free predictive inference, for the quantile's rank;
scores normalised by a scale as in Papadopoulos et al. (2008); Kish (1965) for the effective number of clustered samples.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

MINIMUM_SCORES = 2


@dataclass(frozen=True)
class Conformal:
    """Calibrated interval widths. scale: (step,) positive or zero, never decreasing; scores: (count,) sorted, ≥ 0.

    effective: how many independent scores they are worth, at most their count.
    """

    scale: np.ndarray
    scores: np.ndarray
    effective: float

    def half_width(self, horizon: int, level: float) -> np.ndarray:
        """(horizon,) distance from the mean to either end at `level` percent.

        Steps beyond the calibrated ones widen with the square root of the step, as a random walk does.
        """
        steps = np.arange(1, horizon + 1)
        known = np.minimum(steps, len(self.scale))
        return np.asarray(self.scale[known - 1] * np.sqrt(steps / known) * self._score(level / 100.0))

    def intervals(self, mean: np.ndarray, levels: Iterable[float]) -> Mapping[float, tuple[np.ndarray, np.ndarray]]:
        """level in percent → (low, high), each (horizon,), around `mean`; wider levels contain narrower ones."""
        widths = {level: self.half_width(len(mean), level) for level in levels}
        return {level: (mean - width, mean + width) for level, width in widths.items()}

    def quantiles(self, mean: np.ndarray, probabilities: Iterable[float]) -> dict[float, np.ndarray]:
        """probability → (horizon,) value, from the symmetric interval that ends there."""
        result = {}
        for probability in probabilities:
            width = self.half_width(len(mean), 100.0 * abs(2.0 * probability - 1.0)) if probability != 0.5 else 0.0
            result[probability] = mean + math.copysign(1.0, probability - 0.5) * width
        return result

    def _score(self, probability: float) -> float:
        """The score at (1 + 1/effective) · p; beyond the largest one, that one stretched as a normal's tail is."""
        count = len(self.scores)
        rank = math.ceil(round(count * (1.0 + 1.0 / self.effective) * probability, 9))
        if rank <= count:
            return float(self.scores[max(rank, 1) - 1])
        reached = self.effective / (self.effective + 1.0)
        return float(self.scores[-1]) * _normal_reach(probability) / _normal_reach(reached)


def calibrate(residuals: np.ndarray) -> Conformal | None:
    """Widths from residuals (origin, step), actual minus forecast, NaN where unknown.

    None when fewer than two residuals are known: nothing can be said about the spread then.
    """
    sizes = np.abs(np.asarray(residuals, dtype=np.float64))
    known = ~np.isnan(sizes)
    if known.sum() < MINIMUM_SCORES:
        return None
    scale = _growing_scale(sizes, known)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(scale > 0, residuals / scale, 0.0)
    scores[~known] = np.nan
    return Conformal(scale, np.sort(np.abs(scores[known])), _effective_count(scores, known))


def from_differences(values: np.ndarray) -> Conformal | None:
    """Widths for a history too short to backtest: the steps between neighbours (time,) as residuals of a random walk."""
    return calibrate(np.diff(values)[:, None])


def _growing_scale(sizes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(step,) mean absolute residual, made never to decrease with the step (weighted pool-adjacent-violators)."""
    from scipy.optimize import isotonic_regression

    counts = known.sum(axis=0)
    sums = np.where(known, sizes, 0.0).sum(axis=0)
    usable = counts > 0
    fitted = isotonic_regression(sums[usable] / counts[usable], weights=counts[usable]).x
    steps = np.arange(sizes.shape[1])
    return np.asarray(np.interp(steps, steps[usable], fitted))


def _effective_count(scores: np.ndarray, known: np.ndarray) -> float:
    """How many independent scores (origin, step) are worth: their count over 1 + (steps − 1) · correlation within an origin.

    The correlation is the one-way analysis of variance's, between 0 and 1.
    """
    rows = [row[seen] for row, seen in zip(scores, known, strict=True) if seen.any()]
    count = int(known.sum())
    steps = count / len(rows)
    if len(rows) < 2 or steps < 2:
        return float(len(rows) if steps >= 2 else count)
    between = steps * float(np.mean([np.mean(row) ** 2 for row in rows]))
    within = float(sum(((row - row.mean()) ** 2).sum() for row in rows)) / (count - len(rows))
    spread = between + (steps - 1.0) * within
    correlation = min(max((between - within) / spread, 0.0), 1.0) if spread > 0 else 0.0
    return count / (1.0 + (steps - 1.0) * correlation)


def _normal_reach(probability: float) -> float:
    return NormalDist().inv_cdf(0.5 + min(probability, 0.999999) / 2.0)
