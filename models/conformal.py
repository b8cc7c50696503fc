"""Split-conformal prediction intervals from the residuals of a rolling-origin backtest, for any model and level.

Residuals of one step ahead are few (one an origin), so steps share their evidence: residuals are divided by a scale, and one
quantile of the pooled scores serves all steps. The scale is a power of the step, drawn towards what is usual, since the mean
error of each single step is mostly noise; with a season it differs by the season's phases as far as the evidence goes. The fewer
independent scores there are, the more their quantile leans on a normal's with their mean size.

Past residuals are not like the errors to come, and each difference is met:

- spread drifts, so the scale follows the latest windows, which brings coverage back after it has changed;
- steps of one origin err together and neighbouring origins share held-out values, so the pooled scores are worth few
  independent ones; widths are stretched as Student's t stretches a normal with that many degrees of freedom;
- a positive series that grows errs more at its new level, so residuals are brought to the latest level first;
- steps beyond the backtested ones keep widening.

An adaptive level (Gibbs & Candès, 2021) was tried in the place of the adaptive scale: a handful of origins is too little for it.

Source: Papadopoulos et al. (2002); Lei et al. (2018), Distribution-free predictive inference; scores normalised by a scale as
in Papadopoulos et al. (2008); Barber et al. (2023), Conformal prediction beyond exchangeability, for counting the latest more;
Kish (1965) for the effective number of clustered samples; Student (1908).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist

import numpy as np

MINIMUM_SCORES = 2
# How much of a change of level the errors take part in, and the largest change that is believed.
LEVEL_SHARE, LARGEST_CHANGE = 0.75, 3.0
# Errors usually grow as this power of the step, with a season and without one; this many independent windows weigh as much.
GROWTH_SEASONAL, GROWTH_PLAIN, GROWTH_WEIGHT = 0.25, 0.7, 2.0
MOST_GROWTH = 1.2
# This share of the mean error is added to that of each step before its logarithm is taken, which zero has none of.
LEAST_SIZE = 0.05
# For the scale, a window of held-out values counts this share of one that lies a window later; the largest change.
RECENT_SHARE, RECENT_CHANGE = 0.4, 2.0
# A phase of the season has its own size of errors only against this many independent ones of the usual size.
PHASE_WEIGHT = 8.0
# So many independent scores count as much as a normal with their mean size; that mean, of a unit normal.
NORMAL_WEIGHT, NORMAL_MEAN = 10.0, math.sqrt(2.0 / math.pi)


@dataclass(frozen=True)
class Conformal:
    """Calibrated interval widths. scale: (step,) positive or zero, never decreasing; scores: (count,) sorted, ≥ 0.

    effective: how many independent scores they are worth, at most their count. growth: power of the step beyond the calibrated
    ones. phases: (period,) factors of the scale, repeated from the first step ahead on.
    """

    scale: np.ndarray
    scores: np.ndarray
    effective: float
    growth: float = GROWTH_PLAIN
    phases: np.ndarray = field(default_factory=lambda: np.ones(1))

    def half_width(self, horizon: int, level: float) -> np.ndarray:
        """(horizon,) distance from the mean to either end at `level` percent; it widens on beyond the calibrated steps."""
        return self._widening(horizon) * self._score(level / 100.0)

    def intervals(self, mean: np.ndarray, levels: Iterable[float]) -> Mapping[float, tuple[np.ndarray, np.ndarray]]:
        """level in percent → (low, high), each (horizon,), around `mean`; wider levels contain narrower ones."""
        widths = {level: self.half_width(len(mean), level) for level in levels}
        return {level: (mean - width, mean + width) for level, width in widths.items()}

    def quantiles(self, mean: np.ndarray, probabilities: Iterable[float]) -> dict[float, np.ndarray]:
        """probability → (horizon,) value, from the symmetric interval that ends there."""
        widening = self._widening(len(mean))
        result = {}
        for probability in probabilities:
            score = self._score(abs(2.0 * probability - 1.0)) if probability != 0.5 else 0.0
            result[probability] = mean + math.copysign(score, probability - 0.5) * widening
        return result

    def _widening(self, horizon: int) -> np.ndarray:
        """(horizon,) what scores are multiplied by."""
        steps = np.arange(1, horizon + 1)
        known = np.minimum(steps, len(self.scale))
        return np.asarray(self.scale[known - 1] * (steps / known) ** self.growth * np.resize(self.phases, horizon))

    def _score(self, probability: float) -> float:
        """The pooled scores' quantile, or a normal's tail beyond the largest; few scores lean on a normal and are stretched."""
        count = len(self.scores)
        reached = count / (count + 1.0)
        if probability <= reached:
            place = (count - 1) * min(probability / reached, 1.0)
            found = float(np.interp(place, np.arange(count), self.scores))
        else:
            found = float(self.scores[-1]) * _normal_reach(probability) / _normal_reach(reached)
        # Where most past errors are zero and a few are not, the quantile alone would promise certainty.
        normal = float(self.scores.mean()) * _normal_reach(probability) / NORMAL_MEAN
        share = self.effective / (self.effective + NORMAL_WEIGHT)
        found = share * found + (1.0 - share) * normal
        return found * _student_reach(probability, self.effective) / _normal_reach(probability)


def calibrate(
    residuals: np.ndarray, origins: Sequence[int] | None = None, history: np.ndarray | None = None, period: int = 1
) -> Conformal | None:
    """Widths from residuals (origin, step), actual minus forecast, NaN where unknown.

    origins: the training lengths they come from, which tell how far the windows overlap, how old they are and in which phase of
    the season they lie; without them, windows are independent and equally old. history: (time,) what is forecast, NaN where
    missing; where it is positive, its level at each origin scales that origin's residuals. period: samples in one season.
    None when fewer than two residuals are known: nothing can be said about the spread then.
    """
    residuals = np.asarray(residuals, dtype=np.float64)
    if (~np.isnan(residuals)).sum() < MINIMUM_SCORES:
        return None
    usual = GROWTH_SEASONAL if period > 1 else GROWTH_PLAIN
    if origins is None:
        return _pooled(residuals, float(len(residuals)), usual)
    steps = residuals.shape[1]
    end = max(origins) + steps if history is None else len(history)
    if history is not None:
        residuals = residuals * _level_changes(history, origins, period)[:, None]
    recent = _recent_change(np.abs(residuals), np.abs(end - np.asarray(origins)) / steps)
    windows = _independent_windows(origins, steps)
    ahead = np.asarray(origins)[:, None] - end + np.arange(steps)
    return _pooled(residuals, windows, usual, recent, ahead, period)


def from_differences(values: np.ndarray) -> Conformal | None:
    """Widths for a history too short to backtest: the steps between neighbours (time,) as residuals of a random walk."""
    return calibrate(np.diff(values)[:, None])


def _pooled(
    residuals: np.ndarray,
    windows: float,
    usual: float,
    recent: float = 1.0,
    ahead: np.ndarray | None = None,
    period: int = 1,
) -> Conformal:
    """One scale and one set of scores from all steps and origins.

    windows: how many independent ones they are worth; usual: the growth to lean on; recent: factor of the latest scale; ahead:
    (origin, step) when a value was due, 0 for the first step ahead of now.
    """
    sizes = np.abs(residuals)
    known = ~np.isnan(sizes)
    growth = _growth(sizes, known, windows, usual)
    shape = np.arange(1.0, residuals.shape[1] + 1.0) ** growth
    scale = shape * (np.nansum(sizes) / (shape * known).sum())
    scores = residuals / scale if scale[0] > 0 else np.where(known, 0.0, np.nan)
    share = windows / len(residuals)
    phases = np.ones(1)
    if ahead is not None and period > 1:
        phases, others = _phase_sizes(np.abs(scores), known, ahead, period, share)
        scores = scores / others
    effective = _effective_count(scores, known) * share
    return Conformal(scale * recent, np.sort(np.abs(scores[known])), effective, max(growth, usual), phases)


def _level_changes(history: np.ndarray, origins: Sequence[int], period: int) -> np.ndarray:
    """(origin,) factors from the level at each origin to the level now; ones unless all observed values are positive."""
    if not np.nanmin(history) > 0:
        return np.ones(len(origins))
    observed = np.isfinite(history)
    totals = np.concatenate(([0.0], np.cumsum(np.where(observed, history, 0.0))))
    counts = np.concatenate(([0], np.cumsum(observed)))
    ends = np.minimum([*origins, len(history)], len(history))
    starts = np.maximum(ends - max(period, 3), 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        levels = (totals[ends] - totals[starts]) / (counts[ends] - counts[starts])
    changes = levels[-1] / levels[:-1]
    changes[~np.isfinite(changes)] = 1.0
    return np.asarray(np.clip(changes, 1.0 / LARGEST_CHANGE, LARGEST_CHANGE) ** LEVEL_SHARE)


def _recent_change(sizes: np.ndarray, ages: np.ndarray) -> float:
    """How much larger the latest windows' errors are than all windows'. sizes: (origin, step); ages: (origin,) in windows."""
    known = ~np.isnan(sizes)
    seen = known.any(axis=1)
    means = np.where(known, sizes, 0.0).sum(axis=1)[seen] / known.sum(axis=1)[seen]
    if not means.any():
        return 1.0
    weights = RECENT_SHARE ** (ages[seen] - ages[seen].min())
    change = float(weights @ means / weights.sum() / means.mean())
    return min(max(change, 1.0 / RECENT_CHANGE), RECENT_CHANGE)


def _independent_windows(origins: Sequence[int], steps: int) -> float:
    """How many independent windows those of the origins are worth for a spread: count² over the sum of all correlations.

    Errors that add up over the steps share what their windows share, and their squares correlate by the square of it.
    """
    at = np.asarray(origins, dtype=np.float64)
    shared = np.maximum(1.0 - np.abs(at[:, None] - at) / steps, 0.0)
    return float(len(at) ** 2 / (shared**2).sum())


def _growth(sizes: np.ndarray, known: np.ndarray, windows: float, usual: float) -> float:
    """The power of the step that mean errors (origin, step) follow, drawn towards the usual one where few windows speak."""
    counts = known.sum(axis=0)
    seen = counts > 0
    means = np.where(known, sizes, 0.0).sum(axis=0)[seen] / counts[seen]
    if len(means) < 2 or not means.any():
        return usual
    steps = np.log(np.flatnonzero(seen) + 1.0)
    weights = counts[seen] / counts[seen].sum()
    centred = steps - weights @ steps
    found = float((weights * centred) @ np.log(means / means.mean() + LEAST_SIZE) / ((weights * centred) @ centred))
    growth = (windows * found + GROWTH_WEIGHT * usual) / (windows + GROWTH_WEIGHT)
    return min(max(growth, 0.0), MOST_GROWTH)


def _phase_sizes(
    sizes: np.ndarray, known: np.ndarray, ahead: np.ndarray, period: int, share: float
) -> tuple[np.ndarray, np.ndarray]:
    """Factors of the errors' size by phase, drawn towards 1: (period,) from all of them, and (origin, step) from other times.

    ahead: (origin, step) when a value was due, 0 for the first step ahead of now. share: of an error that is independent.
    """
    at = ahead - ahead.min()
    times = np.arange(at.max() + 1)
    phase = (times + ahead.min()) % period
    counts = np.bincount(at.ravel(), np.where(known, share, 0.0).ravel(), len(times))
    totals = np.bincount(at.ravel(), np.where(known, sizes, 0.0).ravel() * share, len(times))
    if not totals.any():
        return np.ones(period), np.ones(sizes.shape)
    totals *= counts.sum() / totals.sum()
    by_phase, all_of_phase = np.bincount(phase, totals, period), np.bincount(phase, counts, period)
    factors = (by_phase + PHASE_WEIGHT) / (all_of_phase + PHASE_WEIGHT)
    others = (by_phase[phase] - totals + PHASE_WEIGHT) / (all_of_phase[phase] - counts + PHASE_WEIGHT)
    return factors, others[at]


def _effective_count(scores: np.ndarray, known: np.ndarray) -> float:
    """How many independent scores (origin, step) are worth: their count over 1 + (steps − 1) · correlation² within an origin.

    The correlation is the one-way analysis of variance's, between 0 and 1; that of squares, which tell the spread, is its square.
    """
    counts = known.sum(axis=1)
    seen = counts > 0
    counts = counts[seen]
    rows, count = len(counts), int(counts.sum())
    steps = count / rows
    if rows < 2 or steps < 2:
        return float(rows if steps >= 2 else count)
    values = np.where(known, scores, 0.0)[seen]
    means = values.sum(axis=1) / counts
    between = steps * float(np.mean(means**2))
    within = max(float((values**2).sum() - (counts * means**2).sum()), 0.0) / (count - rows)
    spread = between + (steps - 1.0) * within
    correlation = min(max((between - within) / spread, 0.0), 1.0) if spread > 0 else 0.0
    return count / (1.0 + (steps - 1.0) * correlation**2)


def _normal_reach(probability: float) -> float:
    return NormalDist().inv_cdf(0.5 + min(probability, 0.999999) / 2.0)


def _student_reach(probability: float, freedom: float) -> float:
    from scipy.special import stdtrit

    return float(stdtrit(max(freedom, 1.0), 0.5 + min(probability, 0.999999) / 2.0))
