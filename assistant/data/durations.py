"""Columns of spans of time, 00:05:12 or PT5M12S, that are measured and say nothing about when: numbers of seconds."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from assistant.data.columns import Column
from assistant.data.notes import Notes, listing
from assistant.data.numbers import is_missing

_ENOUGH = 0.9  # of the filled cells that must be spans
_GLANCE = 40
_DAY = 86_400
_RUN = re.compile(r"^(?:distance|pace|laps?)(?:$|[^a-z])")
_COLONS = re.compile(r"^[+-]?(?:(\d+)\s*(?:d|days?)[, ]+)?(\d+):([0-5]\d)(?::([0-5]\d)(?:[.,](\d+))?)?$", re.IGNORECASE)
_ISO = re.compile(r"^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$")
_NAMED = re.compile(
    r"(?:^|[^a-z])(durations?|dauer|dur[ée]e|duraci[óo]n|durata|duur|elapsed|length|handl(?:e|ing)|responses?|wait(?:ing)?|laps?"
    r"|splits?|pace|run ?time|running|moving|travel|trip|talk|hold|sleep|asleep|awake|uptime|downtime|lead|cycle|latency"
    r"|turnaround|delays?|effort|worked|overtime|avg|average|mean|median|total|sum|spent|session|playtime|duree)(?:$|[^a-z])"
)


def is_duration_name(name: str) -> bool:
    """Whether a column of this name that is written like clock times holds spans of time."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("_", " ")
    return bool(_NAMED.search(spaced.casefold()))


def with_durations(columns: list[Column], notes: Notes) -> list[Column]:
    """The columns with spans of time as numbers: seconds; of two parts the last one is the unit.

    A column is one of spans where its name says so, or where a cell goes beyond a day; one that only rises in a table without
    another time stays the time of its rows.
    """
    dated = any(c.kind == "time" and c.times is not None and c.times.kind != "clock" for c in columns)
    run = dated and any(_RUN.search(column.name.casefold()) for column in columns)
    changed = {}
    for column in columns:
        clock = column.kind == "time" and column.times is not None and column.times.kind == "clock"
        named = is_duration_name(column.name) or (clock and run and column.name.casefold() == "time")
        if not (clock or column.kind == "text") or not _looks_like_spans(column, named=named):
            continue
        spans, parts = _spans(column.text)
        present = spans[~np.isnan(spans)]
        if not len(present) or (clock and not dated and bool((np.diff(present) > 0).all())):
            continue
        hours = bool(re.search(r"hour|hrs|stunden|heures|horas", column.name.casefold()))
        short = parts == 2 and float(np.abs(present).max()) < _DAY
        unit = ("min" if hours else None) if short else "s"
        numbers = spans / 60 if parts == 2 else spans
        changed[column.name] = replace(column, kind="number", numbers=numbers, times=None, unit=unit)
    if not changed:
        return columns
    pairs = [name for name, column in changed.items() if column.unit is None]
    notes.guess(
        "spans of time",
        listing(list(changed)),
        "The cells are lengths of time and no times of day.",
        alternatives=("times of day",),
    )
    notes.warn(f"Spans of time were turned into numbers of seconds (of minutes for hours:minutes): {listing(list(changed))}.")
    if pairs:
        notes.warn(f"Two parts may be hours:minutes or minutes:seconds, so that the unit is left open: {listing(pairs)}.")
    return [changed.get(column.name, column) for column in columns]


def _looks_like_spans(column: Column, *, named: bool) -> bool:
    """Whether most cells of a column are spans, and its name or a cell beyond a day says that they are no times of day."""
    cells = [str(cell) for cell in column.text.iloc[: 4 * _GLANCE] if not is_missing(str(cell))][:_GLANCE]
    found = [_COLONS.match(cell) for cell in cells]
    iso = [len(cell) > 2 and bool(_ISO.match(cell)) for cell in cells]
    if not cells or sum(bool(a) or b for a, b in zip(found, iso, strict=True)) < _ENOUGH * len(cells):
        return False
    if any(iso) or named:
        return True
    return any(match and (match[1] or int(match[2]) > 24) and match[4] for match in found)


def _spans(text: pd.Series) -> tuple[np.ndarray, int]:
    """(rows,) seconds, NaN where unread, and the number of parts that the cells have: 3, or 2 where all of them have two."""
    codes, distinct = pd.factorize(text)
    seconds = np.full(len(distinct), np.nan)
    parts = 2
    for place, cell in enumerate(map(str, distinct)):
        if (match := _COLONS.match(cell)) is not None:
            days, hours, minutes, rest, fraction = (match[k] or "0" for k in range(1, 6))
            amount = int(days) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + int(rest) + float(f"0.{fraction}")
            seconds[place] = -amount if cell.startswith("-") else amount
            parts = 3 if match[4] is not None else parts
        elif (match := _ISO.match(cell)) is not None and len(cell) > 2:
            amounts = [float(match[k] or 0) for k in range(1, 5)]
            seconds[place] = amounts[0] * 86_400 + amounts[1] * 3_600 + amounts[2] * 60 + amounts[3]
            parts = 3
    return seconds[codes], parts
