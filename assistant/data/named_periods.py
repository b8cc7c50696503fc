"""A number beside a year that only the column name explains, "5/2021" under Week; marks behind periods in a header, "4Q20E"."""

from __future__ import annotations

import re

import pandas as pd

from assistant.data.hints import part_of
from assistant.data.notations import YEAR

_NUMBER_FIRST = re.compile(rf"^(\d{{1,2}})\s?[-/.]\s?({YEAR})$")
_YEAR_FIRST = re.compile(rf"^({YEAR})\s?[-/.]\s?(\d{{1,2}})$")
_LAST = {"week": 53, "quarter": 4}
_WORDS = {"week": "{0}-W{1:02d}", "quarter": "{0}-Q{1}"}
_ENOUGH = 0.9  # of the filled cells that must hold a number and a year
_MARK = re.compile(r"(?<=\d)\s?(?:[AEFPB]|[Ee]st\.?|[Aa]ct\.?|[Pp]rov\.?)$")


def without_forecast_mark(name: str) -> str:
    """A column name without the letter that says whether its numbers are actual or estimated: 2016A, 4Q20E."""
    return _MARK.sub("", name)


def spelled_out(name: str, text: pd.Series) -> pd.Series | None:
    """Cells such as 5/2021 as the weeks or quarters that the column's name says they are, or None for any other column.

    text: (rows,) str, "" where empty; cells of another form stay as they are.
    """
    part = part_of(name)
    if part not in _LAST:
        return None
    filled = text[text != ""]
    hits = filled.str.match(_NUMBER_FIRST) | filled.str.match(_YEAR_FIRST)
    if not len(filled) or hits.mean() < _ENOUGH:
        return None
    return text.map(lambda cell: _spelled(cell, part))


def _spelled(cell: str, part: str) -> str:
    if (match := _NUMBER_FIRST.match(cell)) is not None:
        number, year = int(match[1]), match[2]
    elif (match := _YEAR_FIRST.match(cell)) is not None:
        number, year = int(match[2]), match[1]
    else:
        return cell
    return _WORDS[part].format(year, number) if 1 <= number <= _LAST[part] else cell
