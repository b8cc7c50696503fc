"""Typed columns → series: long, wide, periods across the columns, labelled cases, or an index."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import numpy as np

from assistant.data.across import read_across
from assistant.data.arrangement import Arrangement, Group, columns_group
from assistant.data.axis import find_axis
from assistant.data.class_columns import label_of
from assistant.data.columns import Column
from assistant.data.merged_cells import filled_down
from assistant.data.notes import Notes, listing
from assistant.data.period_kinds import split_by_period, years_above_months
from assistant.data.roles import value_columns, without_elapsed, without_row_numbers
from assistant.data.row_series import read_rows_as_series
from assistant.data.series import ReadOptions
from assistant.data.timed_rows import arrange_timed
from assistant.data.unlabelled import why_unlabelled
from assistant.data.untimed_rows import arrange_indexed, arrange_labelled
from assistant.errors import FileRejected


def arrange(columns: list[Column], options: ReadOptions, notes: Notes, declared: str | None = None) -> Arrangement:
    """Decide the layout and cut the table into series. declared: the column that the format says names classes.

    Errors: FileRejected when nothing is left to be a series; BadRequest for options that name no column.
    """
    arrangement = _arranged(columns, options, notes, declared)
    if arrangement.label_column is not None:
        return arrangement
    times = arrangement.axis.used if arrangement.axis else ()
    return replace(arrangement, unlabelled=why_unlabelled(columns, times, arrangement.recording_column))


def _arranged(columns: list[Column], options: ReadOptions, notes: Notes, declared: str | None) -> Arrangement:
    columns, kinds = filled_down(columns, notes), None
    if options.time_column is None and options.series_column is None and options.label is None and declared is None:
        placed = read_rows_as_series(columns, notes)
        if placed:
            return Arrangement([Group(times, values) for times, values in placed])
        groups = read_across(columns, notes, keep_sentinels=options.keep_sentinels)
        if groups:
            return Arrangement([Group(times, values) for times, values in groups])
        columns, kinds = split_by_period(years_above_months(columns, notes), notes)
        pairs = _pairs(columns, notes)
        if pairs:
            return Arrangement(pairs)
    axis = find_axis(columns, options, notes)
    columns = without_row_numbers(columns, axis, notes)
    if axis is None:
        columns = without_elapsed(columns, notes)
    label = label_of(columns, axis, options, declared, notes)
    values = value_columns(columns, axis if label is None else None, label, options, notes)
    if label is not None:
        return arrange_labelled(columns, values, label, axis, notes)
    if not values:
        raise FileRejected(
            f"Expected at least one column of numbers beside the times, found none in {listing([c.name for c in columns], 12)}. "
            "Check the delimiter and the decimal mark."
        )
    if axis is None:
        return arrange_indexed(columns, values, options, notes)
    return arrange_timed(columns, values, axis, options, notes, kinds)


def _pairs(columns: list[Column], notes: Notes) -> list[Group]:
    """Times and values pair by pair: Date, Gold, Date, Oil. Empty where the file has another layout."""
    timed = [k for k, column in enumerate(columns) if column.kind == "time"]
    names = {re.sub(r" \(\d+\)$|[ _.]\d+$", "", columns[k].name).casefold().split(" ")[-1] for k in timed}
    if len(timed) < 2 or timed[0] != 0 or len(names) > 1:
        return []
    groups = []
    for low, high in itertools.pairwise([*timed, len(columns)]):
        reading, values = columns[low].times, [c for c in columns[low + 1 : high] if c.kind == "number"]
        if reading is None or not values:
            return []
        rows = np.flatnonzero(reading.times.notna())
        groups.append(columns_group(reading.times[rows], values, rows))
    first = columns[timed[0]].times
    if first is None or all(group.times is not None and group.times.equals(groups[0].times) for group in groups[1:]):
        return []
    notes.guess("layout", "pairs of times and values", "Each column of times belongs to the columns behind it.")
    notes.guess("time column", " + ".join(columns[k].name for k in timed), "They are read as times and differ.")
    return groups
