"""Answers to questions with one computed answer: extremes, averages, counts, values at a time, changes, groups.

Rows are chosen by span and calendar filter, missing values left out, and the statistic is pandas' own, so that an answer is what
anybody gets from the same file.
"""

from __future__ import annotations

import calendar
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from assistant.analysis.lookup_answer import LookupAnswer, condition_text, condition_words, meets, rows_name
from assistant.analysis.lookup_moves import answer_moves, answer_rank, answer_run
from assistant.analysis.spells import Spell, longest, spells_of
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.facts import time_text
from assistant.plan import Condition, Lookup, Recurring, Span

_STATISTICS: dict[str, Callable[[pd.Series], float]] = {
    "max": lambda s: float(s.max()),
    "min": lambda s: float(s.min()),
    "mean": lambda s: float(s.mean()),
    "median": lambda s: float(s.median()),
    "sum": lambda s: float(s.sum()),
    "count": lambda s: float(len(s)),
    "std": lambda s: float(s.std()),
    "range": lambda s: float(s.max() - s.min()),
    "first": lambda s: float(s.iloc[0]),
    "last": lambda s: float(s.iloc[-1]),
    "value": lambda s: float(s.mean()),
    "change": lambda s: float(s.iloc[-1] - s.iloc[0]),
    "growth": lambda s: _percent(float(s.iloc[0]), float(s.iloc[-1])),
}


def answer_lookup(series: Series, lookup: Lookup, span: Span | None = None) -> LookupAnswer:
    """What `lookup` asks of the rows of `series` in `span`.

    Errors: BadRequest where no known value is left, or where months, weekdays, hours, groups or years are asked of a series
    without times.
    """
    if lookup.statistic == "year_over_year":
        return _year_over_year(series, lookup, span)
    if lookup.versus is not None and lookup.statistic in ("change", "growth"):
        return _between_means(series, lookup, span)
    if lookup.time is not None and lookup.statistic == "value":
        return _value_at(series, lookup.time)
    if lookup.time is not None:
        span = Span(start=lookup.time, end=lookup.time)
    rows = _known(series, lookup, span)
    if lookup.statistic in _OF_ROWS:
        return _OF_ROWS[lookup.statistic](series, rows, lookup)
    if lookup.since is not None:
        rows = rows.loc[int(rows.index.to_numpy()[rows.argmax() if lookup.since == "max" else rows.argmin()]) :]
    if lookup.statistic in ("first", "last") and lookup.condition is not None and not meets(rows, lookup.condition).any():
        return _spells(series, rows, lookup.model_copy(update={"statistic": "when"}))
    if lookup.statistic == "count" and lookup.group is None:
        answer = _count(series, rows, lookup.condition)
    elif lookup.statistic == "count" and lookup.condition is not None:
        answer = _grouped(series, rows, lookup)
    else:
        chosen = rows if lookup.condition is None else rows[meets(rows, lookup.condition)]
        if chosen.empty:
            raise BadRequest(
                f"No value of {series.name!r} is {condition_words(lookup.condition)} there: its values run from "
                f"{rows.min():g} to {rows.max():g}. Ask with another limit or a wider span."
            )
        answer = _grouped(series, chosen, lookup) if lookup.group else _plain(series, chosen, lookup)
    if lookup.other is not None:
        return _against_other(series, lookup, span, answer)
    return answer if lookup.versus is None else _against(series, lookup, answer)


def _longest(series: Series, rows: pd.Series, lookup: Lookup) -> LookupAnswer:
    """The longest spell that meets a condition; without one, the longest run of rises or falls."""
    run = lookup.condition is None and lookup.pick is not None
    return answer_run(series, rows, lookup.pick) if run and lookup.pick else _spells(series, rows, lookup)


def _known(series: Series, lookup: Lookup, span: Span | None) -> pd.Series:
    """Known values, indexed by row number of the whole series, in the span and meeting the calendar filters."""
    rows = _within(series, span)
    filters = (("months", lookup.months, "month"), ("weekdays", lookup.weekdays, "dayofweek"), ("hours", lookup.hours, "hour"))
    for words, wanted, attribute in filters:
        if wanted:
            found = getattr(_dates(series, words), attribute)
            rows = rows[np.isin(found[rows], wanted)]
    values = pd.Series(series.values[rows], index=rows).dropna()
    if values.empty:
        raise BadRequest(f"{series.name!r} has no known value there; {_ends(series)}. Choose a span inside it, or fewer filters.")
    return values


def _ends(series: Series) -> str:
    if not len(series):
        return "it is empty"
    first, last = (time_text(series.times[place], series.frequency) for place in (0, -1))
    return f"it runs from {first} to {last}"


