"""Drivers and calendar effects of a forecast: tried in the same backtest with and without, kept only where they help."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from assistant import results
from assistant.agents.base import AgentContext, model_fact, series_fact
from assistant.agents.forecast_prepare import Prepared
from assistant.agents.forecast_scenario import chosen_steps
from assistant.agents.wording import step_words
from assistant.analysis.prepare import split_frequency
from assistant.data.frequency import regularize
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import Assumption, ForecastArgs

if TYPE_CHECKING:
    from models.backtest import BacktestPlan
    from models.effects import EffectTrial
    from models.paired import PointForecaster
    from models.types import Forecast, Tournament

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


@dataclass(frozen=True)
class Driven:
    """What came of the attempt. forecast: with the effect, None where it is not used. shifts: (step,) what assumptions about
    drivers add to it. result: for the document."""

    forecast: Forecast | None
    shifts: np.ndarray
    result: results.ForecastDrivers
    trial: EffectTrial | None


def wants_drivers(args: ForecastArgs) -> bool:
    """Whether a step names covariates of any kind."""
    return bool(args.drivers or args.calendar or any(one.driver for one in args.assume))


def drive(args: ForecastArgs, prepared: Prepared, outcome: Tournament, context: AgentContext) -> Driven:
    """Try the covariates that a step names with what the tournament chose (of a combination, its weightiest members).

    Raises BadRequest where they cannot be lined up with the series.
    """
    from models.backtest import BacktestPlan

    forecaster = _chosen_forecaster(outcome, prepared.period)
    plan = BacktestPlan(outcome.origins_at, outcome.steps)
    tried = [(one, _trial(prepared, one, forecaster, plan, context)) for one in _candidates(args, prepared, context)]
    covariates, trial = min(tried, key=lambda item: float(item[1].with_effect.mean()) if item[1] is not None else np.inf)
    guessed = args.calendar == "holidays" and args.country is None
    used = trial is not None and trial.helps and _matters(covariates, prepared)
    result = results.ForecastDrivers(
        names=_told(covariates, args),
        used=used,
        mase_with=None if trial is None else float(trial.with_effect.mean()),
        mase_without=None if trial is None else float(trial.without.mean()),
        forecast=covariates.forecast,
        country=covariates.country,
        guessed=guessed,
    )
    nothing = np.zeros(prepared.horizon)
    if trial is None or not used:
        return Driven(None, nothing, result, trial)
    forecast, effects, relative = _with_effect(args, prepared, covariates, trial, forecaster, outcome.forecast.model)
    result = result.model_copy(update={"effects": effects, "relative": relative})
    return Driven(forecast, _shifts(args.assume, prepared, covariates, forecaster), result, trial)


def _told(covariates: Covariates, args: ForecastArgs) -> tuple[str, ...]:
    """The drivers by name; the calendar's many columns by one word for them all."""
    return (*covariates.names[: len(_driver_names(args))], *((args.calendar,) if args.calendar else ()))


def _driver_names(args: ForecastArgs) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*args.drivers, *(one.driver for one in args.assume if one.driver))))


def _chosen_forecaster(outcome: Tournament, period: int) -> PointForecaster:
    """What the tournament chose, as a function that can be fitted again; a combination's few weightiest members stand for it."""
    from models.paired import combined_forecaster
    from models.registry import available

    single = {entry.name for entry in available("forecaster")}
    chosen = outcome.forecast.model
    return combined_forecaster(((chosen, 1.0),) if chosen in single else outcome.weights[:_MEMBERS_TRIED], period)


def _matters(covariates: Covariates, prepared: Prepared) -> bool:
    """Whether the effect that all the history gives is more than nothing: what helped at the origins may have been luck."""
    from models.effects import fit_effect

    features = covariates.features[: len(prepared.values)]
    return fit_effect(prepared.values, features, prepared.period).matters(prepared.values, features)


def _trial(
    prepared: Prepared, covariates: Covariates, forecaster: PointForecaster, plan: BacktestPlan, context: AgentContext
) -> EffectTrial | None:
    from models.effects import try_effect

    context.progress(None, f"{prepared.ref.name}: trying {', '.join(covariates.names[:3])}")
    return try_effect(
        prepared.values,
        covariates.at,
        forecaster,
        period=prepared.period,
        plan=plan,
        stop=context.stop_if_cancelled,
    )


def _with_effect(
    args: ForecastArgs,
    prepared: Prepared,
    covariates: Covariates,
    trial: EffectTrial,
    forecaster: PointForecaster,
    model: str,
) -> tuple[Forecast, dict[str, float], bool]:
    """The forecast with the effect put back, and what one unit of each driver goes with."""
    from models import conformal
    from models.base import forecast_of
    from models.effects import fit_effect, forecast_with
    from models.types import Forecast

    mean = forecast_with(prepared.values, covariates.features, forecaster, prepared.period)
    if np.nanmin(prepared.values) == 0:
        mean = np.maximum(mean, 0.0)
    widths = conformal.calibrate(trial.residuals, trial.origins, prepared.values, prepared.period)
    whole = forecast_of(model, mean, args.levels, widths, prepared.values)
    start = prepared.skipped
    intervals = {level: (low[start:], high[start:]) for level, (low, high) in whole.intervals.items()}
    effect = fit_effect(prepared.values, covariates.features[: len(prepared.values)], prepared.period)
    coefficients = _whole_holidays(effect.coefficients, covariates, len(prepared.values))
    sizes = np.expm1(coefficients) if effect.log else coefficients
    effects = {name: float(size) for name, size in zip(covariates.names, sizes, strict=True)}
    return Forecast(mean[start:], intervals, model), effects, effect.log


