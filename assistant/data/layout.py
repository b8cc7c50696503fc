"""Typed columns → series: long, wide, periods across the columns, labelled cases, or an index."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from assistant.data.across import read_across
from assistant.data.across_parts import without_sentinel
from assistant.data.axis import Axis, find_axis
from assistant.data.blocks import BLOCKS, WHY_BLOCKS, blocks_of
from assistant.data.coded_keys import code_columns
from assistant.data.columns import Column
from assistant.data.day_parts import is_stretch_name
from assistant.data.hints import (
    can_be_key,
    is_counter_name,
    is_identifier_name,
    is_label_name,
    is_row_name,
    is_thirteenth_month,
    is_time_name,
    is_totals_cell,
    part_of,
)
from assistant.data.keys import NO_COLUMN, cells_of, find_keys, is_ordered, kept_apart, key_names, named_fully
from assistant.data.merged_cells import filled_down
from assistant.data.mixed_times import share_of_moments
from assistant.data.notes import Notes, clean_name, counted, listing
from assistant.data.period_kinds import split_by_period, years_above_months
from assistant.data.row_series import read_rows_as_series
from assistant.data.series import ReadOptions
from assistant.errors import BadRequest, FileRejected

_SHARED = 0.2  # of the rows may share their time with another one before it is asked what tells them apart
_LIKELY = 0.4  # of the cells of a column of words that are moments from which on it is asked whether it holds the times
_LABELS = 60
_FEW_GROUPS = 200  # series in which a sign for missing values that only shows in one of them is looked for
_SEQUENCE = 8  # numbered columns from which on a row is a case


@dataclass(frozen=True)
class Group:
    """Rows that share their times: one or several series.

    times: (rows,) as in the file, NaT excluded; None without a time axis. values: name → (rows,) float64. units: name → unit.
    """

    times: pd.DatetimeIndex | None
    values: dict[str, np.ndarray]
    units: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrangement:
    """The series of a file before sorting. axis: of the rows, if any. label_column: of a labelled table, else None."""

    groups: list[Group]
    axis: Axis | None = None
    label_column: str | None = None


def arrange(columns: list[Column], options: ReadOptions, notes: Notes) -> Arrangement:
    """Decide the layout and cut the table into series.

    Errors: FileRejected when nothing is left to be a series; BadRequest for options that name no column.
    """
    columns, kinds = filled_down(columns, notes), None
    if options.time_column is None and options.series_column is None:
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
    columns = _without_row_numbers(columns, axis, notes)
    if axis is None:
        columns = _without_elapsed(columns, notes)
    label = None if axis else _label_of(columns)
    values = _value_columns(columns, axis, label, options, notes)
    if label is not None:
        return _labelled(values, label, notes)
    if not values:
        raise FileRejected(
            f"Expected at least one column of numbers beside the times, found none in {listing([c.name for c in columns], 12)}. "
            "Check the delimiter and the decimal mark."
        )
    if axis is None:
        return _indexed(columns, values, options, notes)
    return _timed(columns, values, axis, options, notes, kinds)


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
        groups.append(_columns_group(reading.times[rows], values, rows))
    first = columns[timed[0]].times
    if first is None or all(group.times is not None and group.times.equals(groups[0].times) for group in groups[1:]):
        return []
    notes.guess("layout", "pairs of times and values", "Each column of times belongs to the columns behind it.")
    notes.guess("time column", " + ".join(columns[k].name for k in timed), "They are read as times and differ.")
    return groups


def _without_row_numbers(columns: list[Column], axis: Axis | None, notes: Notes) -> list[Column]:
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


def _without_elapsed(columns: list[Column], notes: Notes) -> list[Column]:
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


def _value_columns(
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


def _label_of(columns: list[Column]) -> Column | None:
    """The label column of a labelled table, or None."""
    numbers = [c for c in columns if c.kind == "number"]
    rows = len(columns[0].text)
    fewest = max(2, min(_LABELS, rows // 2))
    texts = [c for c in columns if c.kind == "text" and 2 <= c.distinct <= fewest and rows > c.distinct]
    named = [c for c in texts if is_label_name(c.name)]
    if len(numbers) >= 2 and (len(texts) == 1 or named):
        return (named or texts)[0]
    coded = [c for c in numbers if c.whole and 2 <= c.distinct <= fewest]
    for column in coded:
        others = [c for c in numbers if c is not column]
        if len(others) >= _SEQUENCE and (is_label_name(column.name) and numbered(others)):
            return column
        headless = column is columns[0] and column.name == "column 1"
        if headless and len(others) >= 2 * _SEQUENCE and sum(not c.whole for c in others) > 0.8 * len(others):
            return column
    return None


def numbered(columns: list[Column]) -> bool:
    """Whether most names end in running numbers (t0, t1, … or x_0, x_1, …, y_0, …)."""
    hits = sum(bool(re.search(r"\d+$", c.name)) for c in columns)
    return len(columns) >= _SEQUENCE and hits >= 0.9 * len(columns)


def _labelled(values: list[Column], label: Column, notes: Notes) -> Arrangement:
    rows = len(label.text)
    notes.guess(
        "layout",
        "labelled table",
        f"There are no times, and “{label.name}” names one of {label.distinct} classes in each of {rows} rows.",
        alternatives=("wide",),
    )
    if numbered(values):
        return Arrangement([], label_column=label.name)
    notes.warn("The file has no time column; the rows are counted from 0.")
    return Arrangement([_columns_group(None, values, slice(None))], label_column=label.name)


def _columns_group(times: pd.DatetimeIndex | None, values: list[Column], rows: slice | np.ndarray, prefix: str = "") -> Group:
    names = {c.name: (f"{prefix} · {c.name}" if prefix and len(values) > 1 else prefix or c.name) for c in values}
    return Group(
        times,
        {names[c.name]: c.numbers[rows] for c in values if c.numbers is not None},
        {names[c.name]: c.unit for c in values},
    )


def _indexed(columns: list[Column], values: list[Column], options: ReadOptions, notes: Notes) -> Arrangement:
    """No times: the rows are counted; a text column in blocks names the series."""
    notes.warn("The file has no time column; the rows are counted from 0.")
    words = [c for c in columns if c.kind == "text"]
    likely = _likely_times(columns)
    if likely and options.series_column is None:
        why = f"{listing([c.name for c in likely])} could hold the times, but not every cell can be read as one."
        notes.ask("time column", "none", why, alternatives=[c.name for c in likely], flag="--time-column")
    else:
        why = "No column is written like times."
        notes.guess("time column", "none", why, alternatives=[c.name for c in columns], flag="--time-column")
    name = next((c for c in words if c.distinct == len(c.text)), None)
    if options.series_column is None and numbered(values) and name is not None:
        notes.guess("layout", "one series a row", f"“{name.name}” differs in each row, and the columns are numbered.")
        return Arrangement(_rows_as_series(name, values))
    key = next((c for c in columns if c.name == options.series_column), None) or _blocks(columns)
    if key is None:
        notes.guess("layout", "wide" if len(values) > 1 else "one series", "Each column of numbers is a series.")
        return Arrangement([_columns_group(None, values, slice(None))])
    notes.guess("layout", "long", f"“{key.name}” names the series, one block of rows each.", alternatives=("wide",))
    labels = key.text.to_numpy(object)
    groups = [
        _columns_group(None, values, np.flatnonzero(labels == label), clean_name(label))
        for label in dict.fromkeys(labels.tolist())
    ]
    return Arrangement(groups)


def _likely_times(columns: list[Column]) -> list[Column]:
    """Columns that may be the times of rows without any: words that are moments here and there, numbers that count years."""
    return [
        column
        for column in columns
        if (column.kind == "text" and share_of_moments(column.text) >= _LIKELY)
        or (column.kind == "number" and column.times is not None)
    ]


def _rows_as_series(names: Column, values: list[Column]) -> list[Group]:
    """Each row as a series, without the blanks behind its last value."""
    table = np.column_stack([c.numbers for c in values if c.numbers is not None])
    groups = []
    for name, row in zip(names.text, table, strict=True):
        filled = np.flatnonzero(~np.isnan(row))
        groups.append(Group(None, {clean_name(name): row[: int(filled[-1]) + 1 if len(filled) else 0]}))
    return groups


def _blocks(columns: list[Column]) -> Column | None:
    for column in columns:
        if column.kind != "text" or not 2 <= column.distinct <= len(column.text) // 3:
            continue
        if int((column.text != column.text.shift()).sum()) == column.distinct:
            return column
    return None


def _timed(
    columns: list[Column], values: list[Column], axis: Axis, options: ReadOptions, notes: Notes, kinds: str | None
) -> Arrangement:
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
        return Arrangement([_columns_group(axis.times[rows], values, rows)], axis)
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
        groups.append(_columns_group(axis.times[member], values, member, names[int(codes[order[low]])]))
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
