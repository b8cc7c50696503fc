"""Tables whose rows are the steps of recordings: several rows a case, one column a channel, a column that names the recording."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from assistant.data.hints import is_case_name, is_counter_name, is_identifier_name, is_row_name, is_time_name

# What columns that number recordings are called, beside what `is_case_name` knows.
_CALLED = re.compile(
    r"case|series|record|trial|session|sample|sequence|episode|segment|clip|(?:^|[_\W])"
    r"(?:run|no|stroke|swing|rep|repetition|bout|lap|trip|ride|flight|attempt|take|file|experiment)$"
)
# Fewer rows than this on average are not steps of a recording.
FEWEST_STEPS = 8


def recording_column(table: pd.DataFrame, label: str | None) -> str | None:
    """The column that names the recording of each row, or None where each row is a case of its own.

    Each of its values stands in one block of rows, all of one label; words, or numbers in a column that is called a case, a
    series or the like, since what merely counts slowly (minutes) stands in blocks too. Of several such columns (person,
    recording) the one with the most blocks is taken. It is the label column itself, where each recording is named and nothing is
    said of its class, only if it is called so or another column counts the steps within its blocks: a table sorted by class has
    blocks as well. Without a label it must be called so.
    """
    labels = None if label is None else table[label].astype(str).to_numpy()
    found: list[tuple[int, str]] = []
    for name in map(str, table.columns):
        cells = table[name].astype(str).to_numpy()
        starts = _starts(cells)
        few = len(cells) >= FEWEST_STEPS * len(starts)
        if len(starts) < 2 or not few or len(starts) != len(np.unique(cells)) or not _names(name, table[name]):
            continue
        if label in (None, name) and not (called_recording(name) or (label == name and _steps_counted(table, name))):
            continue
        if labels is None or all(len(np.unique(block)) == 1 for block in np.split(labels, starts[1:])):
            found.append((len(starts), name))
    return max(found, key=lambda one: one[0])[1] if found else None


def recordings(table: pd.DataFrame, column: str) -> list[slice]:
    """The rows of each recording, in order. column: as found by `recording_column`."""
    starts = _starts(table[column].astype(str).to_numpy())
    ends = [*starts[1:].tolist(), len(table)]
    return [slice(first, end) for first, end in zip(starts.tolist(), ends, strict=True)]


def counts_steps(numbers: np.ndarray, rows: Sequence[slice]) -> bool:
    """Whether a column (row,) only counts the steps of each recording or their time: by the same amount from row to row."""
    steps = [np.diff(numbers[one]) for one in rows if one.stop - one.start > 1]
    if not steps:
        return False
    amounts = np.concatenate(steps)
    return bool(np.isfinite(amounts).all() and amounts[0] > 0 and np.allclose(amounts, amounts[0], rtol=0.01, atol=0))


def is_channel(name: str, numbers: np.ndarray, rows: Sequence[slice]) -> bool:
    """Whether a column (row,) is measured along the recordings.

    It is not where it counts their steps or says one thing of each (a person's number, an age). A sensor at rest stands still as
    well, and a channel may rise evenly: those say the same of all recordings, or count from another number in each.
    """
    known = [numbers[one][~np.isnan(numbers[one])] for one in rows]
    known = [values for values in known if len(values)]
    if not known:
        return False
    named = is_case_name(name) or is_identifier_name(name) or is_time_name(name) or is_row_name(name) or is_counter_name(name)
    if all(len(np.unique(values)) == 1 for values in known):
        return not named and len({float(values[0]) for values in known}) <= 1
    if counts_steps(numbers, rows):
        begun = {float(values[0]) for values in known}
        return not named and len(begun) > 1 and not _goes_on(numbers)
    return True


def _goes_on(numbers: np.ndarray) -> bool:
    """Whether what counts within each recording goes on counting from one to the next."""
    amounts = np.diff(numbers)
    return bool(np.isfinite(amounts).all() and np.allclose(amounts, amounts[0], rtol=0.01, atol=0))


def _names(name: str, cells: pd.Series) -> bool:
    numbers = pd.to_numeric(cells, errors="coerce")
    return bool(numbers.isna().any()) or called_recording(name)


def called_recording(name: str) -> bool:
    """Whether a column of this name may number recordings: a case, a series, a trial."""
    return is_case_name(name) or _CALLED.search(name.casefold()) is not None


def _steps_counted(table: pd.DataFrame, column: str) -> bool:
    rows = recordings(table, column)
    others = (pd.to_numeric(table[name], errors="coerce").to_numpy(float) for name in table.columns if name != column)
    return any(counts_steps(numbers, rows) for numbers in others)


def _starts(cells: np.ndarray) -> np.ndarray:
    return np.flatnonzero(np.concatenate([[True], cells[1:] != cells[:-1]]))
