"""One series described whole, each part computed once and shared with the next."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.analysis.anomalies import anomalies_of
from assistant.analysis.anomaly_event import Anomaly
from assistant.analysis.autocorrelation import Memory, Noise, find_memory, find_noise, remainder_of
from assistant.analysis.change import Change, level_steps
from assistant.analysis.changepoints import changes_and_season
from assistant.analysis.distribution import Distribution, SpreadByLevel, find_distribution, find_spread
from assistant.analysis.prepare import Array
from assistant.analysis.seasonality import Season, find_seasons
from assistant.analysis.stationarity import Stationarity, judge_stationarity
from assistant.analysis.summary import Summary, summarise
from assistant.analysis.trend import TrendEstimate, find_trend
from assistant.data.series import Series

_SHORTEST = 8
IRREGULAR = "The times are irregular, so seasons, change points, stationarity and noise were not computed."
SHIFTS_OUT = "The trend is what remains after the level shifts are taken out."


@dataclass(frozen=True)
class Drift:
    """Kendall's tau of a series (without its seasons) with time, and the plain Mann–Kendall p-value, which no memory widens."""

    tau: float
    p_value: float


@dataclass(frozen=True)
class SeriesDescription:
    """Everything about one series. Positions count rows of `series`, which is the given one on its full grid.

    A part that cannot be computed is None or empty, and `notes` say in plain sentences why.
    """

    series: Series
    summary: Summary
    trend: TrendEstimate | None
    seasons: tuple[Season, ...]
    stationarity: Stationarity | None
    changes: tuple[Change, ...]
    anomalies: tuple[Anomaly, ...]
    notes: tuple[str, ...] = ()
    distribution: Distribution | None = None
    spread: SpreadByLevel | None = None
    memory: Memory | None = None
    noise: Noise | None = None
    drift: Drift | None = None

    @property
    def outliers(self) -> int:
        """How many spikes and dips there are."""
        return sum(anomaly.kind in ("spike", "dip") for anomaly in self.anomalies)


def describe(series: Series) -> SeriesDescription:
    """Summary, trend, seasons, stationarity, change points, anomalies, distribution and noise of `series`.

    The series is put on its full grid first (missing rows become missing values). Seasons come first; changes are found without
    them, the trend without seasons and level shifts, anomalies, memory and noise without all of these; stationarity is tested
    without seasons, and without level shifts where these stand in its way. Where times are irregular, what counts in
    samples (seasons, change points, stationarity, memory, noise) is left out.
    """
    from assistant.data.frequency import regularize

    series = regularize(series)
    summary = summarise(series)
    known = summary.n - summary.missing
    if known < _SHORTEST or summary.minimum == summary.maximum:
        why = (_why_not(summary, known),)
        distribution = find_distribution(series.values)
        return SeriesDescription(series, summary, _short_trend(series, known), (), None, (), (), why, distribution)
    notes: list[str] = []
    n = len(series)
    seasonal = np.zeros(n)
    seasons: tuple[Season, ...] = ()
    changes: tuple[Change, ...] = ()
    stationarity: Stationarity | None = None
    if series.frequency == "irregular":
        notes.append(IRREGULAR)
    else:
        seasons = find_seasons(series.values, series.frequency)
        changes, seasonal = changes_and_season(series.values, tuple(season.period for season in seasons))
        stationarity = judge_stationarity(series.values, seasonal, level_steps(changes, n))
    if summary.missing > 0.2 * n:
        notes.append("More than a fifth of the values are missing, so patterns are less certain.")
    steps = level_steps(changes, n)
    trend = find_trend(series, tuple(season.period for season in seasons), steps=steps, seasonal=seasonal)
    anomalies = anomalies_of(series.values, seasonal, changes, tuple(season.period for season in seasons))
    if any(change.kind == "level" for change in changes):
        notes.append(SHIFTS_OUT)
    period = max((season.period for season in seasons), default=None)
    bends = tuple(change.position for change in changes if change.kind == "slope")
    remainder = remainder_of(series.values, seasonal + steps, bends)
    even = series.frequency != "irregular"
    memory = find_memory(remainder, period) if even else None
    return SeriesDescription(
        series,
        summary,
        trend,
        seasons,
        stationarity,
        changes,
        anomalies,
        tuple(notes),
        distribution=find_distribution(series.values),
        spread=find_spread(series.values, remainder + seasonal, period),
        memory=memory,
        noise=find_noise(series.values, remainder, memory) if even else None,
        drift=_drift(series.values - seasonal - steps) if trend is not None and trend.direction == "none" else None,
    )


def _drift(values: Array) -> Drift | None:
    """The plain Mann–Kendall test on `values` (time,), NaN left out; None where it is undefined."""
    from scipy.stats import kendalltau

    known = np.flatnonzero(np.isfinite(values))
    found = kendalltau(known, values[known])
    return Drift(float(found.statistic), float(found.pvalue)) if np.isfinite(found.pvalue) else None


def _short_trend(series: Series, known: int) -> TrendEstimate | None:
    return find_trend(series) if known else None


def _why_not(summary: Summary, known: int) -> str:
    if not known:
        return "All values are missing, so nothing was computed."
    if summary.minimum == summary.maximum:
        return "The series is constant: all known values are equal, so there are no patterns to find."
    return f"There are only {known} known values; patterns need at least {_SHORTEST}."
