"""The points of one series in JSON: pairs, records, columns and rows apart, or a dictionary from times to values."""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Any

from assistant.data.calendar import looks_like_time

Record = dict[str, Any]

NAME_KEYS = ("name", "label", "id", "title", "key", "target", "series", "symbol", "metric")
FEWEST_POINTS = 2
_FIRST_YEAR, _LAST_YEAR = 1500, 2200
YEAR = re.compile(r"(?:1[5-9]|20|21)\d{2}")
_CHART_DATE = re.compile(r"^Date\((\d{4}),\s*(\d{1,2})(?:,\s*(\d+))?(?:,\s*(\d+))?(?:,\s*(\d+))?(?:,\s*(\d+))?(?:,\s*\d+)?\)$")


def is_moment(cell: Any) -> bool:
    """Whether a cell can be a time: written like one, a year, or a count of seconds since 1970."""
    if isinstance(cell, str):
        return looks_like_time(cell) or bool(YEAR.fullmatch(cell))
    return isinstance(cell, int | float) and (cell > 1e8 or (isinstance(cell, int) and _FIRST_YEAR < cell < _LAST_YEAR))


def points_of(node: Any) -> list[Record] | None:
    """The points of one series: pairs, records, or a dictionary from times to values."""
    if isinstance(node, list) and len(node) >= FEWEST_POINTS:
        if all(isinstance(item, list) and len(item) == 2 for item in node):
            backward = not is_moment(node[0][0]) and is_moment(node[0][1])  # some services put the value first
            pairs = [item[::-1] for item in node] if backward else node
            placed = is_moment(pairs[0][0]) or _rises([moment for moment, _ in pairs])
            return [{"time": moment, "value": value} for moment, value in pairs] if placed else None
        if all(isinstance(item, dict) for item in node):
            return [flat(item) for item in node]
        return [{"value": item} for item in node] if all(item is None or isinstance(item, int | float) for item in node) else None
    return by_times(node) if isinstance(node, dict) else None


def _rises(cells: list[Any]) -> bool:
    """Whether cells are numbers, each larger than the one before."""
    try:
        numbers = [float(cell) for cell in cells]
    except (TypeError, ValueError):
        return False
    return all(later > earlier for earlier, later in pairwise(numbers))


def by_times(node: Record) -> list[Record] | None:
    """A dictionary whose keys are moments."""
    if len(node) < FEWEST_POINTS or not all(is_key_moment(key) for key in node):
        return None
    if all(isinstance(value, dict) for value in node.values()):
        return [{"time": key, **flat(value)} for key, value in node.items()]
    if any(isinstance(value, dict | list) for value in node.values()):
        return None
    return [{"time": key, "value": value} for key, value in node.items()]


def is_key_moment(key: str) -> bool:
    """Whether a key of an object can be a time."""
    return looks_like_time(key) or (key.isdecimal() and (len(key) in (10, 13) or (len(key) == 4 and "1000" < key < "2200")))


def split_rows(node: Record) -> list[Record] | None:
    """Columns and rows apart (as pandas writes with orient="split")."""
    names = [str(column.get("name", "")) if isinstance(column, dict) else str(column) for column in node["columns"]]
    rows = node["data"]
    if not rows or any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        return None
    index = node.get("index")
    if isinstance(index, list) and len(index) == len(rows):
        return [{"index": moment, **dict(zip(names, row, strict=True))} for moment, row in zip(index, rows, strict=True)]
    return [dict(zip(names, row, strict=True)) for row in rows]


def flat(record: Record, prefix: str = "") -> Record:
    """A record with nested objects spread over columns named by their path."""
    spread: Record = {}
    for key, value in record.items():
        if isinstance(value, dict):
            spread.update(flat(value, f"{prefix}{key}."))
        else:
            spread[f"{prefix}{key}"] = value
    return spread


def charted_cells(items: list[Record]) -> list[list[Any]] | None:
    """The rows of a table as chart libraries send it, {"c": [{"v": cell}, ...]}, or None for other objects."""
    rows = [item.get("c") if set(item) <= {"c", "p"} else None for item in items]
    if not all(isinstance(row, list) and row and all(cell is None or isinstance(cell, dict) for cell in row) for row in rows):
        return None
    return [[_charted(cell.get("v")) if cell else None for cell in row] for row in rows if row]


def _charted(cell: Any) -> Any:
    """A cell, with Date(2020, 0, 31) as an ISO moment: its months count from 0."""
    found = _CHART_DATE.match(cell) if isinstance(cell, str) else None
    if found is None:
        return cell
    year, month, day, hour, minute, second = (int(found[k] or 0) for k in range(1, 7))
    return f"{year:04d}-{month + 1:02d}-{max(day, 1):02d} {hour:02d}:{minute:02d}:{second:02d}"
