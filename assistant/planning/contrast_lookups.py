"""Look-ups that set times against each other: two stretches, two recurring times, or a month held to be the first."""

from __future__ import annotations

import re
from typing import cast

from assistant.plan import AnalystArgs, Grouping, Lookup, Recurring, Span, Statistic
from assistant.planning.contrasts import contrasts
from assistant.planning.dates import Period
from assistant.planning.lexicon import JOINABLE
from assistant.planning.move_lookups import recurring_fields
from assistant.planning.rhythm import Rhythm
from assistant.planning.slots import GroupPick, Statistics, read_pick, read_statistics
from assistant.planning.times import Times, is_coarser
from assistant.planning.yesno import is_yes_no


def rows_of(times: Times) -> Recurring:
    """The recurring rows that a clause's times choose."""
    return Recurring(**recurring_fields(times))


def opposed_steps(opposed: tuple[Times, ...], rest: str, series: tuple[str, ...], times: Times) -> tuple[AnalystArgs, ...]:
    """A step for each of two recurring times; the first is told beside the second, so that it can be said which is more.

    () without two.
    """
    if len(opposed) != 2:
        return ()
    chosen = next((one for one in read_statistics(rest).found if one in JOINABLE), "mean")
    first, second = (rows_of(one) for one in opposed)
    lookups = (Lookup(statistic=chosen, **first.model_dump(), other=second), Lookup(statistic=chosen, **second.model_dump()))
    return tuple(AnalystArgs(task="lookup", series=series, span=times.span, lookup=one) for one in lookups)


def supposed_lookup(text: str, group: GroupPick | None, statistics: Statistics, times: Times) -> Lookup | None:
    """ "Is March always the best month", "is it busiest on Fridays": how often that group comes first, and which does usually."""
    pick = read_pick(text)
    if not is_yes_no(text) or pick is None:
        return None
    if times.span is not None:
        year = times.span.start or ""
        if group is None or group.group != "year" or not re.fullmatch(r"\d{4}", year) or times.span.end != year:
            return None
        return Lookup(statistic="mean", group="year", pick=pick, supposed=int(year))
    quarter = re.search(r"\bq([1-4])\b", text)
    if quarter is not None and len(times.months) == 3 and (group is None or group.group == "quarter"):
        return Lookup(statistic="mean", group="quarter", pick=pick, supposed=int(quarter.group(1)))
    named = [
        (kind, found) for kind, found in (("month", times.months), ("weekday", times.weekdays), ("hour", times.hours)) if found
    ]
    if len(named) != 1 or len(named[0][1]) != 1 or not set(statistics.found) <= {"max", "min", "mean"}:
        return None
    kind, (value,) = named[0]
    if group is not None and group.group != kind:
        return None
    return Lookup(statistic="mean", group=cast("Grouping", kind), pick=pick, supposed=value)


def versus_step(
    text: str, pair: list[Period], statistics: Statistics, series: tuple[str, ...], times: Times, rhythm: Rhythm
) -> AnalystArgs:
    """Two stretches: their means (or another statistic) set against each other, or the way from the one to the other."""
    moving: Statistic | None = next((one for one in statistics.found if one in {"change", "growth"}), None)
    apart = contrasts(text)
    if moving is not None and (not apart or not any(is_coarser(period, rhythm) for period in pair)):
        span = Span(start=min(pair[0].first, pair[1].first), end=max(pair[0].last, pair[1].last))
        return AnalystArgs(task="lookup", series=series, span=span, lookup=Lookup(statistic=moving))
    statistic = next((one for one in statistics.found if one in JOINABLE), "mean")
    if moving is not None and re.search(r"\b(?:growth|change|increase|decrease)s?\b", text) and " than" not in text:
        statistic = moving
    lookup = Lookup(statistic=statistic, versus=pair[1].span(), months=times.months, weekdays=times.weekdays, hours=times.hours)
    return AnalystArgs(task="lookup", series=series, span=pair[0].span(), lookup=lookup)
