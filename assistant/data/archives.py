"""Files of the forecasting and classification archives (.tsf, .ts) → what a data set is made of."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.arff import is_arff
from assistant.data.arrangement import Arrangement, Group
from assistant.data.limits import check_cells
from assistant.data.notes import Notes, clean_name, counted
from assistant.data.series import Limits
from assistant.data.ts_cases import LABEL, is_ts, parse_ts
from assistant.data.tsf import TsfSeries, is_tsf, parse_tsf, times_of


def is_archive(text: str) -> bool:
    """Whether a text is a .tsf or a .ts file."""
    begins = text.lstrip("\ufeff \t\r\n").startswith(("@", "#", "%"))
    return begins and (is_tsf(text) or is_ts(text)) and not is_arff(text)


def read_archive(text: str, name: str, notes: Notes, limits: Limits) -> tuple[Arrangement, pd.DataFrame]:
    """The series of a .tsf text, or the cases of a .ts text; with its rows as a table.

    name: what messages call the file. Errors: FileRejected for damaged files and beyond the limits.
    """
    return _series(text, name, notes, limits) if is_tsf(text) else _cases(text, name, notes, limits)


def _series(text: str, name: str, notes: Notes, limits: Limits) -> tuple[Arrangement, pd.DataFrame]:
    file = parse_tsf(text, source=f"“{name}”")
    check_cells(sum(len(series.values) for series in file.series), 3, limits)
    notes.guess("layout", "one series a line", f"It is a .tsf file with {counted(len(file.series), 'line')} of values.")
    for note in file.notes:
        notes.warn(note)
    groups, parts = [], []
    undated = 0
    for series in file.series:
        times = times_of(series, file.frequency)
        undated += times is None
        groups.append(Group(times, {clean_name(series.name): series.values}))
        parts.append(_long(series, times))
    if undated:
        notes.warn(
            f"No start or no known frequency: {counted(undated, 'series').removesuffix('s')}; the values are counted from 0."
        )
    return Arrangement(groups), pd.concat(parts, ignore_index=True)


def _long(series: TsfSeries, times: pd.DatetimeIndex | None) -> pd.DataFrame:
    when = pd.Series(np.arange(len(series.values)) if times is None else times.strftime("%Y-%m-%d %H:%M:%S")).astype("str")
    return pd.DataFrame({"series": pd.Series(series.name, index=when.index, dtype="str"), "time": when, "value": series.values})


def _cases(text: str, name: str, notes: Notes, limits: Limits) -> tuple[Arrangement, pd.DataFrame]:
    file = parse_ts(text, source=f"“{name}”")
    count, dimensions, length = file.cases.shape
    check_cells(count * dimensions * length, 1, limits)
    classes = "without classes" if file.labels is None else f"of {len(set(file.labels))} classes"
    shape = f"{counted(dimensions, 'dimension')} of up to {length:,} values"
    notes.guess("layout", "labelled table" if file.labels else "cases", f"It is a .ts file: {count} cases {classes}, {shape}.")
    shorter = int(np.count_nonzero(file.lengths < length))
    if shorter:
        notes.warn(
            f"The cases have from {int(file.lengths.min()):,} to {length:,} values; {shorter} shorter ones were filled with "
            "missing values at their end."
        )
    return Arrangement([], label_column=LABEL if file.labels else None), file.table()
