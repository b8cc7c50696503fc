"""Which columns are series, and which only count the rows or the time since a start."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.axis import Axis
from assistant.data.coded_keys import code_columns
from assistant.data.columns import Column
from assistant.data.hints import (
    can_be_key,
    is_counter_name,
    is_identifier_name,
    is_row_name,
    is_time_name,
    part_of,
)
from assistant.data.notes import Notes, listing
from assistant.data.series import ReadOptions
from assistant.errors import BadRequest


def without_row_numbers(columns: list[Column], axis: Axis | None, notes: Notes) -> list[Column]:
    """Drop a column that only counts the rows."""
    used = axis.used if axis else ()
    measured = [c for c in columns if c.kind == "number" and c.name not in used]
    for column in measured:
        first = column is columns[0]
        named = is_row_name(column.name) or (first and column.name.startswith("unnamed "))
        identified = is_identifier_name(column.name) and first
        if len(measured) < 2 or not (named or identified) or column.numbers is None:
            continue
        steps = np.diff(column.numbers)
        anywhere = axis is not None and is_counter_name(column.name)
        if (anywhere or column.numbers[0] in (0, 1)) and (steps == 1).all():
            notes.guess("row numbers", column.name, "The column only counts the rows; it is no series.")
            return [other for other in columns if other is not column]
    return columns


def without_elapsed(columns: list[Column], notes: Notes) -> list[Column]:
    """Drop a first column that only counts evenly from a start that the file does not name: seconds since then, or steps."""
    first = columns[0]
    others = sum(c.kind == "number" for c in columns[1:])
    if (
        first.numbers is None
        or not others
        or not (is_time_name(first.name) or is_row_name(first.name) or part_of(first.name))
        or len(first.numbers) < 3
    ):
        return columns
    steps = np.diff(first.numbers)
    if first.numbers[0] != 0 or not (steps > 0).all() or float(np.ptp(steps)) > 0.01 * float(steps.mean()):
        return columns
    why = f"It counts in steps of {float(np.median(steps)):g} from 0, and the file does not say from when."
    notes.guess("elapsed time", first.name, why, alternatives=("a series",))
    return columns[1:]


def value_columns(
    columns: list[Column], axis: Axis | None, label: Column | None, options: ReadOptions, notes: Notes
) -> list[Column]:
    """The columns that are series (or carry the cases of a labelled table)."""
    used = axis.used if axis else ()
    free = [c for c in columns if c.name not in used and c is not label]
    if options.value_columns is not None:
        known = {c.name: c for c in columns}
        for name in options.value_columns:
            if name not in known or known[name].kind != "number":
                raise BadRequest(f"Expected columns of numbers, found “{name}”. There are {listing([c.name for c in free], 12)}.")
        notes.guess("value columns", ", ".join(options.value_columns), "You said so.", flag="--value")
        return [known[name] for name in options.value_columns]
    if options.series_column is not None:
        free = [c for c in free if c.name != options.series_column]
    values = [c for c in free if c.kind == "number" and not _constant_identifier(c)]
    identifiers = [c for c in values if can_be_key(c.name) and c.whole]
    keys = [c for c in identifiers if _tells_apart([c], axis)] or (identifiers if _tells_apart(identifiers, axis) else [])
    if not keys and axis is not None:
        keys = code_columns([c for c in columns if c.name not in used], axis.times)
    values = [c for c in values if c not in keys] or values
    kept = {c.name for c in values} | set(used)
    left_out = [c.name for c in columns if c.name not in kept and c is not label]
    empty = [c.name for c in free if c.kind == "empty"]
    if empty:
        notes.warn(f"Columns without a single value were left out: {listing(empty)}.")
    shown = ", ".join(c.name for c in values[:6]) + ("" if len(values) <= 6 else f" and {len(values) - 6} more")
    notes.guess(
        "value columns", shown, "They hold numbers that are neither times nor identifiers.", alternatives=left_out, flag="--value"
    )
    return values


def _constant_identifier(column: Column) -> bool:
    return is_identifier_name(column.name) and (column.whole or not can_be_key(column.name)) and column.distinct == 1


def _tells_apart(identifiers: list[Column], axis: Axis | None) -> bool:
    """Whether identifiers split rows that share their times into series with times of their own."""
    if axis is None or not identifiers:
        return False
    column = identifiers[0]
    if (
        column.numbers is not None
        and column.distinct == len(column.numbers) > 1
        and re.search(r"(?:^|_|\b)id$", column.name.casefold())
    ):
        return True
    rows = pd.DataFrame({"time": axis.times, **{c.name + " ": c.numbers for c in identifiers}})
    repeated = rows["time"].duplicated().mean()
    return bool(repeated > 0.3 and rows.duplicated().mean() < repeated / 2)
