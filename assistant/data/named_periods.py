"""A number beside a year that only the column name explains, "5/2021" under Week; marks behind periods in a header, "4Q20E"."""

from __future__ import annotations

import re

import pandas as pd

from assistant.data.notations import YEAR
from assistant.data.period_words import Part, part_named

_NUMBER_FIRST = re.compile(rf"^(\d{{1,2}})\s?[-/.]\s?({YEAR})$")
_YEAR_FIRST = re.compile(rf"^({YEAR})\s?[-/.]\s?(\d{{1,2}})$")
_PACKED: dict[Part, re.Pattern[str]] = {
    "week": re.compile(rf"^({YEAR})(\d{{2}})$"),
    "quarter": re.compile(rf"^({YEAR})(0?[1-4])$"),
    "half": re.compile(rf"^({YEAR})(0?[12])$"),
}
_ROMAN_FIRST = re.compile(rf"^(I|II|III|IV)\s?[-/. ]\s?({YEAR})$")
_ROMAN = ("I", "II", "III", "IV")
_LAST: dict[Part, int] = {"week": 53, "quarter": 4, "half": 2}
_WORDS: dict[Part, str] = {"week": "{0}-W{1:02d}", "quarter": "{0}-Q{1}", "half": "{0}-H{1}"}
_ENOUGH = 0.9  # of the filled cells that must hold a number and a year
_MARK = re.compile(r"(?<=\d)\s?(?:[AEFPB]|[Ee]st\.?|[Aa]ct\.?|[Pp]rov\.?)$")


def without_forecast_mark(name: str) -> str:
    """A column name without the letter that says whether its numbers are actual or estimated: 2016A, 4Q20E."""
    return _MARK.sub("", name)


def spelled_out(name: str, text: pd.Series) -> pd.Series | None:
    """Cells such as 5/2021 or 202105 as the weeks, quarters or halves that the column's name says they are, or None for others.

    text: (rows,) str, "" where empty; cells of another form stay as they are.
    """
    part = part_named(name)
    if part is None:
        return None
    filled = text[text != ""]
    if not len(filled) or not _parted(filled.iloc[0], part):
        return None
    spelled = filled.map(lambda cell: _spelled(cell, part))
    if (spelled != filled).mean() < _ENOUGH:
        return None
    return text.where(text == "", spelled.reindex(text.index))


def _parted(cell: str, part: Part) -> tuple[str, int] | None:
    """The year and the number of a period, or None."""
    if (found := _NUMBER_FIRST.match(cell)) is not None:
        return found[2], int(found[1])
    if (found := _YEAR_FIRST.match(cell) or _PACKED[part].match(cell)) is not None:
        return found[1], int(found[2])
    found = _ROMAN_FIRST.match(cell) if part != "week" else None
    return (found[2], _ROMAN.index(found[1]) + 1) if found else None


def _spelled(cell: str, part: Part) -> str:
    found = _parted(cell, part)
    return _WORDS[part].format(*found) if found is not None and 1 <= found[1] <= _LAST[part] else cell
