"""What a forecast starts from: the series on its grid, what the user left out of it, how far to look, and the times ahead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from assistant import results
from assistant.agents.base import AgentContext
from assistant.agents.forecast_scenario import steps_to_reach
from assistant.analysis.prepare import split_frequency
from assistant.data.frequency import regularize
from assistant.data.series import Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import time_text
from assistant.plan import MAX_HORIZON, ForecastArgs, Span

_CALENDAR_PERIODS = {"h": 24, "D": 7, "B": 5, "W": 52, "MS": 12, "ME": 12, "QS": 4, "QE": 4}
_MINUTES_A_DAY = 1440
_LONGEST_PERIOD = _MINUTES_A_DAY
_FEWEST_LEFT = 3
_FARTHER = 4


@dataclass(frozen=True)
class Prepared:
    """One series, ready to forecast.

    series: as asked for. grid: on its full grid, from the first value that is learnt from to the last observed one. values:
    (time,) what is learnt from: the grid's with the excluded stretches missing, without those at its end. skipped: steps between
    the end of `values` and the first step asked for. times: of the steps asked for. unobserved: rows of the file after the last
    observed value.
    """

    ref: SeriesRef
    series: Series
    grid: Series
    values: np.ndarray
    period: int
    horizon: int
    skipped: int
    unobserved: int
    times: tuple[pd.Timestamp | int, ...]
    excluded: tuple[results.Excluded, ...]

    @property
    def reach(self) -> int:
        """Steps to forecast after the last value that is learnt from."""
        return self.skipped + self.horizon


def prepare_series(args: ForecastArgs, ref: SeriesRef, context: AgentContext) -> Prepared:
    """Load a series and make it ready. Raises BadRequest where the user left out too much, or looks past the calendar."""
    series = context.load(ref, args.span)
    if series.frequency == "irregular":
        context.warnings.append(
            f"{series.name} has no regular rhythm: it is forecast step by step, the steps' times being set at its median spacing."
        )
    whole = regularize(series)
    observed = np.flatnonzero(~np.isnan(whole.values))
    grid = whole.rows(int(observed[0]), int(observed[-1]) + 1) if len(observed) else whole
    values, excluded = _without(grid, args.exclude)
    left = np.flatnonzero(~np.isnan(values))
    if args.exclude and len(left) < _FEWEST_LEFT:
        raise BadRequest(f"Leaving that out, {ref.name} has too few values left to forecast from; please leave out less.")
    if args.exclude:
        values, grid = values[int(left[0]) : int(left[-1]) + 1], grid.rows(int(left[0]))
    period = period_of(grid)
    unobserved = len(whole) - 1 - int(observed[-1]) if len(observed) else 0
    horizon = args.horizon or _horizon(args, grid, period, unobserved)
    skipped = len(grid) - len(values)
    if skipped + horizon > MAX_HORIZON:
        raise BadRequest(
            f"Leaving out the end of {ref.name}, the forecast would have to reach {skipped + horizon:,} steps, and it can reach "
            f"{MAX_HORIZON:,}; please leave out less."
        )
    times = tuple(future_times(grid, horizon))
    return Prepared(ref, series, grid, values, period, horizon, skipped, unobserved, times, excluded)


def _horizon(args: ForecastArgs, grid: Series, period: int, unobserved: int) -> int:
    """A horizon nobody named: as far as the drivers are known, and far enough for the assumptions to matter."""
    chosen = unobserved if args.drivers and 0 < unobserved <= MAX_HORIZON else default_horizon(period)
    if args.condition is not None and not args.drivers:
        chosen = min(_FARTHER * chosen, max(chosen, len(grid) // 2))  # "will it ever reach 100" asks beyond the next season
    return max(chosen, steps_to_reach(args.assume, future_times(grid, min(4 * chosen, MAX_HORIZON)), grid.frequency))


def _without(grid: Series, spans: Sequence[Span]) -> tuple[np.ndarray, tuple[results.Excluded, ...]]:
    """The values with stretches made missing, and what each held. Raises BadRequest for one without any value."""
    values = grid.values.copy()
    excluded = []
    for span in spans:
        rows = np.flatnonzero(np.isin(grid.times, grid.between(span.start, span.end).times))
        held = int((~np.isnan(grid.values[rows])).sum())
        values[rows] = np.nan
        excluded.append(results.Excluded(start=span.start, end=span.end, values=held))
    if excluded and not any(part.values for part in excluded):
        first, last = time_text(grid.times[0], grid.frequency), time_text(grid.times[-1], grid.frequency)
        raise BadRequest(
            f"{grid.name} has no values in what you want left out: it runs from {first} to {last}. Leave out a stretch inside "
            "that."
        )
    return values, tuple(part for part in excluded if part.values)


def main_period(frequency: str | None, n: int) -> int:
    """The season a forecast is built on, in samples; 1 where the calendar gives none or n is below two seasons."""
    multiple, base = split_frequency(frequency)
    if base == "min":
        period = _MINUTES_A_DAY // multiple if multiple and _MINUTES_A_DAY % multiple == 0 else 1
    elif base in _CALENDAR_PERIODS and _CALENDAR_PERIODS[base] % multiple == 0:
        period = _CALENDAR_PERIODS[base] // multiple
    else:
        period = 1
    return period if 1 < period <= _LONGEST_PERIOD and n >= 2 * period else 1


def default_horizon(period: int) -> int:
    """How far to look when nobody said: one season, at least 8 and at most 96 steps."""
    return min(max(period, 8), 96)


def period_of(series: Series) -> int:
    """The calendar's season of a dated series; the strongest season found in an undated one."""
    calendar = main_period(series.frequency, len(series))
    if series.frequency is not None:
        return calendar
    from assistant.analysis.seasonality import find_seasons

    seasons = find_seasons(series.values, series.frequency)
    return seasons[0].period if seasons and len(series) >= 2 * seasons[0].period else 1


def future_times(series: Series, horizon: int) -> Sequence[pd.Timestamp | int]:
    """The times after a series' end: on its grid, at its median spacing when irregular, or row numbers when undated."""
    if not isinstance(series.times, pd.DatetimeIndex):
        last = int(series.times[-1])
        return [last + offset for offset in range(1, horizon + 1)]
    last_time = series.times[-1]
    try:
        if series.frequency in (None, "irregular"):
            spacing = pd.Series(series.times).diff().median()
            return [last_time + spacing * offset for offset in range(1, horizon + 1)]
        return list(pd.date_range(last_time, periods=horizon + 1, freq=series.frequency)[1:])
    except (pd.errors.OutOfBoundsDatetime, OverflowError) as error:
        raise BadRequest(f"{horizon} steps after {last_time.date()} run past the calendar. Ask for a shorter horizon.") from error
