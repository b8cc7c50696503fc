"""The cases of a labelled table as arrays for a classifier."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

import numpy as np
import pandas as pd

from assistant.data.columns import read_columns
from assistant.data.hints import is_case_name, is_row_name
from assistant.data.notes import Notes, SourceTable, clean_name, counted, unique_names
from assistant.data.recordings import is_channel, recordings
from assistant.data.series import Dataset
from assistant.errors import BadRequest

# Columns of one prefix that are numbered because they are steps, and how many of all these are where the others are none.
FEWEST_NUMBERED, NEARLY_ALL = 3, 0.8
_NAMED = 4
_NUMBERED = re.compile(r"^(.*?)[_\s.-]*(\d+)$")


def labelled_cases(dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """The cases of a labelled table that carry a label, and their labels.

    Returns an array (case, channel, time) of float64, NaN where missing, and one label a case. Columns named like x_0, x_1, …,
    y_0, y_1, … give one channel a prefix when all prefixes have equally many columns. Where a column names the recording that
    each row is a step of (`assistant.data.recordings`), a recording is a case and a column a channel; shorter ones end with NaN.
    Everything else is one channel.
    Errors: BadRequest when the data set has no label column, no numbers beside it, or no case with a label.
    """
    return with_labels(*all_cases(dataset), dataset)


def with_labels(cases: np.ndarray, labels: list[str], dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """Of what `all_cases` gave, the cases that carry a label. Errors: BadRequest when there is none."""
    known = np.array([label != "" for label in labels], dtype=bool)
    if not known.any():
        label, recording = dataset.label_column, dataset.recording_column
        found = f"“{label}” is empty" if label else f"“{recording}” names the recordings, and no column says what each one is"
        raise BadRequest(f"No case of “{dataset.name}” carries a class: {found}. Add a column that names the class of each case.")
    return np.ascontiguousarray(cases[known]), [label for label in labels if label]


def all_cases(dataset: Dataset, warnings: list[str] | None = None) -> tuple[np.ndarray, list[str]]:
    """As `labelled_cases`, but of every case, with "" for the label of one that has none. Errors: as there.

    Recordings without any label are cases as well, each with the label "". warnings: takes a sentence on columns of numbers that
    were left out, since they number the cases or are no step of them, and one on rows of the file that hold nothing.
    """
    if dataset.recording_column is not None:
        _tell_empty_rows(dataset, warnings)
        return _recorded(dataset, dataset.recording_column)
    if dataset.label_column is None:
        raise BadRequest(f"Expected a labelled table (one case a row, one column of labels), found none in “{dataset.name}”.")
    cases = _cases(dataset, warnings)
    labels = [_label_text(cell) for cell in dataset.table[dataset.label_column]]
    return np.ascontiguousarray(cases, dtype=np.float64), labels


def recording_names(dataset: Dataset) -> tuple[str, ...]:
    """What the recordings of such a table are called, a bare number with its column's name before; empty where rows are cases."""
    column = dataset.recording_column
    if column is None:
        return ()
    cells = [str(dataset.table[column].iloc[one.start]).strip() for one in recordings(dataset.table, column)]
    names = [f"{column} {cell}" if cell.isdigit() else cell for cell in cells]
    return tuple(unique_names([clean_name(name) for name in names], fallback=column))


def case_numbers(titles: Sequence[str]) -> tuple[int, ...]:
    """The number that people give each case: that of its title, where all have one of their own, else its place from 1."""
    numbers = [int(match[1]) for title in titles if (match := re.fullmatch(r".* (\d+)", title))]
    return tuple(numbers) if len(set(numbers)) == len(titles) else tuple(range(1, len(titles) + 1))


def channel_names(dataset: Dataset) -> tuple[str, ...]:
    """What the channels of the cases are called, in the order of `all_cases` or `unlabelled_cases`, whichever takes the table.

    The columns of recordings; of rows the prefixes of their numbered columns, or ("",) where all columns are one channel.
    Errors: BadRequest when the table holds no numbers.
    """
    if dataset.recording_column is not None:
        return tuple(clean_name(name) for name in _recorded_channels(dataset, dataset.recording_column))
    channels = _channels(_steps(_numbers(_beside_label(dataset), dataset)))
    return tuple(_prefix(names[0]) for names in channels) if len(channels) > 1 else ("",)


def case_rows(dataset: Dataset) -> tuple[int, ...]:
    """The row of the file in which each case of `all_cases` or `unlabelled_cases` stands, 1 for the first below the names.

    Of a recording its first row. Rows of the file that hold nothing count, though they are no cases.
    """
    count = len(dataset.table)
    rows = np.setdiff1d(np.arange(1, count + len(dataset.empty_rows) + 1), dataset.empty_rows)
    if dataset.recording_column is not None:
        rows = rows[[one.start for one in recordings(dataset.table, dataset.recording_column)]]
    return tuple(rows.tolist())


def _recorded(dataset: Dataset, recording: str) -> tuple[np.ndarray, list[str]]:
    """Each recording as a case; without labels where no other column names its class."""
    table, label = dataset.table, dataset.label_column
    rows = recordings(table, recording)
    channels = _recorded_channels(dataset, recording)
    longest = max(one.stop - one.start for one in rows)
    cases = np.full((len(rows), len(channels), longest), np.nan)
    for case, one in zip(cases, rows, strict=True):
        case[:, : one.stop - one.start] = [numbers[one] for numbers in channels.values()]
    unnamed = label is None or label == recording
    labels = ["" if unnamed else _label_text(table[label].iloc[one.start]) for one in rows]
    return cases, labels


