"""Times of day under a title that names their day: the date of a log or a report that stands once above the rows."""

from __future__ import annotations

import re
from dataclasses import replace

import pandas as pd

from assistant.data.arrangement import Arrangement
from assistant.data.calendar import looks_like_time, read_times
from assistant.data.month_names import MONTH_NAMES
from assistant.data.notations import CLOCK_ORIGIN
from assistant.data.notes import Notes

_DATE = re.compile(
    r"(?<![\w./-])(?:\d{4}[-/.]\d{2}[-/.]\d{2}|\d{1,2}([-/.])\d{1,2}\1\d{4}|\d{1,2}\.? (?P<inner>[^\W\d_]{3,10})\.?,? \d{4}"
    r"|(?P<outer>[^\W\d_]{3,10})\.? \d{1,2},? \d{4})(?![\w/-])"
)
_MADE = re.compile(
    r"\b(?:print|creat|generat|export|download|updat|releas|publish|version|calibrat|erstellt|gedruckt|stand|abruf|imprim|g[ée]n[ée]r[ée])",
    re.IGNORECASE,
)


def dated_by_title(arrangement: Arrangement, title: str, day_first: bool | None, notes: Notes) -> Arrangement:
    """The series with their times of day on the day that the lines above the table name, where these name a single one.

    title: those lines. Lines that say when the file was made do not count. Nothing changes for times that have a date.
    """
    axis = arrangement.axis
    if axis is None or axis.reading.kind != "clock":
        return arrangement
    found = {cell for line in title.split("\n") if not _MADE.search(line) for cell in _dates(line)}
    reading = read_times(pd.Series(sorted(found), dtype="str"), day_first) if len(found) == 1 else None
    if reading is None or reading.times.isna().any():
        return arrangement
    (cell,) = found
    day = reading.times[0].normalize()
    why = f"The line above the table names “{cell}”, and the rows hold times of day only; a step back starts a new day."
    if reading.ambiguous and reading.other is not None:
        other = "month first" if reading.order == "day" else "day first"
        chosen = "day first" if reading.order == "day" else "month first"
        notes.ask("day or month first", chosen, reading.why, alternatives=(other,), flag="--dayfirst or --monthfirst")
    notes.guess("date", f"{day:%Y-%m-%d}", why)
    notes.warn(f"The rows hold times of day only; they were dated {day:%Y-%m-%d} after the line above the table.")
    late = day - CLOCK_ORIGIN
    groups = [group if group.times is None else replace(group, times=group.times + late) for group in arrangement.groups]
    moved = replace(axis, times=axis.times + late, reading=replace(axis.reading, kind="moment", times=axis.reading.times + late))
    return replace(arrangement, groups=groups, axis=moved)


def _dates(line: str) -> list[str]:
    """The dates in a line, as written."""
    cells = []
    for match in _DATE.finditer(" ".join(line.split())):
        word = match["inner"] or match["outer"]
        if (word is None or word.casefold() in MONTH_NAMES) and looks_like_time(match[0]):
            cells.append(match[0])
    return cells
