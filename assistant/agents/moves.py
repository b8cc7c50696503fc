"""The largest moves from one value to the next in words, and the largest rise or fall over a longer time beside them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd

from assistant.agents.wording import step_words, unit_of
from assistant.data.series import Series
from assistant.facts import FactBook, number_text, time_preposition
from assistant.plan import Lookup

if TYPE_CHECKING:
    from assistant.analysis.lookup_answer import LookupAnswer

_NOUNS = {"max": "rise", "min": "fall", None: "move"}


def say_moves(book: FactBook, series: Series, lookup: Lookup, answer: LookupAnswer, subject: str, *, brief: bool = False) -> None:
    """Say what `answer` found; in one sentence where `brief`. subject: the series and the span in words, made of facts."""
    telling = _Moves(book, series)
    moves: list[dict[str, Any]] = answer.detail["moves"]
    noun = _NOUNS[lookup.pick]
    step = f"from each {step_words(series.frequency, 1) if _without_gaps(series, moves) else 'value'} to the next"
    if lookup.statistic == "usual_step":
        book.say(f"{step.capitalize()}, {subject} usually moves by {telling.usual(answer)} (the median of its moves).")
        if moves and not brief:
            book.say(f"The largest move was {telling.move(moves[0], 'move')}.")
        return
    if not moves:
        verb = {"max": "rose", "min": "fell", None: "moved"}[lookup.pick]
        book.say(f"{subject} never {verb} {step}.")
    elif len(moves) == 1:
        book.say(f"The largest {noun} of {subject} {step} is {telling.move(moves[0], noun)}.")
    else:
        count = book.number(len(moves), f"How many of the largest {noun}s were asked for", telling.source)
        book.say(f"The {count} largest {noun}s of {subject} {step}:")
        for move in moves:
            book.say(f"- {telling.move(move, noun)}")
    if brief:
        return
    if "swing" in answer.detail:
        book.say(f"Over a longer time, the largest {noun} is {telling.move(answer.detail['swing'], noun, where='longer time')}.")
    if moves:
        book.say(f"The median of its moves {step} is {telling.usual(answer)}.")


def say_run(book: FactBook, series: Series, lookup: Lookup, answer: LookupAnswer, subject: str) -> None:
    """The longest unbroken run of rises or falls. subject: the series and the span in words, made of facts."""
    telling, verb = _Moves(book, series), "rose" if lookup.pick == "max" else "fell"
    run = answer.detail["run"]
    if run is None:
        book.say(f"{subject} never {verb} from a value to the next.")
        return
    about = f"longest run of {'rises' if lookup.pick == 'max' else 'falls'} of {series.name}"
    count = book.number(answer.value, f"Steps in the {about}", telling.source, step_words(series.frequency, answer.value))
    before = book.number(answer.detail["before"], f"Value before the {about}", telling.source, telling.unit)
    after = book.number(answer.detail["after"], f"Value at the end of the {about}", telling.source, telling.unit)
    start, end = (book.time(series.times[row], series.frequency, f"An end of the {about}", telling.source) for row in run)
    book.say(f"{subject} {verb} for {count} in a row at most: from {before} {telling.on} {start} to {after} {telling.on} {end}.")


def _without_gaps(series: Series, moves: list[dict[str, Any]]) -> bool:
    """Whether each move goes from one sample of the calendar to the next, no row being left out of the file between them."""
    if not isinstance(series.times, pd.DatetimeIndex) or series.frequency in (None, "irregular"):
        return False
    step = pd.tseries.frequencies.to_offset(series.frequency)
    return all(series.times[move["first_at"]] + step == series.times[move["last_at"]] for move in moves)


class _Moves:
    def __init__(self, book: FactBook, series: Series) -> None:
        self.book, self.series, self.unit = book, series, unit_of(series)
        self.source = f"analysis.lookup({series.name})"
        self.on = time_preposition(series.frequency, series.dated)

    def move(self, found: dict[str, Any], noun: str, *, where: str = "next value") -> str:
        """Size, share, and both ends of a move."""
        about = f"{noun} of {self.series.name} ({where})"
        text = number_text(found["change"] if noun == "move" else abs(found["change"]), self.unit)
        size = self.book.number(found["change"], f"The change of a largest {about}: {{}}", self.source, self.unit, text=text)
        share = ""
        if found["percent"] is not None:
            shown = number_text(found["percent"] if noun == "move" else abs(found["percent"]), "%")
            about_share = f"The change in percent (growth) of a largest {about}: {{}}"
            share = f" ({self.book.number(found['percent'], about_share, self.source, '%', text=shown)})"
        before = self.book.number(found["before"], f"Value before a largest {about}", self.source, self.unit)
        after = self.book.number(found["after"], f"Value after a largest {about}", self.source, self.unit)
        times = [self.series.times[found[end]] for end in ("first_at", "last_at")]
        start, end = (self.book.time(one, self.series.frequency, f"An end of a largest {about}", self.source) for one in times)
        return f"{size}{share}, from {before} {self.on} {start} to {after} {self.on} {end}"

    def usual(self, answer: LookupAnswer) -> str:
        """The median size of a move."""
        statement = f"The median size of the moves of {self.series.name} from each value to the next is {{}}"
        return self.book.number(answer.detail["typical"], statement, self.source, self.unit)
