"""Methods compared on labelled windows: the product's anomalies and two usual baselines, each over a grid of settings."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from assistant.analysis.anomalies import anomalies_of, find_anomalies
from assistant.analysis.anomaly_event import Strictness
from assistant.analysis.changepoints import changes_and_season
from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array, candidate_periods, fill, runs
from assistant.analysis.seasonality import find_seasons
from assistant.data.series import Series

Event = tuple[int, int]
Setting = tuple[float | str, ...]
Method = Callable[[Series, Sequence[Setting]], list[list[Event]]]

BASELINES = ("rolling-z", "seasonal-residual")
_THRESHOLDS = (3.0, 4.0, 5.0, 6.0, 8.0, 12.0)


def rolling_z(series: Series, settings: Sequence[Setting]) -> list[list[Event]]:
    """Rows further than a threshold from the mean of the window before them, in that window's standard deviations.

    A setting is (window in rows, threshold). A window without spread has the smallest scale that the series resolves.
    """
    values = pd.Series(series.values)
    known = np.unique(series.values[np.isfinite(series.values)])
    finest = float(np.min(np.diff(known))) if len(known) > 1 else 1.0
    scores: dict[int, Array] = {}
    for window in {int(setting[0]) for setting in settings}:
        before = values.shift().rolling(window, min_periods=window // 2)
        spread = np.maximum(before.std(), finest)
        scores[window] = np.abs((values - before.mean()) / spread).to_numpy(np.float64)
    return [runs(scores[int(window)] > float(bound)) for window, bound in settings]


def seasonal_residual(series: Series, settings: Sequence[Setting]) -> list[list[Event]]:
    """Rows whose remainder beside level and season exceeds a threshold.

    A setting is (season, scale, threshold). season: "day" (the shortest over twelve rows that the calendar knows) or "found" (by
    the product's search). scale: "std" or "mad". Level: a running median over one season. Season: the median of each phase.
    """
    remainders: dict[float | str, Array] = {}
    for season in {setting[0] for setting in settings}:
        remainders[season] = _remainder(series, _period(series, season))
    events = []
    for season, scale, bound in settings:
        rest = remainders[season]
        spread = float(np.nanstd(rest)) if scale == "std" else robust_scale(rest)
        events.append(runs(np.abs(rest) > float(bound) * spread) if spread > 0 else [])
    return events


def _period(series: Series, season: float | str) -> int | None:
    if season == "found":
        found = find_seasons(series.values, series.frequency)
        return found[0].period if found else None
    calendar = [period for period in candidate_periods(series.frequency, len(series)) if period > 12]
    return calendar[0] if calendar else None


def _remainder(series: Series, period: int | None) -> Array:
    window = (period or max(25, len(series) // 40)) | 1
    level = pd.Series(fill(series.values)).rolling(window, center=True, min_periods=window // 2).median()
    rest = pd.Series(series.values - level.to_numpy(np.float64))
    if period is not None:
        rest = rest - rest.groupby(np.arange(len(rest)) % period).transform("median")
    return rest.to_numpy(np.float64)


def product(series: Series, settings: Sequence[Setting]) -> list[list[Event]]:
    """What a user gets without choosing anything."""
    return [[(event.start, event.end) for event in find_anomalies(series)] for _ in settings]


def product_tuned(series: Series, settings: Sequence[Setting]) -> list[list[Event]]:
    """The product's search with its strictness set: (beyond, expected, habit), as `Strictness` explains them."""
    even = series.frequency != "irregular"
    seasons = tuple(season.period for season in find_seasons(series.values, series.frequency)) if even else ()
    changes, seasonal = changes_and_season(series.values, seasons) if even else ((), np.zeros(len(series)))
    events = []
    for beyond, expected, habit in settings:
        strictness = Strictness(float(beyond), float(expected), int(habit))
        found = anomalies_of(series.values, seasonal, changes, seasons, strictness=strictness)
        events.append([(event.start, event.end) for event in found])
    return events


METHODS: Mapping[str, Method] = {
    "tidings": product,
    "tidings, tuned": product_tuned,
    "rolling-z": rolling_z,
    "seasonal-residual": seasonal_residual,
}
SETTINGS: Mapping[str, tuple[Setting, ...]] = {
    "tidings": ((),),
    "tidings, tuned": tuple(itertools.product((1.2, 1.35, 1.5, 1.7), (0.35, 0.7, 1.4), (2, 3))),
    "rolling-z": tuple(itertools.product((48, 144, 288, 576), _THRESHOLDS)),
    "seasonal-residual": tuple(itertools.product(("day", "found"), ("std", "mad"), _THRESHOLDS)),
}
