"""The .tsf format of the Monash archive: a header of `@` lines, then one series a line, `attribute:…:value,value,…`.

Source: Godahewa et al. (2021), Monash time series forecasting archive, §3.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NoReturn

import numpy as np
import pandas as pd

from assistant.errors import FileRejected

AttributeKind = Literal["string", "numeric", "date"]

_KINDS: tuple[AttributeKind, ...] = ("string", "numeric", "date")
_TIME_FORMATS = ("%Y-%m-%d %H-%M-%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d")
_MISSING = "?"
_YES_OR_NO = {"true": True, "false": False}
_KNOWN_TAGS = "@relation, @attribute, @frequency, @horizon, @missing, @equallength and @data"
_COUNTED = re.compile(r"(\d+)_(second|minute|hour|day|week|month|quarter|year)s?")
_WORDS = {
    "secondly": (1, "second"),
    "minutely": (1, "minute"),
    "half_hourly": (30, "minute"),
    "hourly": (1, "hour"),
    "daily": (1, "day"),
    "weekly": (1, "week"),
    "monthly": (1, "month"),
    "quarterly": (1, "quarter"),
    "yearly": (1, "year"),
}
_SPANS = {
    "second": np.timedelta64(1, "s"),
    "minute": np.timedelta64(1, "m"),
    "hour": np.timedelta64(1, "h"),
    "day": np.timedelta64(1, "D"),
    "week": np.timedelta64(7, "D"),
}


@dataclass(frozen=True)
class TsfSeries:
    """One data line. values: (time,) float64, NaN where missing. start: time of the first value, None where none is given.

    attributes: all the line's attributes as text, `series_name` and `start_timestamp` included.
    """

    name: str
    start: datetime | None
    values: np.ndarray
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class TsfFile:
    """A whole file. frequency: the header's word ("weekly", "10_minutes", …) or None; horizon: steps, None where not given.

    missing, equal_length: what the header claims, None where it is silent; `notes` says where the values contradict it.
    """

    relation: str
    attributes: Mapping[str, AttributeKind]
    frequency: str | None
    horizon: int | None
    missing: bool | None
    equal_length: bool | None
    series: tuple[TsfSeries, ...]
    notes: tuple[str, ...] = ()


def is_tsf(text: str) -> bool:
    """Whether a text begins as a .tsf file does: comments and blank lines, then an `@` line of its header."""
    first = next((line.strip().lower() for line in text.lstrip("\ufeff").splitlines() if line.strip() and line[0] != "#"), "")
    return first.startswith(("@relation", "@attribute", "@frequency"))


def parse_tsf(text: str, *, source: str = "the file") -> TsfFile:
    """Read a .tsf text strictly.

    text: the content, decoded. source: what messages call it.
    Errors: FileRejected names the line for an unknown tag, a missing part of the header, a data line with another number of
    attributes, a value that is no number, a start that is no date, or a series without a name of its own.
    """
    lines = _Lines(text, source)
    header = _read_header(lines)
    series = tuple(_read_series(lines, header))
    if not series:
        lines.refuse("at least one series after @data", "none", "Export the file again.")
    _check_names(series, lines)
    return TsfFile(
        relation=header.relation,
        attributes=header.attributes,
        frequency=header.frequency,
        horizon=header.horizon,
        missing=header.missing,
        equal_length=header.equal_length,
        series=series,
        notes=tuple(_contradictions(header, series)),
    )


def step_of(frequency: str) -> tuple[int, str] | None:
    """The header's frequency word as (count, unit), "10_minutes" → (10, "minute"); None for a word that is not known."""
    word = frequency.strip().lower().replace(" ", "_").replace("-", "_")
    counted = _COUNTED.fullmatch(word)
    if counted and int(counted[1]) > 0:
        return int(counted[1]), counted[2]
    return _WORDS.get(word)


def times_of(series: TsfSeries, frequency: str | None) -> pd.DatetimeIndex | None:
    """The time of every value, counted from the series' start in calendar steps; None without a start or a known frequency.

    A step of months from a month's last days stays within the month, so starts on the 31st keep their rhythm.
    """
    step = step_of(frequency) if frequency else None
    if series.start is None or step is None:
        return None
    count, unit = step
    steps = count * np.arange(len(series.values))
    start = pd.Timestamp(series.start)
    if unit in ("month", "quarter", "year"):
        months = steps * {"month": 1, "quarter": 3, "year": 12}[unit]
        first = np.datetime64(start.strftime("%Y-%m"), "M") + months
        lengths = ((first + 1).astype("M8[D]") - first.astype("M8[D]")).astype(int)
        days = np.minimum(start.day, lengths) - 1
        return pd.DatetimeIndex(first.astype("M8[D]") + days) + (start - start.normalize())
    return pd.DatetimeIndex(start.to_datetime64() + steps * _SPANS[unit])


@dataclass
class _Header:
    relation: str
    attributes: dict[str, AttributeKind]
    frequency: str | None = None
    horizon: int | None = None
    missing: bool | None = None
    equal_length: bool | None = None


class _Lines:
    """The lines with content, numbered; knows how to refuse."""

    def __init__(self, text: str, source: str) -> None:
        self._source = source
        self.number = 0
        self._lines = iter(text.lstrip("\ufeff").splitlines())

    def __iter__(self) -> Iterator[str]:
        for line in self._lines:
            self.number += 1
            stripped = line.strip()
            if stripped and not stripped.startswith("#"):
                yield stripped

    def refuse(self, expected: str, found: str, advice: str) -> NoReturn:
        """Raise FileRejected for the present line."""
        shown = "".join(c for c in found[:80] if c.isprintable())
        raise FileRejected(f"Expected {expected}, found {shown} in line {self.number} of {self._source}. {advice}")


