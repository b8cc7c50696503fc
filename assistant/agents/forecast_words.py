"""A forecast in sentences: its values and intervals, the test behind it, and what to be careful about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from assistant.agents.base import model_fact, series_fact
from assistant.agents.forecast_prepare import Prepared
from assistant.agents.wording import cycle_name, period_text, step_words, unit_of
from assistant.data.series import Series
from assistant.facts import FactBook
from assistant.results import Excluded
from assistant.vocabulary import MONTHS

if TYPE_CHECKING:
    from models.types import Forecast, Tournament

_NOMINAL = 80.0
# Coverage further from the nominal one than this, in points of percent, is told.
_FAR_OFF = 10.0
_LISTED = 20
_STEPS_LISTED = 48


def say_forecast(
    book: FactBook, series: Series, forecast: Forecast, times: Sequence[pd.Timestamp | int], levels: Sequence[float]
) -> None:
    """The first and the last step, the mean, and the intervals of the last step."""
    unit, source = unit_of(series), f"models.tournament({series.name})"
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


def say_steps(
    book: FactBook, series: Series, forecast: Forecast, times: Sequence[pd.Timestamp | int], levels: Sequence[float]
) -> None:
    """Every step with its narrowest interval, a line each, as far as a list can be read."""
    unit, source, level = unit_of(series), f"models.tournament({series.name})", min(levels)
    share = book.number(level, f"An interval's level (confidence) in the list of {series.name}", source, "%")
    book.say("")
    book.say(f"Step by step, with the {share} interval:")
    low, high = forecast.intervals[level]
    for position, moment in enumerate(times[:_STEPS_LISTED]):
        when = book.time(moment, series.frequency, f"Time of a step of the forecast of {series.name}", source)
        about = f"a step of the forecast of {series.name}"
        value = book.number(float(forecast.mean[position]), f"Forecast for {about}: {{}}", source, unit)
        lower = book.number(float(low[position]), f"Lower end of the interval of {about}", source, unit)
        upper = book.number(float(high[position]), f"Upper end of the interval of {about}", source, unit)
        book.say(f"- {when}: {value} ({lower} to {upper})")
    if len(times) > _STEPS_LISTED:
        rest = book.number(len(times) - _STEPS_LISTED, f"Steps of the forecast of {series.name} not listed", source)
        book.say("")
        book.say(f"The other {rest} are in the downloads.")


def say_choice(book: FactBook, series: Series, outcome: Tournament, *, forced: bool, driven: bool = False) -> None:
    """The backtest behind the choice, beside the seasonal naive's. driven: drivers came on top, which this test did without."""
    source = f"models.tournament({series.name})"
    rows = {row.model: row for row in outcome.rows}
    winner, naive = rows.get(outcome.forecast.model), rows.get("seasonal-naive")
    for row in outcome.rows:
        leaderboard_facts(book, row, series.name, source)
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
    lead = (
        f"In a backtest {'without the drivers ' if driven else ''}over {origins} past origin{'s' if outcome.origins != 1 else ''}"
    )
    if winner.model == "seasonal-naive":
        what = f"which repeats the last {cycle} cycle" if cycle else "which repeats the last cycle or value"
        if outcome.rows[0].model == winner.model:
            book.say(f"{lead}, no model beats the {yardstick}, {what} (MASE {mine}); so the plain one is used.")
        else:
            book.say(f"{lead}, the {yardstick}, {what}, has a MASE of {mine} (lower is better).")
    else:
        verb = "beats" if outcome.beats_seasonal_naive else "does not beat"
        share = 100 * (1 - winner.mase / naive.mase) if naive.mase else 0.0
        gap = book.number(
            abs(share), f"By how much the errors of {winner.model} on {series.name} differ from the yardstick's", source, "%"
        )
        repeating = f"repeating the last {cycle} cycle" if cycle else "repeating the last cycle or value"
        size = "smaller" if share > 0 else "larger"
        errors = f"its errors are {size} than those of {repeating} by {gap}" if share else f"its errors are those of {repeating}"
        book.say(f"{lead}, {errors}: {model} {verb} the {yardstick}, MASE {mine} against {plain} (lower is better).")
    if forced and outcome.rows[0].model != winner.model:
        other = model_fact(book, outcome.rows[0].model, "{} did best in the backtest", source)
        book.say(f"You asked for {model}; {other} did better in the backtest.")


def leaderboard_facts(book: FactBook, row: Any, name: str, source: str) -> None:
    """Facts of one leaderboard row, so that any answer may cite them; each names the model and the series it belongs to."""
    model_fact(book, row.model, f"{{}} took part in the tournament of {name}", source)
    for measure, value, unit in (("MASE", row.mase, None), ("sMAPE", row.smape, "%"), ("WQL", row.wql, None)):
        if value is not None:
            book.number(value, f"{measure} of {row.model} on {name}", source, unit)
    if row.cov80 is not None:
        book.number(100 * row.cov80, f"Coverage of {row.model}'s 80 % intervals on {name}", source, "%")


def say_cautions(book: FactBook, prepared: Prepared, outcome: Tournament) -> None:
    """What was left out, where the forecast starts, how far the history bears it, and intervals that did not hold."""
    name, frequency = prepared.series.name, prepared.series.frequency
    source = f"agents.forecaster({name})"
    if prepared.excluded:
        say_excluded(book, prepared)
    if prepared.unobserved:
        rows = book.number(prepared.unobserved, f"Rows of {name} after its last value", source)
        last = book.time(prepared.grid.times[-1], frequency, f"Time of the last value of {name}", source)
        which = "row holds" if prepared.unobserved == 1 else f"{rows} rows hold"
        book.say(f"The last {which} no value of {series_fact(book, name)}, so the forecast starts after {last}.")
    observed = int(np.isfinite(prepared.values).sum())
    if prepared.horizon > observed:
        seen = book.number(observed, f"Observed values of {name}", source)
        asked = book.number(prepared.horizon, f"Steps asked for of {name}", source)
        book.say(f"You ask for {asked} steps from {seen} values: so far ahead, the past bears the forecast no more.")
    _say_coverage(book, prepared, outcome, source)


