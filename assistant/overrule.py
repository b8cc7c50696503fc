"""Guesses overruled in words: "the dates are day first", "use Datum as the time column", "it is monthly data"."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rapidfuzz import fuzz, process, utils

from assistant.data.series import CLASS_COLUMN, ReadOptions
from assistant.uploads import UploadReport

_FREQUENCIES = {
    "yearly": "YS", "annual": "YS", "quarterly": "QS", "monthly": "MS", "weekly": "W", "daily": "D", "hourly": "h",
    "half-hourly": "30min", "business-daily": "B",
}  # fmt: skip
_DAY_FIRST = re.compile(
    r"\b(?:day|dd)[ /-]?(?:comes |is |goes )?(?:first|before (?:the )?month|mm(?:[/-]yy(?:yy)?)?)\b"
    r"(?:,? (?:and )?then (?:the )?month\b)?"
    r"|\bdd/mm(?:/yy(?:yy)?)?\b|\beuropean dates?\b",
    re.I,
)
_MONTH_FIRST = re.compile(
    r"\b(?:month|mm)[ /-]?(?:comes |is |goes )?(?:first|before (?:the )?day|dd(?:[/-]yy(?:yy)?)?)\b"
    r"(?:,? (?:and )?then (?:the )?day\b)?"
    r"|\bmm/dd(?:/yy(?:yy)?)?\b|\b(?:american|us) dates?\b",
    re.I,
)
_DECIMAL = re.compile(r"\bdecimal (comma|point|dot|mark is (?:a )?(?:comma|point|dot))\b", re.I)
_SENTINEL = re.compile(
    r"\b(?:keep|read|take) (?:the )?-?\d+(?:\.\d+)?s? as (?:a )?(?:real )?values?\b"
    r"|(?<!\w)-?\d+(?:\.\d+)? is (?:a (?:real )?value|not missing)\b",
    re.I,
)
_DELIMITER = re.compile(r"\b(?:delimiter|separator|separated) (?:is |by )?(?:a )?(semicolon|comma|tab|pipe|space)s?\b", re.I)
_FREQUENCY = re.compile(
    rf"\b(?:it(?:['’]s| is)|the data (?:is|are)|this is|(?:the )?frequency is|read (?:it )?as) ({'|'.join(_FREQUENCIES)})\b",
    re.I,
)
_SHEET = re.compile(r"\b(?:use|read|take) (?:the )?sheet (?P<a>.+?)\s*$", re.I)
_TIME_COLUMN = re.compile(
    r"\b(?:use|take) (?:the )?(?:column )?(?P<a>.+?) as (?:the )?(?:time|date|timestamp)(?P<sure> column| axis)?\b"
    r"|\b(?:the )?(?:time|date|timestamp) column is (?:called )?(?P<b>.+?)\s*$",
    re.I,
)
_LABEL = r"(?:class|classes|label|labels|target)"
_LABEL_COLUMN = re.compile(
    rf"\b(?:use|take) (?:the )?(?:column )?(?P<a>.+?) as (?:the )?{_LABEL}(?P<sure> column)?\b"
    rf"|\b(?:the )?{_LABEL} column is (?:called )?(?P<b>.+?)\s*$"
    rf"|\b(?:the )?{_LABEL} (?:is|are|stands?) in (?:the )?(?:column (?P<c>.+?)|(?P<d>\S+) column)\s*$",
    re.I,
)
_VALUE_COLUMNS = re.compile(
    r"\b(?:only )?(?:use|read|take) (?:only )?(?:the )?columns? (?P<a>.+?)(?: as (?:the )?(?:values|series))?(?: only)?\s*$", re.I
)
_DELIMITERS = {"semicolon": ";", "comma": ",", "tab": "\t", "pipe": "|", "space": " "}
_ASKING = re.compile(r"\?|^\s*(?:is|are|was|were|do|does|did|can|could|what|when|where|which|who|why|how|if)\b", re.I)
# Where a correction may end and a question begin. A comma inside a number or a dot inside a file's name is neither.
_SEPARATOR = re.compile(r"\s*(?:[,;.!:](?=\s|$)|\b(?:and )?then\b|\s[-–—]\s)[\s,]*", re.I)
# "It is monthly, not daily": what was wrong needs no reading.
_CONTRAST = re.compile(r"(?<=\w)[\s,]+(?:not|rather than|instead of)\b[^;.]*$", re.I)
# Words that carry nothing beside a correction; with any other, a sentence says or asks more than a correction does.
_FILLER = re.compile(
    r"(?:\b(?:no|nope|wrong|please|actually|sorry|well|ok|okay|so|but|and|also|thanks|thank you|i mean|i meant|in|of|for|with|"
    r"it|its|this|that|these|those|the|a|an|my|all|is|are|has|have|uses?|should|must|be|been|read|reread|treat|interpret|parse|"
    r"take|as|again|here|there|in fact|dates?|days?|times?|timestamps?|columns?|fields?|data|values?|figures|readings|"
    r"measurements|numbers|series|file|table|format|written|given|ordered)\b|(?<=\bit)['’]s|[\s,;.!:–—_-])*",
    re.I,
)
_REQUEST = re.compile(
    r"\b(?:forecast|predict|project|describe|compare|show|plot|draw|find|tell|give|list|compute|calculate|classify|train|detect|"
    r"summari[sz]e|analy[sz]e|explain|search|look)\b",
    re.I,
)
_QUOTES = " \"'`“”"
_MOST_WORDS = 16


@dataclass(frozen=True)
class Overrule:
    """An upload to read again, how, and what was overruled in words for the user.

    rest: what the sentence asks beside the correction, to be answered once the file is read again; "" where it asks nothing.
    """

    upload_id: str
    options: ReadOptions
    said: str
    rest: str = ""


def overruled(words: str, uploads: Sequence[UploadReport]) -> Overrule | None:
    """What a sentence overrules in how a file was read, or None when it says nothing of the kind.

    A correction has the sentence to itself, or a part that a comma, a semicolon, a full stop or "then" parts from what follows:
    whatever else mentions a rhythm or an order of dates is a question. Of several files, the one named counts, else one with an
    open question, else the latest.
    """
    if not uploads:
        return None
    upload = _meant(words, uploads)
    # A file's name is no part of the statement; its place is kept, so that positions stay those of the words.
    masked = re.sub(re.escape(upload.file_name), lambda match: "_" * len(match[0]), words, flags=re.IGNORECASE)
    ends = [(len(words), len(words)), *((m.start(), m.end()) for m in reversed(list(_SEPARATOR.finditer(masked))))]
    for end, following in ends:
        part, rest = masked[:end], words[following:].strip()
        if _ASKING.search(part) or len(part.split()) > _MOST_WORDS:
            continue
        if (found := _changes(part, _known(upload))) is None:
            continue
        changes, said = found
        if _FILLER.fullmatch(rest) or re.match(r"(?:not|rather than|instead of)\b[^;.]*$", rest, re.I):
            rest = ""
        return Overrule(upload.upload_id, replace(upload.options, **changes), "; ".join(said), rest)
    return None


def _changes(text: str, known: Sequence[str]) -> tuple[dict[str, Any], list[str]] | None:
    """The read options that a text changes, and how to say so; None unless the text is nothing but corrections."""
    changes: dict[str, Any] = {}
    said: list[str] = []
    left = _take_formats(_CONTRAST.sub("", text), changes, said)
    left = re.sub(r"[\s,;.!]+(?:and[\s,;.!]*|please[\s,;.!]*)*$", "", left, flags=re.IGNORECASE)
    if match := _SHEET.search(left):
        if (sheet := _name(match["a"], [], sure=True)) is None:
            return None
        changes["sheet"] = sheet
        said.append(f"sheet {sheet}")
        left = _without(left, match)
    if match := _TIME_COLUMN.search(left):
        if (column := _name(match["a"] or match["b"], known, sure=bool(match["sure"] or match["b"]))) is None:
            return None
        changes["time_column"] = column
        said.append(f"time column {column}")
        left = _without(left, match)
    if match := _LABEL_COLUMN.search(left):
        named = match["b"] or match["c"] or match["d"]
        if (column := _name(match["a"] or named, known, sure=bool(match["sure"] or named))) is None:
            return None
        changes["label"] = column
        said.append(f"class column {column}")
        left = _without(left, match)
    if match := _VALUE_COLUMNS.search(left):
        columns = [_name(part, known) for part in re.split(r",| and ", match["a"]) if part.strip()]
        if None in columns:
            return None
        changes["value_columns"] = tuple(columns)
        said.append(f"value columns {', '.join(map(str, columns))}")
        left = _without(left, match)
    return (changes, said) if changes and _FILLER.fullmatch(left) else None


def _take_formats(text: str, changes: dict[str, Any], said: list[str]) -> str:
    """Note what a text says of dates, marks and rhythm; returns the text without it."""
    for pattern, day_first in ((_MONTH_FIRST, False), (_DAY_FIRST, True)):
        if match := pattern.search(text):
            changes["day_first"] = day_first
            said[:] = ["day first" if day_first else "month first"]
            text = _without(text, match)
    if match := _DECIMAL.search(text):
        changes["decimal"] = "," if "comma" in match[1].casefold() else "."
        said.append(f"decimal {'comma' if changes['decimal'] == ',' else 'point'}")
        text = _without(text, match)
    if match := _SENTINEL.search(text):
        changes["keep_sentinels"] = True
        said.append("numbers such as -9999 are values")
        text = _without(text, match)
    if match := _DELIMITER.search(text):
        changes["delimiter"] = _DELIMITERS[match[1].casefold()]
        said.append(f"columns separated by a {match[1].casefold()}")
        text = _without(text, match)
    if match := _FREQUENCY.search(text):
        changes["frequency"] = _FREQUENCIES[match[1].casefold()]
        said.append(f"{match[1].casefold()} data")
        text = _without(text, match)
    return text


def _without(text: str, match: re.Match[str]) -> str:
    return f"{text[: match.start()]} {text[match.end() :]}"


def _name(words: str, known: Sequence[str], *, sure: bool = False) -> str | None:
    """The column (or sheet) that words name; None where they say something else.

    Known names come in any spelling. Others pass where they are quoted or one word, so that the reader can say what there is;
    sure: the sentence leaves no doubt that a name stands there, so that several words pass as well.
    """
    stripped = words.strip(" .!").strip(_QUOTES)
    quoted = words.strip(" .!") != stripped
    nearest = _nearest(stripped, known)
    if nearest in known:
        return nearest
    if quoted or ((sure or len(stripped.split()) == 1) and not _REQUEST.search(stripped)):
        return stripped or None
    return None


def _meant(words: str, uploads: Sequence[UploadReport]) -> UploadReport:
    for upload in uploads:
        if upload.file_name.casefold() in words.casefold():
            return upload
    return next((upload for upload in reversed(uploads) if upload.questions), uploads[-1])


def _known(upload: UploadReport) -> list[str]:
    """Column names that the reader spoke of: chosen or alternative ones, and the series'."""
    names = [ref.name for ref in upload.series]
    for guess in upload.guesses:
        if guess.what in ("time column", "value columns", "series names", CLASS_COLUMN):
            names += [name for text in (guess.chosen, *guess.alternatives) for name in (text, *text.split(", "))]
    return list(dict.fromkeys(names))


def _nearest(wanted: str, known: Iterable[str]) -> str:
    """The known name meant by a wanted one, or the wanted one itself: the reader then says what columns there are."""
    hit = process.extractOne(wanted, list(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=80)
    return hit[0] if hit else wanted
