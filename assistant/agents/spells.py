"""When a condition was met, and for how long: the stretches of a look-up put into words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from assistant.agents.wording import unit_of
from assistant.data.series import Series
from assistant.facts import FactBook, time_preposition
from assistant.plan import Lookup

if TYPE_CHECKING:
    from assistant.analysis.lookup_answer import LookupAnswer

_TOLD = 8
_KEPT = 400
_FEW = 4


def spells_detail(series: Series, answer: LookupAnswer) -> dict[str, Any]:
    """An answer's stretches for machines: start, end, rows and peak of each (the first 400), times in ISO 8601."""
    found = answer.detail["spells"]
    return {
        "spells": [
            {"start": series.time_text(first), "end": series.time_text(last), "rows": last - first + 1, "peak": peak}
            for first, last, peak in found[:_KEPT]
        ],
        "spells_in_all": len(found),
    }


def say_spells(
    book: FactBook, series: Series, lookup: Lookup, answer: LookupAnswer, subject: str, *, brief: bool = False
) -> None:
    """Say when `series` met the condition, or the longest time that it did; in one sentence where `brief`.

    subject: its name, "{}" for the verb, and the condition and span in words, all made of facts.
    """
    telling = _Spells(book, series, lookup, answer)
    before = len(book.sentences)
    if not answer.detail["spells"]:
        telling.say_never(subject)
    elif lookup.statistic == "longest":
        telling.say_longest(subject)
    else:
        telling.say_when(subject)
    if brief:
        book.sentences[before:] = [f"{book.sentences[before].split(':')[0].removesuffix('.')}."]


def say_places(book: FactBook, series: Series, lookup: Lookup, answer: LookupAnswer) -> None:
    """Where the rows that were counted lie, if in a few stretches."""
    if not 0 < len(answer.detail["spells"]) <= _FEW:
        return
    telling = _Spells(book, series, lookup, answer)
    places = [telling.stretch(first, last) for first, last, _ in telling.spells]
    listed = " and ".join([", ".join(places[:-1]), places[-1]]) if len(places) > 1 else places[0]
    book.say(f"That was {listed}.")


class _Spells:
    def __init__(self, book: FactBook, series: Series, lookup: Lookup, answer: LookupAnswer) -> None:
        self.book, self.series, self.lookup, self.detail = book, series, lookup, answer.detail
        self.source = f"analysis.lookup({series.name})"
        self.unit = unit_of(series)
        self.on = time_preposition(series.frequency, series.dated)
        self.spells: list[list[Any]] = self.detail["spells"]

    def say_never(self, subject: str) -> None:
        nearest = ""
        if "nearest" in self.detail:
            high = self.lookup.condition is not None and self.lookup.condition.op in (">", ">=")
            word, statement = ("highest", "maximum (highest value)") if high else ("lowest", "minimum (lowest value)")
            value = self.book.number(
                self.detail["nearest"], f"The {statement} of {self.series.name} there is {{}}", self.source, self.unit
            )
            nearest = f"; its {word} value there is {value}, {self.on} {self._time(self.detail['nearest_at'])}"
        self.book.say(f"{subject.replace('{}', 'was never')}{nearest}.")

    def say_when(self, subject: str) -> None:
        if len(self.spells) == 1:
            first, last, peak = self.spells[0]
            length = "" if first == last else f" ({self._rows(last - first + 1)})"
            self.book.say(
                f"{subject.replace('{}', 'was')} once, {self.stretch(first, last)}{length}{self._peak(first, last, peak)}."
            )
            return
        rows, count = self._rows(self.detail["rows"]), self._count()
        share = self.book.number(
            self.detail["share"], f"Share of the values of {self.series.name} that meet it", self.source, "%"
        )
        on = "on" if self.detail["counted"].endswith("days") else "in"
        self.book.say(f"{subject.replace('{}', 'was')} {on} {rows} ({share} of the known values), in {count} separate stretches:")
        told = self.spells
        if len(told) > _TOLD:
            kept = sorted(sorted(range(len(told)), key=lambda place: (told[place][0] - told[place][1], place))[:_TOLD])
            ends = f"the first {self.on} {self._time(told[0][0])}, the last {self._until(told[-1][0], told[-1][1])}"
            listed = self.book.number(_TOLD, "Stretches listed", self.source)
            self.book.sentences[-1] = f"{self.book.sentences[-1][:-1]}, {ends}. The {listed} longest:"
            told = [told[place] for place in kept]
        for first, last, peak in told:
            length = "" if first == last else f" ({self._rows(last - first + 1)})"
            self.book.say(f"- {self.stretch(first, last)}{length}{self._peak(first, last, peak)}")

    def say_longest(self, subject: str) -> None:
        first, last, peak = self.spells[self.detail["longest"]]
        rows = self._rows(last - first + 1)
        self.book.say(
            f"The longest that {subject.replace('{}', 'was')} at a stretch is {rows}, {self.stretch(first, last)}"
            f"{self._peak(first, last, peak)}."
        )
        if len(self.spells) > 1:
            self.book.say(f"In all it was so in {self._rows(self.detail['rows'])}, in {self._count()} separate stretches.")

    def _time(self, row: int) -> str:
        statement = f"A time at which {self.series.name} meets the question's condition, or comes nearest to it"
        return self.book.time(self.series.times[row], self.series.frequency, statement, self.source)

    def stretch(self, first: int, last: int) -> str:
        """One stretch, or one moment, in words."""
        return f"{self.on} {self._time(first)}" if first == last else f"from {self._time(first)} to {self._time(last)}"

    def _until(self, first: int, last: int) -> str:
        return f"{self.on} {self._time(last)}" if first == last else f"until {self._time(last)}"

    def _rows(self, count: int) -> str:
        counted = self.detail["counted"][:-1] if count == 1 else self.detail["counted"]
        return self.book.number(
            count, f"Count of {self.detail['counted']} of {self.series.name} that meet the condition", self.source, counted
        )

    def _count(self) -> str:
        return self.book.number(
            len(self.spells), f"Separate stretches of {self.series.name} that meet the condition", self.source
        )

    def _peak(self, first: int, last: int, peak: float) -> str:
        condition = self.lookup.condition
        if condition is None or condition.op in ("==", "between"):
            return ""
        value = self.book.number(
            peak, f"The farthest value of {self.series.name} in that stretch is {{}}", self.source, self.unit
        )
        return f", at {value}" if first == last else f", reaching {value}"