def say_excluded(book: FactBook, prepared: Prepared) -> None:
    """What the user left out, and how many values it held."""
    name, source = prepared.series.name, f"agents.forecaster({prepared.series.name})"
    count = sum(part.values for part in prepared.excluded)
    held = book.number(count, f"Values of {name} that were left out", source)
    words = book.name(_stretches(prepared), "text", f"Left out of {name}: {{}}", source)
    book.say(f"As you asked, I left out {words}: {held} {'value counts' if count == 1 else 'values count'} as missing.")


def _stretches(prepared: Prepared) -> str:
    """The stretches left out in words; one that comes back every year is named once."""
    months = {part.start[5:] for part in prepared.excluded if part.start and part.start == part.end and len(part.start) == 7}
    if len(prepared.excluded) > 2 and len(months) == 1 and all(part.start == part.end for part in prepared.excluded):
        return f"every {MONTHS[int(next(iter(months))) - 1]}"
    ordered = sorted(prepared.excluded, key=lambda part: part.start or "")
    shown = [_stretch(part, prepared.series) for part in ordered]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]


def _stretch(part: Excluded, series: Series) -> str:
    first, last = (None if label is None else period_text(label, series) for label in (part.start, part.end))
    if first is None or last is None:
        return f"everything up to {last}" if first is None else f"everything from {first} on"
    return first if first == last else f"{first} to {last}"


def _say_coverage(book: FactBook, prepared: Prepared, outcome: Tournament, source: str) -> None:
    """Tell where the nominal coverage and the backtest's differ, and what to make of it where chance does not explain it.

    The values of one origin err together, and neighbouring origins share many, so that the origins count, not the values.
    """
    row = next((row for row in outcome.rows if row.model == outcome.forecast.model), None)
    if row is None or row.cov80 is None or outcome.origins < 2:
        return
    found = 100 * row.cov80
    if abs(found - _NOMINAL) <= _FAR_OFF:
        return
    chance = float(np.sqrt(_NOMINAL * (100 - _NOMINAL) / outcome.origins))
    about = f"intervals on {prepared.series.name} in the backtest"
    level = book.number(_NOMINAL, f"Nominal coverage of the {about}", source, "%")
    share = book.number(found, f"Coverage of the {about}", source, "%")
    tight = "narrow" if found < _NOMINAL else "wide"
    verdict = f"they look too {tight}" if abs(found - _NOMINAL) > chance else "over so few stretches that may be chance"
    book.say(f"On the past, the {level} intervals held {share} of the values; {verdict}.")


def say_many(book: FactBook, done: Sequence[tuple[Prepared, Tournament]], failed: Sequence[tuple[str, str]]) -> None:
    """Many forecasts at a glance: a line each for the first, how many beat the seasonal naive, and which failed."""
    source = "models.many"
    count = book.number(len(done), "Series that were forecast", source)
    book.say(f"I forecast {count} series, each by what did best on its own past.")
    if done[0][0].excluded:
        book.say(f"In {series_fact(book, done[0][0].series.name)}, for example:")
        say_excluded(book, done[0][0])
    for prepared, outcome in done[:_LISTED]:
        book.say(_line(book, prepared, outcome))
    if len(done) > _LISTED:
        rest = book.number(len(done) - _LISTED, "Series whose forecasts are not listed in words", source)
        book.say("")
        book.say(f"The other {rest} are in the results and the downloads.")
    tested = [outcome for _, outcome in done if outcome.beats_seasonal_naive is not None]
    book.say("")
    if tested:
        better = book.number(sum(bool(one.beats_seasonal_naive) for one in tested), "Series beating the seasonal naive", source)
        yardstick = model_fact(book, "seasonal-naive", "The yardstick of the tournaments is {}", source)
        whole = book.number(len(tested), "Series with a backtest", source)
        book.say(f"In backtests on each series' past, the forecast beats the {yardstick} on {better} of {whole} series.")
    for name, reason in failed:
        words = book.name(reason, "text", f"Why {name} could not be forecast: {{}}", source)
        book.say(f"- {series_fact(book, name)} could not be forecast. {words}")


def _line(book: FactBook, prepared: Prepared, outcome: Tournament) -> str:
    series, source = prepared.series, f"models.tournament({prepared.series.name})"
    unit, mean = unit_of(series), outcome.forecast.mean
    model = model_fact(book, outcome.forecast.model, f"{{}} was chosen to forecast {series.name}", source)
    last = book.number(float(mean[-1]), f"Forecast for the last step of {series.name}", source, unit)
    when = book.time(prepared.times[-1], series.frequency, f"Last time of the forecast of {series.name}", source)
    average = book.number(float(mean.mean()), f"The mean (average) of the forecast of {series.name}", source, unit)
    row = next((row for row in outcome.rows if row.model == outcome.forecast.model), None)
    error = ""
    if row is not None and row.mase is not None:
        error = f" (MASE {book.number(row.mase, f'MASE of {row.model} on {series.name}', source)})"
    return f"- {series_fact(book, series.name)}: {average} on average, {last} for {when}, by {model}{error}"
