"""Lines of a text that are no rows: comments, rulers, a named separator; and what tables in print put around their cells."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from assistant.data.notes import Notes, counted
from assistant.data.rectangle import is_number
from assistant.data.wrapped_times import bare_moment
from assistant.errors import FileRejected

_HEAD = 400
_COMMENTS = ("#", "%", "//", "!")
_RULER = re.compile(r"^[ \t|+:]*(?:[-=]{4,}|[-=:]+[ \t]*[|+])[-=+|: \t]*$", re.MULTILINE)
_SEPARATOR = re.compile(r"^\ufeff?sep=(.)\r?\n", re.IGNORECASE)
_HEADER_END = re.compile(r"^\W*(?:end[ _-]?(?:of[ _-]?)?(?:the[ _-]?)?header|eoh)\W*$", re.IGNORECASE)
_SECTION = re.compile(r"^\[{1,2}[^\[\],;\t]+\]{1,2}$")
_SETTING = re.compile(r"^[A-Za-z_][\w.\- ]*\s*[=:]\s*\S")
_SETTINGS = 0.9  # of the lines that are sections or settings in a file of nothing else
_ARFF_DATA = re.compile(r"^[ \t]*@data[ \t]*$", re.IGNORECASE | re.MULTILINE)
_ARFF_NAME = re.compile(r"^[ \t]*@attribute[ \t]+('[^'\n]*'|\"[^\"\n]*\"|\S+)", re.IGNORECASE | re.MULTILINE)
_FORMULA = re.compile(r'="([^"\n]*)"')
_STRAY = 0.2  # of the lines below the first plain one that may be comments


def named_separator(text: str) -> tuple[str, str | None]:
    """The text without a first line such as `sep=;`, and the delimiter that it names."""
    found = _SEPARATOR.match(text)
    return (text[found.end() :], found[1]) if found else (text, None)


def refuse_settings(text: str) -> None:
    """Refuse a file of settings: sections in brackets with keys and values below (FileRejected)."""
    lines = [line.strip() for line in text[:200_000].split("\n", _HEAD)[:_HEAD]]
    filled = [line for line in lines if line and not line.startswith((";", *_COMMENTS))]
    sections = sum(1 for line in filled if _SECTION.match(line))
    if sections and sections + sum(1 for line in filled if _SETTING.match(line)) >= _SETTINGS * len(filled) > 2:
        raise FileRejected("Expected a table, found a file of settings (sections, keys and values). Export the values as CSV.")


def plain_lines(text: str, notes: Notes) -> str:
    """The text without comments, rulers, outer pipes and the formula signs that spreadsheets need around text."""
    text = _below_header(_under_attributes(text, notes), notes)
    head = text[:200_000].split("\n", _HEAD)[:_HEAD]
    if '="' in text[:200_000]:
        text = _FORMULA.sub(r'"\1"', text)
    if any(_RULER.match(line) for line in head):
        text = re.sub(r"\n{2,}", "\n", _RULER.sub("", text)).lstrip("\n")
        notes.guess("rulers", "left out", "Lines of dashes part the header from the rows.")
        head = text.split("\n", _HEAD)[:_HEAD]
    text = _without_outer_pipes(text, head)
    for sign in _COMMENTS:
        text = _without_comments(text, sign, notes)
    return text


def _under_attributes(text: str, notes: Notes) -> str:
    """An ARFF text, whose lines declare an attribute each, as rows under these names; any other text itself."""
    start = _ARFF_DATA.search(text[:200_000])
    names = [match[1].strip("'\"") for match in _ARFF_NAME.finditer(text[: start.start()])] if start else []
    if start is None or not names:
        return text
    notes.guess("header", f"{counted(len(names), 'attribute')}", "The lines above the rows declare them one by one (ARFF).")
    header = io.StringIO()
    csv.writer(header, lineterminator="\n").writerow(names)
    return header.getvalue() + text[start.end() :].lstrip("\n")


def _below_header(text: str, notes: Notes) -> str:
    """The text below the last line that says that a header ends, as measuring programs write it."""
    lines = text[:200_000].split("\n", _HEAD)
    ends = [position for position, line in enumerate(lines[:_HEAD]) if _HEADER_END.match(line)]
    if not ends or not any(line.strip() for line in lines[ends[-1] + 1 :]):
        return text
    notes.guess("preamble", f"{counted(ends[-1] + 1, 'line')} skipped", "A line says that the header ends there.")
    return text.split("\n", ends[-1] + 1)[-1]


def _without_outer_pipes(text: str, head: Sequence[str]) -> str:
    filled = [line.strip() for line in head if line.strip()]
    piped = [line for line in filled if len(line) > 1 and line.startswith("|") and line.endswith("|")]
    if len(piped) < 3 or len(piped) < 0.9 * len(filled):
        return text
    return re.sub(r"[ \t]*\|[ \t]*$", "", re.sub(r"^[ \t]*\|", "", text, flags=re.MULTILINE), flags=re.MULTILINE)


def _without_comments(text: str, sign: str, notes: Notes) -> str:
    """The text without the lines that a sign marks as comments; the last one above the rows stays if it is their header."""
    if not (text.lstrip().startswith(sign) or f"\n{sign}" in text):
        return text
    lines = text.split("\n")
    marked = [line.lstrip().startswith(sign) for line in lines]
    first = next((k for k, line in enumerate(lines) if line.strip() and not marked[k]), None)
    if first is None or sum(marked[first:]) > max(1, _STRAY * (len(lines) - first)):
        return text
    kept: list[int] = []
    for k in range(first - 1, -1, -1) if _is_values(lines[first]) else ():
        if not marked[k] or (lines[k].strip(f" \t{sign}") and not _as_many(lines[k], lines[first], sign)) or len(kept) == 2:
            break
        if lines[k].strip(f" \t{sign}"):
            kept.append(k)
    for k in kept:
        lines[k] = " " * len(sign) + lines[k].lstrip().removeprefix(sign).lstrip(sign)
    count = sum(marked) - len(kept)
    if count:
        where = "at the top" if not any(marked[first:]) else "at the top and between the rows"
        notes.guess("comments", f"{counted(count, 'line')} left out", f"They start with {sign} ({where}).")
    return "\n".join(line for k, line in enumerate(lines) if not marked[k] or k in kept)


def _is_values(line: str) -> bool:
    cells = [cell for cell in re.split(r"[,;\t|\s]+", line.strip()) if cell]
    return bool(cells) and sum(is_number(cell) or bare_moment(cell)[:1].isdigit() for cell in cells) > len(cells) / 2


def _as_many(header: str, row: str, sign: str) -> bool:
    """Whether a comment has as many names as a row has cells (or one fewer), under the delimiter of the row."""
    bare = header.strip().lstrip(sign).strip()
    for delimiter in (",", ";", "\t", "|"):
        if delimiter in row:
            return delimiter in bare and abs(len(bare.split(delimiter)) - len(row.rstrip(delimiter).split(delimiter))) <= 1
    names, cells = len(bare.split()), len(row.split())
    return names == cells or (names > cells and bool(re.search(r"\S\s{2,}\S", bare)))
