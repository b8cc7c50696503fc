"""One look-up's answer in sentences that say what it was computed from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from assistant.agents.base import series_fact
from assistant.agents.moves import say_moves, say_run
from assistant.agents.spans import recurring_words, span_words
from assistant.agents.spells import say_places, say_spells
from assistant.agents.verdicts import answers_to, lookup_verdict, open_with, wins_most
from assistant.agents.wording import unit_of
from assistant.data.series import Series
from assistant.facts import FactBook, Reference, time_preposition
from assistant.plan import Claim, Condition, Lookup, Recurring, Span

if TYPE_CHECKING:
    from assistant.analysis.lookup_answer import LookupAnswer

_NAMES = {
    "max": "the highest value", "min": "the lowest value", "mean": "the mean", "median": "the median", "sum": "the total",
    "std": "the standard deviation", "range": "the range", "first": "the first value", "last": "the last value",
    "value": "the value", "count": "the count", "change": "the change", "growth": "the growth", "when": "the count",
    "longest": "the longest stretch", "step": "the largest move", "usual_step": "the usual move",
    "rank": "the place",
}  # fmt: skip
_STATEMENTS = {"max": "maximum (highest value)", "min": "minimum (lowest value)", "mean": "mean (average)", "sum": "total (sum)"}
_COMPARISONS = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below", "==": "equal to"}


class Telling:
    """Puts one answer into words."""

    def __init__(
        self,
        book: FactBook,
        series: Series,
        lookup: Lookup,
        span: Span | None,
        answer: LookupAnswer,
        *,
        claim: Claim | None = None,
        brief: bool = False,
    ) -> None:
        self.book, self.series, self.lookup, self.span, self.answer, self.brief = book, series, lookup, span, answer, brief
        self.claim = claim
        self.source = f"analysis.lookup({series.name})"
        self.name = series_fact(book, series.name)
        self.unit = unit_of(series)
        self.on = time_preposition(series.frequency, series.dated)
        described = _STATEMENTS.get(lookup.statistic, _NAMES.get(lookup.statistic, "year-over-year change"))
        self.about = f"{described.removeprefix('the ')} of {series.name}"

    def say(self) -> None:
        """The answer; a yes/no question is answered so first."""
        start = len(self.book.sentences)
        if self._rounds_first():
            self._say_supposed()
        self._say_contrast()
        if self.answer.groups and self.claim in ("up", "down"):
            self._say_each()
        self._tell()
        self._versus()
        self._other()
        self._tested()
        verdict = lookup_verdict(self.claim, self.lookup, self.answer)
        if verdict is not None:
            open_with(self.book, start, verdict, self.source)

    def _tested(self) -> None:
        """Whether the answer meets the limit that the question tests it against."""
        if self.lookup.limit is not None:
            holds = "" if answers_to(self.answer.value, self.lookup.limit) else "not "
            self.book.say(f"That is {holds}{self._condition_words(self.lookup.limit, self.answer.unit)}.")

    def _tell(self) -> None:
        """Choose the sentence by what was asked."""
        if self.lookup.statistic == "year_over_year":
            self._year_over_year()
        elif "run" in self.answer.detail:
            say_run(self.book, self.series, self.lookup, self.answer, f"{self.name}{self._where()}")
        elif self.lookup.statistic == "step" and self.lookup.condition is not None:
            self._moves_within(self.lookup.condition)
        elif self.lookup.statistic in ("when", "longest") or self._never():
            where, condition = self._where(), self._condition()
            say_spells(self.book, self.series, self.lookup, self.answer, f"{self.name} {{}}{condition}{where}", brief=self.brief)
        elif self.lookup.statistic == "count" and not self.lookup.group:
            self._count()
        elif self.answer.group is not None:
            self._group()
        elif self.lookup.statistic in ("step", "usual_step"):
            say_moves(self.book, self.series, self.lookup, self.answer, f"{self.name}{self._where()}", brief=self.brief)
        elif self.lookup.statistic == "rank":
            self._rank()
        elif self.lookup.statistic in ("max", "min"):
            self._extremes()
        elif self.lookup.statistic in ("change", "growth"):
            self._change()
        elif self.lookup.statistic == "range":
            self._range()
        else:
            self._plain()

    def _number(self, value: float, statement: str, unit: str | None = None) -> Reference:
        return self.book.number(value, statement, self.source, unit)

    def _time(self, position: int, statement: str) -> Reference:
        return self.book.time(self.series.times[position], self.series.frequency, statement, self.source)

    def _where(self) -> str:
        """The span and the filters in words, each part a fact: " in March, between 2019 and 2020"."""
        lookup = self.lookup
        rows = Recurring(months=lookup.months, weekdays=lookup.weekdays, hours=lookup.hours)
        parts = recurring_words(self.book, rows, self.series) + span_words(self.book, self.span)
        return f" {', '.join(parts)}" if parts else ""

    def _word(self, text: str, statement: str) -> Reference:
        return self.book.name(text, "text", statement, "planning")

    def _condition(self) -> str:
        condition = self.lookup.condition
        if condition is None:
            return ""
        return f" {self._condition_words(condition, self.unit)}"

    def _condition_words(self, condition: Condition, unit: str | None) -> str:
        limit = self._number(condition.threshold, f"The question's limit for {self.series.name}", unit)
        if condition.op == "between" and condition.upper is not None:
            upper = self._number(condition.upper, f"The question's upper limit for {self.series.name}", unit)
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
        """Whether rows that meet a condition were asked for, and there are none."""
        return self.answer.detail.get("spells") == [] and self.lookup.versus is None and self.lookup.group is None

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

    def _moves_within(self, condition: Condition) -> None:
        """How many moves from one value to the next meet a limit."""
        detail = self.answer.detail
        noun = {"max": "rises", "min": "falls", None: "moves"}[self.lookup.pick]
        unit = "%" if self.lookup.relative else self.unit
        limit = self._number(condition.threshold, f"The question's limit for the moves of {self.series.name}", unit)
        times = self._number(self.answer.value, f"{noun.capitalize()} of {self.series.name} that meet the limit")
        total = self._number(detail["of"], f"Moves of {self.series.name} from each value to the next")
        share = self._number(detail["share"], f"Share of the moves of {self.series.name} that meet the limit", "%")
        upper = ""
        if condition.upper is not None:
            upper = f" and {self._number(condition.upper, f'The upper limit for the moves of {self.series.name}', unit)}"
        words = {">": "more than", ">=": "at least", "<": "less than", "<=": "at most", "==": "exactly", "between": "between"}
        self.book.say(
            f"Of {total} moves of {self.name}{self._where()} from each value to the next, {times} are {noun} of "
            f"{words[condition.op]} {limit}{upper} ({share})."
        )

    def _rank(self) -> None:
        """Where a value stands among the others."""
        detail, name = self.answer.detail, self.series.name
        asked = self._number(self.lookup.condition.threshold if self.lookup.condition else 0.0, f"A value asked about of {name}")
        below = self._number(detail["below"], f"Share of the values of {name} below that", "%")
        above = self._number(detail["above"], f"Share of the values of {name} above that", "%")
        low = self._number(detail["lower_quartile"], f"The lower quartile of {name} is {{}}", self.unit)
        high = self._number(detail["upper_quartile"], f"The upper quartile of {name} is {{}}", self.unit)
        where, count = self._where(), self._number(self.answer.n, f"Values of {name} that it is compared with")
        self.book.say(
            f"{below} of the {count} known values of {self.name}{where} lie below {asked} and {above} above it; the quartiles "
            f"are {low} and {high}."
        )

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
        if self.lookup.statistic == "count" and self.lookup.condition is not None:
            often = "most" if pick == "max" else "least"
            self.book.say(f"{self.name} was{self._condition()} {often} often {place} {label}{where}: {value}.")
        else:
            self.book.say(f"Of the {count} {group}s of {self.name}{where}, {what} is {order} {place} {label}, at {value}.")
        if not self._rounds_first():
            self._say_supposed()
        if len(self.answer.groups) <= 12 and not self.brief:
            for name, result in self.answer.groups:
                if math.isfinite(result):
                    shown = self._number(result, f"The {self.about} in {name} is {{}}", self.answer.unit)
                    self.book.say(f"- {self._word(name, f'A {group}: {{}}')}: {shown}")

    def _say_each(self) -> None:
        """In how many groups it moved the way that the question supposes."""
        up = self.claim == "up"
        group = str(self.lookup.group)
        so = sum((value > 0) if up else (value < 0) for _, value in self.answer.groups)
        verb = "rose" if up else "fell"
        some = self._number(so, f"{group.capitalize()}s in which {self.series.name} {verb}")
        whole = self._number(len(self.answer.groups), f"{group.capitalize()}s of {self.series.name} that were looked at")
        self.book.say(f"{self.name} {verb} in {some} of {whole} {group}s, from the first value in each to the last.")

    def _rounds_first(self) -> bool:
        """Whether the rounds that the supposed group wins decide the question, and not the means."""
        return self.claim == "always" or (wins_most(self.answer) and self.answer.group != self.answer.detail["supposed"])

    def _say_supposed(self) -> None:
        """How often the group that the question supposes was really the first."""
        detail = self.answer.detail
        group = str(self.lookup.group)
        if "rounds" not in detail:
            result = dict(self.answer.groups).get(detail.get("supposed", ""))
            if result is not None and detail["supposed"] != self.answer.group:
                label = self._word(detail["supposed"], f"The {group} that the question supposes: {{}}")
                value = self._number(result, f"The {self.about} in that {group} is {{}}", self.answer.unit)
                self.book.say(f"In {label} it is {value}.")
            return
        rounds = {"weekday": "weeks", "hour": "days"}.get(group, "years")
        label = self._word(detail["supposed"], f"The {group} that the question supposes: {{}}")
        order = "lowest" if self.lookup.pick == "min" else "highest"
        place = {"weekday": "on", "hour": "at"}.get(group, "in")
        whole = self._number(detail["rounds"], f"{rounds.capitalize()} in which every {group} of {self.series.name} is known")
        if not detail["rounds"]:
            self.book.say(f"No {rounds[:-1]} of {self.name} knows every {group}, so it cannot be said how often that is so.")
            return
        won = self._number(detail["won"], f"{rounds.capitalize()} in which {self.series.name} was {order} in that {group}")
        self.book.say(f"{self.name} was {order} {place} {label} in {won} of {whole} whole {rounds}.")

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
        first = ", ".join(span_words(self.book, self.span)) or "over the whole series"
        second = ", ".join(span_words(self.book, self.lookup.versus)) or "over the whole series"
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
        words = ", ".join(span_words(self.book, self.lookup.versus)) or "in the other span"
        other = self._number(detail["versus"], f"The {self.about}, {words}", self.answer.unit)
        self.book.say(f"Against that, {words} it is {other}: a difference of {self._difference()}.")

    def _other(self) -> None:
        """The recurring rows that these were compared with."""
        if "other" not in self.answer.detail or self.lookup.other is None:
            return
        words = ", ".join(recurring_words(self.book, self.lookup.other, self.series))
        other = self._number(self.answer.detail["other"], f"The {self.about}, {words}", self.answer.unit)
        self.book.say(f"Against that, {words} it is {other}: a difference of {self._difference()}.")

    def _say_contrast(self) -> None:
        """The recurring rows that the question is about against all others."""
        detail = self.answer.detail
        if "these" not in detail or self.lookup.contrast is None:
            return
        words = ", ".join(recurring_words(self.book, self.lookup.contrast, self.series))
        these = self._number(detail["these"], f"The {self.about}, {words}, is {{}}", self.answer.unit)
        rest = self._number(detail["rest"], f"The {self.about} at all other times is {{}}", self.answer.unit)
        what = _NAMES[self.lookup.statistic].capitalize()
        self.book.say(
            f"{what} of {self.name} {words} is {these}, against {rest} at all other times: a difference of {self._difference()}."
        )

    def _difference(self) -> str:
        """The difference of two results, in percent too where that is defined."""
        detail = self.answer.detail
        difference = self._number(detail["difference"], f"Difference of the {self.about} between the two", self.answer.unit)
        if not math.isfinite(detail["percent"]):
            return difference
        return f"{difference} ({self._number(detail['percent'], f'Difference of the {self.about} in percent', '%')})"
