"""A scenario beside a forecast: what the user assumes, applied to the steps it names, and told as an assumption."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from assistant import results
from assistant.agents.wording import period_text, step_words
from assistant.analysis.prepare import split_frequency
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.facts import FactBook, Reference
from assistant.plan import Assumption
from assistant.vocabulary import MONTHS, WEEKDAYS

Points = tuple[dict[str, float | str | None], ...]
Moments = Sequence[pd.Timestamp | int]

_STEPS_SHOWN = 3
_LONGER_THAN_HOURS = frozenset({"D", "B", "C", "W", "MS", "ME", "QS", "QE", "YS", "YE"})
_ASSUMED = "the user's assumption"


def chosen_steps(assumption: Assumption, times: Moments, frequency: str | None) -> np.ndarray:
    """(step,) whether an assumption speaks of each step. A step longer than a month counts where all of its months are named.

    Raises BadRequest where months, weekdays or hours are named and the steps have none.
    """
    chosen = np.ones(len(times), dtype=bool)
    dated = bool(len(times)) and isinstance(times[0], pd.Timestamp)
    if (assumption.months or assumption.weekdays or assumption.hours) and not dated:
        raise BadRequest("This series has no dates, so no month, weekday or hour of its forecast can change; name rows instead.")
    if assumption.hours and split_frequency(frequency)[1] in _LONGER_THAN_HOURS:
        raise BadRequest(f"One step of this series is a {step_words(frequency, 1)}, so single hours of it cannot be changed.")
    if assumption.months:
        wanted = set(assumption.months)
        spans = [_months_of(moment, frequency) for moment in times]
        chosen &= np.array([months <= wanted for months in spans], dtype=bool)
        if not chosen.any() and any(months & wanted for months in spans):
            named = " and ".join(MONTHS[month - 1] for month in assumption.months)
            raise BadRequest(
                f"One step of this series is a {step_words(frequency, 1)}, so {named} alone cannot be changed; name whole "
                f"{step_words(frequency)}."
            )
    if assumption.weekdays:
        chosen &= np.array([_stamp(moment).weekday() in assumption.weekdays for moment in times], dtype=bool)
    if assumption.hours:
        chosen &= np.array([_stamp(moment).hour in assumption.hours for moment in times], dtype=bool)
    if assumption.span is not None:
        index = pd.DatetimeIndex(times) if dated else pd.RangeIndex(int(times[0]), int(times[-1]) + 1)  # type: ignore[arg-type]
        whole = Series("", index, np.zeros(len(times)), frequency)
        chosen &= np.isin(index, whole.between(assumption.span.start, assumption.span.end).times)
    return chosen


def _stamp(moment: pd.Timestamp | int) -> pd.Timestamp:
    assert isinstance(moment, pd.Timestamp)
    return moment


def _months_of(moment: pd.Timestamp | int, frequency: str | None) -> set[int]:
    """The calendar months that a step covers."""
    stamp = _stamp(moment)
    base = (frequency or "").lstrip("0123456789").split("-")[0]
    length = {"Q": 3, "Y": 12}.get(base.lstrip("B")[:1], 1) if base[-1:] in {"S", "E"} else 1
    last = stamp.month - 1
    start = last - length + 1 if base.endswith("E") else last
    return {(start + offset) % 12 + 1 for offset in range(length)}


def steps_to_reach(assumptions: Sequence[Assumption], times: Moments, frequency: str | None) -> int:
    """The steps it takes to come to each assumption's first; 0 where one is not among the times."""
    reached = [chosen_steps(one, times, frequency) for one in assumptions]
    return max((int(np.flatnonzero(steps)[0]) + 1 for steps in reached if steps.any()), default=0)


