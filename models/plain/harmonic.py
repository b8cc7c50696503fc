"""Dynamic harmonic regression: sines and cosines of the season, a trend, and autoregressive errors, averaged by likelihood.

A regression on waves whose errors follow an autoregression is, after the autoregression's filter, a regression on the same waves
and on lagged values: linear, so that every structure is a subset of the columns of one table, and all subsets are solved at once
from its Gram matrix. Around a straight trend the lags are of the values, without one of the steps between them. Structures
differ in that, in the number of harmonics and in the lags; forecasts are averaged by AICc.
Source: Young, Pedregal & Tych (1999), Dynamic harmonic regression; Hyndman & Athanasopoulos (2021), FPP3 §10.5; Hurvich & Tsai
(1989) for AICc; Burnham & Anderson (2002) for the weights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from models.base import Forecaster
from models.config import HarmonicConfig
from models.errors import BadInput
from models.plain.autoregression import tamed
from models.plain.season import exponential, longer_season, recent_part
from models.plain.smoothing import likelihood_weights

SHORTEST = 8
ORDERS, ORDERS_AFTER_A_SEASON = (0, 1, 2, 3, 5), (1, 3)
HARMONICS, MOST_HARMONICS = (0, 1, 2, 3, 4, 6, 8, 12, 16), 16
# Harmonics of the longer cycle that are none of the season's.
LONGER_HARMONICS, MOST_LONGER = (3, 6, 12, 20), 20
# The lag of a season costs a season of rows; beyond so many samples, or with less history, it is not worth them.
LONGEST_LAG, SEASONS_FOR_A_LAG = 64, 4
# Keeps columns that are nearly the same, or zero, apart: relative to a column of unit variance.
RIDGE = 1e-6
# Structures that weigh less than this share of the best are left out.
LEAST_WEIGHT = 0.02
SMALLEST = 1e-12


@final
class Harmonic(Forecaster[HarmonicConfig]):
    """See the module. Values or logarithms: whichever are more likely, on the values' scale; logarithms turn back as a median.

    Errors: BadInput without a season, or for fewer than eight values.
    """

    name = "harmonic"
    config_class = HarmonicConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        if period < 2:
            raise BadInput("harmonic needs a season; this series has none.")
        if len(values) < SHORTEST:
            raise BadInput(f"harmonic needs {SHORTEST} values; found {len(values)}.")
        recent = recent_part(values, self.config.history, period)
        table = _Columns.of(len(recent), period, longer_season(recent, period))
        self._regression, self._logarithmic = _Regression.of(recent, table), False
        if recent.min() > 0:
            logarithms = np.log(recent)
            other = _Regression.of(logarithms, table)
            # The density of the values is the logarithms' divided by the value.
            self._logarithmic = other.criterion + float(logarithms.mean()) * table.rows < self._regression.criterion
            self._regression = other if self._logarithmic else self._regression

    def _predict(self, horizon: int) -> np.ndarray:
        mean = self._regression.forecast(horizon)
        return exponential(mean) if self._logarithmic else mean


@dataclass(frozen=True)
class _Columns:
    """What the regressions of a history may use. frequencies: (wave,) in cycles a sample, the season's `own` before the longer's.

    lags: (lag,), the first `near` of them 1, 2, … and perhaps the season last. rows: how many values are explained.
    """

    count: int
    frequencies: np.ndarray
    own: int
    lags: np.ndarray
    near: int

    @classmethod
    def of(cls, count: int, period: int, longer: int | None) -> _Columns:
        most = min(period // 2, MOST_HARMONICS) if count >= 2 * period else 0
        own = [harmonic / period for harmonic in range(1, most + 1)]
        beside = [] if longer is None else [k / longer for k in range(1, longer // 2 + 1) if k % (longer // period)]
        near = min(max(ORDERS), count // 4)
        seasonal = near < period <= LONGEST_LAG and count >= SEASONS_FOR_A_LAG * period
        lags = np.arange(1, near + 1).tolist() + ([period] if seasonal else [])
        return cls(count, np.array(own + beside[:MOST_LONGER]), len(own), np.array(lags), near)

    @property
    def rows(self) -> int:
        return self.count - int(self.lags.max()) - 1

    def waves(self, start: int, count: int) -> np.ndarray:
        """(count, 2 · wave): the cosines, then the sines."""
        angles = 2.0 * np.pi * np.arange(start, start + count)[:, None] * self.frequencies
        return np.concatenate([np.cos(angles), np.sin(angles)], axis=1)

    def structures(self, waves: list[tuple[int, int]], trend: bool) -> np.ndarray:
        """(structure, column) which columns are in: one, the trend, the waves, the lags. waves: (own, of the longer cycle)."""
        own, beside = np.array(waves)[:, :, None].transpose(1, 0, 2)
        place = np.arange(len(self.frequencies))
        cosines = np.where(place < self.own, place < own, place - self.own < beside)
        # The sine of half a cycle a sample is zero everywhere.
        chosen = np.concatenate([cosines, cosines & (self.frequencies < 0.5)], axis=1)
        lag = np.arange(len(self.lags))
        lagged = lag < np.array([order for order in ORDERS if order <= self.near])[:, None]
        if len(lag) > self.near:
            after = np.array([order for order in ORDERS_AFTER_A_SEASON if order <= self.near])[:, None]
            lagged = np.concatenate([lagged, (lag < after) | (lag >= self.near)])
        always = np.tile([True, trend], (len(chosen) * len(lagged), 1))
        return np.concatenate([always, np.repeat(chosen, len(lagged), axis=0), np.tile(lagged, (len(chosen), 1))], axis=1)

    def choices(self) -> list[tuple[int, int]]:
        """How many of the season's harmonics to try."""
        return [(harmonics, 0) for harmonics in sorted({*HARMONICS, self.own}) if harmonics <= self.own]

    def longer_choices(self, own: int) -> list[tuple[int, int]]:
        """How many of the longer cycle's to try on top."""
        return [(own, beside) for beside in LONGER_HARMONICS if beside <= len(self.frequencies) - self.own]


