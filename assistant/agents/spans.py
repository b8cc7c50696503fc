"""Stretches of time and recurring times in words: "in March, from 2019 to 2020", each part a fact."""

from __future__ import annotations

from assistant.data.series import Series
from assistant.facts import FactBook, Reference
from assistant.plan import Recurring, Span
from assistant.vocabulary import MONTHS, WEEKDAYS

_SOURCE = "planning"


def span_words(book: FactBook, span: Span | None) -> list[str]:
    """A span: "in 2019", "from 2019 to 2020", "since March 2019"; nothing for the whole series."""
    if span is None or (span.start is None and span.end is None):
        return []
    start = book.name(_period_text(span.start), "text", "The question's span starts {}", _SOURCE) if span.start else None
    end = book.name(_period_text(span.end), "text", "The question's span ends {}", _SOURCE) if span.end else None
    if start and end:
        return [f"{_preposition(span.start)} {start}" if span.start == span.end else f"from {start} to {end}"]
    return [f"since {start}"] if start else [f"up to {end}"]


def recurring_words(book: FactBook, rows: Recurring, series: Series) -> list[str]:
    """Recurring times: "in March and April", "on Mondays", "in the hours from 22:00 to 05:00"."""
    parts = []
    quarter = (rows.months[0] + 2) // 3 if rows.months else 0
    if rows.months == (3 * quarter - 2, 3 * quarter - 1, 3 * quarter) and (series.frequency or "").startswith("Q"):
        parts.append(f"in {_filter(book, f'Q{quarter}')}")
        rows = rows.model_copy(update={"months": ()})
    if rows.months:
        parts.append(f"in {_listed([_filter(book, MONTHS[month - 1]) for month in rows.months])}")
    if rows.weekdays:
        parts.append(f"on {_listed([_filter(book, f'{WEEKDAYS[day]}s') for day in rows.weekdays])}")
    if rows.hours:
        hours = [book.name(f"{hour:02d}:00", "text", "An hour of the question: {}", _SOURCE) for hour in rows.hours]
        parts.append(f"at {_listed(hours)}" if len(hours) <= 3 else f"in the hours from {hours[0]} to {hours[-1]}")
    return parts


def _filter(book: FactBook, word: str) -> Reference:
    return book.name(word, "text", "A filter of the question: {}", _SOURCE)


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
