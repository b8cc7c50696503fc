"""Columns at fixed places in each line, with blanks between them: cut there and not at every blank."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from assistant.data.calendar import looks_like_time
from assistant.data.numbers import is_missing
from assistant.data.rectangle import is_number

SEPARATOR = "\x1f"

_MEASURED = 5_000  # lines that decide where the columns are
_EVEN = 0.995  # of the rows that must have the same number of words for the blanks alone to part the cells


_HALVES = re.compile(r"(?<![\d:])(\d{1,2}:\d{2}(?::\d{2})?) ([AaPp][Mm])\b")


def with_whole_clocks(text: str) -> str:
    """A text in columns of blanks with 12:10:01 AM as one word, 12:10:01AM; every line keeps its length."""
    return _HALVES.sub(r"\1\2 ", text) if _HALVES.search(text[:200_000]) else text


def _is_row(words: list[str]) -> bool:
    values = sum(is_number(word) or is_missing(word) or looks_like_time(word) for word in words)
    return len(words) > 1 and values >= 0.5 * len(words) and any(map(is_number, words))


def fixed_columns(text: str) -> str | None:
    """The text with its columns parted by `SEPARATOR`, or None where every row has equally many words (or none stands out).

    Errors: none; a text whose columns cannot be told is left alone.
    """
    lines = text.expandtabs().split("\n")
    measured = [line.rstrip() for line in lines[:_MEASURED]]
    rows = [line for line in measured if _is_row(line.split())]
    words = Counter(len(line.split()) for line in rows)
    if len(rows) < 3:
        return None
    usual = words.most_common(1)[0][0]
    rows = [line for line in rows if len(line.split()) > usual // 2]
    hits = sum(1 for line in rows if len(line.split()) == usual)
    header = next((line for line in reversed(measured[: measured.index(rows[0])]) if line.strip()), "")
    if hits >= _EVEN * len(rows) and (not header or len(header.split()) <= usual):
        return None
    cuts = _cuts(rows)
    if len(cuts) < 1:
        return None
    return "\n".join(_cut(line.rstrip(), cuts) for line in lines)


def _cuts(rows: list[str]) -> list[int]:
    """The places in a line at which a column ends: blank in (almost) every row."""
    length = max(map(len, rows))
    filled = np.zeros((len(rows), length), dtype=bool)
    for position, line in enumerate(rows):
        filled[position, : len(line)] = np.frombuffer(line.encode("utf-32-le"), dtype=np.uint32) != ord(" ")
    share = filled.mean(axis=0)
    occupied = share > 0
    edges = np.flatnonzero(np.diff(occupied.astype(np.int8), prepend=0, append=0))
    starts, ends = edges[::2], edges[1::2]
    cuts = []
    for end, start in zip(ends[:-1], starts[1:], strict=True):
        # Numbers end at the same place and may grow to the left, words begin at the same place and may grow to the right.
        flush_right = share[end - 1] >= share[max(end - 2, 0)]
        cuts.append(int(end if flush_right else start - 1))
    return cuts


def _cut(line: str, cuts: list[int]) -> str:
    """One line parted at the cuts; one in which a word lies across several cuts is a remark and stays whole."""
    across = sum(1 for cut in cuts if 0 < cut < len(line) and line[cut - 1] != " " and line[cut] != " ")
    if across > max(1, len(cuts) // 3):
        return line.strip()
    parts, low = [], 0
    for cut in cuts:
        while 0 < cut < len(line) and line[cut - 1] != " " and line[cut] != " " and cut > low + 1:
            cut -= 1  # a name that is longer than its column
        parts.append(line[low:cut].strip())
        low = cut
    parts.append(line[low:].strip())
    return SEPARATOR.join(parts) if any(parts) else ""
