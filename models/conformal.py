"""Split-conformal prediction intervals from the residuals of a rolling-origin backtest, for any model and level.

Residuals of one step ahead are few (one an origin), so steps share their evidence: a scale that never shrinks with the
step is estimated first and its shape drawn towards a random walk's, residuals are divided by it, and one quantile of the
pooled scores serves all steps. Three things make past residuals look smaller than the errors to come, and each is met:

- steps of one origin err together and neighbouring origins share held-out values, so the pooled scores are worth few
  independent ones; widths are stretched as Student's t stretches a normal with that many degrees of freedom;
- a positive series that grows errs more at its new level, so residuals are brought to the latest level first;
- steps beyond the backtested ones keep widening.

Source: Papadopoulos et al. (2002); Lei et al. (2018), Distribution-free predictive inference; scores normalised by a scale as
in Papadopoulos et al. (2008); Kish (1965) for the effective number of clustered samples; Student (1908).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from models.backtest import windows_apart

MINIMUM_SCORES = 2
# How much of a change of level the errors take part in, and the largest change that is believed.
LEVEL_SHARE, LARGEST_CHANGE = 0.6, 3.0
# The shape over the steps is drawn towards the square root of the step as by this many independent windows.
SHAPE_WEIGHT = 2.0
# A score is at least this share of what a normal with the scores' mean size would give; that mean, of a unit normal.
LEAST_SHARE, NORMAL_MEAN = 0.5, math.sqrt(2.0 / math.pi)
# Beyond the backtested steps errors of extrapolated trends grow faster than a random walk's, and slower than the step.
GROWTH_BEYOND = 0.75


@dataclass(frozen=True)
class Conformal:
    """Calibrated interval widths. scale: (step,) positive or zero, never decreasing; scores: (count,) sorted, ≥ 0.

    effective: how many independent scores they are worth, at most their count.
    """

    scale: np.ndarray
    scores: np.ndarray
    effective: float

    def half_width(self, horizon: int, level: float) -> np.ndarray:
        """(horizon,) distance from the mean to either end at `level` percent; it widens on beyond the calibrated steps."""
        steps = np.arange(1, horizon + 1)
        known = np.minimum(steps, len(self.scale))
        return np.asarray(self.scale[known - 1] * (steps / known) ** GROWTH_BEYOND * self._score(level / 100.0))

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
        """The pooled scores' quantile, stretched for the few independent ones; beyond the largest, as a normal's tail is."""
        count = len(self.scores)
        reached = count / (count + 1.0)
        if probability <= reached:
            place = (count - 1) * min(probability / reached, 1.0)
            found = float(np.interp(place, np.arange(count), self.scores))
        else:
            found = float(self.scores[-1]) * _normal_reach(probability) / _normal_reach(reached)
        # Where most past errors are zero and a few are not, the quantile alone would promise certainty.
        found = max(found, LEAST_SHARE * float(self.scores.mean()) * _normal_reach(probability) / NORMAL_MEAN)
        return found * _student_reach(probability, self.effective) / _normal_reach(probability)


def calibrate(
    residuals: np.ndarray, origins: Sequence[int] | None = None, history: np.ndarray | None = None, period: int = 1
) -> Conformal | None:
    """Widths from residuals (origin, step), actual minus forecast, NaN where unknown.

    origins: the training lengths they come from, which tell how far the windows overlap; without them none do. history:
    (time,) what is forecast, NaN where missing; where it is positive, its level at each origin scales that origin's residuals.
    None when fewer than two residuals are known: nothing can be said about the spread then.
    """
    residuals = np.asarray(residuals, dtype=np.float64)
    if history is not None and origins is not None and len(origins):
        residuals = residuals * _level_changes(history, origins, period)[:, None]
    sizes = np.abs(residuals)
    known = ~np.isnan(sizes)
    if known.sum() < MINIMUM_SCORES:
        return None
    windows = float(len(residuals))
    if origins is not None:
        windows = windows_apart(origins, residuals.shape[1])
    scale = _shaped(_growing_scale(sizes, known), windows)
    with np.errstate(invalid="ignore", divide="ignore"):
        scores = np.where(scale > 0, residuals / scale, 0.0)
    scores[~known] = np.nan
    effective = _effective_count(scores, known) * min(windows / len(residuals), 1.0)
    return Conformal(scale, np.sort(np.abs(scores[known])), effective)


def from_differences(values: np.ndarray) -> Conformal | None:
    """Widths for a history too short to backtest: the steps between neighbours (time,) as residuals of a random walk."""
    return calibrate(np.diff(values)[:, None])


def _level_changes(history: np.ndarray, origins: Sequence[int], period: int) -> np.ndarray:
    """(origin,) factors from the level at each origin to the level now; ones unless all observed values are positive."""
    if not np.nanmin(history) > 0:
        return np.ones(len(origins))
    window = max(period, 3)

    def level(end: int) -> float:
        part = history[max(0, end - window) : end]
        return float(np.nanmean(part)) if np.isfinite(part).any() else math.nan

    now = level(len(history))
    changes = np.array([now / level(origin) for origin in origins])
    changes[~np.isfinite(changes)] = 1.0
    return np.asarray(np.clip(changes, 1.0 / LARGEST_CHANGE, LARGEST_CHANGE) ** LEVEL_SHARE)


def _growing_scale(sizes: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(step,) mean absolute residual, made never to decrease with the step (weighted pool-adjacent-violators)."""
    counts = known.sum(axis=0)
    sums = np.where(known, sizes, 0.0).sum(axis=0)
    usable = counts > 0
    fitted = _never_decreasing(sums[usable] / counts[usable], counts[usable])
    steps = np.arange(sizes.shape[1])
    return np.asarray(np.interp(steps, steps[usable], fitted))


def _never_decreasing(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(step,) the weighted least-squares fit that never decreases."""
    from scipy.optimize import isotonic_regression

    return np.asarray(isotonic_regression(values, weights=weights).x)


def _shaped(scale: np.ndarray, windows: float) -> np.ndarray:
    """The scale (step,), its shape drawn towards the square root of the step where few windows speak for it."""
    if not scale.min() > 0:
        return scale
    walk = np.sqrt(np.arange(1.0, len(scale) + 1.0))
    walk *= scale.mean() / walk.mean()
    share = windows / (windows + SHAPE_WEIGHT)
    return np.asarray(scale**share * walk ** (1.0 - share))


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


def _student_reach(probability: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1.0), 0.5 + min(probability, 0.999999) / 2.0))
