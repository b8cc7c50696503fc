"""Covariates of a forecast: drivers from other series and the calendar's columns, lined up with what is forecast."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from assistant.agents.base import AgentContext
from assistant.agents.forecast_prepare import Prepared
from assistant.analysis.prepare import split_frequency
from assistant.data.frequency import regularize
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.plan import ForecastArgs

if TYPE_CHECKING:
    from models.paired import PointForecaster
    from models.types import Tournament

# Where the user wants holidays and names no country, these are tried; what the backtest picks is told as a guess.
GUESSED_COUNTRIES = ("US", "GB", "DE", "FR")
_DAILY = frozenset({"D", "B", "C", "h", "min"})
_MONTHLY = frozenset({"MS", "ME", "QS", "QE"})
_FEWEST_SHARED = 0.5
# A combination is fitted again at every origin, with and without: its weightiest members say enough.
_MEMBERS_TRIED = 3


@dataclass(frozen=True)
class Covariates:
    """features: (time + reach, feature) beside what is learnt from; NaN where unknown. names: of the columns, for people.

    forecast: the drivers whose future had to be forecast first. at: what was known at an earlier origin (see `FeaturesAt`).
    """

    features: np.ndarray
    names: tuple[str, ...]
    at: Callable[[int, int], np.ndarray]
    forecast: tuple[str, ...] = ()
    country: str | None = None


def driver_names(args: ForecastArgs) -> tuple[str, ...]:
    """The series that a step names as drivers or assumes something about, once each."""
    return tuple(dict.fromkeys((*args.drivers, *(one.driver for one in args.assume if one.driver))))


def candidates(args: ForecastArgs, prepared: Prepared, context: AgentContext) -> list[Covariates]:
    """The sets of covariates to try: the drivers, with the calendar's, with each country's where none was named."""
    blocks = [_driver(name, prepared, context) for name in driver_names(args)]
    if args.calendar is None:
        return [_joined(blocks)]
    if args.calendar == "working days":
        return [_joined([*blocks, _working_days(prepared)])]
    countries = (args.country,) if args.country else GUESSED_COUNTRIES
    found = [_holidays(prepared, country, named=args.country is not None) for country in countries]
    usable = [one for one in found if one is not None]
    if not usable:
        raise BadRequest(
            f"{prepared.ref.name} holds too few holidays to learn their effect from; forecast it without them, or give a longer "
            "history."
        )
    return [_joined([*blocks, one]) for one in usable]


def _joined(blocks: Sequence[Covariates]) -> Covariates:
    return Covariates(
        features=np.column_stack([block.features for block in blocks]),
        names=tuple(name for block in blocks for name in block.names),
        at=lambda origin, steps: np.column_stack([block.at(origin, steps) for block in blocks]),
        forecast=tuple(name for block in blocks for name in block.forecast),
        country=next((block.country for block in blocks if block.country), None),
    )


def _driver(name: str, prepared: Prepared, context: AgentContext) -> Covariates:
    """Another series beside the one that is forecast; its future from the file where it is there, else forecast first."""
    ref = context.refs((name,))[0]
    series = regularize(context.load(ref))
    count = len(prepared.values)
    grid = prepared.grid.times
    ahead = pd.DatetimeIndex(prepared.times) if prepared.grid.dated else pd.Index(list(prepared.times))
    rows = [*grid, *ahead][: count + prepared.reach]
    column = _lined_up(series, rows)
    known = ~np.isnan(column[:count])
    if known.mean() < _FEWEST_SHARED:
        raise BadRequest(
            f"{name} and {prepared.ref.name} share too few times to learn from; choose a driver with values at the same times."
        )
    future_known = not np.isnan(column[count:]).any()
    if future_known:
        column[:count] = _bridged(column[:count])
        return Covariates(column[:, None], (name,), lambda origin, steps: column[: origin + steps, None])
    return _forecast_driver(name, column, prepared, context)


def chosen_forecaster(outcome: Tournament, period: int) -> PointForecaster:
    """What the tournament chose, as a function that can be fitted again; a combination's few weightiest members stand for it."""
    from models.paired import combined_forecaster
    from models.registry import available

    single = {entry.name for entry in available("forecaster")}
    chosen = outcome.forecast.model
    return combined_forecaster(((chosen, 1.0),) if chosen in single else outcome.weights[:_MEMBERS_TRIED], period)


