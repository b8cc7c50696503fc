"""Look-ups: from the words of a question with one computed answer to `Lookup` steps.

Choices where English leaves one: a value asked for a stretch longer than a sample is its mean, or with "how much" and "how
many" its sum, unless what is counted is there at any one time (people, jobs); change and growth between two stretches go from
the first value of the one to the last of the other; two stretches set against each other ("than", "vs") compare their means
(`versus`); "best" is the highest and "worst" the lowest; a past-tense "which month was highest" about monthly data asks for one
month, "which month is highest" for the month of the year.
"""

from __future__ import annotations

import re
from dataclasses import replace

from assistant.errors import BadRequest
from assistant.plan import AnalystArgs, Condition, Grouping, Lookup, Span, Statistic
from assistant.planning.contrast_lookups import opposed_steps, rows_of, supposed_lookup, versus_step
from assistant.planning.contrasts import (
    contrasts,
    data_years,
    is_comparative,
    opposed_times,
    recurring_group,
    two_periods,
)
from assistant.planning.dates import DATE, Period
from assistant.planning.lexicon import JOINABLE
from assistant.planning.move_lookups import move_lookup, recurring_fields
from assistant.planning.moves import PERCENT, read_move, read_moved_by, read_ranked, read_run, read_since
from assistant.planning.rhythm import UNIT, Rhythm, unit_of
from assistant.planning.slots import GroupPick, Statistics, read_condition, read_count, read_group, read_pick, read_statistics
from assistant.planning.tested_lookups import tested_step
from assistant.planning.times import DAY_OF_YEAR, Times, is_coarser, label, latest_month, read_times
from assistant.planning.wording import NUMBER, number
from assistant.planning.yesno import direction, is_yes_no

_PRIORITY: tuple[Statistic, ...] = (
    "step", "usual_step", "year_over_year", "range", "std", "growth", "change", "median", "max", "min", "count", "sum", "first",
    "last", "mean",
)  # fmt: skip
_STOCK = re.compile(r"\bhow many .{0,60}\b(?:people|persons|jobs|workers|employees|staff|employed|worked)\b")
# "How long did it stay below 0", "the longest stretch above 30", "days in a row above 5"; "how long ago" asks for a moment.
_LONGEST = re.compile(
    r"\bhow long(?! ago\b)\b|\b(?:longest|lengthiest)\b|"
    r"\b(?:in a row|consecutive(?:ly)?|without (?:a )?(?:break|interruption)|uninterrupted(?:ly)?|at a stretch)\b"
)
_WHEN = re.compile(
    r"^(?:and |so |then )*(?:(?:tell|show|give|list|find)(?: me)? )?(?:(?:since )?when\b|(?:on|in|at|during) (?:which|what) |"
    r"(?:all |every |each |the )*(?:dates?|days?|times?|hours?|weeks?|months?|years?|stretch(?:es)?|periods?|occasions?) "
    r"(?:when|in which|on which|at which|where)\b)|"
    r"^(?:list|show) .{0,40}\b(?:dates?|days|times|hours|weeks|months|years|stretches)\b"
)
_STEP_OF_GROUP: dict[str, str] = {"hour": "hour", "month": "month", "quarter": "quarter", "year": "year"}


def has_lookup(text: str, rhythm: Rhythm) -> bool:
    """Whether a clause names a statistic, a condition, a grouping, or a value at a time."""
    if read_statistics(text).found or read_condition(text, data_years(rhythm))[0] is not None or read_group(text) is not None:
        return True
    if (
        read_ranked(text) is not None
        or read_run(text) is not None
        or moved_in_time(text, rhythm)
        or (read_since(text) is not None and is_yes_no(text) and direction(text) is not None)
        or usually_when(text, rhythm) is not None
    ):
        return True
    asks = re.search(
        (
            r"^(?:and |so |then )?(?:how \w+ (?:is|was|are|were|has|have)|what|how much|how many|how high|how "
            r"low|how large|how big|give|tell|show|"
            r"the value|value)\b|\bvalue\b"
        ),
        text,
    )
    return asks is not None and (read_times(text, rhythm).any or _ago(text, rhythm) is not None)


def moved_in_time(text: str, rhythm: Rhythm) -> bool:
    """Whether a yes/no question asks for a move over a stretch of the data: "did it grow last year", "has it fallen since"."""
    lasting = re.search(r"\b(?!during\b)\w+ing\b", text) is not None  # "is it growing" asks for a trend
    return not lasting and is_yes_no(text) and direction(text) is not None and read_times(text, rhythm).span is not None


_CYCLE_OF: dict[str, Grouping] = {
    "second": "hour", "minute": "hour", "hour": "hour", "day": "month", "business": "month", "week": "month", "month": "month",
    "quarter": "quarter",
}  # fmt: skip


