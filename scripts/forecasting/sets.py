"""Forecast sets on disk: `.tsf(.gz)` files and M4-style pairs `{Weekly,…}-{train,test}.csv(.gz)`, as histories and futures."""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.data.tsf import parse_tsf, step_of

HORIZONS = {"year": 6, "quarter": 8, "month": 12, "week": 8, "day": 30, "hour": 48}
SEASONS = {"year": 1, "quarter": 4, "month": 12, "week": 52, "day": 7, "hour": 24}
SHORTEST_HISTORY = 3
_PER_DAY = {"hour": 24, "minute": 1_440, "second": 86_400}
_M4 = {"yearly": "year", "quarterly": "quarter", "monthly": "month", "weekly": "week", "daily": "day", "hourly": "hour"}


@dataclass(frozen=True)
class Case:
    """One series, split. history: (time,), NaN where missing; future: (horizon,), what is to be forecast. season: samples."""

    name: str
    history: np.ndarray
    future: np.ndarray
    season: int


@dataclass(frozen=True)
class ForecastSet:
    """A named set. frequency: (count, unit) of a step; horizon: steps ahead; left_out: series too short to be split."""

    name: str
    frequency: tuple[int, str]
    horizon: int
    cases: tuple[Case, ...]
    left_out: int = 0

    def sample(self, most: int | None) -> ForecastSet:
        """At most that many evenly spaced series; all for None."""
        if most is None or most >= len(self.cases):
            return self
        chosen = np.unique(np.linspace(0, len(self.cases) - 1, most).round().astype(int))
        return replace(self, cases=tuple(self.cases[index] for index in chosen))

    def latest(self, count: int) -> ForecastSet:
        """The same with at most the latest `count` values of each history."""
        parts = [np.concatenate((case.history[-count:], case.future)) for case in self.cases]
        cut = [_split(case.name, part, self.horizon, self.frequency) for case, part in zip(self.cases, parts, strict=True)]
        return replace(self, cases=tuple(case for case in cut if _is_usable(case)))

    def without_test(self) -> ForecastSet:
        """The same with the official future dropped and the history's last steps in its place, for development."""
        splits = [_split(case.name, case.history, self.horizon, self.frequency) for case in self.cases]
        usable = tuple(case for case in splits if _is_usable(case))
        return replace(self, cases=usable, left_out=self.left_out + len(self.cases) - len(usable))


def season_of(frequency: tuple[int, str], count: int) -> int:
    """Samples in one season of a series with `count` values: a day of what is finer than a day, a year of what is coarser.

    Weekly data has a season only from two years on.
    """
    step, unit = frequency
    if unit in _PER_DAY:
        return max(1, _PER_DAY[unit] // step)
    season = SEASONS[unit] if step == 1 else 1
    return 1 if unit == "week" and count < 2 * season else season


def find_sets(folder: Path) -> dict[str, Path]:
    """Name → path of every set under a folder: a `.tsf` file, or the training part of an M4-style pair.

    Errors: FileNotFoundError where there is no such folder; ValueError where two files claim one name.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"Expected a folder of data sets, found none at {folder}. Give its path with --data.")
    found: dict[str, Path] = {}
    for path in sorted(folder.rglob("*")):
        name = _set_name(path)
        if name is None:
            continue
        if name in found:
            raise ValueError(f"Expected one file for the set {name!r}, found {found[name]} and {path}. Give a narrower --data.")
        found[name] = path
    return found


def read_set(name: str, path: Path) -> ForecastSet:
    """Read one set that `find_sets` found.

    Errors: FileRejected for a damaged `.tsf` file, ValueError for an unknown frequency or a test part that does not fit.
    """
    return _read_m4(name, path) if "-train.csv" in path.name else _read_tsf(name, path)


def read_text(path: Path) -> str:
    """A text file, unpacked where its name ends in .gz; bytes that are no UTF-8 are read as Windows-1252."""
    content = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", errors="replace")


def _set_name(path: Path) -> str | None:
    name = path.name.removesuffix(".gz")
    if name.endswith(".tsf"):
        return name.removesuffix(".tsf").split("_dataset")[0]
    frequency = name.removesuffix("-train.csv").lower()
    if name.endswith("-train.csv") and frequency in _M4:
        return f"m4_{frequency}"
    return None


def _read_tsf(name: str, path: Path) -> ForecastSet:
    file = parse_tsf(read_text(path), source=path.name)
    frequency = step_of(file.frequency) if file.frequency else None
    if frequency is None:
        raise ValueError(f"Expected a known @frequency in {path.name}, found {file.frequency!r}. Mend the header.")
    horizon = file.horizon or HORIZONS.get(frequency[1], HORIZONS["hour"])
    splits = [_split(one.name, one.values, horizon, frequency) for one in file.series]
    cases = tuple(case for case in splits if _is_usable(case))
    return ForecastSet(name, frequency, horizon, cases, len(file.series) - len(cases))


def _split(name: str, values: np.ndarray, horizon: int, frequency: tuple[int, str]) -> Case:
    history, future = values[:-horizon], values[-horizon:]
    return Case(name, history, future, season_of(frequency, len(history)))


def _is_usable(case: Case) -> bool:
    return np.isfinite(case.history).sum() >= SHORTEST_HISTORY and bool(np.isfinite(case.future).any())


def _read_m4(name: str, path: Path) -> ForecastSet:
    beside = path.with_name(path.name.replace("-train.csv", "-test.csv"))
    if not beside.is_file():
        raise ValueError(f"Expected the test part {beside.name} beside {path.name}, found none. Put it there.")
    histories, futures = _read_rows(path), _read_rows(beside)
    if [row[0] for row in histories] != [row[0] for row in futures]:
        raise ValueError(f"Expected the same series in the same order in {path.name} and {beside.name}, found others. Sort both.")
    frequency = (1, _M4[path.name.split("-")[0].lower()])
    horizon = max(len(values) for _, values in futures)
    splits = [
        Case(label, history, future, season_of(frequency, len(history)))
        for (label, history), (_, future) in zip(histories, futures, strict=True)
    ]
    cases = tuple(case for case in splits if len(case.future) == horizon and _is_usable(case))
    return ForecastSet(name, frequency, horizon, cases, len(histories) - len(cases))


def _read_rows(path: Path) -> Sequence[tuple[str, np.ndarray]]:
    """(name, values) of each line after the header; empty cells at the end are padding, within the series they are gaps."""
    rows = []
    for number, line in enumerate(read_text(path).splitlines()[1:], start=2):
        cells = [cell.strip().strip('"') for cell in line.rstrip(",\r\n ").split(",")]
        while len(cells) > 1 and cells[-1] in ("", "NA"):
            cells.pop()
        try:
            values = [float("nan") if cell in ("", "NA") else float(cell) for cell in cells[1:]]
        except ValueError as error:
            raise ValueError(f"Expected numbers in line {number} of {path.name}; {error}. Mend that line.") from None
        rows.append((cells[0], np.array(values)))
    return rows