def _within(series: Series, span: Span | None) -> np.ndarray:
    """Row numbers (row,) of the whole series inside a span."""
    if span is None or not len(series):
        return np.arange(len(series))
    try:
        part = series.between(span.start, span.end)
    except (ValueError, KeyError, TypeError) as error:
        kind = "dates such as 2020-03" if series.dated else "row numbers, as it has no times"
        raise BadRequest(f"Cannot cut {series.name!r} from {span.start} to {span.end}: expected {kind}.") from error
    if not len(part):
        return np.arange(0)
    first = int(series.times.get_indexer(part.times[:1])[0])
    return np.arange(first, first + len(part))


def _dates(series: Series, words: str) -> pd.DatetimeIndex:
    if not isinstance(series.times, pd.DatetimeIndex):
        raise BadRequest(
            f"{series.name!r} has no times, so {words} cannot be told apart. Name a time column, or ask without {words}."
        )
    return series.times


def _count(series: Series, rows: pd.Series, condition: Condition | None) -> LookupAnswer:
    chosen = rows if condition is None else rows[meets(rows, condition)]
    counted = rows_name(series.frequency)
    detail: dict[str, Any] = {"counted": counted, "of": len(rows), "share": 100 * len(chosen) / len(rows)}
    if condition is not None:
        detail |= _spell_detail(rows, condition)[1]
    what = f"count {condition_text(condition)}".strip()
    return LookupAnswer(what, float(len(chosen)), counted, len(rows), detail=detail)


def _spells(series: Series, rows: pd.Series, lookup: Lookup) -> LookupAnswer:
    """When a condition was met: value is the number of rows that meet it ("when") or that the longest spell holds ("longest")."""
    if lookup.condition is None:
        raise BadRequest("Asking when needs a limit to test the values against. Ask for example when it was above 100.")
    counted = rows_name(series.frequency)
    found, spells = _spell_detail(rows, lookup.condition)
    total = sum(spell.rows for spell in found)
    detail = {"counted": counted, "of": len(rows), "rows": total, "share": 100 * total / len(rows)} | spells
    what = f"{lookup.statistic} {condition_text(lookup.condition)}"
    if not found:
        return LookupAnswer(what, 0.0, counted, len(rows), detail=detail)
    most = longest(found)
    detail["longest"] = found.index(most)
    value, position = (most.rows, most.first) if lookup.statistic == "longest" else (total, found[0].first)
    return LookupAnswer(what, float(value), counted, len(rows), position, detail=detail)


_OF_ROWS: dict[str, Callable[[Series, pd.Series, Lookup], LookupAnswer]] = {
    "when": _spells, "longest": _longest, "step": answer_moves, "usual_step": answer_moves, "rank": answer_rank,
}  # fmt: skip


def _spell_detail(rows: pd.Series, condition: Condition) -> tuple[tuple[Spell, ...], dict[str, Any]]:
    """The spells that meet a condition; as detail [first row, last row, peak] of each, or how near values came to it."""
    downward = condition.op in ("<", "<=")
    found = spells_of(rows, meets(rows, condition).to_numpy(bool), downward=downward)
    detail: dict[str, Any] = {"spells": [[spell.first, spell.last, spell.peak] for spell in found]}
    if not found and condition.op not in ("==", "between"):
        nearest = int(rows.index.to_numpy()[rows.argmin() if downward else rows.argmax()])
        detail |= {"nearest_at": nearest, "nearest": float(rows.loc[nearest])}
    return found, detail


def _plain(series: Series, rows: pd.Series, lookup: Lookup) -> LookupAnswer:
    statistic = lookup.statistic
    what = f"{statistic} {condition_text(lookup.condition)}".strip()
    if statistic in ("max", "min"):
        ranked = rows.nlargest(lookup.top) if statistic == "max" else rows.nsmallest(lookup.top)
        places = tuple(int(p) for p in ranked.index)
        values = tuple(float(v) for v in ranked)
        ties = int((rows == ranked.iloc[0]).sum())
        return LookupAnswer(what, values[0], series.unit, len(rows), places[0], places, values, detail={"ties": ties})
    unit = "%" if statistic == "growth" else series.unit
    first, last = int(rows.index[0]), int(rows.index[-1])
    detail: dict[str, Any] = {"first_at": first, "last_at": last}
    position: int | None = None
    if statistic in ("first", "last"):
        position = first if statistic == "first" else last
    elif statistic == "value" and len(rows) == 1:
        position = first
    elif statistic in ("change", "growth"):
        before, after = float(rows.iloc[0]), float(rows.iloc[-1])
        detail |= {"before": before, "after": after, "change": after - before, "percent": _percent(before, after)}
    elif statistic == "range":
        detail = {
            "minimum": float(rows.min()),
            "minimum_at": int(rows.index.to_numpy()[rows.argmin()]),
            "maximum": float(rows.max()),
            "maximum_at": int(rows.index.to_numpy()[rows.argmax()]),
        }
    return LookupAnswer(what, _STATISTICS[statistic](rows), unit, len(rows), position, detail=detail)


