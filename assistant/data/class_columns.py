"""Which column of a table of cases names the class of each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from assistant.data.axis import Axis
from assistant.data.columns import Column
from assistant.data.hints import is_class_name, is_label_name, is_only_case_name
from assistant.data.notes import Notes, listing
from assistant.data.recordings import called_recording, recording_column
from assistant.data.series import CLASS_COLUMN, ReadOptions
from assistant.errors import BadRequest

MOST_CLASSES = 60
_SEQUENCE = 8  # numbered columns from which on a row is a case
_SHOWN = 12
_STEP_NAME = re.compile(r"^(?:t|time|step|sample|point|value|val|att|v)?[ _.-]?(\d+)$", re.IGNORECASE)
_STEPS = 0.9  # of the columns of numbers that are numbered as steps where a row with a date is a case
_ALONG = 0.9  # of the change from row to row that the change from column to column is at most, where a row is a case


class _Candidate(NamedTuple):
    """A column that may name the classes. rank: 2 called as a class always is, 1 as one often is, 0 words under another name."""

    column: Column
    rank: int


def label_of(columns: list[Column], axis: Axis | None, options: ReadOptions, declared: str | None, notes: Notes) -> Column | None:
    """The label column of a labelled table, or None.

    declared: what the format itself names as such. Which column is taken, of which others, becomes a guess; where nothing but
    its place speaks for one of several, a question.
    Errors: BadRequest for an asked column that is not there, or that holds one value, or another one in each row.
    """
    if options.label is not None:
        label = _asked(columns, options.label)
        notes.guess(CLASS_COLUMN, label.name, "You said so.", flag="--label")
        return label
    known = next((column for column in columns if column.name == declared), None)
    if known is not None and 1 < known.distinct < len(known.text):
        notes.guess(CLASS_COLUMN, known.name, "The format declares its values.", flag="--label")
        return known
    if axis is not None and (options.time_column is not None or not _dated_cases(columns)):
        return None
    found = _candidates(columns)
    if not found:
        return None
    best = [one for one in found if one.rank == max(other.rank for other in found)]
    taken, others = best[-1 if best[-1].rank == 0 else 0].column, [one.column.name for one in found]
    others.remove(taken.name)
    why = f"It names one of {taken.distinct} classes."
    if len(best) > 1 and best[0].rank < 2:
        why = f"{listing([one.column.name for one in best])} each name one of a few classes."
        notes.ask(CLASS_COLUMN, taken.name, why, alternatives=others, flag="--label")
    else:
        notes.guess(CLASS_COLUMN, taken.name, why, alternatives=others, flag="--label")
    return taken


def numbered(columns: Sequence[Column]) -> bool:
    """Whether most names end in running numbers (t0, t1, … or x_0, x_1, …, y_0, …)."""
    hits = sum(bool(re.search(r"\d+$", c.name)) for c in columns)
    return len(columns) >= _SEQUENCE and hits >= 0.9 * len(columns)


def words_of_few(columns: Sequence[Column]) -> list[Column]:
    """The columns of words that name one of two classes or more, each of several rows on average."""
    return [c for c in columns if c.kind == "text" and 2 <= c.distinct <= _most(c) and len(c.text) > c.distinct]


def _most(column: Column) -> int:
    return max(2, min(MOST_CLASSES, len(column.text) // 2))


def _asked(columns: list[Column], name: str) -> Column:
    nearest = [column for column in columns if column.name.casefold() == name.casefold()]
    found = next((column for column in columns if column.name == name), nearest[0] if len(nearest) == 1 else None)
    if found is None:
        have = listing([c.name for c in columns], _SHOWN)
        raise BadRequest(f"Expected the name of the column of classes, found “{name}”. The file has {have}.")
    if found.distinct < 2:
        value = listing([cell for cell in dict.fromkeys(found.text) if cell]) or "no value at all"
        raise BadRequest(f"Expected at least two classes in “{found.name}”, found one: {value}. Name another column.")
    if found.distinct == len(found.text):
        raise BadRequest(
            f"Expected a few classes in “{found.name}”, found another value in each of its {found.distinct} rows. "
            "Name a column that says the same of several cases."
        )
    return found


def _candidates(columns: list[Column]) -> list[_Candidate]:
    numbers = [c for c in columns if c.kind == "number"]
    if len(numbers) < 2:
        return []
    words = words_of_few(columns)
    whole = [c for c in numbers if c.whole and 2 <= c.distinct <= _most(c)]
    if numbered([c for c in numbers if not (c in whole and is_class_name(c.name))]):
        told = [c for c in words if not is_only_case_name(c.name)] or words
        coded = [c for c in whole if is_class_name(c.name)]
    else:
        told, coded = _of_recordings(columns, words, whole)
        if not (told or coded) and (len(words) == 1 or any(is_label_name(c.name) for c in words)):
            told = words
    if told or coded:
        return [_Candidate(c, 2 if is_label_name(c.name) else int(is_class_name(c.name))) for c in (*told, *coded)]
    first = columns[0]
    return [_Candidate(first, 2)] if first in whole and _heads_rows(first, numbers) else []


def _of_recordings(columns: list[Column], words: list[Column], whole: list[Column]) -> tuple[list[Column], list[Column]]:
    """The columns of words, and those of numbers called a class, that say one thing of each recording; few, so no others."""
    likely = [c for c in words if not (called_recording(c.name) and is_only_case_name(c.name))]
    coded = [c for c in whole if is_class_name(c.name) and len(c.name) > 1]
    if not (likely or coded) or not any(called_recording(c.name) for c in columns):
        return [], []
    table = pd.DataFrame({c.name: c.text for c in columns})

    def says(column: Column) -> bool:
        recording = recording_column(table, column.name)
        return recording not in (None, column.name) and called_recording(str(recording))

    return [c for c in likely if says(c)], [c for c in coded if says(c)]


def _heads_rows(first: Column, numbers: list[Column]) -> bool:
    """Whether a first column without a name, of whole numbers, is the class of each row, as in the archives' files."""
    others = [c for c in numbers if c is not first]
    if first.name != "column 1" or len(others) < 2 * _SEQUENCE:
        return False
    if sum(not c.whole for c in others) > 0.8 * len(others):
        return True
    richer = sum(c.distinct > 2 * first.distinct for c in others)
    return richer > 0.8 * len(others) and _runs_along_rows(others)


def _dated_cases(columns: list[Column]) -> bool:
    """Whether the rows of a table with dates are cases all the same: their columns are steps, counted on from 0 or 1."""
    numbers = [c for c in columns if c.kind == "number"]
    steps = [(c, int(match[1])) for c in numbers if (match := _STEP_NAME.match(c.name))]
    places = [place for _, place in steps]
    if len(steps) < max(2 * _SEQUENCE, _STEPS * len(numbers)) or places != list(range(places[0], places[0] + len(places))):
        return False
    return places[0] in (0, 1) and bool(words_of_few(columns)) and _runs_along_rows([c for c, _ in steps])


def _runs_along_rows(columns: list[Column]) -> bool:
    """Whether values change less from column to column than from row to row, as those of cases do and those of series do not."""
    table = np.column_stack([c.numbers for c in columns if c.numbers is not None])
    along, down = np.abs(np.diff(table, axis=1)), np.abs(np.diff(table, axis=0))
    if np.isnan(along).all() or np.isnan(down).all():
        return False
    return bool(np.nanmean(along) < _ALONG * np.nanmean(down))