def usually_when(text: str, rhythm: Rhythm) -> GroupPick | None:
    """ "When is it busiest", in the present: the hour, month or quarter with the highest mean, by the data's own step."""
    pick = read_pick(text)
    asked = re.search(r"\bwhen (?:is|are|does|do)\b(?! .{0,60}\b(?:next|will|going)\b)", text) is not None
    group = _CYCLE_OF.get(rhythm.unit or "")
    # A superlative about what is ("when is the peak") may mean one moment; a plain adjective ("when is it calm") never does.
    if not asked or group is None or pick is None or re.search(r"\b(?:peak|maximum|minimum|record|ever|all[- ]time)\b", text):
        return None
    return GroupPick(group, pick, True)


_LATELY = re.compile(r"\b(?:lately|of late|these days|nowadays|(?<!most )recently)\b")
# How far back "lately" reaches, in the unit that a series of this step is usually thought of.
_RECENT: dict[str, tuple[int, str]] = {
    "second": (1, "hour"), "minute": (1, "day"), "hour": (1, "week"), "day": (1, "month"), "business": (1, "month"),
    "week": (1, "quarter"), "month": (1, "year"), "quarter": (1, "year"), "year": (5, "year"),
}  # fmt: skip


def _recent(text: str, rhythm: Rhythm) -> Span | None:
    """What "lately" stands for: a guess, which the answer names with the span."""
    reach = _RECENT.get(rhythm.unit or "")
    if _LATELY.search(text) is None or reach is None:
        return None
    return read_times(f"the last {reach[0]} {reach[1]}s", rhythm).span


def lookup_steps(
    text: str, series: tuple[str, ...], rhythm: Rhythm, outer: Times | None = None, *, written: str = ""
) -> tuple[AnalystArgs, ...]:
    """Steps for a clause; several statistics joined by "and" give a step each.

    outer: times named elsewhere in the question. written: the clause with the series' names in it.
    """
    condition, rest = (None, text) if _compares_periods(text, rhythm) else read_condition(text, data_years(rhythm))
    top, rest = read_count(rest, 50)
    pair = two_periods(rest, rhythm)
    ago = _ago(rest, rhythm)
    times = read_times(rest, rhythm)
    if not times.any and outer is not None:
        times = outer
    if times.span is None and (recent := _recent(text, rhythm)) is not None:
        times = replace(times, span=recent)
    special = _special_steps(text, rest, condition, series, times, rhythm)
    if special:
        return special
    group, statistics = read_group(rest), read_statistics(times.text if times is not outer else rest)
    group = group or (usually_when(text, rhythm) if not times.any else None)
    recurring = recurring_group(times)
    if group is None and recurring is not None and not statistics.found and condition is None and is_comparative(text):
        lookup = Lookup(statistic="mean", group=recurring.group, contrast=rows_of(times))
        return (AnalystArgs(task="lookup", series=series, lookup=lookup),)
    supposed = supposed_lookup(rest, group, statistics, times)
    if supposed is not None:
        span = None if supposed.group == "year" else times.span  # the year is what is compared, not where
        return (AnalystArgs(task="lookup", series=series, span=span, lookup=supposed),)
    if len(pair) == 2 and (contrasts(text) or set(statistics.found) & {"change", "growth"}):
        return (versus_step(text, pair, statistics, series, times, rhythm),)
    listed = _several_stretches(text, times)
    if listed and group is None:
        return tuple(step for one in listed for step in lookup_steps(one, series, rhythm, outer, written=written))
    moving = "step" in statistics.found and (group is None or group.group != "year")
    if group == GroupPick("year", None, True) and not statistics.found and is_yes_no(text) and direction(text) is not None:
        statistics = Statistics(("change",), ())  # "did it grow every year"
    if group is not None and not moving and not _names_one_moment(group, rhythm, text):
        return (_grouped(group, statistics, series, times, condition),)
    found = _chosen(statistics, text, condition is not None)
    if not found and condition is None and moved_in_time(text, rhythm):
        change = AnalystArgs(
            task="lookup", series=series, span=times.span, lookup=Lookup(statistic="change", **recurring_fields(times))
        )
        return (change, *_beside_the_one_before(series, times, rhythm))
    shared = recurring_fields(times)
    if not found:
        several: Statistic = "sum" if re.search(r"\bhow (?:many|much)\b", text) and not _STOCK.search(written or text) else "mean"
        return (_value(several, series, times, rhythm, ago, shared),)
    if ago is not None and times.span is None and found == ("last",):
        return (AnalystArgs(task="lookup", series=series, lookup=Lookup(statistic="value", time=ago)),)
    return tuple(
        AnalystArgs(
            task="lookup",
            series=series,
            span=times.span,
            lookup=_lookup(one, text, condition, top, shared),
        )
        for one in found
    )


