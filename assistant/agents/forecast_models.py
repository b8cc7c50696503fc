"""Which model, and why: two models on the same past origins, and the grounds on which a tournament chose its winner."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant import results
from assistant.agents.base import model_fact, series_fact
from assistant.agents.forecast_prepare import Prepared
from assistant.agents.wording import cycle_name
from assistant.errors import BadRequest
from assistant.facts import FactBook, Reference

if TYPE_CHECKING:
    from models.paired import Paired
    from models.types import Tournament

_BASELINE = "seasonal-naive"
_COMBINATION = "combination"
_WORTH_NAMING = 0.05


def pair_of(wanted: Sequence[str], outcome: Tournament) -> tuple[str, str]:
    """The two models to compare: those named, or the one named with the tournament's choice (its runner-up if that is named)."""
    if len(wanted) == 2:
        return wanted[0], wanted[1]
    ranked = [row.model for row in outcome.rows if row.failed is None]
    others = [name for name in (outcome.forecast.model, *ranked) if name != wanted[0]]
    if not others:
        raise BadRequest("There is no second model to compare with; name two, for example theta and ets.")
    return wanted[0], others[0]


def say_pair(book: FactBook, name: str, asked: str, other: str, outcome: Tournament) -> None:
    """What a single named model is set against."""
    source = f"models.tournament({name})"
    mine = model_fact(book, asked, f"A model asked about for {name}: {{}}", source)
    rival = model_fact(book, other, f"The model it is compared with on {name}: {{}}", source)
    if asked == outcome.forecast.model:
        book.say(f"The forecast is already by {mine}, so I set {rival} beside it.")
    else:
        book.say(f"The forecast is by {rival}, so I set {mine} beside that.")


def paired_models(names: tuple[str, str], outcome: Tournament) -> Paired | None:
    """The two models' errors at the tournament's origins; None where the history is too short or one could not be fitted."""
    from models.paired import pair_rows

    rows = {row.model: row for row in outcome.rows}
    if names[0] not in rows or names[1] not in rows:
        return None
    return pair_rows(rows[names[0]], rows[names[1]], outcome.origins_at, outcome.steps)


def compared_result(names: tuple[str, str], paired: Paired) -> results.ComparedModels:
    """The comparison for the document."""
    low, high = paired.interval()
    return results.ComparedModels(
        models=names,
        mase=(float(paired.first.mean()), float(paired.second.mean())),
        wins=paired.wins,
        origins=paired.origins,
        difference=paired.difference,
        low=low,
        high=high,
    )


def say_overall(book: FactBook, names: tuple[str, str], found: Sequence[Paired | None]) -> None:
    """On how many of several series each of two models did better."""
    source = "models.paired"
    words = [model_fact(book, model, "A model that is compared: {}", source) for model in names]
    told = [paired.difference for paired in found if paired is not None]
    wins = (sum(one < 0 for one in told), sum(one > 0 for one in told))
    shown = [book.number(count, f"Series on which {name} did better", source) for name, count in zip(names, wins, strict=True)]
    book.say("")
    book.say(f"{words[0]} did better on {shown[0]} series, {words[1]} on {shown[1]}.")


def say_compared(book: FactBook, name: str, names: tuple[str, str], paired: Paired | None) -> None:
    """Who won how often, by how much, whether that could be chance, and where."""
    source = f"models.paired({name})"
    first, second = (model_fact(book, model, "A model that is compared: {}", source) for model in names)
    book.say("")
    if paired is None:
        book.say(f"The past of {series_fact(book, name)} is too short to tell {first} and {second} apart.")
        return
    better, worse = (0, 1) if paired.difference <= 0 else (1, 0)
    words = (first, second)
    errors = [_error(book, names[index], name, value, source) for index, value in enumerate((paired.first, paired.second))]
    origins = book.number(paired.origins, f"Origins at which {names[0]} and {names[1]} were compared on {name}", source)
    if paired.difference == 0:
        book.say(f"At {origins} past origins, {first} and {second} made the same error: MASE {errors[0]}.")
        return
    wins = [
        book.number(count, f"Origins at which {names[index]} had the smaller error on {name}", source)
        for index, count in enumerate(paired.wins)
    ]
    book.say(
        f"On {series_fact(book, name)}, {words[better]} did better than {words[worse]}: MASE {errors[better]} against "
        f"{errors[worse]} (lower is better) over the same {origins} past origins, with the smaller error at {wins[better]} of "
        f"them; {words[worse]} had it at {wins[worse]}."
    )
    _say_chance(book, name, names, paired, source)
    _say_near_and_far(book, name, names, paired, source)


def _error(book: FactBook, model: str, name: str, values: object, source: str) -> Reference:
    import numpy as np

    return book.number(float(np.mean(np.asarray(values))), f"MASE of {model} on {name}, at the origins compared", source)


def _say_chance(book: FactBook, name: str, names: tuple[str, str], paired: Paired, source: str) -> None:
    low, high = paired.interval()
    sign = -1 if paired.difference > 0 else 1
    ends = sorted((sign * -low, sign * -high))
    about = f"difference of the MASE of {names[0]} and {names[1]} on {name}"
    gap = book.number(abs(paired.difference), f"The mean {about}", source)
    lower, upper = (book.number(end, f"An end of the interval of the {about}", source) for end in ends)
    level = book.number(95, "Level of the interval of a difference between two models", source, "%")
    apart = low > 0 or high < 0
    verdict = "so it is unlikely to be chance" if paired.beyond_chance else "so it could be chance"
    if apart and not paired.beyond_chance:
        verdict = "but they share so much that it could still be chance"
    book.say(
        f"The mean difference is {gap}; resampling the origins, which share data, puts it between {lower} and {upper} ({level}), "
        f"{verdict}."
    )