def build_scenario(
    assumptions: Sequence[Assumption], points: Points, times: Moments, frequency: str | None, shifts: np.ndarray
) -> results.Scenario | None:
    """The points under assumptions, one after the other. Intervals move with the mean: an assumption carries no uncertainty.

    shifts: (step,) what changed drivers add, beforehand. None where an assumption speaks of none of the steps.
    """
    changed = [_moved(point, float(shift)) for point, shift in zip(points, shifts, strict=True)]
    for assumption in assumptions:
        if assumption.driver is not None:
            continue
        steps = chosen_steps(assumption, times, frequency)
        if not steps.any():
            return None
        changed = [_under(assumption, point) if on else point for point, on in zip(changed, steps, strict=True)]
    plain, other = _means(points), _means(tuple(changed))
    return results.Scenario(
        assumptions=tuple(
            {
                "kind": one.kind,
                "value": one.value,
                "months": list(one.months),
                "weekdays": list(one.weekdays),
                "hours": list(one.hours),
                "start": one.span.start if one.span else None,
                "end": one.span.end if one.span else None,
                "driver": one.driver,
            }
            for one in assumptions
        ),
        points=tuple(changed),
        sum=float(other.sum()),
        plain_sum=float(plain.sum()),
        difference=float(other.sum() - plain.sum()),
    )


def _means(points: Points) -> np.ndarray:
    return np.array([point["mean"] for point in points], dtype=np.float64)


def _under(assumption: Assumption, point: dict[str, float | str | None]) -> dict[str, float | str | None]:
    if assumption.kind == "percent":
        factor = 1 + assumption.value / 100
        # Below zero, ten percent more is nearer to zero for the bound as for the mean: each moves in proportion to itself.
        moved = {key: value * factor if isinstance(value, float) else value for key, value in point.items()}
        return _ordered(moved)
    mean = point["mean"]
    assert isinstance(mean, float)
    return _moved(point, assumption.value if assumption.kind == "amount" else assumption.value - mean)


def _moved(point: dict[str, float | str | None], shift: float) -> dict[str, float | str | None]:
    return {key: value + shift if isinstance(value, float) else value for key, value in point.items()}


def _ordered(point: dict[str, float | str | None]) -> dict[str, float | str | None]:
    """The point with each interval's lower end first (a factor below zero turns them round)."""
    for key in [key for key in point if key.startswith("lo")]:
        low, high = point[key], point[f"hi{key[2:]}"]
        if isinstance(low, float) and isinstance(high, float) and low > high:
            point[key], point[f"hi{key[2:]}"] = high, low
    return point


def say_scenario(
    book: FactBook,
    series: Series,
    assumptions: Sequence[Assumption],
    scenario: results.Scenario,
    points: Points,
    times: Moments,
    unit: str | None,
) -> None:
    """The assumptions in the user's own numbers, and forecast and scenario side by side."""
    source = f"agents.forecaster.scenario({series.name})"
    book.say("")
    say_assumed(book, series, assumptions, unit)
    moved = [
        position
        for position, (plain, other) in enumerate(zip(points, scenario.points, strict=True))
        if plain["mean"] != other["mean"]
    ]
    for position in moved[:_STEPS_SHOWN] if len(moved) <= _STEPS_SHOWN else ():
        when = book.time(times[position], series.frequency, f"A step that the assumption changes in {series.name}", source)
        before = book.number(
            float(points[position]["mean"] or 0), f"Forecast of {series.name} without the assumption", source, unit
        )
        after = book.number(
            float(scenario.points[position]["mean"] or 0), f"Forecast of {series.name} under the assumption", source, unit
        )
        book.say(f"- {when}: {after} instead of {before}")
    count = len(points)
    steps = book.number(count, f"Steps of the scenario of {series.name}", source, step_words(series.frequency, count))
    if _STEPS_SHOWN < len(moved) < count:
        changed = book.number(len(moved), f"Steps that the assumption changes in {series.name}", source)
        book.say(f"It changes {changed} of the {steps}.")
    _say_sums(book, series.name, scenario, count, steps, unit, source)


