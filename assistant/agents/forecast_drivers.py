"""Drivers and calendar effects of a forecast: tried in the same backtest with and without, kept only where they help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from assistant import results
from assistant.agents.base import AgentContext, model_fact, series_fact
from assistant.agents.forecast_covariates import Covariates, candidates, chosen_forecaster, driver_names
from assistant.agents.forecast_prepare import Prepared
from assistant.agents.forecast_scenario import chosen_steps
from assistant.agents.wording import step_words
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import Assumption, ForecastArgs

if TYPE_CHECKING:
    from models.backtest import BacktestPlan
    from models.effects import EffectTrial
    from models.paired import PointForecaster
    from models.types import Forecast, Tournament


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

    forecaster = chosen_forecaster(outcome, prepared.period)
    plan = BacktestPlan(outcome.origins_at, outcome.steps)
    tried = [(one, _trial(prepared, one, forecaster, plan, context)) for one in candidates(args, prepared, context)]
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
    return (*covariates.names[: len(driver_names(args))], *((args.calendar,) if args.calendar else ()))


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


def say_drivers(book: FactBook, args: ForecastArgs, prepared: Prepared, model: str, driven: Driven) -> None:
    """What was tried, the errors with and without, and whether it is used."""
    series, result = prepared.series, driven.result
    source = f"models.effects({series.name})"
    parts = [str(series_fact(book, name)) for name in driver_names(args)]
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
    for name in driver_names(args):
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