def _percent(before: float, after: float) -> float:
    """Change in percent of the first value's size; NaN from zero."""
    return 100 * (after - before) / abs(before) if before else float("nan")


def _grouped(series: Series, rows: pd.Series, lookup: Lookup) -> LookupAnswer:
    """The statistic per hour, weekday, month, quarter or year; the picked group's, or the first one's without a pick."""
    group = str(lookup.group)
    dates = _dates(series, f"{group}s")
    keys = getattr(dates, "dayofweek" if group == "weekday" else group)[rows.index]
    if lookup.statistic == "count" and lookup.condition is not None:
        # A group of which no row meets the condition counts none; it is not left out.
        by_group = meets(rows, lookup.condition).groupby(np.asarray(keys)).sum().astype(float)
    else:
        by_group = rows.groupby(np.asarray(keys)).agg(_STATISTICS[lookup.statistic])
    numbers, results = by_group.index.to_numpy(np.int64), by_group.to_numpy(np.float64)
    groups = tuple((_label(group, int(key)), float(value)) for key, value in zip(numbers, results, strict=True))
    pick = lookup.pick or "max"
    if np.isnan(results).all():
        raise BadRequest(f"No {group} has enough values for {lookup.statistic}. Ask for a wider span.")
    chosen = int(np.nanargmax(results) if pick == "max" else np.nanargmin(results))
    what = f"{lookup.statistic} by {group} {condition_text(lookup.condition)}".strip()
    unit = rows_name(series.frequency) if lookup.statistic == "count" else "%" if lookup.statistic == "growth" else series.unit
    detail: dict[str, Any] = {"pick": pick, "key": int(numbers[chosen])}
    if lookup.supposed is not None:
        detail |= _supposed(series, rows, np.asarray(keys), lookup)
    if lookup.contrast is not None:
        detail |= _contrast(series, rows, lookup)
    label, value = groups[chosen]
    return LookupAnswer(what, value, unit, len(rows), group=label, groups=groups, detail=detail)


def _supposed(series: Series, rows: pd.Series, keys: np.ndarray, lookup: Lookup) -> dict[str, Any]:
    """In how many rounds (a year for months and quarters, a week for weekdays, a day for hours) the supposed group is first.

    Only rounds that know every group count; there are none for years.
    """
    label = _label(str(lookup.group), int(lookup.supposed or 0))
    if lookup.group == "year":
        return {"supposed": label}
    dates = _dates(series, f"{lookup.group}s")[rows.index]
    freq = {"weekday": "W", "hour": "D"}.get(str(lookup.group), "Y")
    rounds = np.asarray((dates.tz_localize(None) if dates.tz is not None else dates).to_period(freq).astype(str))
    table = rows.groupby([rounds, keys]).agg(_STATISTICS[lookup.statistic]).unstack()
    whole = table.dropna()
    first = whole.idxmin(axis=1) if lookup.pick == "min" else whole.idxmax(axis=1)
    return {"supposed": label, "rounds": len(whole), "won": int((first == lookup.supposed).sum())}


def _label(group: str, key: int) -> str:
    if group == "weekday":
        return calendar.day_name[key]
    if group == "month":
        return calendar.month_name[key]
    return {"hour": f"{key:02d}:00", "quarter": f"Q{key}"}.get(group, str(key))


def _value_at(series: Series, time: str) -> LookupAnswer:
    """The value at a moment or in a period; between two rows, the nearest row's, which the detail says."""
    rows = _within(series, Span(start=time, end=time))
    known = rows[np.isfinite(series.values[rows])]
    if len(known) == 1:
        place = int(known[0])
        return LookupAnswer("value", float(series.values[place]), series.unit, 1, place, detail={"asked": time})
    if len(known):
        values = series.values[known]
        detail = {"asked": time, "mean_of": len(known), "first_at": int(known[0]), "last_at": int(known[-1])}
        return LookupAnswer("mean", float(values.mean()), series.unit, len(known), detail=detail)
    if len(rows):
        raise BadRequest(f"The value of {series.name!r} at {time} is missing. Ask for another time or an average around it.")
    place = _nearest(series, time)
    if not np.isfinite(series.values[place]):
        raise BadRequest(f"{series.name!r} has no row at {time}, and the nearest value is missing. Ask for another time.")
    return LookupAnswer("value", float(series.values[place]), series.unit, 1, place, detail={"asked": time, "nearest": True})