def _say_near_and_far(book: FactBook, name: str, names: tuple[str, str], paired: Paired, source: str) -> None:
    """Where each of the two is ahead: in the first or in the last third of the steps."""
    if paired.near is None or paired.far is None or paired.near == paired.far:
        return
    words = [model_fact(book, model, "A model that is compared: {}", source) for model in names]
    leads = [0 if errors[0] <= errors[1] else 1 for errors in (paired.near, paired.far)]
    shown = []
    for lead, errors, part in zip(leads, (paired.near, paired.far), ("first", "last"), strict=True):
        values = [
            book.number(errors[index], f"MASE of {names[index]} over the {part} third of the steps on {name}", source)
            for index in (lead, 1 - lead)
        ]
        shown.append(f"({values[0]} against {values[1]})")
    if leads[0] == leads[1]:
        book.say(f"Over the nearest steps {words[leads[0]]} is ahead {shown[0]}, and over the farthest too {shown[1]}.")
    else:
        book.say(f"Over the nearest steps {words[leads[0]]} is ahead {shown[0]}, over the farthest {words[leads[1]]} {shown[1]}.")


def say_why(book: FactBook, prepared: Prepared, outcome: Tournament) -> results.ComparedModels | None:
    """Why the tournament chose its winner: the errors, what the model does, the series' shape, and where it is ahead."""
    name = prepared.series.name
    source = f"models.tournament({name})"
    rows = [row for row in outcome.rows if row.failed is None and row.mase is not None]
    winner = next((row for row in rows if row.model == outcome.forecast.model), None)
    book.say("")
    if winner is None or winner.mase is None:
        book.say("There was too little history to hold any of it back, so no model could be shown to be better than another.")
        return None
    model = model_fact(book, winner.model, f"{{}} was chosen to forecast {name}", source)
    origins = book.number(outcome.origins, f"Rolling origins of the backtest of {name}", source)
    best = next(row for row in rows if row.model != winner.model)
    shown = [
        f"{book.number(float(row.mase or 0), f'MASE of {row.model} on {name}', source)} for "
        f"{model_fact(book, row.model, 'A model of the tournament: {}', source)}"
        for row in dict.fromkeys((winner, best, *(row for row in rows if row.model == _BASELINE)))
    ]
    count = book.number(len(rows), f"Models that took part in the tournament of {name}", source)
    book.say(
        f"Why {model}: {count} forecasters were tried on the same {origins} stretches of the past, and the MASE is "
        f"{', '.join(shown)} (lower is better)."
    )
    if rows.index(winner) and winner.model == _COMBINATION:
        book.say("One model did a little better on the past; over so few stretches that may be luck, so the combination stays.")
    _say_members(book, outcome, name, source)
    _say_what_it_does(book, winner.model, model, source)
    _say_shape(book, prepared)
    names = (winner.model, best.model)
    paired = paired_models(names, outcome)
    say_compared(book, name, names, paired)
    return None if paired is None else compared_result(names, paired)


def _say_members(book: FactBook, outcome: Tournament, name: str, source: str) -> None:
    """The combination's members by weight."""
    if outcome.forecast.model != _COMBINATION or not outcome.weights:
        return
    shown = []
    for member, weight in outcome.weights:
        if weight >= _WORTH_NAMING:
            about = f"Weight of {member} in the combination for {name}"
            share = book.number(100 * weight, about, source, "%", text=f"{100 * weight:.0f}%")
            shown.append(f"{model_fact(book, member, 'A member of the combination: {}', source)} {share}")
    count = book.number(len(outcome.weights), f"Models that are combined for {name}", source)
    book.say(f"It is the weighted mean of {count} models, the better on the past the weightier: {', '.join(shown)}.")
    if outcome.drawn_in:
        far = ", ".join(str(model_fact(book, member, "A model that ran away: {}", source)) for member in outcome.drawn_in)
        book.say(f"Far from the others was {far}; for the mean it was held between half and twice their weighted middle.")


def _say_what_it_does(book: FactBook, name: str, model: Reference, source: str) -> None:
    from models.registry import available

    summary = next((entry.summary for entry in available("forecaster") if entry.name == name), None)
    if summary is not None:
        words = book.name(summary, "text", f"What {name} does: {{}}", source)
        book.say(f"What {model} does: {words}.")


def _say_shape(book: FactBook, prepared: Prepared) -> None:
    """The series' season and trend, which say what a model has to cope with."""
    from assistant.analysis.seasonality import find_seasons
    from assistant.analysis.trend import find_trend

    series = prepared.series
    seasons = find_seasons(series.values, series.frequency)
    name = series_fact(book, series.name)
    source = f"analysis({series.name})"
    words = []
    if seasons:
        share = f"Strength of the strongest season of {series.name}: the share of the detrended variance that it explains"
        strength = book.number(100 * seasons[0].strength, share, source, "%")
        cycle = cycle_name(seasons[0].period, series.frequency) or "repeating"
        words.append(f"a {cycle} season that explains {strength} of what the trend leaves")
    else:
        words.append("no clear season")
    trend = find_trend(series, tuple(season.period for season in seasons))
    direction = {"up": "an upward trend", "down": "a downward trend"}.get(trend.direction if trend else "", "no clear trend")
    words.append(direction)
    book.say(f"{name} has {' and '.join(words)}, which is what a model has to cope with here.")
