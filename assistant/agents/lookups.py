"""The analyst's look-ups: one computed answer, in a sentence that says what it was computed from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from assistant import results
from assistant.agents.base import AgentContext, series_fact
from assistant.agents.spells import say_places, say_spells, spells_detail
from assistant.agents.wording import unit_of
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import FactBook, Reference, time_preposition
from assistant.plan import AnalystArgs, Condition, Lookup, Span
from assistant.vocabulary import MONTHS, WEEKDAYS

if TYPE_CHECKING:
    from assistant.analysis.lookup import LookupAnswer

_NAMES = {
    "max": "the highest value", "min": "the lowest value", "mean": "the mean", "median": "the median", "sum": "the total",
    "std": "the standard deviation", "range": "the range", "first": "the first value", "last": "the last value",
    "value": "the value", "count": "the count", "change": "the change", "growth": "the growth", "when": "the count",
    "longest": "the longest stretch",
}  # fmt: skip
_STATEMENTS = {"max": "maximum (highest value)", "min": "minimum (lowest value)", "mean": "mean (average)", "sum": "total (sum)"}
SERIES_AT_ONCE = 300
_TOLD = 12
_COMPARISONS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below", "==": "equal to"}


def run(book: FactBook, args: AnalystArgs, refs: list[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """Answer a look-up for each series; a series that cannot answer says why, and the others still do."""
    from assistant.analysis.lookup import answer_lookup

    if args.lookup is None:
        raise BadRequest("A look-up was planned without saying what to look up. Ask for the highest, the average, a count …")
    answered: list[tuple[Series, LookupAnswer]] = []
    for ref in refs:
        context.stop_if_cancelled()
        series = context.workspace.series(ref)
        try:
            answered.append((series, answer_lookup(series, args.lookup, args.span)))
        except BadRequest as error:
            if len(refs) == 1:
                raise
            context.warnings.append(str(error))
    if not answered:
        raise BadRequest(f"None of the {len(refs)} series can answer that. {context.warnings[-1]}")
    if len(answered) > 1:
        lowest_first = args.lookup.group is None and args.lookup.pick == "min"
        sign = 1 if lowest_first else -1
        answered.sort(key=lambda pair: sign * pair[1].value if math.isfinite(pair[1].value) else math.inf)
        _say_ranking(book, answered, lowest_first=lowest_first)
    for series, answer in answered[:_TOLD]:
        before = len(book.sentences)
        _Telling(book, series, args.lookup, args.span, answer, brief=len(answered) > 1).say()
        if len(answered) > 1:
            book.sentences[before] = f"- {book.sentences[before]}"
    return [context.keep(_document(series, answer), title=f"{answer.what} of {series.name}") for series, answer in answered]


def _say_ranking(book: FactBook, answered: list[tuple[Series, LookupAnswer]], *, lowest_first: bool) -> None:
    """Which of several series has the highest and the lowest answer; they come ranked."""
    ranked = [pair for pair in answered if math.isfinite(pair[1].value)]
    count = book.number(len(answered), "Series that were looked at", "analysis.lookup")
    if len(ranked) < 2:
        book.say(f"For {count} series:")
        return
    if ranked[0][1].value == ranked[-1][1].value and len(ranked) == len(answered):
        same = book.number(
            ranked[0][1].value, f"The {ranked[0][1].what} of every series: {{}}", "analysis.lookup", ranked[0][1].unit
        )
        book.say(f"It is the same for each of the {count} series, {same}:")
        return
    ends = []
    orders = ("lowest", "highest") if lowest_first else ("highest", "lowest")
    for (series, answer), order in zip((ranked[0], ranked[-1]), orders, strict=True):
        statement = f"The {order} {answer.what} of the series is that of {series.name}: {{}}"
        value = book.number(answer.value, statement, f"analysis.lookup({series.name})", answer.unit)
        ends.append(f"{order} for {series_fact(book, series.name)} ({value})")
    rest = "" if len(answered) <= _TOLD else f"; the first {book.number(_TOLD, 'Series listed', 'analysis.lookup')} are listed"
    book.say(f"Of {count} series it is {ends[0]} and {ends[1]}{rest}:")


def mean_of(series: Series) -> float | None:
    """The mean of the known values; None where there are none."""
    known = series.values[~pd.isna(series.values)]
    return float(known.mean()) if len(known) else None


def _document(series: Series, answer: LookupAnswer) -> results.LookupValue:
    detail = {key: value for key, value in answer.detail.items() if not isinstance(value, float) or math.isfinite(value)}
    if "spells" in detail:
        detail |= spells_detail(series, answer)
    if answer.groups:
        detail["groups"] = [[label, value if math.isfinite(value) else None] for label, value in answer.groups[:400]]
    if answer.group is not None:
        detail["group"] = answer.group
    if len(answer.positions) > 1:
        detail["ranked"] = [[series.time_text(p), v] for p, v in zip(answer.positions, answer.values, strict=True)]
    return results.LookupValue(
        series=series.name,
        what=answer.what,
        value=answer.value if math.isfinite(answer.value) else None,
        unit=answer.unit,
        time=series.time_text(answer.position) if answer.position is not None else None,
        detail=detail,
    )


class _Telling:
    """Puts one answer into words."""

    def __init__(
        self, book: FactBook, series: Series, lookup: Lookup, span: Span | None, answer: LookupAnswer, *, brief: bool = False
    ) -> None:
        self.book, self.series, self.lookup, self.span, self.answer, self.brief = book, series, lookup, span, answer, brief
        self.source = f"analysis.lookup({series.name})"
        self.name = series_fact(book, series.name)
        self.unit = unit_of(series)
        self.on = time_preposition(series.frequency, series.dated)
        described = _STATEMENTS.get(lookup.statistic, _NAMES.get(lookup.statistic, "year-over-year change"))
        self.about = f"{described.removeprefix('the ')} of {series.name}"

    def say(self) -> None:
        """Choose the sentence by what was asked."""
        if self.lookup.statistic == "year_over_year":
            self._year_over_year()
        elif self.lookup.statistic in ("when", "longest") or self._never():
            where, condition = self._where(), self._condition()
            say_spells(self.book, self.series, self.lookup, self.answer, f"{self.name} {{}}{condition}{where}", brief=self.brief)
        elif self.lookup.statistic == "count" and not self.lookup.group:
            self._count()
        elif self.answer.group is not None:
            self._group()
        elif self.lookup.statistic in ("max", "min"):
            self._extremes()
        elif self.lookup.statistic in ("change", "growth"):
            self._change()
        elif self.lookup.statistic == "range":
            self._range()
        else:
            self._plain()
        self._versus()

    def _number(self, value: float, statement: str, unit: str | None = None) -> Reference:
        return self.book.number(value, statement, self.source, unit)

    def _time(self, position: int, statement: str) -> Reference:
        return self.book.time(self.series.times[position], self.series.frequency, statement, self.source)

    def _where(self) -> str:
        """The span and the filters in words, each part a fact: " in March, between 2019 and 2020"."""
        parts = []
        lookup = self.lookup
        for values, names, word in ((lookup.months, MONTHS, "in"), (lookup.weekdays, WEEKDAYS, "on")):
            if values:
                start = 1 if names is MONTHS else 0
                words = [
                    self._word(names[v - start] + ("s" if names is WEEKDAYS else ""), "A filter of the question: {}")
                    for v in values
                ]
                parts.append(f"{word} {_listed(words)}")
        if lookup.hours:
            hours = [self._word(f"{hour:02d}:00", "An hour of the question: {}") for hour in lookup.hours]
            parts.append(f"at {_listed(hours)}" if len(hours) <= 3 else f"in the hours from {hours[0]} to {hours[-1]}")
        parts += self._span_words(self.span)
        return f" {', '.join(parts)}" if parts else ""

    def _span_words(self, span: Span | None) -> list[str]:
        if span is None or (span.start is None and span.end is None):
            return []
        start = self._word(_period_text(span.start), "The question's span starts {}") if span.start else None
        end = self._word(_period_text(span.end), "The question's span ends {}") if span.end else None
        if start and end:
            return [f"{_preposition(span.start)} {start}" if span.start == span.end else f"from {start} to {end}"]
        return [f"since {start}"] if start else [f"up to {end}"]

    def _word(self, text: str, statement: str) -> Reference:
        return self.book.name(text, "text", statement, "planning")

    def _condition(self) -> str:
        condition = self.lookup.condition
        if condition is None:
            return ""
        return f" {self._condition_words(condition)}"

    def _condition_words(self, condition: Condition) -> str:
        limit = self._number(condition.threshold, f"The question's limit for {self.series.name}", self.unit)
        if condition.op == "between" and condition.upper is not None:
            upper = self._number(condition.upper, f"The question's upper limit for {self.series.name}", self.unit)
            return f"between {limit} and {upper}"
        return f"{_COMPARISONS[condition.op]} {limit}"

    def _plain(self) -> None:
        value = self._number(self.answer.value, f"The {self.about} is {{}}", self.answer.unit)
        where, condition = self._where(), self._condition()
        if self.answer.what.startswith("mean") and self.lookup.statistic == "value":
            count = self._number(self.answer.detail["mean_of"], "Rows that the moment asked for covers")
            self.book.say(f"{self.name} was {value} there on average, over {count} values.")
            return
        if self.answer.position is not None:
            when = self._time(self.answer.position, f"Time of the {self.about}")
            nearest = " (the nearest row to what you asked)" if self.answer.detail.get("nearest") else ""
            if self.lookup.condition is not None and self.lookup.statistic == "first" and self._starts_so():
                nearest = ", where its values start"
            what = _NAMES[self.lookup.statistic].capitalize()
            self.book.say(f"{what} of {self.name}{where}{condition} is {value}, {self.on} {when}{nearest}.")
            return
        count = self._number(self.answer.n, f"Values behind the {self.about}")
        verb = f"{_NAMES[self.lookup.statistic].capitalize()} of {self.name}{condition}{where} is {value}"
        self.book.say(f"{verb}, over {count} value{'s' if self.answer.n != 1 else ''}.")

    def _never(self) -> bool:
        """Whether rows were counted that meet a condition, and there are none."""
        return self.lookup.statistic == "count" and self.answer.detail.get("spells") == [] and self.lookup.versus is None

    def _starts_so(self) -> bool:
        """Whether the first known value of the whole series meets the condition already, so that it was never crossed there."""
        return self.span is None and self.answer.position == int((~pd.isna(self.series.values)).argmax())

    def _extremes(self) -> None:
        where, condition = self._where(), self._condition()
        what = _NAMES[self.lookup.statistic]
        pairs = []
        for position, number in zip(self.answer.positions, self.answer.values, strict=True):
            value = self._number(number, f"A {self.about} is {{}}", self.unit)
            pairs.append(f"{value}, {self.on} {self._time(position, f'Time of a {self.about}')}")
        if len(pairs) == 1:
            ties = int(self.answer.detail.get("ties", 1))
            also = f"; {self._number(ties, 'Times at which that value was reached')} times reached it" if ties > 1 else ""
            self.book.say(f"{what.capitalize()} of {self.name}{condition}{where} is {pairs[0]}{also}.")
            return
        order = "highest" if self.lookup.statistic == "max" else "lowest"
        count = self._number(len(pairs), f"The number of {order} values asked for")
        self.book.say(f"The {count} {order} values of {self.name}{condition}{where}:")
        for pair in pairs:
            self.book.say(f"- {pair}")

    def _range(self) -> None:
        detail = self.answer.detail
        value = self._number(self.answer.value, f"The {self.about} is {{}}", self.unit)
        low = self._number(detail["minimum"], f"The minimum (lowest value) of {self.series.name} is {{}}", self.unit)
        high = self._number(detail["maximum"], f"The maximum (highest value) of {self.series.name} is {{}}", self.unit)
        low_at = self._time(detail["minimum_at"], "Time of the minimum")
        high_at = self._time(detail["maximum_at"], "Time of the maximum")
        self.book.say(f"{self.name} ranges over {value}{self._where()}: from {low} ({low_at}) to {high} ({high_at}).")

    def _count(self) -> None:
        detail, where = self.answer.detail, self._where()
        counted = detail["counted"][:-1] if self.answer.value == 1 else detail["counted"]
        value = self._number(self.answer.value, f"Count of {detail['counted']} of {self.series.name} is {{}}", counted)
        if self.lookup.condition is None:
            self.book.say(f"{self.name} has {value}{where}.")
            return
        total = self._number(detail["of"], f"Values of {self.series.name} looked at")
        share = self._number(detail["share"], f"Share of the values of {self.series.name} that meet the condition", "%")
        on = "on" if detail["counted"].endswith("days") else "in"
        self.book.say(f"{self.name} was{self._condition()} {on} {value}{where}: {share} of {total} known values.")
        if not self.brief:
            say_places(self.book, self.series, self.lookup, self.answer)

    def _group(self) -> None:
        group, pick = str(self.lookup.group), self.answer.detail["pick"]
        label = self._word(
            str(self.answer.group), f"The {group} with the {'highest' if pick == 'max' else 'lowest'} result: {{}}"
        )
        value = self._number(self.answer.value, f"The {self.about} in that {group} is {{}}", self.answer.unit)
        what = _NAMES[self.lookup.statistic]
        order = "highest" if pick == "max" else "lowest"
        where = self._where()
        count = self._number(len(self.answer.groups), f"{group.capitalize()}s compared")
        place = {"weekday": "on", "hour": "at"}.get(group, "in")
        self.book.say(
            f"Of the {count} {group}s of {self.name}{where}, {what}{self._condition()} is {order} {place} {label}, at {value}."
        )
        if len(self.answer.groups) <= 12:
            for name, result in self.answer.groups:
                if math.isfinite(result):
                    shown = self._number(result, f"The {self.about} in {name} is {{}}", self.answer.unit)
                    self.book.say(f"- {self._word(name, f'A {group}: {{}}')}: {shown}")

    def _change(self) -> None:
        detail, name = self.answer.detail, self.series.name
        if "means" in detail:
            self._change_of_means()
            return
        start = self._time(detail["first_at"], f"Start of the change of {name}")
        end = self._time(detail["last_at"], f"End of the change of {name}")
        before = self._number(detail["before"], f"Value of {name} at the start of the change", self.unit)
        after = self._number(detail["after"], f"Value of {name} at the end of the change", self.unit)
        change = self._number(detail["change"], f"The change of {name} is {{}}", self.unit)
        moved = "rose" if detail["change"] > 0 else "fell" if detail["change"] < 0 else "did not move"
        share = ""
        if math.isfinite(detail["percent"]):
            share = f" ({self._number(detail['percent'], f'The growth (change in percent) of {name} is {{}}', '%')})"
        self.book.say(
            f"{self.name} {moved} from {before} {self.on} {start} to {after} {self.on} {end}: a change of {change}{share}."
        )

    def _change_of_means(self) -> None:
        detail, name = self.answer.detail, self.series.name
        first = ", ".join(self._span_words(self.span)) or "over the whole series"
        second = ", ".join(self._span_words(self.lookup.versus)) or "over the whole series"
        before = self._number(detail["before"], f"The mean (average) of {name} in the first span is {{}}", self.unit)
        after = self._number(detail["after"], f"The mean (average) of {name} in the second span is {{}}", self.unit)
        change = self._number(detail["change"], f"The change of the mean of {name} is {{}}", self.unit)
        share = ""
        if math.isfinite(detail["percent"]):
            share = f" ({self._number(detail['percent'], f'The growth (change in percent) of the mean of {name} is {{}}', '%')})"
        self.book.say(f"The mean of {self.name} was {before} {first} and {after} {second}: a change of {change}{share}.")

    def _year_over_year(self) -> None:
        detail, name = self.answer.detail, self.series.name
        percent = self._number(self.answer.value, f"The year-over-year change of {name} is {{}}", "%")
        before = self._number(detail["before"], f"Mean (average) of {name} a year before", self.unit)
        after = self._number(detail["after"], f"Mean (average) of {name} in the later period", self.unit)
        change = self._number(detail["change"], f"The change of {name} against a year before is {{}}", self.unit)
        if self.answer.position is not None:
            now = self._time(self.answer.position, f"Time of the comparison of {name}")
            then = self._time(detail["before_at"], f"Time a year before, of {name}")
            self.book.say(
                f"{self.name} was {after} {self.on} {now}, against {before} {self.on} {then}: {percent} "
                f"year over year ({change})."
            )
            return
        count = self._number(detail["pairs"], "Pairs of values a year apart")
        where = self._where()
        self.book.say(
            f"Year over year, {self.name}{where} changed by {percent} ({change}): {after} on average "
            f"against {before} a year before, over {count} pairs of values."
        )

    def _versus(self) -> None:
        detail = self.answer.detail
        if "versus" not in detail:
            return
        words = ", ".join(self._span_words(self.lookup.versus)) or "in the other span"
        other = self._number(detail["versus"], f"The {self.about}, {words}", self.answer.unit)
        difference = self._number(detail["difference"], f"Difference of the {self.about} between the two spans", self.answer.unit)
        share = ""
        if math.isfinite(detail["percent"]):
            share = f" ({self._number(detail['percent'], f'Difference of the {self.about} in percent', '%')})"
        self.book.say(f"Against that, {words} it is {other}: a difference of {difference}{share}.")


def _listed(words: list[Reference]) -> str:
    return " and ".join(words) if len(words) <= 2 else f"{', '.join(words[:-1])} and {words[-1]}"


def _preposition(text: str | None) -> str:
    """ "on" a day, "in" a month or year, "at" a row."""
    parts = (text or "").split("T")[0].split("-")
    return "on" if len(parts) == 3 else "at" if len(parts) == 1 and len(parts[0]) != 4 else "in"


def _period_text(text: str) -> str:
    """An ISO date or period as people say it: "2019", "March 2019", "3 March 2019"; row numbers stay."""
    if text.lstrip("-").isdigit() and len(text) != 4:
        return f"row {text}"
    parts = text.split("T")[0].split("-")
    if len(parts) == 1:
        return parts[0]
    month = MONTHS[int(parts[1]) - 1]
    if len(parts) == 2:
        return f"{month} {parts[0]}"
    clock = f", {text.split('T')[1][:5]}" if "T" in text else ""
    return f"{int(parts[2])} {month} {parts[0]}{clock}"
