"""What models return: frozen dataclasses of plain arrays."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np


@dataclass(frozen=True)
class Forecast:
    """A forecast with intervals.

    mean: (horizon,) float64, in the series' unit, no NaN. intervals: level in percent → (low, high), each (horizon,),
    low ≤ mean ≤ high and wider levels contain narrower ones. model: the registry name, or `combination`.
    The mean is the point with the smallest absolute error: a median where the errors are skewed.
    """

    mean: np.ndarray
    intervals: Mapping[float, tuple[np.ndarray, np.ndarray]]
    model: str

    @property
    def horizon(self) -> int:
        """Steps ahead."""
        return len(self.mean)


@dataclass(frozen=True)
class BacktestRow:
    """One model's rolling-origin backtest, averaged over origins. None where a measure is not defined.

    mase: scaled by the in-sample seasonal naive (Hyndman & Koehler 2006). smape in percent (0–200). wql over .1 … .9.
    cov80: share of held-out values inside the 80 % interval. failed: why the model took no part.
    by_origin: the MASE at each origin, the latest first; by_third: over the first, middle and last third of the steps, all
    origins together. Both are empty where the mean is None, None where a part holds nothing to compare with.
    """

    model: str
    mase: float | None
    smape: float | None
    wql: float | None
    cov80: float | None
    seconds: float
    failed: str | None = None
    by_origin: tuple[float | None, ...] = ()
    by_third: tuple[float | None, ...] = ()


@dataclass(frozen=True)
class Tournament:
    """A forecast, and how it was chosen. rows: best first, the seasonal naive always among them.

    beats_seasonal_naive: None where there was too little history for a backtest (`note` says so).
    weights: of the members of the combination, largest first, summing to one; empty where nothing was combined.
    drawn_in: members whose forecasts ran away from the others' and were bounded for the combination.
    member_forecasts: name → (horizon,) final forecast of each member that could be fitted, and of the combination.
    origins_at: the backtest's training lengths, the latest first; steps: how far each was followed.
    """

    forecast: Forecast
    rows: tuple[BacktestRow, ...]
    beats_seasonal_naive: bool | None
    origins: int
    period: int
    note: str = ""
    weights: tuple[tuple[str, float], ...] = ()
    drawn_in: tuple[str, ...] = ()
    member_forecasts: Mapping[str, np.ndarray] = field(default_factory=dict)
    origins_at: tuple[int, ...] = ()
    steps: int = 0


# Class → how many of its cases were named rightly, and how many there were.
Recalls = Mapping[str, tuple[int, int]]


@dataclass(frozen=True)
class Neighbour:
    """A training example near the classified one. index: its row among the training cases; distance ≥ 0.

    values: (channel, time) of the example as the model keeps it, stretched and without NaN; None where it keeps none.
    """

    index: int
    label: str
    distance: float
    values: np.ndarray | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class Classification:
    """Classes of a batch. labels: (batch,) str. probabilities: (batch, class), rows sum to 1, columns as `classes`.

    strangeness: (batch,) float64 ≥ 0, the distance to the nearest training example, of any class or of the one given, over what
    is usual among them; above 1 a case is unlike anything the model was trained on. oddities: (batch,) in what such a case is
    unlike them: "shape", "level", "spread", "roughness", "reach", "rhythm", "length", or "class" where it is unlike those of its
    class alone; "" for others.
    """

    labels: tuple[str, ...]
    probabilities: np.ndarray
    classes: tuple[str, ...]
    neighbours: tuple[tuple[Neighbour, ...], ...]
    model: str
    strangeness: np.ndarray
    oddities: tuple[str, ...]


@dataclass(frozen=True)
class Reasons:
    """What the training examples say of new cases, as in `Classification`."""

    neighbours: tuple[tuple[Neighbour, ...], ...]
    strangeness: np.ndarray
    oddities: tuple[str, ...]
