"""The types in which data travels: a series, a handle to one, a data set, a guess."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

CLASS_COLUMN = "class column"  # what a guess is about that says which column names the classes


@dataclass(frozen=True)
class Guess:
    """Something inferred from a file that the user may overrule.

    `what` is one of "time column", "day or month first", "frequency", "value columns", "layout",
    "delimiter", "decimal mark", "missing marks", "header", "sheet", "series names", "class column"; `why` is one sentence;
    `flag` is the command-line flag or words that overrule it.
    """

    what: str
    chosen: str
    alternatives: tuple[str, ...]
    why: str
    flag: str = ""


@dataclass(frozen=True)
class ReadOptions:
    """What the user fixed instead of leaving it to inference; None means: infer.

    keep_sentinels: numbers such as -9999 stay values even where they stand far outside of all others. keep_totals: a series that
    equals the sum of the others stays. missing_marks: cells (words or numbers) that stand for a missing value in this file.
    label: the column that names the class of each case, in words or numbers, which makes the file a labelled table.
    """

    day_first: bool | None = None
    time_column: str | None = None
    value_columns: tuple[str, ...] | None = None
    series_column: str | None = None
    frequency: str | None = None
    sheet: str | None = None
    delimiter: str | None = None
    decimal: Literal[".", ","] | None = None
    keep_sentinels: bool = False
    keep_totals: bool = False
    missing_marks: tuple[str, ...] = ()
    label: str | None = None


@dataclass(frozen=True)
class Series:
    """One series, evenly spaced wherever its file allows.

    values: (time,) float64, NaN where missing. times: the index, same length, sorted, unique; a
    DatetimeIndex (with zone where the file has one) or, where the file has no time column, a RangeIndex.
    frequency: pandas offset alias, "irregular", or None where there is no time.
    """

    name: str
    times: pd.DatetimeIndex | pd.RangeIndex
    values: np.ndarray
    frequency: str | None
    unit: str | None = None

    def __len__(self) -> int:
        return len(self.values)

    @property
    def dated(self) -> bool:
        """Whether the series has real times."""
        return isinstance(self.times, pd.DatetimeIndex)

    @property
    def missing(self) -> int:
        """How many values are missing."""
        return int(np.isnan(self.values).sum())

    def time_text(self, position: int) -> str:
        """ISO 8601 time of a position (with offset where the file has one), or its row number as text."""
        moment = self.times[position]
        return moment.isoformat() if isinstance(moment, pd.Timestamp) else str(moment)

    def as_pandas(self) -> pd.Series:
        """The same as a pandas series."""
        return pd.Series(self.values, index=self.times, name=self.name)

    def rows(self, start: int, stop: int | None = None) -> Series:
        """The part from row `start` up to (not including) row `stop`."""
        times = self.times
        if isinstance(times, pd.DatetimeIndex):
            part: pd.DatetimeIndex | pd.RangeIndex = times[start:stop]
        else:
            bounds = range(times.start, times.stop)[start:stop]
            part = pd.RangeIndex(bounds.start, bounds.stop)
        return Series(self.name, part, self.values[start:stop], self.frequency, self.unit)

    def between(self, start: str | None, end: str | None) -> Series:
        """The part from `start` to `end`, both inclusive; bounds as ISO dates ("2020", "2020-03" name whole periods)."""
        if start is None and end is None:
            return self
        if self.dated:
            part = self.as_pandas().loc[start:end]
            times: pd.DatetimeIndex | pd.RangeIndex = pd.DatetimeIndex(part.index)
        else:
            low = 0 if start is None else int(start)
            high = len(self) - 1 if end is None else int(end)
            part = self.as_pandas().loc[low:high]
            times = pd.RangeIndex(low, low + len(part))
        return Series(self.name, times, part.to_numpy(np.float64), self.frequency, self.unit)


@dataclass(frozen=True)
class Dataset:
    """What one file holds.

    questions: guesses that stayed ambiguous and matter; they must be asked, never picked silently.
    table: the rows as read (text columns kept), for labels and downloads. label_column: the column that names a class in a
    labelled table (one case a row), else None. recording_column: the column that names the recording of each row where the rows
    are the steps of recordings, labelled or not, else None. empty_rows: the rows of the file between others, 1 for the first
    below the names, that hold nothing and so are none of the table's. unlabelled: why there is no label column, in sentences for
    the user; "" where there is one, and where the format has no columns.
    """

    name: str
    series: tuple[Series, ...]
    guesses: tuple[Guess, ...] = ()
    warnings: tuple[str, ...] = ()
    questions: tuple[Guess, ...] = ()
    options: ReadOptions = ReadOptions()
    table: pd.DataFrame = field(default_factory=pd.DataFrame, compare=False, repr=False)
    label_column: str | None = None
    recording_column: str | None = None
    empty_rows: tuple[int, ...] = ()
    unlabelled: str = ""


class SeriesRef(BaseModel):
    """A handle to a stored series: what travels in graph state instead of arrays."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    n: int
    missing: int
    start: str
    end: str
    frequency: str | None
    unit: str | None = None
    source: str = ""


class DocumentRef(BaseModel):
    """A handle to a stored result (a JSON document in the workspace)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    kind: str
    title: str = ""


@dataclass(frozen=True)
class Limits:
    """Bounds under which an upload is read. Sizes in bytes."""

    file_bytes: int = 200_000_000
    unpacked_bytes: int = 400_000_000
    compression_ratio: int = 120
    rows: int = 5_000_000
    columns: int = 5_000
    series: int = 2_000
    cells: int = 20_000_000
    parse_seconds: int = 120
    parse_memory_bytes: int = 6_000_000_000


def display_name(path: Path) -> str:
    """The file's name without folders and control characters, for messages."""
    return "".join(c for c in path.name if c.isprintable())[:120]
