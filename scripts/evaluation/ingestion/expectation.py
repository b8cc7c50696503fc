"""What a file must give when it is read: series by name, rhythm, length, first and last time, values.

A file may have several defensible readings (an annual mean kept as a series, a year placed in January or July); each is a
`Reading`, and a file is read right when it agrees with one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

ANY = np.inf
"""A value that is not compared, where what it should become is a matter of taste ("<1")."""

Times = pd.Index
"""Times, or row numbers where there are none."""
Wanted = Literal["read", "refuse", "ask"]


@dataclass(frozen=True)
class Expected:
    """One series as it must be read.

    names: accepted names, none for any. frequency: accepted aliases (None: no time). n: accepted numbers of rows. times and
    values: (sample,) the values known, NaN where one is missing and ANY where it is not compared; first and last are timestamps,
    or row numbers where there is no time. tolerance: how far a time may lie from the expected one.
    """

    names: tuple[str, ...]
    frequency: tuple[str | None, ...]
    n: tuple[int, ...]
    first: Any
    last: Any
    times: Times
    values: np.ndarray
    tolerance: pd.Timedelta


Reading = tuple[tuple[Expected, ...], ...]
"""The series of a file, each by the forms in which it is accepted (whole, or without the empty rows at its ends)."""


@dataclass(frozen=True)
class Case:
    """A file to read and what it must give.

    wanted: "read" it, "refuse" it (nothing in it can be read), or "ask" (it has several readings that only the user can tell
    apart). optional: names of series that may be there or not (whole-number codes, flags). counts: how many series each reading
    has, where it names only some of them.
    """

    file: str
    content: bytes
    readings: tuple[Reading, ...] = ()
    optional: tuple[str, ...] = ()
    wanted: Wanted = "read"
    counts: tuple[int, ...] | None = None


def series(
    names: str | Sequence[str],
    times: Times,
    values: Sequence[float] | np.ndarray,
    frequency: str | tuple[str | None, ...] | None,
    *,
    trim: bool = False,
    tolerance: str = "0s",
) -> tuple[Expected, ...]:
    """A series known whole, in time order or not; with `trim` the empty rows at its ends may be left out."""
    numbers = np.asarray(values, dtype=float)
    if len(numbers) != len(times):
        raise ValueError(f"Expected as many values as times, found {len(numbers)} and {len(times)}. Mend the imitation.")
    order = np.argsort(times.to_numpy(), kind="stable")
    times, numbers = times[order], numbers[order]
    spans = [(0, len(numbers))]
    known = np.flatnonzero(~np.isnan(numbers))
    if trim and len(known) and (known[0] > 0 or known[-1] < len(numbers) - 1):
        spans += [(0, int(known[-1]) + 1), (int(known[0]), int(known[-1]) + 1)]
    accepted = frequency if isinstance(frequency, tuple) else (frequency,)
    return tuple(
        Expected(
            names=(names,) if isinstance(names, str) else tuple(names),
            frequency=accepted,
            n=(stop - start,),
            first=times[start],
            last=times[stop - 1],
            times=times[start:stop],
            values=numbers[start:stop],
            tolerance=pd.Timedelta(tolerance),
        )
        for start, stop in spans
    )


def lines(rows: Sequence[str], *, end: str = "\n", encoding: str = "utf-8") -> bytes:
    """The rows as a file's bytes, the last one ended like the others."""
    return (end.join(rows) + end).encode(encoding)