def _compares_periods(text: str, rhythm: Rhythm) -> bool:
    """Whether a comparison is one of two periods ("is 2019 higher than 2018"), not of values with a limit ("days above 2000")."""
    if not contrasts(text) or read_moved_by(text) is not None or re.search(r"\bhow (?:many|often)\b|\bvalues?\b", text):
        return False
    return len(two_periods(text, rhythm)) == 2


def _special_steps(
    text: str, rest: str, condition: Condition | None, series: tuple[str, ...], times: Times, rhythm: Rhythm
) -> tuple[AnalystArgs, ...]:
    """Steps for moves, for one number against a limit, and for two recurring times; () for any other clause."""
    moves = move_lookup(text, condition, times)
    if moves is not None:
        return (AnalystArgs(task="lookup", series=series, span=times.span, lookup=moves),)
    tested = tested_step(text, rest, condition, series, times, rhythm)
    if tested is not None:
        return (tested,)
    if not (contrasts(text) or is_yes_no(text)) or len(two_periods(rest, rhythm)) == 2:
        return ()
    return opposed_steps(opposed_times(rest, rhythm), rest, series, times)


def _beside_the_one_before(series: tuple[str, ...], times: Times, rhythm: Rhythm) -> tuple[AnalystArgs, ...]:
    """A whole year (month) beside the one before it, which is what "did it grow last year" may mean as well."""
    period = times.periods[0] if len(times.periods) == 1 else None
    if period is None and times.span is not None and times.span.start and times.span.start == times.span.end:
        period = Period(times.span.start, times.span.end)
    if period is None or period.first != period.last or not is_coarser(period, rhythm):
        return ()
    before = period.preceding(period.resolution) if period.resolution in {"year", "month"} else None
    if before is None or rhythm.start is None or before.first < rhythm.start.isoformat()[: len(before.first)]:
        return ()
    lookup = Lookup(statistic="mean", versus=before.span(), **recurring_fields(times))
    return (AnalystArgs(task="lookup", series=series, span=period.span(), lookup=lookup),)


def _lookup(
    statistic: Statistic, text: str, condition: Condition | None, top: int | None, shared: dict[str, tuple[int, ...]]
) -> Lookup:
    ranked = top or 1 if statistic in {"max", "min", "step"} else 1
    if statistic != "step":
        return Lookup(statistic=statistic, condition=condition, top=ranked, **shared)
    relative = re.search(rf"{PERCENT}|\brelative\b", text) is not None
    return Lookup(statistic=statistic, pick=read_move(text), relative=relative, top=ranked, **shared)


# Taken whole or not at all: "march 3, 2020" is no list of a day and a year.
_DAY_OR_LONGER = rf"(?>{DATE}|{DAY_OF_YEAR})"
_LISTED = re.compile(
    rf"(?<![\w-])(?<!between )(?<!from ){_DAY_OR_LONGER}"
    rf"(?:(?:,? (?:and|or) |, ?)(?:(?:on|in|at|during|for) )?(?:the )?{_DAY_OR_LONGER})+(?!\w|-\d)"
)


def lists_stretches(text: str, rhythm: Rhythm) -> bool:
    """Whether a clause lists several dates, each of which is asked about."""
    return bool(_several_stretches(text, read_times(text, rhythm)))


def _several_stretches(text: str, times: Times) -> tuple[str, ...]:
    """A clause that lists several dates ("on may 3 and may 7", "in 2019 and 2020"), once with each of them; () for others."""
    match = _LISTED.search(text)
    if match is None or contrasts(text) or set(read_statistics(text).found) & {"change", "growth", "year_over_year"}:
        return ()
    dates = [one.group() for one in re.finditer(rf"(?<![\w-]){_DAY_OR_LONGER}(?!\w|-\d)", match.group())]
    if len(times.periods) != len(dates):
        return ()  # "between march and june" is a stretch, and no list
    return tuple(f"{text[: match.start()]}{date}{text[match.end() :]}" for date in dict.fromkeys(dates))


def _grouped(
    group: GroupPick, statistics: Statistics, series: tuple[str, ...], times: Times, condition: Condition | None
) -> AnalystArgs:
    allowed: tuple[Statistic, ...] = ("median", "sum", "std", "count", "growth", "change", "mean")
    statistic: Statistic = next((one for one in allowed if one in statistics.found), "mean" if condition is None else "count")
    if "step" in statistics.found:
        statistic = "change"  # "which year had the largest rise" ranks the years by what they moved
    if group.pick is None and statistic == "mean":
        statistic = next((one for one in statistics.found if one in {"max", "min"}), "mean")
    pick = group.pick
    if statistic == "change" and "step" in statistics.found:
        pick = read_move(times.text) or pick
    lookup = Lookup(
        statistic=statistic,
        group=group.group,
        pick=pick,
        condition=condition,
        months=times.months,
        weekdays=times.weekdays,
        hours=times.hours,
    )
    return AnalystArgs(task="lookup", series=series, span=times.span, lookup=lookup)


