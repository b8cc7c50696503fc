"""Autoregression of the steps between neighbours, held by ridge: a fast stand-in for a search over ARIMA models."""

from __future__ import annotations

from typing import final

import numpy as np

from models.base import Forecaster
from models.config import AutoregressionConfig
from models.plain.season import exponential, longer_season, nested_profile, recent_part

PENALTIES = (0.3, 1.0, 3.0, 10.0, 30.0, 100.0)
MOST_LAGS = 24
# Beyond so many lags there is history enough to hold the coefficients, and the roots are costly.
MOST_CHECKED_LAGS = 64
# The drift is one more regressor, at half a unit: without evidence it stays near zero.
DRIFT = 0.5
SMALLEST = 1e-300


@final
class Autoregression(Forecaster[AutoregressionConfig]):
    """Ridge regression of each step on the steps before and a season ago, around the season's profile.

    Coefficients shrink towards zero, which is a random walk, and more so the older the lag; the penalty is chosen by
    generalised cross-validation. Values or logarithms: whichever leaves the smaller error, on the values' scale. No step ahead,
    its season apart, is larger than the largest in the history.
    Source: Hoerl & Kennard (1970); Golub, Heath & Wahba (1979); Litterman (1986) for penalties that grow with the lag.
    """

    name = "autoregression"
    config_class = AutoregressionConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        recent = recent_part(values, self.config.history, period)
        longer = longer_season(recent, period)
        plain = _Regression.of(recent, period, longer)
        self._logarithmic = False
        if recent.min() > 0:
            logarithms = np.log(recent)
            other = _Regression.of(logarithms, period, longer)
            self._logarithmic = other.error + float(logarithms.mean()) < plain.error
            plain = other if self._logarithmic else plain
        self._regression = plain

    def _predict(self, horizon: int) -> np.ndarray:
        mean = self._regression.forecast(horizon)
        return exponential(mean) if self._logarithmic else mean


class _Regression:
    """The fitted regression of one scale. error: logarithm of the cross-validated root mean square."""

    def __init__(self, values: np.ndarray, profile: np.ndarray, lags: np.ndarray) -> None:
        self._profile, self._count, self._lags = profile, len(values), lags
        rest = values - profile[np.arange(len(values)) % len(profile)]
        steps = np.diff(rest)
        self._last, self._unit = float(rest[-1]), float(np.sqrt(np.mean(steps**2))) or 1.0
        self._steps = steps / self._unit
        self.error = 0.0
        self._weights = self._solve()

    @classmethod
    def of(cls, values: np.ndarray, period: int, longer: int | None) -> _Regression:
        count = len(values) - 1
        lags = set(range(1, min(max(3, min(period, MOST_LAGS)), count // 3) + 1))
        for cycle in (period, longer):
            if cycle is not None and cycle > 1:
                lags |= {lag for lag in (cycle - 1, cycle, cycle + 1, 2 * cycle) if lag < count // 2}
        return cls(values, nested_profile(values, period, longer), np.array(sorted(lags), dtype=int))

    def _solve(self) -> np.ndarray:
        """(1 + lag,) drift and coefficients."""
        farthest = int(self._lags.max(initial=0))
        targets = self._steps[farthest:]
        past = [self._steps[farthest - lag : len(self._steps) - lag] for lag in self._lags]
        near = 1.0 + 0.15 * (np.minimum(self._lags, 4) - 1.0)
        spread = np.sqrt(np.concatenate(([1.0], near)))
        table = np.column_stack([np.full(len(targets), DRIFT), *past]) / spread
        # The Gram matrix's eigenvectors serve every penalty, and cost far less than the table's singular vectors.
        sizes, vectors = np.linalg.eigh(table.T @ table)
        sizes, along, total = np.maximum(sizes, 0.0), vectors.T @ (table.T @ targets), float(targets @ targets)
        best, weights = np.inf, np.zeros(len(spread))
        for penalty in PENALTIES:
            damping = sizes + penalty
            squares = total - float(np.sum(along**2 * (sizes + 2.0 * penalty) / damping**2))
            freedom = max(1.0 - float(np.sum(sizes / damping)) / len(targets), 1e-6)
            score = float(np.log(max(squares, 1e-12) / len(targets)) - 2.0 * np.log(freedom))
            if score < best:
                best, weights = score, vectors @ (along / damping) / spread
        self.error = 0.5 * best + float(np.log(self._unit + SMALLEST))
        return np.concatenate((weights[:1], tamed(weights[1:], self._lags, 1.0 - 1.0 / (len(targets) + 1.0))))

    def forecast(self, horizon: int) -> np.ndarray:
        """(horizon,) on the regression's own scale."""
        count = len(self._steps)
        largest = float(np.abs(self._steps).max())
        path = np.concatenate([self._steps, np.zeros(horizon)])
        for step in range(count, count + horizon):
            path[step] = np.clip(self._weights[0] * DRIFT + self._weights[1:] @ path[step - self._lags], -largest, largest)
        season = self._profile[(self._count + np.arange(horizon)) % len(self._profile)]
        return np.asarray(self._last + np.cumsum(path[count:]) * self._unit + season)


def tamed(weights: np.ndarray, lags: np.ndarray, largest: float) -> np.ndarray:
    """The coefficients (…, lag), drawn in where a shock would grow, as by chance it will on a dozen values.

    largest: the share of a shock that may echo on from one value to the next, nearer to one the more values were fitted: the
    echoes of a season come back over and over.

    Multiplying the coefficient of lag k by g to the power k multiplies every root of the recursion by g.
    """
    farthest = int(lags.max(initial=0))
    if not 0 < farthest <= MOST_CHECKED_LAGS:
        return weights
    companions = np.zeros((*weights.shape[:-1], farthest, farthest)) + np.eye(farthest, k=-1)
    companions[..., 0, lags - 1] = weights
    roots = np.abs(np.linalg.eigvals(companions)).max(axis=-1, keepdims=True)
    return np.asarray(np.where(roots <= largest, weights, weights * (largest / np.maximum(roots, largest)) ** lags))