def _recorded_channels(dataset: Dataset, recording: str) -> dict[str, np.ndarray]:
    """The columns (row,) that are measured along the recordings. Errors: BadRequest when there is none."""
    used = [name for name in dict.fromkeys((recording, dataset.label_column)) if name is not None]
    numbers = _numbers(dataset.table.drop(columns=used), dataset)
    rows = recordings(dataset.table, recording)
    values = {name: column for name, column in numbers.items() if is_channel(name, column, rows)}
    if not values:
        raise BadRequest(f"Expected columns of measured numbers in “{dataset.name}”, found none beside “{'” and “'.join(used)}”.")
    return values


def unlabelled_cases(dataset: Dataset, warnings: list[str] | None = None) -> np.ndarray:
    """The rows of a table without labels as cases (case, channel, time); columns as in `labelled_cases`, warnings in `all_cases`.

    Errors: BadRequest when the table holds no numbers.
    """
    return np.ascontiguousarray(_cases(dataset, warnings), dtype=np.float64)


def _cases(dataset: Dataset, warnings: list[str] | None) -> np.ndarray:
    """The rows as cases (case, channel, time)."""
    _tell_empty_rows(dataset, warnings)
    values = _numbers(_beside_label(dataset), dataset)
    steps = _steps(values)
    if warnings is not None and len(steps) < len(values):
        warnings.append(_left_out([clean_name(name) for name in values if name not in steps], dataset))
    return np.stack([np.stack([values[name] for name in names], axis=1) for names in _channels(steps)], axis=1)


def _beside_label(dataset: Dataset) -> pd.DataFrame:
    return dataset.table if dataset.label_column is None else dataset.table.drop(columns=[dataset.label_column])


def _tell_empty_rows(dataset: Dataset, warnings: list[str] | None) -> None:
    if warnings is None or not dataset.empty_rows:
        return
    listed = ", ".join(map(str, dataset.empty_rows[:_NAMED])) + (" and others" if len(dataset.empty_rows) > _NAMED else "")
    one = len(dataset.empty_rows) == 1
    warnings.append(
        f"{counted(len(dataset.empty_rows), 'row')} of {dataset.name} {'holds' if one else 'hold'} nothing and "
        f"{'was' if one else 'were'} left out (row{'' if one else 's'} {listed} below the header)."
    )


def _left_out(names: list[str], dataset: Dataset) -> str:
    listed = ", ".join(f"“{name}”" for name in names[:_NAMED]) + (" and others" if len(names) > _NAMED else "")
    one = len(names) == 1
    return (
        f"The column{'' if one else 's'} {listed} of {dataset.name} {'was' if one else 'were'} left out of the cases: "
        f"{'it numbers' if one else 'they number'} them, or {'is' if one else 'are'} no step of a series."
    )


def _steps(values: dict[str, np.ndarray]) -> list[str]:
    """The columns that a case is made of.

    Where nearly all are numbered (x_0, x_1, …) the others are none of its steps. Otherwise all are but what numbers the cases:
    with whole numbers, under a name for such.
    """
    families = Counter(match[1] for name in values if (match := _NUMBERED.match(name)))
    numbered = [name for name in values if (match := _NUMBERED.match(name)) and families[match[1]] >= FEWEST_NUMBERED]
    if len(numbered) >= NEARLY_ALL * len(values):
        return numbered
    whole = {name for name, numbers in values.items() if (numbers[~np.isnan(numbers)] % 1 == 0).all()}
    return [name for name in values if not (name in whole and is_case_name(name))] or list(values)


def _numbers(table: pd.DataFrame, dataset: Dataset) -> dict[str, np.ndarray]:
    columns = read_columns(SourceTable(table, exact=False, headed=True), dataset.options, Notes())
    values = {c.name: c.numbers for c in columns if c.numbers is not None and not _counts_rows(c.name, c.numbers)}
    if not values:
        raise BadRequest(f"Expected columns of numbers in “{dataset.name}”, found none. A case needs its values in columns.")
    return values


def _label_text(cell: object) -> str:
    text = str(cell).strip()
    return text[:-2] if re.fullmatch(r"-?\d+\.0", text) else text


def _counts_rows(name: str, numbers: np.ndarray) -> bool:
    counts = is_row_name(name) or name.casefold() == "id" or name.startswith("unnamed ")
    return counts and len(numbers) > 1 and bool((np.diff(numbers) == 1).all())


def _prefix(name: str) -> str:
    """What a numbered column is called without its number."""
    match = _NUMBERED.match(name)
    return clean_name(match[1]) if match else ""


def _channels(names: list[str]) -> list[list[str]]:
    """The names of each channel in order of time."""
    groups: dict[str, list[tuple[int, str]]] = {}
    for name in names:
        match = _NUMBERED.match(name)
        if match is None:
            return [names]
        groups.setdefault(match.group(1), []).append((int(match.group(2)), name))
    sizes = {len(group) for group in groups.values()}
    if len(groups) == 1 or len(sizes) > 1 or sizes == {1}:
        return [names]
    return [[name for _, name in sorted(group)] for group in groups.values()]