def say_out_of_reach(book: FactBook, series: Series, times: Moments) -> None:
    """That the assumptions speak of times that the forecast does not reach."""
    source = f"agents.forecaster.scenario({series.name})"
    first, last = (
        book.time(moment, series.frequency, f"An end of the forecast of {series.name}", source)
        for moment in (times[0], times[-1])
    )
    book.say("")
    book.say(
        f"The forecast runs from {first} to {last}, and what you assume lies outside that, so it changes nothing; ask for a "
        "forecast that reaches it."
    )


def say_assumed(book: FactBook, series: Series, assumptions: Sequence[Assumption], unit: str | None) -> None:
    """What the user assumes, as the user's own words."""
    parts = [_assumed(book, one, series, unit) for one in assumptions]
    book.say(f"Your assumption, not something the data say: {' and '.join(parts)}.")


def _say_sums(
    book: FactBook, name: str, scenario: results.Scenario, count: int, steps: Reference, unit: str | None, source: str
) -> None:
    total = book.number(scenario.sum, f"Total (sum) of the forecast of {name} under the assumption", source, unit)
    plain = book.number(scenario.plain_sum, f"Total (sum) of the forecast of {name} without the assumption", source, unit)
    mean = book.number(scenario.sum / count, f"Mean (average) of the forecast of {name} under the assumption", source, unit)
    was = book.number(
        scenario.plain_sum / count, f"Mean (average) of the forecast of {name} without the assumption", source, unit
    )
    gap = book.number(
        abs(scenario.difference), f"Difference of the totals of {name} with and without the assumption", source, unit
    )
    word = "more" if scenario.difference > 0 else "less"
    share = ""
    if scenario.plain_sum:
        percent = 100 * abs(scenario.difference / scenario.plain_sum)
        share = f" ({book.number(percent, f'Difference of the totals of {name}, as a share of the plain one', source, '%')})"
    if scenario.difference == 0:
        book.say(f"Over the {steps} that makes no difference: the total stays at {plain}.")
        return
    book.say(
        f"Over the {steps} the total is {total} instead of {plain}, which is {gap}{share} {word}; the average is {mean} instead "
        f"of {was}."
    )


def _assumed(book: FactBook, assumption: Assumption, series: Series, unit: str | None) -> str:
    """One assumption in words, its numbers as facts whose source is the user."""
    about = assumption.driver or series.name
    name = book.name(about, "series", "The user assumes something about {}", _ASSUMED)
    if assumption.kind == "level":
        value = book.number(assumption.value, f"The level that the user assumes for {about}", _ASSUMED, unit)
        words = f"{name} is {value}"
    else:
        shown = "%" if assumption.kind == "percent" else (unit if assumption.driver is None else None)
        value = book.number(abs(assumption.value), f"The change that the user assumes for {about}", _ASSUMED, shown)
        words = f"{name} is {value} {'higher' if assumption.value >= 0 else 'lower'}"
    return words + _when(book, assumption, series)


def _when(book: FactBook, assumption: Assumption, series: Series) -> str:
    words = ""
    names = [MONTHS[month - 1] for month in assumption.months] + [f"{WEEKDAYS[day]}s" for day in assumption.weekdays]
    if names:
        joined = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        listed = book.name(joined, "text", "When the user assumes something: {}", _ASSUMED)
        words += f" {'on' if assumption.weekdays and not assumption.months else 'in'} {listed}"
    if assumption.hours:
        clock = ", ".join(f"{hour:02d}:00" for hour in assumption.hours)
        words += f" at {book.name(clock, 'text', 'The hours that the user assumes something for: {}', _ASSUMED)}"
    if assumption.span is None:
        return words or " at every step"
    ends = [(label, moment) for label, moment in (("from", assumption.span.start), ("to", assumption.span.end)) if moment]
    if len(ends) == 2 and ends[0][1] == ends[1][1]:
        ends = [("in", ends[0][1])]
    shown = [
        (word, book.name(period_text(moment, series), "text", "The time that the user assumes something for: {}", _ASSUMED))
        for word, moment in ends
    ]
    return words + "".join(f" {word} {moment}" for word, moment in shown)