def _forecast_driver(name: str, column: np.ndarray, prepared: Prepared, context: AgentContext) -> Covariates:
    """A driver whose future the file does not hold: forecast by its own tournament, and in the backtest forecast as well."""
    from models.tournament import run_tournament

    count = len(prepared.values)
    history = _bridged(column[:count])
    context.progress(None, f"{prepared.ref.name}: forecasting {name} first")
    outcome = run_tournament(
        history,
        period=prepared.period,
        horizon=prepared.reach,
        cancelled=context.cancelled,
        seconds=context.tools.forecast_seconds,
    )
    forecaster = chosen_forecaster(outcome, prepared.period)
    future = np.where(np.isnan(column[count:]), outcome.forecast.mean, column[count:])

    def known_at(origin: int, steps: int) -> np.ndarray:
        return np.asarray(np.concatenate([history[:origin], forecaster(history[:origin], steps)])[:, None])

    return Covariates(np.concatenate([history, future])[:, None], (name,), known_at, forecast=(name,))


def _lined_up(series: Series, rows: Sequence[pd.Timestamp | int]) -> np.ndarray:
    """(row,) the series' value at each time, NaN where it has none. Raises BadRequest where one has dates and one has not."""
    if not rows or isinstance(rows[0], pd.Timestamp) != series.dated:
        raise BadRequest(
            f"{series.name} cannot be lined up by time: only one of the two series has dates. Choose another driver."
        )
    try:
        return np.array(series.as_pandas().reindex(pd.Index(rows)), dtype=np.float64)
    except TypeError as error:
        raise BadRequest(
            f"{series.name} cannot be lined up by time: only one of the two series has a time zone. Choose another driver."
        ) from error


def _bridged(column: np.ndarray) -> np.ndarray:
    """Gaps of a driver's past as straight lines, so that a missing reading does not cost the row."""
    from assistant.analysis.prepare import fill

    return fill(column)


def _calendar_days(prepared: Prepared) -> list[datetime.date]:
    index = pd.DatetimeIndex([*prepared.grid.times, *prepared.times])[: len(prepared.values) + prepared.reach]
    return [moment.date() for moment in index]


def _holidays(prepared: Prepared, country: str, *, named: bool) -> Covariates | None:
    """A country's holidays as covariates; None where the history holds too few of a country that nobody named."""
    from models.calendar_effects import holiday_features
    from models.errors import BadInput

    if not prepared.grid.dated or split_frequency(prepared.grid.frequency)[1] not in _DAILY:
        raise BadRequest(
            f"Holidays matter from day to day, and {prepared.ref.name} is not a daily series; for months or quarters ask for "
            "working days instead."
        )
    days = _calendar_days(prepared)
    try:
        found = holiday_features(days, country, len(prepared.values))
    except BadInput as error:
        if named:
            raise BadRequest(str(error)) from error
        return None
    return Covariates(found.features, found.names, lambda origin, steps: found.features[: origin + steps], country=country)


def _working_days(prepared: Prepared) -> Covariates:
    from models.calendar_effects import month_features

    base = split_frequency(prepared.grid.frequency)[1]
    if not prepared.grid.dated or base not in _MONTHLY:
        raise BadRequest(
            f"Working days are counted by month or quarter, and {prepared.ref.name} has no such steps; for a daily series ask "
            "for holidays instead."
        )
    unit = base[0]
    periods = pd.DatetimeIndex([*prepared.grid.times, *prepared.times])[: len(prepared.values) + prepared.reach].to_period(unit)
    found = month_features([one.start_time.date() for one in periods], [one.end_time.date() for one in periods])
    return Covariates(found.features, found.names, lambda origin, steps: found.features[: origin + steps])