def _names_one_moment(group: GroupPick, rhythm: Rhythm, text: str) -> bool:
    """Whether the grouping words point at one sample ("which month was the highest" of monthly data)."""
    if group.pick is None or group.usual or "peak hour" in text:
        return False
    if group.group == "weekday":
        return re.search(r"\bweekday|day of (?:the )?week", text) is None
    unit: Grouping | str = _STEP_OF_GROUP[group.group]
    if unit == "hour":
        return rhythm.unit in {"hour", "minute", "second"} and re.search(r"\b(?:was|were|had|did)\b", text) is not None
    return rhythm.unit == unit and rhythm.count == 1


_LAST_TIME = (
    r"\blast time\b|\bmost recently\b|\blast (?:\w+ )?(?:above|below|over|under|exceed\w*|reach\w*|hit|pass\w*|cross\w*|"
    r"higher|lower|more|less|at)\b"
)


def _chosen(statistics: Statistics, text: str, conditional: bool) -> tuple[Statistic, ...]:
    found = statistics.found
    if re.search(
        (
            r"\b(?:highest|lowest|largest|smallest|biggest|greatest|best|worst|most|least) (?:average|mean|"
            r"median|total|sum|typical|overall)\b"
        ),
        text,
    ):
        found = tuple(one for one in found if one not in {"max", "min"}) or found
    if conditional:
        if _LONGEST.search(text):
            return ("longest",)
        if re.search(r"\bfirst\b", text):
            return ("count", "first") if "count" in found and re.search(r"\band\b", text) else ("first",)
        if re.search(_LAST_TIME, text):
            return ("last",)
        special = tuple(one for one in found if one in {"mean", "median", "sum"})
        return special[:1] or (("when",) if _WHEN.search(text) else ("count",))
    if len(found) > 1 and set(found) <= JOINABLE:
        between = [text[left[1] : right[0]] for left, right in zip(statistics.places, statistics.places[1:], strict=False)]
        if all(re.search(r"\band\b|\bor\b|,|&|/|\bplus\b|\bas well as\b", gap) for gap in between):
            return found[:6]
    return tuple(one for one in _PRIORITY if one in found)[:1]


def asks_for_spells(text: str) -> bool:
    """Whether a clause with a limit says itself what it asks: when, for how long, the first or the last time."""
    return any(re.search(pattern, text) is not None for pattern in (_LONGEST, _WHEN, r"\b(?:first|last) time\b"))


def _value(
    several: Statistic, series: tuple[str, ...], times: Times, rhythm: Rhythm, ago: str | None, shared: dict[str, tuple[int, ...]]
) -> AnalystArgs:
    """The value at one sample, the latest one, or the statistic `several` of a longer stretch."""
    period = times.periods[0] if len(times.periods) == 1 else None
    if period is None and ago is None and len(times.months) == 1 and times.span is None and not times.weekdays:
        period = latest_month(times.months, rhythm)
        shared = {**shared, "months": ()}
    if period is not None and not is_coarser(period, rhythm) and not times.hours:
        return AnalystArgs(task="lookup", series=series, lookup=Lookup(statistic="value", time=period.first))
    if ago is not None:
        return AnalystArgs(task="lookup", series=series, lookup=Lookup(statistic="value", time=ago))
    span = times.span or (period.span() if period is not None else None)
    if span is None and not any(shared.values()):
        return AnalystArgs(task="lookup", series=series, lookup=Lookup(statistic="last"))
    return AnalystArgs(task="lookup", series=series, span=span, lookup=Lookup(statistic=several, **shared))


def _ago(text: str, rhythm: Rhythm) -> str | None:
    """ "a year ago", "5 days earlier": the label of that sample."""
    match = re.search(rf"\b(an?|{NUMBER}) ({UNIT}) (?:ago|back)\b", text)
    if match is None or rhythm.end is None:
        return None
    amount = 1.0 if match.group(1) in {"a", "an"} else number(match.group(1))
    unit = unit_of(match.group(2))
    if not 0 <= amount <= 1e6:
        raise BadRequest(
            f"“{match.group()}” is further back than the calendar goes; please ask for a date between the series' start and end."
        )
    moment = label(rhythm.shift(rhythm.end, -amount, unit))
    return moment[: {"month": 7, "quarter": 7, "year": 4}.get(rhythm.unit or "", len(moment))]
