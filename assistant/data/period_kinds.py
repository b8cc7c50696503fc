"""One column that holds years, quarters and months below each other, as statistics offices export them."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.calendar import TimeReading
from assistant.data.columns import Column
from assistant.data.date_parts import month_numbers
from assistant.data.hints import is_time_name
from assistant.data.notations import NOTATIONS, YEAR, Kind
from assistant.data.notes import Notes, listing
from assistant.data.numbers import is_missing

KIND_COLUMN = "period"
_WORDS: dict[Kind, str] = {"year": "yearly", "half": "half-yearly", "quarter": "quarterly", "month": "monthly"}
_FEWEST = 4  # rows of a kind
_PACKED = -2
_PACKED_MONTH = re.compile(rf"^{YEAR}(?:0[1-9]|1[0-2])$")
_BARE_YEAR = re.compile(rf"^{YEAR}$")


def _kind_of(cell: str) -> int | None:
    """The place of a cell's notation among `NOTATIONS`, -1 for a bare year, -2 for YYYYMM, None for anything else."""
    if _BARE_YEAR.match(cell):
        return -1
    if _PACKED_MONTH.match(cell):
        return _PACKED
    return next((place for place, one in enumerate(NOTATIONS) if one.kind in _WORDS and one.fits(cell)), None)


def _kind_at(place: int) -> Kind:
    if place < 0:
        return "month" if place == _PACKED else "year"
    return NOTATIONS[place].kind


def split_by_period(columns: list[Column], notes: Notes) -> tuple[list[Column], str | None]:
    """The columns with times for a column of mixed periods and a column that names each row's kind; and that column's name.

    Without such a column the columns come back as they are, and None.
    """
    for column in columns:
        if column.kind == "empty" or column.kind == "time" or len(column.text) < 2 * _FEWEST:
            continue
        if column.kind == "number" and not (column is columns[0] or is_time_name(column.name)):
            continue
        sample = [str(cell) for cell in column.text.iloc[:: max(len(column.text) // 60, 1)] if not is_missing(str(cell))]
        if sum(_kind_of(cell) is not None for cell in sample) < 0.9 * len(sample):
            continue
        places = column.text.map(_kind_of)
        kinds = pd.Series(
            ["" if np.isnan(place) else _WORDS[_kind_at(int(place))] for place in places.astype(float)], dtype="str"
        )
        counts = kinds[kinds != ""].value_counts()
        if len(counts) < 2 or int(counts.min()) < _FEWEST:
            continue
        times = _times(column.text, places.astype(float))
        reading = TimeReading(times, "month", "periods of several kinds")
        notes.warn(
            f"“{column.name}” holds periods of several kinds below each other ({listing(list(counts.index))}); each is a series."
        )
        timed = Column(column.name, "time", column.text, times=reading)
        others = [timed if other is column else other for other in columns]
        return [*others, Column(KIND_COLUMN, "text", kinds)], KIND_COLUMN
    return columns, None


def years_above_months(columns: list[Column], notes: Notes) -> list[Column]:
    """The columns with times where a row names a year alone and the rows below it name its months or quarters."""
    for column in columns:
        if column.kind != "text" or len(column.text) < 2 * _FEWEST:
            continue
        years = column.text.where(column.text.str.fullmatch(YEAR), None)
        rest = years.isna() & column.text.ne("")
        if years.isna().iloc[0] or int(years.notna().sum()) < 2 or not rest.any():
            continue
        words = Column(column.name, "text", column.text.where(rest, ""))
        months = month_numbers(words)
        if months is None or np.isnan(months[rest.to_numpy(bool)]).mean() > 0.1:
            continue
        label = years.ffill() + "-" + pd.Series(months).astype("Int64").astype("str").str.zfill(2) + "-01"
        times = pd.DatetimeIndex(pd.to_datetime(label, format="%Y-%m-%d", errors="coerce")).as_unit("us")
        notes.warn(f"“{column.name}” names a year and below it its months; the rows of the years alone were left out.")
        timed = Column(column.name, "time", column.text, times=TimeReading(times, "month", "months below their year"))
        return [timed if other is column else other for other in columns]
    return columns


def _times(text: pd.Series, places: pd.Series) -> pd.DatetimeIndex:
    stamps = np.full(len(text), np.datetime64("NaT", "us"))
    for place in places.dropna().unique():
        rows = np.flatnonzero(places == place)
        cells = text.iloc[rows].reset_index(drop=True)
        bare = {-1.0: "%Y", _PACKED: "%Y%m"}.get(place)
        found = pd.to_datetime(cells, format=bare, errors="coerce") if bare else NOTATIONS[int(place)].parse(cells)
        stamps[rows] = pd.DatetimeIndex(found).as_unit("us").to_numpy()
    return pd.DatetimeIndex(stamps)