def _whole_holidays(coefficients: np.ndarray, covariates: Covariates, fitted: int) -> np.ndarray:
    """(feature,) coefficients of which "holiday" tells all that such a day goes with, on average over the history.

    A holiday with a column of its own has most of its effect there, so that the common column alone says next to nothing.
    """
    if "holiday" not in covariates.names:
        return coefficients
    common = covariates.names.index("holiday")
    calendar = np.arange(len(coefficients)) >= common
    days = covariates.features[:fitted][covariates.features[:fitted, common] == 1]
    whole = coefficients.copy()
    whole[common] = float(np.mean(days[:, calendar] @ coefficients[calendar]))
    return whole


def _shifts(
    assumptions: Sequence[Assumption], prepared: Prepared, covariates: Covariates, forecaster: PointForecaster
) -> np.ndarray:
    """(step,) how the forecast moves when drivers take the course that the user assumes."""
    from models.effects import forecast_with

    about = [one for one in assumptions if one.driver is not None]
    if not about:
        return np.zeros(prepared.horizon)
    changed = covariates.features.copy()
    for assumption in about:
        column = covariates.names.index(str(assumption.driver))
        rows = (
            len(prepared.values)
            + prepared.skipped
            + np.flatnonzero(chosen_steps(assumption, prepared.times, prepared.grid.frequency))
        )
        if not len(rows):
            raise BadRequest("What you assume lies outside the steps that are forecast; ask for a forecast that reaches it.")
        course = changed[rows, column]
        by_kind = {
            "percent": course * (1 + assumption.value / 100),
            "amount": course + assumption.value,
            "level": np.full(len(rows), assumption.value),
        }
        changed[rows, column] = by_kind[assumption.kind]
    means = [forecast_with(prepared.values, features, forecaster, prepared.period) for features in (changed, covariates.features)]
    return np.asarray((means[0] - means[1])[prepared.skipped :])


def _candidates(args: ForecastArgs, prepared: Prepared, context: AgentContext) -> list[Covariates]:
    """The sets of covariates to try: the drivers, with the calendar's, with each country's where none was named."""
    blocks = [_driver(name, prepared, context) for name in _driver_names(args)]
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
    forecaster = _chosen_forecaster(outcome, prepared.period)
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


def say_drivers(book: FactBook, args: ForecastArgs, prepared: Prepared, model: str, driven: Driven) -> None:
    """What was tried, the errors with and without, and whether it is used."""
    series, result = prepared.series, driven.result
    source = f"models.effects({series.name})"
    parts = [str(series_fact(book, name)) for name in _driver_names(args)]
    parts += [_calendar_words(book, result, source)] if args.calendar else []
    about = " and ".join(parts)
    book.say("")
    for name in result.forecast:
        other = series_fact(book, name)
        book.say(f"The file does not say what {other} will be, so I forecast it first; its error adds to that of the forecast.")
    if driven.trial is None or result.mase_with is None or result.mase_without is None:
        book.say(f"The history is too short to test {about} on the past, so the forecast does without.")
        return
    used = model_fact(book, model, "A model that the drivers were tried with: {}", source)
    with_effect = book.number(result.mase_with, f"MASE of {model} with the drivers on {series.name}", source)
    without = book.number(result.mase_without, f"MASE of {model} without the drivers on {series.name}", source)
    origins = book.number(len(driven.trial.without), f"Origins that the drivers of {series.name} were tried at", source)
    wins = book.number(driven.trial.wins, f"Origins at which the drivers of {series.name} lowered the error", source)
    if not result.used:
        book.say(
            f"I tried {about} with {used} on the past: the MASE is {with_effect} with and {without} without, which is no gain, "
            "so the forecast does without."
        )
    else:
        book.say(
            f"The forecast uses {about}: tried with {used} on the past, the MASE is {with_effect} with and {without} without "
            f"(better at {wins} of {origins} origins)."
        )
        _say_effects(book, args, prepared, result, source)
    if result.guessed and result.country:
        book.say(
            "You named no country: I tried a few and took the one that fitted best, so the holidays are a guess; name yours."
        )


def _calendar_words(book: FactBook, result: results.ForecastDrivers, source: str) -> str:
    if result.country is None:
        return "the number of days and working days"
    from assistant.planning.countries import country_name

    return f"the holidays of {book.name(country_name(result.country), 'text', 'Holidays were taken of {}', source)}"


def _say_effects(book: FactBook, args: ForecastArgs, prepared: Prepared, result: results.ForecastDrivers, source: str) -> None:
    """What one unit of each driver goes with; of the calendar's columns, the strongest holiday."""
    target = prepared.series.name
    unit = "%" if result.relative else (prepared.series.unit or None)
    for name in _driver_names(args):
        effect = result.effects[name] * (100 if result.relative else 1)
        size = book.number(abs(effect), f"What one unit more of {name} goes with in {target}", source, unit)
        other, own = series_fact(book, name), series_fact(book, target)
        word = "more" if effect >= 0 else "less"
        book.say(
            f"When {other} was one unit higher, {own} was {size} {word}, season and trend apart; that is no proof of a cause."
        )
    if args.calendar == "holidays" and "holiday" in result.effects:
        effect = result.effects["holiday"] * (100 if result.relative else 1)
        size = book.number(abs(effect), f"What a holiday on a weekday goes with in {target}", source, unit)
        moment = step_words(prepared.grid.frequency, 1)
        word = "more" if effect >= 0 else "less"
        book.say(f"A holiday on a weekday goes with {size} {word} on average for each {moment}, season and trend apart.")
