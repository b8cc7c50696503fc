"""How an upload was read, as words and choices: the series, the guesses and their alternatives. Pure functions."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from assistant.data.series import CLASS_COLUMN, Guess, SeriesRef
from assistant.facts import clean_name, number_text, time_text
from ui.protocols import UploadLike

SHOWN_SERIES = 200


@dataclass(frozen=True)
class Field:
    """One thing of `Guess.what` that a click can overrule: by buttons, or from a list of one, several or free choices."""

    what: str
    label: str
    several: bool = False
    buttons: bool = False
    free: bool = False


FIELDS = (
    Field("day or month first", "Day or month first", buttons=True),
    Field("time column", "Time column"),
    Field("frequency", "Frequency", free=True),
    Field("value columns", "Value columns", several=True),
    Field("series names", "Column that names the series"),
    Field(CLASS_COLUMN, "Column that names the class"),
    Field("sheet", "Sheet"),
    Field("delimiter", "Delimiter"),
    Field("decimal mark", "Decimal mark", buttons=True),
)


def guess_of(upload: UploadLike, what: str) -> Guess | None:
    """The upload's guess of a kind, open questions included; None where there is none."""
    for guess in (*upload.questions, *upload.guesses):
        if guess.what == what:
            return guess
    return None


def choices(guess: Guess, several: bool = False) -> list[str]:
    """Every way to read it, the chosen one first."""
    chosen = split_names(guess.chosen) if several else [guess.chosen]
    return list(dict.fromkeys([*chosen, *guess.alternatives]))


def split_names(text: str) -> list[str]:
    """The names of a guess that chose several columns."""
    return [name.strip() for name in text.split(",") if name.strip()]


def series_table(uploads: Sequence[UploadLike]) -> str:
    """The loaded series as an HTML table: name, values, extent, frequency, missing; everything escaped."""
    references = [one for upload in uploads for one in upload.series]
    if not references:
        return '<p class="quiet">No data yet. Attach a file below, or load a sample.</p>'
    head = "".join(f'<th scope="col">{name}</th>' for name in ("Series", "Time span", "Values", "Missing"))
    body = "".join(_table_row(one) for one in references[:SHOWN_SERIES])
    more = len(references) - SHOWN_SERIES
    rest = f'<p class="quiet">and {more:,} more series.</p>' if more > 0 else ""
    table = f'<table class="series"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'
    return f'<div class="scroll" role="region" aria-label="Loaded series" tabindex="0">{table}</div>{rest}'


def _table_row(one: SeriesRef) -> str:
    name = html.escape(clean_name(one.name))
    unit = f' <span class="quiet">{html.escape(clean_name(one.unit))}</span>' if one.unit else ""
    first, last = _moment(one.start, one.frequency), _moment(one.end, one.frequency)
    return (
        f'<tr><th scope="row">{name}{unit}</th><td class="span">{first} –<br>{last}'
        f'<br><span class="quiet">{html.escape(rhythm_words(one.frequency))}</span></td>'
        f'<td class="number">{number_text(one.n)}</td><td class="number">{number_text(one.missing)}</td></tr>'
    )


def rhythm_words(frequency: str | None) -> str:
    """A frequency as people say it, where it is a common one; plain text, to be escaped where it becomes HTML."""
    if frequency is None:
        return "rows without times"
    if frequency == "irregular":
        return "irregular"
    return "every " + _RHYTHMS.get(frequency.split("-")[0], frequency)


_RHYTHMS = {
    "s": "second",
    "min": "minute",
    "h": "hour",
    "D": "day",
    "B": "working day",
    "W": "week",
    "MS": "month",
    "ME": "month",
    "QS": "quarter",
    "QE": "quarter",
    "YS": "year",
    "YE": "year",
}


def _moment(text: str, frequency: str | None) -> str:
    if frequency is None:
        return html.escape(text)
    try:
        return html.escape(time_text(pd.Timestamp(text), frequency))
    except ValueError:
        return html.escape(text)


def guesses_text(upload: UploadLike) -> str:
    """Everything that was inferred from one file, with the reason, as an HTML list; everything escaped."""
    if not upload.guesses and not upload.questions:
        return '<p class="quiet">Nothing had to be guessed.</p>'
    items = "".join(
        f"<dt>{html.escape(guess.what.capitalize())}</dt><dd><b>{html.escape(clean_name(guess.chosen))}</b>"
        f'<br><span class="quiet">{html.escape(guess.why)}</span></dd>'
        for guess in upload.guesses
    )
    asked = "".join(
        f"<dt>{html.escape(guess.what.capitalize())}</dt><dd><b>Please choose</b>"
        f'<br><span class="quiet">{html.escape(guess.why)}</span></dd>'
        for guess in upload.questions
    )
    return f'<dl class="guesses">{asked}{items}</dl>'
