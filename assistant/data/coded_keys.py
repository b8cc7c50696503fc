"""Whole numbers that tell the series of a long table apart although their name does not say so: parameter 1 and 2."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd

from assistant.data.columns import Column

_REPEATED = 0.3  # of the rows that must share their time with another one
_UNIQUE = 0.98  # of the rows that must stand alone under their time and their codes
_FILLED = 0.5  # of all pairs of a time and a code that must have a row
_ROWS_EACH = 3  # rows of a code at least, on average
_TRIED = 6


def code_columns(columns: list[Column], times: pd.DatetimeIndex) -> list[Column]:
    """The fewest columns of whole numbers under which rows with equal times stand alone and nearly every time has every code.

    columns: all of the table. times: (rows,) of the rows, NaT where there is none. Empty where times hardly repeat, where words
    or identifiers already part the rows, or where no numbers do: measured values never fill such a grid.
    """
    rows = np.flatnonzero(times.notna())
    base, moments = pd.factorize(times[rows].asi8)
    if len(rows) - len(moments) < _REPEATED * len(rows):
        return []
    words = [pd.factorize(c.text.iloc[rows])[0] for c in columns if c.kind == "text" and c.distinct <= len(rows) // _ROWS_EACH]
    one = np.zeros(len(rows), dtype=np.int64)
    worded = _joined(one, words)
    if int(_joined(worded, [base]).max()) + 1 >= _UNIQUE * len(rows):
        return []
    coded = [c for c in columns if c.kind == "number" and c.whole and 2 <= c.distinct <= len(rows) // _ROWS_EACH]
    coded = [c for c in coded if c.numbers is not None and not np.isnan(c.numbers[rows]).any()]
    coded = sorted(coded, key=lambda column: column.distinct)[:_TRIED]
    codes = {c.name: pd.factorize(c.numbers[rows])[0] for c in coded if c.numbers is not None}
    for groups, count in itertools.product((one, worded), (1, 2, 3)):
        for chosen in itertools.combinations(coded, count):
            series = _joined(groups, [codes[c.name] for c in chosen])
            cells = int(_joined(series, [base]).max()) + 1
            if cells >= _UNIQUE * len(rows) and cells >= _FILLED * (int(series.max()) + 1) * len(moments):
                return list(chosen)
    return []


def _joined(base: np.ndarray, codes: list[np.ndarray]) -> np.ndarray:
    """(rows,) one code for each combination, counted from 0."""
    joined = pd.factorize(base)[0]
    for code in codes:
        joined = pd.factorize(joined.astype(np.int64) * (int(code.max(initial=0)) + 1) + code)[0]
    return np.asarray(joined)
