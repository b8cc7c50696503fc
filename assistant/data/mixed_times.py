"""A column in which several hands wrote the times: each cell by its own notation, wherever that leaves no doubt."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading, decide_order, looks_like_time, numeric_parsers, numeric_separator, sample_cells
from assistant.data.notations import Kind, Notation, notation_of
from assistant.data.wrapped_times import bare_moment

_WHOLE = 0.9  # of the cells that must be moments for the column to be taken for the times unasked
_ASKED = 0.3  # the same where the user named the column
_PRECISE: frozenset[Kind] = frozenset({"day", "moment"})
_SERIAL = re.compile(r"[2-7]\d{4}")  # days as spreadsheets count them, left behind where a cell lost its format
_SERIAL_ORIGIN = pd.Timestamp("1899-12-30")


def share_of_moments(text: pd.Series) -> float:
    """The share of the filled cells (a sample of them) that are written like a moment."""
    cells = sample_cells(text)
    return sum(map(looks_like_time, cells)) / len(cells) if cells else 0.0


def read_mixed(text: pd.Series, day_first: bool | None = None, *, asked: bool = False) -> TimeReading | None:
    """Times written in several notations below each other, or None where they are none or differ in more than their notation.

    text: (rows,) str, "" where empty. day_first: the user's word on day against month; None: all cells together decide. asked:
    the user named the column, so that fewer cells need to be moments.
    """
    if share_of_moments(text) < (_ASKED if asked else 0.5):
        return None
    codes, distinct = pd.factorize(text)
    cells = [bare_moment(str(cell)) for cell in distinct]
    separators = [numeric_separator(cell) for cell in cells]
    notations = [None if mark else notation_of(cell) for cell, mark in zip(cells, separators, strict=True)]
    serial = [
        mark is None and found is None and bool(_SERIAL.fullmatch(c))
        for c, mark, found in zip(cells, separators, notations, strict=True)
    ]
    known = np.array(
        [bool(mark) or found is not None or late for mark, found, late in zip(separators, notations, serial, strict=True)]
    )
    filled = np.array([cell != "" for cell in cells])
    counts = np.bincount(codes, minlength=len(cells))
    if counts[known].sum() < (_ASKED if asked else _WHOLE) * counts[filled].sum():
        return None
    kinds: set[Kind] = {found.kind for found in notations if found} | ({"day"} if any(separators) else set())
    if not kinds or (len(kinds) > 1 and not kinds <= _PRECISE) or "clock" in kinds:
        return None
    column = pd.Series(cells, dtype="str")
    times = _plain(column, notations, serial)
    if times is None:
        return None
    order, why, times, other = _numeric(column, separators, times, codes, day_first)
    forms = tuple(dict.fromkeys(str(distinct[k]) for k in _firsts(notations, separators, serial)))
    precise = bool((times.dropna() != times.dropna().normalize()).any())
    kind: Kind = "moment" if precise else next(iter(kinds)) if len(kinds) == 1 else "day"
    return TimeReading(
        times[codes], kind, "several notations", order, why, other=None if other is None else other[codes], forms=forms
    )


def _firsts(notations: Sequence[Notation | None], separators: Sequence[str | None], serial: Sequence[bool]) -> list[int]:
    """The first cell of each notation."""
    found: dict[object, int] = {}
    for place, (notation, mark, late) in enumerate(zip(notations, separators, serial, strict=True)):
        if notation or mark or late:
            found.setdefault(mark or (notation.how if notation else "serial"), place)
    return list(found.values())


def _plain(column: pd.Series, notations: Sequence[Notation | None], serial: Sequence[bool]) -> pd.DatetimeIndex | None:
    """The times of the cells whose notation leaves no choice, NaT for all others; None where they carry offsets from UTC."""
    stamps = np.full(len(column), np.datetime64("NaT", "us"))
    for notation in {found.how: found for found in notations if found is not None}.values():
        rows = np.flatnonzero([found is not None and found.how == notation.how for found in notations])
        read = notation.parse(column.iloc[rows].reset_index(drop=True))
        if read.tz is not None:
            return None
        stamps[rows] = read.as_unit("us").to_numpy()
    rows = np.flatnonzero(serial)
    days = pd.to_timedelta(pd.to_numeric(column.iloc[rows]).to_numpy(), unit="D")
    stamps[rows] = (_SERIAL_ORIGIN + days).as_unit("us").to_numpy()
    return pd.DatetimeIndex(stamps)


def _numeric(
    column: pd.Series, separators: Sequence[str | None], times: pd.DatetimeIndex, codes: np.ndarray, day_first: bool | None
) -> tuple[Literal["day", "month"] | None, str, pd.DatetimeIndex, pd.DatetimeIndex | None]:
    """The dates of two short numbers and a year, added to the other times: each separator's by what all rows together prove.

    Returns the order (None without such dates), why, the times, and the times under the other order while it stays open.
    """
    found: list[tuple[int, str, pd.DatetimeIndex, pd.DatetimeIndex]] = []
    for mark in dict.fromkeys(mark for mark in separators if mark):
        cells = column.where(np.array([one == mark for one in separators]), "")
        plain, day_parser, month_parser = numeric_parsers(cells)
        by_day, by_month = day_parser(plain), month_parser(plain)
        apart = abs(int(np.count_nonzero(by_day.isna())) - int(np.count_nonzero(by_month.isna())))
        found.append((-apart, mark, by_day, by_month))
    order: Literal["day", "month"] | None = None
    why, other = "", None
    for _, mark, by_day, by_month in sorted(found, key=lambda one: one[0]):
        whole_day, whole_month = (_filled(times, late) for late in (by_day, by_month))
        order, why, ambiguous = decide_order(whole_day[codes], whole_month[codes], day_first, mark)
        first, second = (whole_day, whole_month) if order == "day" else (whole_month, whole_day)
        times = first
        late, flipped = (by_day, by_month) if order == "day" else (by_month, by_day)
        if ambiguous:
            other = second if other is None else _filled(other, flipped)
        elif other is not None:
            other = _filled(other, late)
    return order, why, times, other


def _filled(times: pd.DatetimeIndex, late: pd.DatetimeIndex) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.where(times.isna(), late.as_unit("us"), times.as_unit("us")))
