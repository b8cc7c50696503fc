"""Cycle-linear: one ridge regression from the recent past to all steps ahead, in closed form, around the cycle.

The cycle's profile is removed, each window is centred on its own mean, and a matrix without intercept maps the past to the
future. Dividing by the window's deviation as well is avoided: in closed form it lets quiet windows rule the fit.
Source: Toner & Darlow (2024), An analysis of linear time series forecasting models; Lin et al. (2024), CycleNet.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

import numpy as np

from models.base import Forecaster
from models.config import CycleLinearConfig
from models.errors import BadInput
from models.plain.season import cycle_profile

PENALTIES = (1e-3, 1e-2, 1e-1, 1.0, 10.0)
LONGEST_CONTEXT = 512
MOST_CELLS = 4_000_000
SMALLEST = float(np.finfo(np.float64).tiny)


def centred_windows(
    values: np.ndarray, context: int, horizon: int, most_cells: int = MOST_CELLS
) -> tuple[np.ndarray, np.ndarray]:
    """Pasts (window, context) and futures (window, horizon), both minus the past's mean, in order of time.

    values: (time,), at least context + horizon of them. Evenly spaced windows where all together would hold more values than
    `most_cells`.
    """
    count = len(values) - context - horizon + 1
    stride = -(-count * (context + horizon) // most_cells)
    windows = np.lib.stride_tricks.sliding_window_view(values, context + horizon)[(count - 1) % stride :: stride]
    centres = windows[:, :context].mean(axis=1, keepdims=True)
    return windows[:, :context] - centres, windows[:, context:] - centres


@dataclass(frozen=True)
class Ridge:
    """The eigendecomposition of the pasts' Gram matrix, so that every penalty costs one product."""

    values: np.ndarray
    vectors: np.ndarray
    cross: np.ndarray

    @classmethod
    def of(cls, pasts: np.ndarray, futures: np.ndarray) -> Ridge:
        """From pasts (window, context) and futures (window, horizon)."""
        return cls.of_products(pasts.T @ pasts, pasts.T @ futures)

    @classmethod
    def of_products(cls, gram: np.ndarray, cross: np.ndarray) -> Ridge:
        """From pastsᵀpasts (context, context) and pastsᵀfutures (context, horizon), which sum over series."""
        values, vectors = np.linalg.eigh(gram)
        return cls(values, vectors, vectors.T @ cross)

    def solve(self, penalty: float) -> np.ndarray:
        """(context, horizon) weights; the penalty is relative to the mean eigenvalue."""
        damping = np.maximum(self.values, 0.0) + penalty * max(float(self.values.mean()), SMALLEST)
        return np.asarray(self.vectors @ (self.cross / damping[:, None]))


def ridge(pasts: np.ndarray, futures: np.ndarray, penalty: float) -> np.ndarray:
    """(context, horizon) weights W that minimise |futures − pasts W|² + penalty · trace(pastsᵀpasts)/context · |W|²."""
    return Ridge.of(pasts, futures).solve(penalty)


@final
class CycleLinear(Forecaster[CycleLinearConfig]):
    """See the module. Context and penalty are chosen on the latest windows, whose futures no training window has seen.

    Errors: BadInput where the history does not hold four windows of the shortest context.
    """

    name = "cycle-linear"
    config_class = CycleLinearConfig

    def _fit(self, values: np.ndarray, period: int) -> None:
        recent = values[-self.config.history :]
        # Phases are counted from the end, so that the steps ahead continue them.
        offset = -len(recent) % period
        self._profile = np.roll(cycle_profile(recent, period), offset)
        self._series = recent - self._profile[(offset + np.arange(len(recent))) % period]
        self._season = period

    def _predict(self, horizon: int) -> np.ndarray:
        context, penalty = self._choose(horizon)
        weights = ridge(*centred_windows(self._series, context, horizon), penalty)
        past = self._series[-context:]
        centre = past.mean()
        return np.asarray((past - centre) @ weights + centre + np.resize(self._profile, horizon))

    def _choose(self, horizon: int) -> tuple[int, float]:
        contexts = self._contexts(horizon)
        penalties = (self.config.penalty,) if self.config.penalty is not None else PENALTIES
        if len(contexts) == len(penalties) == 1:
            return contexts[0], penalties[0]
        longest = max(contexts)
        count = len(self._series) - longest - horizon + 1
        held_out = max(1, round(self.config.validation * count))
        split = len(self._series) - held_out - horizon + 1
        errors = {}
        for context in contexts:
            # The same held-out futures for every context; training windows end before the first of them begins.
            if split - context - horizon + 1 < 2:
                continue
            solver = Ridge.of(*centred_windows(self._series[:split], context, horizon))
            pasts, futures = centred_windows(self._series[split - context :], context, horizon)
            for penalty in penalties:
                errors[context, penalty] = float(np.mean((futures - pasts @ solver.solve(penalty)) ** 2))
        return min(errors, key=lambda pair: errors[pair]) if errors else (min(contexts), max(penalties))

    def _contexts(self, horizon: int) -> list[int]:
        most = len(self._series) - horizon - 3
        if self.config.context is not None:
            wanted = [self.config.context]
        elif self._season > 1:
            wanted = [self._season, 2 * self._season, 4 * self._season]
            wanted = [context for context in wanted if context <= LONGEST_CONTEXT] or [LONGEST_CONTEXT]
            wanted.insert(0, 4)
        else:
            wanted = [4, 8, 16, 32, 64]
        possible = sorted({context for context in wanted if context <= most})
        if not possible:
            needed = min(wanted) + horizon + 3
            raise BadInput(f"cycle-linear needs {needed} values for {horizon} steps ahead; found {len(self._series)}.")
        return possible
