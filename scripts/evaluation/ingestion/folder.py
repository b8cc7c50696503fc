"""What the files of a folder must give, as written down by someone who looked at them (expected.json).

A file has one or more readings. A reading lists its series, or, where many are alike, names a few and says how many there are;
`frequency`, `n`, `first` and `last` stand once for all its series unless a series has its own. Lists are accepted alternatives.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts.evaluation.ingestion.expectation import Case, Expected, Times

EXPECTED = Path(__file__).parent / "expected.json"


def load_expected(path: Path = EXPECTED) -> dict[str, Case]:
    """File name → what it must give, without content.

    Errors: ValueError when a description lacks a part.
    """
    described = json.loads(path.read_text(encoding="utf-8"))
    return {name: _case(name, entry) for name, entry in described.items()}


def _case(name: str, entry: dict[str, Any]) -> Case:
    readings = entry.get("readings", [])
    series = tuple(tuple((_expected(name, item, reading),) for item in reading["series"]) for reading in readings)
    counts = tuple(int(reading.get("count", len(reading["series"]))) for reading in readings)
    return Case(name, b"", series, tuple(entry.get("optional", [])), entry.get("wanted", "read"), counts)


def _expected(file: str, item: dict[str, Any], reading: dict[str, Any]) -> Expected:
    def part(key: str) -> Any:
        if key in item:
            return item[key]
        if key in reading:
            return reading[key]
        raise ValueError(f"Expected “{key}” for {file}, found none. Add it to the series or its reading.")

    samples = part("values")
    dated = part("first") is not None and isinstance(part("first"), str)
    times: Times = pd.DatetimeIndex(list(samples)) if dated else pd.RangeIndex(0)
    if not dated:
        rows = [int(key) for key in samples]
        whole = np.full(max(rows) + 1, np.inf)
        whole[rows] = [_number(value) for value in samples.values()]
        times = pd.RangeIndex(len(whole))
    values = np.array([_number(value) for value in samples.values()]) if dated else whole
    return Expected(
        names=tuple(_several(item["name"])),
        frequency=tuple(_several(part("frequency"))),
        n=tuple(_several(part("n"))),
        first=pd.Timestamp(part("first")) if dated else int(part("first")),
        last=pd.Timestamp(part("last")) if dated else int(part("last")),
        times=times,
        values=values,
        tolerance=pd.Timedelta(0),
    )


def _several(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _number(value: float | None) -> float:
    return np.nan if value is None else float(value)
