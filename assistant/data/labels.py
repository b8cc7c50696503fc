"""The cases of a labelled table as arrays for a classifier."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.columns import read_columns
from assistant.data.hints import is_row_name
from assistant.data.notes import Notes, SourceTable
from assistant.data.series import Dataset
from assistant.errors import BadRequest

_NUMBERED = re.compile(r"^(.*?)[_\s.-]*(\d+)$")


def labelled_cases(dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """The cases of a labelled table that carry a label, and their labels.

    Returns an array (case, channel, time) of float64, NaN where missing, and one label a case. Columns named like x_0, x_1, …,
    y_0, y_1, … give one channel a prefix when all prefixes have equally many columns; everything else is one channel.
    Errors: BadRequest when the data set has no label column or no numbers beside it.
    """
    cases, labels = all_cases(dataset)
    known = np.array([label != "" for label in labels], dtype=bool)
    return np.ascontiguousarray(cases[known]), [label for label in labels if label]


def all_cases(dataset: Dataset) -> tuple[np.ndarray, list[str]]:
    """As `labelled_cases`, but of every row, with "" for the label of one that has none. Errors: as there."""
    if dataset.label_column is None:
        raise BadRequest(f"Expected a labelled table (one case a row, one column of labels), found none in “{dataset.name}”.")
    cases = _cases(dataset.table.drop(columns=[dataset.label_column]), dataset)
    labels = [_label_text(cell) for cell in dataset.table[dataset.label_column]]
    return np.ascontiguousarray(cases, dtype=np.float64), labels


def unlabelled_cases(dataset: Dataset) -> np.ndarray:
    """The rows of a table without labels as cases (case, channel, time); columns as in `labelled_cases`.

    Errors: BadRequest when the table holds no numbers.
    """
    return np.ascontiguousarray(_cases(dataset.table, dataset), dtype=np.float64)


def _cases(table: pd.DataFrame, dataset: Dataset) -> np.ndarray:
    columns = read_columns(SourceTable(table, exact=False, headed=True), dataset.options, Notes())
    values = {c.name: c.numbers for c in columns if c.numbers is not None and not _counts_rows(c.name, c.numbers)}
    if not values:
        raise BadRequest(f"Expected columns of numbers in “{dataset.name}”, found none. A case needs its values in columns.")
    return np.stack([np.stack([values[name] for name in names], axis=1) for names in _channels(list(values))], axis=1)


def _label_text(cell: object) -> str:
    text = str(cell).strip()
    return text[:-2] if re.fullmatch(r"-?\d+\.0", text) else text


def _counts_rows(name: str, numbers: np.ndarray) -> bool:
    counts = is_row_name(name) or name.casefold() == "id" or name.startswith("unnamed ")
    return counts and len(numbers) > 1 and bool((np.diff(numbers) == 1).all())


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