def _read_header(lines: _Lines) -> _Header:
    header = _Header("", {})
    for line in lines:
        tag, _, rest = line.partition(" ")
        value = rest.strip()
        match tag.lower():
            case "@data":
                break
            case "@relation":
                header.relation = value
            case "@attribute":
                _read_attribute(value, header, lines)
            case "@frequency":
                header.frequency = value or None
            case "@horizon":
                header.horizon = _read_horizon(value, lines)
            case "@missing":
                header.missing = _read_flag(tag, value, lines)
            case "@equallength":
                header.equal_length = _read_flag(tag, value, lines)
            case _:
                lines.refuse(f"one of {_KNOWN_TAGS}", f"“{line}”", "Mend that line.")
    else:
        lines.refuse("the line @data before the values", "the end of the header", "Export the file again.")
    if not header.attributes:
        lines.refuse("at least one @attribute before @data", "none", "Name the series with “@attribute series_name string”.")
    return header


def _read_attribute(value: str, header: _Header, lines: _Lines) -> None:
    name, _, kind = value.partition(" ")
    known = next((choice for choice in _KINDS if choice == kind.strip().lower()), None)
    if not name or known is None:
        lines.refuse(f"“@attribute name {'|'.join(_KINDS)}”", f"“@attribute {value}”", "Mend that line.")
    if name in header.attributes:
        lines.refuse("attributes of different names", f"“{name}” twice", "Rename one of them.")
    header.attributes[name] = known


def _read_horizon(value: str, lines: _Lines) -> int:
    if not value.isdecimal() or int(value) < 1:
        lines.refuse("a whole number of steps above zero after @horizon", f"“{value}”", "Mend or delete that line.")
    return int(value)


def _read_flag(tag: str, value: str, lines: _Lines) -> bool:
    if value.lower() not in _YES_OR_NO:
        lines.refuse(f"true or false after {tag}", f"“{value}”", "Mend or delete that line.")
    return _YES_OR_NO[value.lower()]


def _read_series(lines: _Lines, header: _Header) -> Iterator[TsfSeries]:
    names = list(header.attributes)
    for position, line in enumerate(lines):
        # Attributes never hold a colon but a start may (12:30:00), so the values are what follows the last one.
        before, _, after = line.rpartition(":")
        parts = before.split(":", len(names) - 1) if before else []
        if len(parts) != len(names) or (":" in parts[-1] and header.attributes[names[-1]] != "date"):
            expected = f"{len(names)} attributes ({', '.join(names)}) and the values, separated by colons"
            lines.refuse(expected, f"{line.count(':')} colons", "Mend that line.")
        attributes = dict(zip(names, (part.strip() for part in parts), strict=True))
        start = None
        for name, kind in header.attributes.items():
            if kind == "date":
                moment = _read_time(attributes[name], lines)
                start = moment if start is None or name == "start_timestamp" else start
            elif kind == "numeric":
                _check_number(name, attributes[name], lines)
        yield TsfSeries(_name_of(attributes, header, position), start, _read_values(after, lines), attributes)


def _name_of(attributes: Mapping[str, str], header: _Header, position: int) -> str:
    if "series_name" in attributes:
        return attributes["series_name"]
    first = next((name for name, kind in header.attributes.items() if kind == "string"), None)
    return attributes[first] if first else f"T{position + 1}"


def _read_time(text: str, lines: _Lines) -> datetime:
    for form in _TIME_FORMATS:
        try:
            return datetime.strptime(text, form)
        except ValueError:
            continue
    lines.refuse("a start such as 1990-01-31 00-00-00", f"“{text}”", "Write the date like that.")


def _check_number(name: str, text: str, lines: _Lines) -> None:
    try:
        float(text)
    except ValueError:
        lines.refuse(f"a number for “{name}”", f"“{text}”", "Declare the attribute as string, or mend that line.")


def _read_values(text: str, lines: _Lines) -> np.ndarray:
    cells = [cell.strip() for cell in text.split(",")]
    values = np.empty(len(cells))
    for index, cell in enumerate(cells):
        try:
            # float() reads 1_000 as a number; a file that holds it means something else.
            values[index] = np.nan if cell == _MISSING else float(cell.replace("_", "x"))
        except ValueError:
            lines.refuse(f"numbers, and {_MISSING} where one is missing, separated by commas", f"“{cell}”", "Mend that value.")
    if np.isinf(values).any():
        lines.refuse("finite numbers", "an infinite one", f"Write {_MISSING} in its place.")
    return values


def _check_names(series: tuple[TsfSeries, ...], lines: _Lines) -> None:
    seen: set[str] = set()
    for one in series:
        if not one.name:
            lines.refuse("a name for every series", "an empty one", "Name it.")
        if one.name in seen:
            lines.refuse("series of different names", f"“{one.name}” twice", "Rename one of them.")
        seen.add(one.name)


def _contradictions(header: _Header, series: tuple[TsfSeries, ...]) -> Iterator[str]:
    missing = sum(int(np.isnan(one.values).sum()) for one in series)
    lengths = {len(one.values) for one in series}
    if header.missing is False and missing:
        yield f"The header says that nothing is missing; {missing:,} values are."
    if header.equal_length and len(lengths) > 1:
        yield f"The header says that all series have one length; they have from {min(lengths):,} to {max(lengths):,} values."
