"""What a forecast says of a limit or a direction that was asked about: yes or no, how surely, and where."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.agents.base import series_fact
from assistant.agents.forecast_prepare import Prepared
from assistant.agents.verdicts import open_with
from assistant.agents.wording import step_words, unit_of
from assistant.facts import FactBook, time_preposition
from assistant.plan import Claim, Condition, ForecastArgs

if TYPE_CHECKING:
    from models.types import Forecast

Bound = tuple[float, NDArray[np.float64], NDArray[np.float64]]
_TESTS = {">": np.greater, ">=": np.greater_equal, "<": np.less, "<=": np.less_equal}
_WORDS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below"}


@dataclass(frozen=True)
class Outlook:
    """The verdict on a limit.

    step: the first that meets it, or else the one that comes nearest. best: where the chance is greatest; chance: between which
    percentages it lies there.
    """

    verdict: str
    step: int
    best: int
    met: bool
    chance: tuple[float, float]


def say_outlook(book: FactBook, args: ForecastArgs, prepared: Prepared, forecast: Forecast, levels: Sequence[float]) -> None:
    """Answer what was asked about a limit or a direction, before the forecast is told; nothing where neither was."""
    if args.condition is not None and args.condition.op != "between":
        limit, last = args.condition.threshold, float(prepared.values[np.isfinite(prepared.values)][-1])
        op = args.condition.op if args.condition.op != "==" else ">=" if limit >= last else "<="
        _say_limit(book, Condition(op=op, threshold=limit), prepared, forecast, levels)
    elif args.claim in ("up", "down"):
        _say_direction(book, args.claim, prepared, forecast, levels)


def judge_outlook(op: str, limit: float, mean: NDArray[np.float64], bounds: Sequence[Bound]) -> Outlook:
    """Whether a forecast meets `op` `limit` at any step.

    mean: (step,). bounds: (level in percent, low (step,), high (step,)), the lowest level first. "Yes" and "No" stand where the
    widest interval leaves nothing else, "Probably" and "Probably not" where it does.
    """
    upward = op in (">", ">=")
    meets = _TESTS[op](mean, limit)
    low, high = bounds[-1][1:]
    width = np.maximum(high - low, np.finfo(float).tiny)
    # In widths of its own interval, so that a far step whose interval is wide may be the likeliest.
    best = int(np.argmax((mean - limit) / width if upward else (limit - mean) / width))
    # What an interval leaves to either side of it, by the end that the limit is tested at.
    ends = [(100 - level) / 2 for level, _, _ in bounds]
    surer = [_TESTS[op]((low if upward else high)[best], limit) for _, low, high in bounds]
    likely = [_TESTS[op]((high if upward else low)[best], limit) for _, low, high in bounds]
    if meets.any():
        least = max([50.0, *(100 - end for end, sure in zip(ends, surer, strict=True) if sure)])
        most = min([100.0, *(100 - end for end, sure in zip(ends, surer, strict=True) if not sure)])
        verdict = "Yes, by the forecast" if surer[-1] else "Probably"
        return Outlook(verdict, int(np.argmax(meets)), best, True, (least, most))
    least = max([0.0, *(end for end, can in zip(ends, likely, strict=True) if can)])
    most = min([50.0, *(end for end, can in zip(ends, likely, strict=True) if not can)])
    reached = bool(_TESTS[op](np.max(bounds[-1][2]) if upward else np.min(bounds[-1][1]), limit))
    nearest = int(np.argmax(mean) if upward else np.argmin(mean))
    return Outlook("Probably not" if reached else "No, by the forecast", nearest, best, False, (least, most))


def _say_limit(book: FactBook, limit: Condition, prepared: Prepared, forecast: Forecast, levels: Sequence[float]) -> None:
    series, times = prepared.series, prepared.times
    source, unit = f"models.tournament({series.name})", unit_of(series)
    upward = limit.op in (">", ">=")
    bounds = [(level, *forecast.intervals[level]) for level in sorted(levels)]
    found = judge_outlook(limit.op, limit.threshold, forecast.mean, bounds)
    on = time_preposition(series.frequency, series.dated)
    name = series_fact(book, series.name)
    asked = book.number(limit.threshold, f"The limit asked about for {series.name}", source, unit)
    order = "" if found.met else "highest " if upward else "lowest "
    about = f"The {order}forecast of {series.name} that is told: {{}}"
    value = book.number(float(forecast.mean[found.step]), about, source, unit)
    when = book.time(times[found.step], series.frequency, f"Time of that step of the forecast of {series.name}", source)
    side = _WORDS[limit.op]
    if found.met:
        first = f"{on} {when}, at {value}" if len(times) > 1 else f"{on} {when}: {value} is forecast"
        book.say(f"{name} is forecast to be {side} {asked} for the first time {first}.")
    else:
        steps = book.number(len(times), f"Steps of {series.name} looked ahead", source, step_words(series.frequency, len(times)))
        book.say(
            f"Over the next {steps}, {name} is not forecast to be {side} {asked}; the {order}forecast is {value}, {on} {when}."
        )
    open_with(book, len(book.sentences) - 1, found.verdict, source)
    nearest = book.time(
        times[found.best], series.frequency, f"When the forecast of {series.name} is most likely to be so", source
    )
    chance = _chance(book, prepared, found)
    book.say(f"By the forecast's intervals, the chance of that is {chance} {on} {nearest}, the likeliest time.")


def _chance(book: FactBook, prepared: Prepared, found: Outlook) -> str:
    """The chance in words: "below 2.5%", "between 10% and 50%"."""
    source = f"models.tournament({prepared.series.name})"
    low, high = (
        book.number(end, f"An end of the chance of that for {prepared.series.name}", source, "%") for end in found.chance
    )
    if found.chance[0] <= 0:
        return f"below {high}"
    return f"above {low}" if found.chance[1] >= 100 else f"between {low} and {high}"


def _say_direction(book: FactBook, claim: Claim, prepared: Prepared, forecast: Forecast, levels: Sequence[float]) -> None:
    """Whether the last step lies above or below the last known value."""
    series, times = prepared.series, prepared.times
    source, unit = f"models.tournament({series.name})", unit_of(series)
    known = int(np.flatnonzero(np.isfinite(prepared.values))[-1])
    last, end = float(prepared.values[known]), float(forecast.mean[-1])
    bounds = [(level, low[-1:], high[-1:]) for level in sorted(levels) for low, high in [forecast.intervals[level]]]
    op = ">" if claim == "up" else "<"
    found = judge_outlook(op, last, forecast.mean[-1:], bounds)
    on = time_preposition(series.frequency, series.dated)
    name = series_fact(book, series.name)
    value = book.number(end, f"Forecast for the last step of {series.name}: {{}}", source, unit)
    when = book.time(times[-1], series.frequency, f"Last time of the forecast of {series.name}", source)
    before = book.number(last, f"The last known value of {series.name} is {{}}", source, unit)
    then = book.time(prepared.grid.times[known], series.frequency, f"Time of the last known value of {series.name}", source)
    book.say(f"{name} is forecast to be {value} {on} {when}, against {before} {on} {then}.")
    open_with(book, len(book.sentences) - 1, found.verdict, source)
    side = "higher" if claim == "up" else "lower"
    book.say(f"By the forecast's intervals, the chance that it is {side} then is {_chance(book, prepared, found)}.")
