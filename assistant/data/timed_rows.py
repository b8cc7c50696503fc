"""Rows with times: one series a column, or several series below each other that words tell apart."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd

from assistant.data.across_parts import without_sentinel
from assistant.data.arrangement import Arrangement, columns_group
from assistant.data.axis import Axis
from assistant.data.blocks import BLOCKS, WHY_BLOCKS, blocks_of
from assistant.data.columns import Column
from assistant.data.day_parts import is_stretch_name
from assistant.data.hints import (
    is_identifier_name,
    is_thirteenth_month,
    is_totals_cell,
)
from assistant.data.keys import NO_COLUMN, cells_of, find_keys, is_ordered, kept_apart, key_names, named_fully
from assistant.data.notes import Notes, counted, listing
from assistant.data.series import ReadOptions
from assistant.errors import FileRejected

_SHARED = 0.2  # of the rows may share their time with another one before it is asked what tells them apart
_FEW_GROUPS = 200  # series in which a sign for missing values that only shows in one of them is looked for


def arrange_timed(
    columns: list[Column], values: list[Column], axis: Axis, options: ReadOptions, notes: Notes, kinds: str | None
) -> Arrangement:
    """The series of rows with times, and what tells the rows of one time apart.

    kinds: a column that parts the rows in any case, such as months from the sums of years.
    Errors: FileRejected for fewer than two rows with a time; BadRequest for a column of names that is not there.
    """
    rows = np.flatnonzero(axis.times.notna())
    _explain_lost_rows(columns, axis, rows, notes)
    if len(rows) < 2:
        raise FileRejected(f"Expected at least two rows with a time, found {len(rows)}. Export a longer span.")
    free = [c for c in columns if c.name not in axis.used and c not in values]
    kind = next((c for c in free if c.name == kinds), None)
    keys = find_keys([c for c in free if c is not kind], axis.times, rows, options.series_column, kind)
    if kind is not None and not kept_apart(keys, kind, rows):
        keys = [*keys, kind]
    if options.series_column is None:
        keys = named_fully(keys, free, rows)
        if not keys and (blocks := blocks_of(axis.times, rows, values)) is not None:
            keys = [blocks]
            notes.ask("series names", BLOCKS, WHY_BLOCKS, alternatives=(NO_COLUMN,), flag="--series-column")
        _ask_for_names(columns, keys, axis, rows, notes)
    values = _measured(values, keys, rows, options, notes)
    if not keys:
        layout = "wide" if len(values) > 1 else "one series"
        notes.guess("layout", layout, "Each column of numbers is a series over the same times.", alternatives=("long",))
        return Arrangement([columns_group(axis.times[rows], values, rows)], axis)
    named = " and ".join(f"“{column.name}”" for column in keys)
    notes.guess("layout", "long", f"Times repeat, and {named} tell their rows apart.", alternatives=("wide",))
    notes.guess(
        "series names",
        " · ".join(c.name for c in keys),
        "These words make the rows of each series unique.",
        flag="--series-column",
    )
    codes, names = key_names(keys, rows)
    order = np.argsort(codes, kind="stable")
    bounds = np.flatnonzero(np.diff(codes[order], prepend=-1, append=len(names)))
    groups = []
    for low, high in itertools.pairwise(bounds):
        member = rows[order[low:high]]
        groups.append(columns_group(axis.times[member], values, member, names[int(codes[order[low]])]))
    if not options.keep_sentinels and len(groups) <= _FEW_GROUPS:
        groups = [replace(one, values={k: without_sentinel(v, notes) for k, v in one.values.items()}) for one in groups]
    return Arrangement(groups, axis)


def _ask_for_names(columns: list[Column], keys: list[Column], axis: Axis, rows: np.ndarray, notes: Notes) -> None:
    """Ask for the column that names the series where many rows still share their time with another one."""
    stamps = axis.times[rows].asi8
    if is_ordered(stamps):
        return
    stamps = pd.factorize(stamps)[0]
    left = 1 - cells_of(stamps, [pd.factorize(key.text.iloc[rows])[0] for key in keys]) / len(rows)
    if left <= _SHARED:
        return
    spare = [c for c in columns if c.name not in axis.used and c not in keys and 1 < c.distinct < len(rows)]
    whole = [c for c in spare if c.kind == "number" and c.whole]
    whole.sort(key=lambda c: (not (is_identifier_name(c.name) or is_stretch_name(c.name)), c.distinct))
    names = [c.name for c in (*(c for c in spare if c.kind in ("text", "time")), *whole)][:6]
    if names:
        chosen = " · ".join(key.name for key in keys) or NO_COLUMN
        why = f"{left:.0%} of the rows share their time with another one, and their values would be averaged."
        notes.ask("series names", chosen, why, alternatives=names, flag="--series-column")


def _measured(values: list[Column], keys: list[Column], rows: np.ndarray, options: ReadOptions, notes: Notes) -> list[Column]:
    """The values without numbers that describe a series and never change within it, such as its identifier."""
    if not keys or options.value_columns is not None or len(values) < 2:
        return values
    codes, names = key_names(keys, rows)
    if len(names) < 2:
        return values
    fixed = []
    for column in values:
        if column.numbers is not None and column.distinct <= len(names):
            spans = pd.Series(column.numbers[rows]).groupby(codes).agg(["min", "max", "size"])
            if (spans["min"] == spans["max"]).all() and (spans["size"] > 2).mean() > 0.5:
                fixed.append(column)
    if not fixed or len(fixed) == len(values):
        return values
    notes.warn(f"Left out because they never change within a series: {listing([c.name for c in fixed], 12)}.")
    return [c for c in values if c not in fixed]


def _explain_lost_rows(columns: list[Column], axis: Axis, rows: np.ndarray, notes: Notes) -> None:
    """Say which rows have no readable time: totals, footers, or plain mistakes."""
    lost = np.setdiff1d(np.arange(len(axis.times)), rows)
    if not len(lost):
        return
    source = next(c for c in columns if c.name == axis.used[0])
    cells = [str(cell) for cell in source.text.iloc[lost]]
    totals = [cell for cell in cells if is_totals_cell(cell) or is_thirteenth_month(cell)]
    if totals:
        notes.warn(f"Left out as totals: {counted(len(totals), 'row')}, {listing(list(dict.fromkeys(totals)))}.")
    if len(cells) > len(totals):
        others = [cell or "(blank)" for cell in cells if cell not in totals]
        notes.warn(
            f"Left out for want of a readable time: {counted(len(others), 'row')}, {listing(list(dict.fromkeys(others)))}."
        )
