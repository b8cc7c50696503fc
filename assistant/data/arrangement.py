"""What cutting a table into series gives: groups of rows that share their times."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from assistant.data.axis import Axis
from assistant.data.columns import Column


@dataclass(frozen=True)
class Group:
    """Rows that share their times: one or several series.

    times: (rows,) as in the file, NaT excluded; None without a time axis. values: name → (rows,) float64. units: name → unit.
    """

    times: pd.DatetimeIndex | None
    values: dict[str, np.ndarray]
    units: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True)
class Arrangement:
    """The series of a file before sorting. axis: of the rows, if any. label_column, recording_column, unlabelled: as of a
    `Dataset`.
    """

    groups: list[Group]
    axis: Axis | None = None
    label_column: str | None = None
    recording_column: str | None = None
    unlabelled: str = ""


def columns_group(times: pd.DatetimeIndex | None, values: list[Column], rows: slice | np.ndarray, prefix: str = "") -> Group:
    """A group of columns that share their times, each under its name; behind a prefix where there are several.

    rows: which of the columns' rows. values: columns without numbers are left out.
    """
    names = {c.name: (f"{prefix} · {c.name}" if prefix and len(values) > 1 else prefix or c.name) for c in values}
    return Group(
        times,
        {names[c.name]: c.numbers[rows] for c in values if c.numbers is not None},
        {names[c.name]: c.unit for c in values},
    )