def _nearest(series: Series, time: str) -> int:
    """The row nearest to a moment inside the series."""
    if len(series) and isinstance(series.times, pd.DatetimeIndex):
        moment = pd.Timestamp(time)
        if (moment.tzinfo is None) != (series.times.tz is None):
            moment = moment.tz_localize(series.times.tz) if moment.tzinfo is None else moment.tz_localize(None)
        if series.times[0] <= moment <= series.times[-1]:
            return int(series.times.get_indexer(pd.DatetimeIndex([moment]), method="nearest")[0])
    raise BadRequest(f"{series.name!r} has no value at {time}: {_ends(series)}. Ask for a time inside it.")


def _between_means(series: Series, lookup: Lookup, span: Span | None) -> LookupAnswer:
    """Change or growth from the mean over one span (`span`) to the mean over another (`versus`)."""
    earlier, later = _known(series, lookup, span), _known(series, lookup, lookup.versus)
    before, after = float(earlier.mean()), float(later.mean())
    detail: dict[str, Any] = {
        "before": before,
        "after": after,
        "change": after - before,
        "percent": _percent(before, after),
        "first_at": int(earlier.index[0]),
        "last_at": int(later.index[-1]),
        "means": [len(earlier), len(later)],
    }
    growth = lookup.statistic == "growth"
    value = _percent(before, after) if growth else after - before
    return LookupAnswer(
        f"{lookup.statistic} of the mean", value, "%" if growth else series.unit, len(earlier) + len(later), detail=detail
    )


def _against(series: Series, lookup: Lookup, answer: LookupAnswer) -> LookupAnswer:
    """The same question asked of a second span as well."""
    other = answer_lookup(series, lookup.model_copy(update={"versus": None, "time": None}), lookup.versus)
    detail = (
        answer.detail
        | {
            "versus": other.value,
            "versus_n": other.n,
        }
        | _difference(answer.value, other.value)
    )
    return replace(answer, detail=detail)


def _against_other(series: Series, lookup: Lookup, span: Span | None, answer: LookupAnswer) -> LookupAnswer:
    """The same question asked of other recurring rows as well."""
    other = lookup.other or Recurring()
    against = answer_lookup(series, lookup.model_copy(update={"other": None, **other.model_dump()}), span)
    return replace(answer, detail=answer.detail | {"other": against.value} | _difference(answer.value, against.value))


def _contrast(series: Series, rows: pd.Series, lookup: Lookup) -> dict[str, Any]:
    """The statistic over the recurring rows that the question is about, and over all the others."""
    chosen = rows.index.isin(
        _known(series, Lookup(statistic="mean", **(lookup.contrast or Recurring()).model_dump()), None).index
    )
    if not chosen.any() or chosen.all():
        raise BadRequest(f"{series.name!r} has no values of both kinds there to compare. Choose a wider span.")
    these, rest = (_STATISTICS[lookup.statistic](part) for part in (rows[chosen], rows[~chosen]))
    return {"these": these, "rest": rest, "these_n": int(chosen.sum())} | _difference(these, rest)


def _difference(value: float, against: float) -> dict[str, float]:
    return {"difference": value - against, "percent": _percent(against, value)}


def _year_over_year(series: Series, lookup: Lookup, span: Span | None) -> LookupAnswer:
    """Change in percent against the same rows a year before.

    Of one time, where it is given or no span is (then of the last known value); of a span, of the means over the rows that have a
    counterpart. groups: each of these rows' time and change.
    """
    dates = _dates(series, "years")
    if lookup.time is not None:
        span = Span(start=lookup.time, end=lookup.time)
    rows = _known(series, lookup, span)
    if span is None or (span.start is None and span.end is None):
        rows = rows.iloc[-1:]
    places = dates.get_indexer(pd.DatetimeIndex([date - pd.DateOffset(years=1) for date in dates[rows.index]]))
    earlier = np.where(places >= 0, series.values[places], np.nan)
    paired = np.isfinite(earlier)
    if not paired.any():
        raise BadRequest(
            f"Year over year needs values a year before; {series.name!r} starts at {series.time_text(0)} and has none there. "
            "Ask for a later time."
        )
    now, before = rows.to_numpy(np.float64)[paired], earlier[paired]
    after, base = float(now.mean()), float(before.mean())
    row_numbers = rows.index.to_numpy()[paired]
    groups = tuple(
        (series.time_text(int(r)), _percent(float(b), float(a))) for r, a, b in zip(row_numbers, now, before, strict=True)
    )
    detail = {
        "before": base,
        "after": after,
        "change": after - base,
        "before_at": int(places[paired][0]),
        "after_at": int(row_numbers[0]),
        "pairs": len(now),
    }
    position = int(row_numbers[0]) if len(now) == 1 else None
    return LookupAnswer("year over year", _percent(base, after), "%", len(now), position, groups=groups, detail=detail)
