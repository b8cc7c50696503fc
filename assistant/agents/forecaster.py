"""The forecaster: a tournament of models judged by rolling-origin backtest, and an honest word about the seasonal naive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, model_fact, report, series_fact
from assistant.agents.wording import cycle_name, step_words, unit_of
from assistant.analysis.prepare import split_frequency
from assistant.data.frequency import regularize
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import ForecastArgs

if TYPE_CHECKING:
    from models.types import Tournament

_CALENDAR_PERIODS = {"h": 24, "D": 7, "B": 5, "W": 52, "MS": 12, "ME": 12, "QS": 4, "QE": 4}
_MINUTES_A_DAY = 1440
_LONGEST_PERIOD = _MINUTES_A_DAY


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


def run(step: int, args: ForecastArgs, context: AgentContext) -> AgentReport:
    """Forecast each series of the step."""
    book = FactBook(f"s{step}")
    refs = context.refs(args.series)
    documents = []
    for position, ref in enumerate(refs):
        context.stop_if_cancelled()
        if position:
            book.say("")
        documents.append(_forecast(book, args, ref, context, (position, len(refs))))
    if args.horizon is None:
        book.say("")
        book.say("You named no horizon, so I chose one; say how far you want to look.")
    return report(step, "forecaster", book, documents, context)


def _forecast(book: FactBook, args: ForecastArgs, ref: SeriesRef, context: AgentContext, place: tuple[int, int]) -> DocumentRef:
    from models.tournament import run_tournament

    series = context.load(ref, args.span)
    if series.frequency == "irregular":
        context.warnings.append(
            f"{series.name} has no regular rhythm: it is forecast step by step, the steps' times being set at its median spacing."
        )
    grid = regularize(series)
    period = _period_of(grid)
    horizon = args.horizon or default_horizon(period)
    levels = tuple(sorted(args.levels))

    def progress(fraction: float, text: str) -> None:
        context.progress((place[0] + fraction) / place[1], f"{ref.name}: {text}")

    outcome = run_tournament(
        grid.values,
        period=period,
        horizon=horizon,
        levels=levels,
        force=args.model,
        progress=progress,
        cancelled=context.cancelled,
        seconds=context.tools.forecast_seconds,
    )
    context.stop_if_cancelled()
    if outcome.note:
        context.warnings.append(f"{series.name}: {outcome.note}")
    times = future_times(grid, horizon)
    document = forecast_result(series.name, outcome, times, levels)
    _say_forecast(book, series, outcome, times, levels)
    _say_choice(book, series, outcome, forced=args.model is not None)
    return context.keep(document, title=f"Forecast of {series.name}")


def _period_of(series: Series) -> int:
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


def forecast_result(
    name: str, outcome: Tournament, times: Sequence[pd.Timestamp | int], levels: Sequence[float]
) -> results.Forecast:
    """The machine-readable forecast."""
    forecast = outcome.forecast
    points: list[dict[str, float | str | None]] = []
    for position, moment in enumerate(times):
        point: dict[str, float | str | None] = {
            "time": moment.isoformat() if isinstance(moment, pd.Timestamp) else str(moment),
            "mean": float(forecast.mean[position]),
        }
        for level in levels:
            low, high = forecast.intervals[level]
            point[f"lo{level:g}"], point[f"hi{level:g}"] = float(low[position]), float(high[position])
        points.append(point)
    rows = tuple(
        results.LeaderboardRow(model=r.model, mase=r.mase, smape=r.smape, wql=r.wql, cov80=r.cov80, seconds=r.seconds)
        for r in outcome.rows
    )
    return results.Forecast(
        series=name,
        model=forecast.model,
        horizon=forecast.horizon,
        points=tuple(points),
        leaderboard=rows,
        beats_seasonal_naive=outcome.beats_seasonal_naive,
    )


def _say_forecast(
    book: FactBook,
    series: Series,
    outcome: Tournament,
    times: Sequence[pd.Timestamp | int],
    levels: Sequence[float],
) -> None:
    forecast, unit, source = outcome.forecast, unit_of(series), f"models.tournament({series.name})"
    name = series_fact(book, series.name)
    model = model_fact(book, forecast.model, f"{{}} was chosen to forecast {series.name}", source)
    horizon = book.number(
        len(times), f"Horizon of the forecast of {series.name}", source, step_words(series.frequency, len(times))
    )
    last = book.time(times[-1], series.frequency, f"Last time of the forecast of {series.name}", source)
    ends: list[Any] = []
    for position, label in ((0, "first"), (-1, "last")):
        about = f"the {label} step of the forecast of {series.name}"
        value = book.number(float(forecast.mean[position]), f"Forecast for {about}: {{}}", source, unit)
        ends.append((value, book.time(times[position], series.frequency, f"Time of {about}", source)))
    book.say(f"Forecast of {name} for the next {horizon}, to {last}, by {model}: {ends[0][0]} for {ends[0][1]}")
    if len(times) > 1:
        book.sentences[-1] += f", {ends[1][0]} for {ends[1][1]}"
        total = book.number(float(np.mean(forecast.mean)), f"The mean (average) of the forecast of {series.name}", source, unit)
        book.sentences[-1] += f", {total} on average"
    book.sentences[-1] += "."
    for level in levels:
        share = book.number(level, f"An interval's level (confidence) in the forecast of {series.name}", source, "%")
        low, high = (float(bound[-1]) for bound in forecast.intervals[level])
        lower = book.number(low, f"Lower end of the {level:g} % interval of {series.name} at the last step", source, unit)
        upper = book.number(high, f"Upper end of the {level:g} % interval of {series.name} at the last step", source, unit)
        book.say(f"- {share} interval for {ends[1][1]}: {lower} to {upper}")


def _say_choice(book: FactBook, series: Series, outcome: Tournament, *, forced: bool) -> None:
    source = f"models.tournament({series.name})"
    rows = {row.model: row for row in outcome.rows}
    winner, naive = rows.get(outcome.forecast.model), rows.get("seasonal-naive")
    for row in outcome.rows:
        _leaderboard_facts(book, row, series.name, source)
    if winner is None or naive is None or winner.mase is None or naive.mase is None or outcome.beats_seasonal_naive is None:
        flat = outcome.origins > 1
        why = (
            "The past holds no change to measure an error against"
            if flat
            else "There was too little history for a test on the past"
        )
        book.say(f"{why}, so no scaled error can be given; treat the forecast with care.")
        return
    book.flag(
        outcome.beats_seasonal_naive,
        f"{winner.model} beats the seasonal naive on {series.name}: {{}}",
        f"{source}.beats_seasonal_naive",
    )
    origins = book.number(outcome.origins, f"Rolling origins of the backtest of {series.name}", source)
    mine = book.number(winner.mase, f"MASE of {winner.model} on {series.name}", source)
    plain = book.number(naive.mase, f"MASE of seasonal-naive on {series.name}", source)
    model = model_fact(book, winner.model, "A model of the tournament: {}", source)
    yardstick = model_fact(book, "seasonal-naive", "The yardstick of the tournament is {}", source)
    cycle = cycle_name(outcome.period, series.frequency)
    book.say("")
    lead = f"In a backtest over {origins} past origin{'s' if outcome.origins != 1 else ''}"
    if winner.model == "seasonal-naive":
        what = f"which repeats the last {cycle} cycle" if cycle else "which repeats the last cycle or value"
        if outcome.rows[0].model == winner.model:
            book.say(f"{lead}, no model beats the {yardstick}, {what} (MASE {mine}); so the plain one is used.")
        else:
            book.say(f"{lead}, the {yardstick}, {what}, has a MASE of {mine} (lower is better).")
    else:
        verb = "beats" if outcome.beats_seasonal_naive else "does not beat"
        book.say(f"{lead}, {model} {verb} the {yardstick}: MASE {mine} against {plain} (lower is better).")
    if forced:
        best = outcome.rows[0].model
        if best != winner.model:
            other = model_fact(book, best, "{} did best in the backtest", source)
            book.say(f"You asked for {model}; {other} did better in the backtest.")


def _leaderboard_facts(book: FactBook, row: Any, name: str, source: str) -> None:
    """Facts of one leaderboard row, so that any answer may cite them; each names the model and the series it belongs to."""
    model_fact(book, row.model, f"{{}} took part in the tournament of {name}", source)
    for measure, value, unit in (("MASE", row.mase, None), ("sMAPE", row.smape, "%"), ("WQL", row.wql, None)):
        if value is not None:
            book.number(value, f"{measure} of {row.model} on {name}", source, unit)
    if row.cov80 is not None:
        book.number(100 * row.cov80, f"Coverage of {row.model}'s 80 % intervals on {name}", source, "%")
