"""Invented values for the imitations: seeded walks, seasons and counts, rounded to what their format prints."""

from __future__ import annotations

import io
import zlib
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

GERMAN_MONTHS = (
    *("Januar", "Februar", "März", "April", "Mai", "Juni"),
    *("Juli", "August", "September", "Oktober", "November", "Dezember"),
)


def generator(name: str, seed: int = 0) -> np.random.Generator:
    """The random numbers of one imitation, its own whatever the others draw; another seed gives other contents."""
    return np.random.default_rng([zlib.crc32(name.encode()), seed])


def walk(random: np.random.Generator, n: int, level: float, step: float, digits: int = 2) -> np.ndarray:
    """(n,) a random walk around `level`, never below a fifth of a positive level."""
    values = level + np.cumsum(random.normal(0, step, n))
    if level > 0:
        values = np.maximum(values, level / 5)
    return values.round(digits)


def season(random: np.random.Generator, n: int, period: float, level: float, size: float, digits: int = 1) -> np.ndarray:
    """(n,) a sine of `period` samples and `size` around `level`, with a little noise."""
    wave: np.ndarray = level + size * np.sin(2 * np.pi * np.arange(n) / period) + random.normal(0, abs(size) / 8 + 0.01, n)
    return wave.round(digits)


def counts(random: np.random.Generator, n: int, level: float) -> np.ndarray:
    """(n,) whole numbers around `level`."""
    return random.poisson(level, n).astype(float)


def holes(random: np.random.Generator, values: np.ndarray, number: int, *, inside: bool = True) -> np.ndarray:
    """(n,) the values with `number` of them missing; with `inside` never the first or last three."""
    result = values.copy()
    places = np.arange(3, len(values) - 3) if inside else np.arange(len(values))
    result[random.choice(places, size=number, replace=False)] = np.nan
    return result


def printed(value: float, digits: int, missing: str = "") -> str:
    """A number with so many digits, or the mark of a missing one."""
    return missing if np.isnan(value) else f"{value:.{digits}f}"


def grouped(value: float, digits: int, thousands: str, decimal: str = ".") -> str:
    """A number with thousands grouped by a mark and another decimal mark."""
    whole, _, rest = f"{value:,.{digits}f}".partition(".")
    return whole.replace(",", thousands) + (decimal + rest if rest else "")


def months(start: str, n: int) -> pd.DatetimeIndex:
    """`n` first days of months."""
    return pd.date_range(start, periods=n, freq="MS")


def table(times: Sequence[str], columns: Sequence[Sequence[str]], delimiter: str = ",") -> list[str]:
    """The rows of a delimited table from its times and its columns, both as text."""
    return [delimiter.join(cells) for cells in zip(times, *columns, strict=True)]


def workbook(sheets: Mapping[str, Sequence[Sequence[object]]], merges: Mapping[str, Sequence[str]] | None = None) -> bytes:
    """A workbook of these sheets (title → rows of cells), with areas such as "A1:B1" of a sheet merged."""
    import openpyxl

    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
        for area in (merges or {}).get(title, ()):
            sheet.merge_cells(area)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()