@dataclass(frozen=True)
class _Regression:
    """The structures worth keeping, and how much each weighs.

    values: (time,) standardised by `mean` and `unit`. weights: (structure,); coefficients: (structure, column); stepwise:
    (structure,) whether of the steps, not around a trend. criterion: half the AICc of the best.
    """

    columns: _Columns
    values: np.ndarray
    mean: float
    unit: float
    weights: np.ndarray
    coefficients: np.ndarray
    stepwise: np.ndarray
    criterion: float

    @classmethod
    def of(cls, values: np.ndarray, columns: _Columns) -> _Regression:
        """From a history (time,)."""
        mean, unit = float(values.mean()), float(values.std()) or 1.0
        scaled = (values - mean) / unit
        waves = columns.waves(0, columns.count)
        parts = [_scored(scaled, waves, columns, stepwise) for stepwise in (False, True)]
        criteria, coefficients = (np.concatenate(found) for found in zip(*parts, strict=True))
        stepwise = np.repeat([False, True], [len(part[0]) for part in parts])
        weights = likelihood_weights(criteria, np.ones(len(criteria)))
        kept = weights >= LEAST_WEIGHT * weights.max()
        criterion = float(criteria.min()) + columns.rows * float(np.log(unit))
        return cls(
            columns, scaled, mean, unit, weights[kept] / weights[kept].sum(), coefficients[kept], stepwise[kept], criterion
        )

    def forecast(self, horizon: int) -> np.ndarray:
        """(horizon,) on the regression's own scale."""
        columns, lags = self.columns, self.columns.lags
        farthest, steps = int(lags.max()), np.diff(self.values)
        fixed = self.coefficients[:, : 2 + 2 * len(columns.frequencies)]
        largest = 1.0 - 1.0 / (columns.rows + 1.0)
        lagged = tamed(self.coefficients[:, fixed.shape[1] :], lags, largest)
        ahead = np.arange(columns.count, columns.count + horizon)
        known = np.column_stack([np.ones(horizon), _trend(ahead, columns.count), columns.waves(columns.count, horizon)])
        drive = fixed @ known.T
        past = np.where(self.stepwise[:, None], steps[-farthest:], self.values[-farthest:])
        path = np.concatenate([past, np.zeros_like(drive)], axis=1)
        bound = np.where(self.stepwise, np.abs(steps).max(), np.inf)
        for step in range(horizon):
            now = farthest + step
            path[:, now] = np.clip(drive[:, step] + (lagged * path[:, now - lags]).sum(axis=1), -bound, bound)
        mean = path[:, farthest:]
        mean = np.where(self.stepwise[:, None], self.values[-1] + np.cumsum(mean, axis=1), mean)
        return np.asarray(self.weights @ mean * self.unit + self.mean)


def _trend(steps: np.ndarray, count: int) -> np.ndarray:
    """The straight line that is −1 at the beginning of the history and 0 at its end."""
    return np.asarray((steps - (count - 1.0)) / count)


def _scored(values: np.ndarray, waves: np.ndarray, columns: _Columns, stepwise: bool) -> tuple[np.ndarray, np.ndarray]:
    """(structure,) half the AICc and (structure, column) coefficients, of the values around a trend or of their steps."""
    source = np.diff(values) if stepwise else values
    rows = columns.rows
    begin = len(source) - rows
    table = np.column_stack(
        [
            np.ones(rows),
            _trend(np.arange(columns.count - rows, columns.count), columns.count),
            waves[-rows:],
            *(source[begin - lag : len(source) - lag] for lag in columns.lags),
        ]
    )
    gram, along, total = table.T @ table, table.T @ source[begin:], float(source[begin:] @ source[begin:])
    found = _solved(gram, along, total, columns.structures(columns.choices(), not stepwise), rows)
    if columns.longer_choices(0):
        best = found[1][int(np.argmin(found[0]))]
        own = int(np.count_nonzero(best[2 : 2 + columns.own]))
        more = _solved(gram, along, total, columns.structures(columns.longer_choices(own), not stepwise), rows)
        found = np.concatenate([found[0], more[0]]), np.concatenate([found[1], more[1]])
    return found


def _solved(
    gram: np.ndarray, along: np.ndarray, total: float, structures: np.ndarray, rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """Least squares of each structure (structure, column); infinite where it has too many parameters for the rows."""
    tables = gram * (structures[:, :, None] & structures[:, None, :])
    diagonal = np.arange(len(gram))
    tables[:, diagonal, diagonal] += np.where(structures, RIDGE * rows, 1.0)
    coefficients = np.linalg.solve(tables, (along * structures)[:, :, None])[:, :, 0]
    errors = np.maximum(total - coefficients @ along, SMALLEST * rows)
    parameters = structures.sum(axis=1) + 1.0
    spare = rows - parameters - 1.0
    penalty = parameters + parameters * (parameters + 1.0) / np.maximum(spare, 1.0)
    criteria = np.where(spare >= 1.0, 0.5 * rows * np.log(errors / rows) + penalty, np.inf)
    return criteria, coefficients
