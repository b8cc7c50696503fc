"""Guesses overruled in words: "the dates are day first", "use Datum as the time column", "it is monthly data"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz, process, utils

from assistant.data.series import ReadOptions
from assistant.uploads import UploadReport

_FREQUENCIES = {
    "yearly": "YS", "annual": "YS", "quarterly": "QS", "monthly": "MS", "weekly": "W", "daily": "D", "hourly": "h",
    "half-hourly": "30min", "business-daily": "B",
}  # fmt: skip
_DAY_FIRST = re.compile(
    r"\b(?:day|dd)[ /-]?(?:comes |is |goes )?(?:first|before (?:the )?month|mm)\b|\bdd/mm|\beuropean dates?\b", re.I
)
_MONTH_FIRST = re.compile(
    r"\b(?:month|mm)[ /-]?(?:comes |is |goes )?(?:first|before (?:the )?day|dd)\b|\bmm/dd|\b(?:american|us) dates?\b", re.I
)
_DECIMAL = re.compile(r"\bdecimal (comma|point|dot|mark is (?:a )?(?:comma|point|dot))\b", re.I)
_DELIMITER = re.compile(r"\b(?:delimiter|separator|separated) (?:is |by )?(?:a )?(semicolon|comma|tab|pipe|space)s?\b", re.I)
_FREQUENCY = re.compile(
    rf"\b(?:it(?:'s| is)|the data (?:is|are)|this is|(?:the )?frequency is|read (?:it )?as) ({'|'.join(_FREQUENCIES)})\b", re.I
)
_SHEET = re.compile(r"\b(?:use|read|take) (?:the )?sheet [\"“'`]?(?P<a>[^\"”'`]+?)[\"”'`]?\s*[.!]*$", re.I)
_TIME_COLUMN = re.compile(
    r"\b(?:use|take) [\"“'`]?(?P<a>.+?)[\"”'`]? as (?:the )?(?:time|date|timestamp)(?: column| axis)?\b"
    r"|\b(?:the )?(?:time|date|timestamp) column is (?:called )?[\"“'`]?(?P<b>.+?)[\"”'`]?\s*[.!]*$",
    re.I,
)
_VALUE_COLUMNS = re.compile(
    r"\b(?:only )?(?:use|read|take) (?:only )?(?:the )?columns? (?P<a>.+?)(?: as (?:values|series))?\s*[.!]*$", re.I
)
_DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|", "space": " "}
_ASKING = re.compile(r"\?|^\s*(?:is|are|was|were|do|does|did|can|could|what|when|where|which|who|why|how|if)\b", re.I)
_MOST_WORDS = 16


@dataclass(frozen=True)
class Overrule:
    """An upload to read again, how, and what was overruled in words for the user."""

    upload_id: str
    options: ReadOptions
    said: str


def overruled(words: str, uploads: Sequence[UploadReport]) -> Overrule | None:
    """What a sentence overrules in how a file was read, or None when it says nothing of the kind.

    Of several files, the one named counts, else one with an open question, else the latest. Questions overrule nothing.
    """
    if not uploads or _ASKING.search(words) or len(words.split()) > _MOST_WORDS:
        return None
    upload = _meant(words, uploads)
    changes: dict[str, Any] = {}
    said = []
    for field, pattern, value, text in (
        ("day_first", _MONTH_FIRST, False, "month first"),
        ("day_first", _DAY_FIRST, True, "day first"),
    ):
        if pattern.search(words):
            changes[field] = value
            said = [text]
    if match := _DECIMAL.search(words):
        changes["decimal"] = "," if "comma" in match[1].casefold() else "."
        said.append(f"decimal {'comma' if changes['decimal'] == ',' else 'point'}")
    if match := _DELIMITER.search(words):
        changes["delimiter"] = _DELIMITERS[match[1].casefold()]
        said.append(f"columns separated by a {match[1].casefold()}")
    if match := _FREQUENCY.search(words):
        changes["frequency"] = _FREQUENCIES[match[1].casefold()]
        said.append(f"{match[1].casefold()} data")
    if match := _SHEET.search(words):
        changes["sheet"] = match["a"].strip()
        said.append(f"sheet {changes['sheet']}")
    if match := _TIME_COLUMN.search(words):
        changes["time_column"] = _nearest((match["a"] or match["b"]).strip(), _known(upload))
        said.append(f"time column {changes['time_column']}")
    elif not changes and (match := _VALUE_COLUMNS.search(words)):
        parts = [part.strip(" \"'`“”") for part in re.split(r",| and ", match["a"]) if part.strip()]
        changes["value_columns"] = tuple(_nearest(part, _known(upload)) for part in parts)
        said.append(f"value columns {', '.join(changes['value_columns'])}")
    if not changes:
        return None
    return Overrule(upload.upload_id, replace(upload.options, **changes), "; ".join(said))


def _meant(words: str, uploads: Sequence[UploadReport]) -> UploadReport:
    for upload in uploads:
        if upload.file_name.casefold() in words.casefold():
            return upload
    return next((upload for upload in reversed(uploads) if upload.questions), uploads[-1])


def _known(upload: UploadReport) -> list[str]:
    """Column names that the reader spoke of: chosen or alternative ones, and the series'."""
    names = [ref.name for ref in upload.series]
    for guess in upload.guesses:
        if guess.what in ("time column", "value columns", "series names"):
            names += [name for text in (guess.chosen, *guess.alternatives) for name in (text, *text.split(", "))]
    return list(dict.fromkeys(names))


def _nearest(wanted: str, known: Iterable[str]) -> str:
    """The known name meant by a wanted one, or the wanted one itself: the reader then says what columns there are."""
    hit = process.extractOne(wanted, list(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=80)
    return hit[0] if hit else wanted
