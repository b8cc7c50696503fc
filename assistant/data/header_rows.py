"""The rows above the values: names, groups of names above them, units or types below them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.data.calendar import looks_like_time
from assistant.data.units import bare_unit, is_time_format, is_unit

_TYPE = re.compile(
    r"^(?:\d{1,3}[sdnSDN]|string|str|text|varchar|char|float|double|real|int|integer|bigint|number|numeric|decimal|date|datetime|"
    r"timestamp|time|boolean|bool|object|c|f8|i8)$",
    re.IGNORECASE,
)


_AGGREGATES = frozenset(
    "min minimum max maximum avg average mean med median std stdev stddev sd sum tot total smp sample count samples".split()  # noqa: SIM905
)
_ATTRIBUTES = 4  # rows that say in their first cell what they hold, from which on a row above them without it holds the names
_TITLES = ("title", "titel", "titre", "series name", "name", "series", "description", "label", "series title")


@dataclass(frozen=True)
class HeaderRows:
    """names: one a column, as written. units: one a column, "" where none is given. rows: how many records they took."""

    names: list[str]
    units: list[str]
    rows: int


def compose_header(above: Sequence[list[str]], width: int, valued: Sequence[int]) -> HeaderRows | None:
    """The names that the records above the first row of values hold, or None.

    above: records with content, the nearest last. width: cells a row. valued: columns of numbers or moments.
    """
    titled = _titled(above, width)
    if titled is not None:
        return titled
    rows = list(above)
    taken = 0
    if len(rows) > 1 and _fits(rows[-1], width) and are_types(rows[-1]) and _is_names(rows[-2], width):
        rows.pop()
        taken += 1
    if len(rows) > 2 and _is_aggregates(rows[-1], width) and any(_names_all(row, width) for row in rows[-3:-1]):
        rows.pop()  # the names above are whole without it
        taken += 1
    units = [""] * width
    if len(rows) > 1 and _is_names(rows[-2], width) and _is_units(rows[-1], rows[-2], valued):
        units = _padded([bare_unit(cell) for cell in rows.pop()], width)
        units = ["" if unit == "-" or (is_time_format(unit) and not is_unit(unit)) else unit for unit in units]
        taken += 1
    elif (
        len(rows) > 1
        and len(rows[-1]) < width - 1
        and _is_names(rows[-2], width)
        and all(map(is_unit, rows[-1]))
        and len(rows[-1]) > 1
    ):
        rows.pop()  # units of some columns, and no telling of which
        taken += 1
    index = _index_names(rows, width, valued)
    if index is not None:
        rows.pop()
        taken += 1
    if not rows or not _is_names(rows[-1], width):
        return None
    names = list(rows.pop())
    taken += 1
    while rows and len(names) == width and (joined := _grouped(rows[-1], names, valued)) is not None:
        names = joined
        rows.pop()
        taken += 1
    if index is not None:
        names = [found or name for found, name in zip(_padded(index, len(names)), names, strict=True)]
    return HeaderRows(names, units, taken)


def are_types(record: Sequence[str]) -> bool:
    """Whether a record only says what kind of cells stand below: 5s, 20d; string, double."""
    return len(record) > 1 and all(_TYPE.match(cell) for cell in record)


def _titled(above: Sequence[list[str]], width: int) -> HeaderRows | None:
    """Names and units out of a block whose rows say in their first cell what they hold: Title, Units, Source, Series ID."""
    block: list[list[str]] = []
    untagged = None
    for record in reversed(above):
        if any(record[1:]) and not (len(record) == width and all(record)):
            untagged = record if len(record) == width and not record[0] and all(record[1:]) else None
            break
        block.append(record)
    tags = {record[0].casefold().rstrip(":"): record for record in reversed(block) if len(record) == width and all(record)}
    title = next((tags[tag] for tag in _TITLES if tag in tags), untagged if len(tags) >= _ATTRIBUTES else None)
    if title is None or len(tags) < 3 or len(set(title)) < len(title):
        return None
    units = next((tags[tag] for tag in ("units", "unit", "einheit", "unité") if tag in tags), [""] * width)
    first = next(position for position, record in enumerate(above) if record is title)
    return HeaderRows(title, ["", *units[1:]], len(above) - first)


def _padded(cells: list[str], width: int) -> list[str]:
    return (cells + [""] * width)[:width]


def _fits(record: list[str], width: int) -> bool:
    return len(record) in (width - 1, width, width + 1) and not (width > 2 and len(record) < 2)


def _is_names(record: list[str], width: int) -> bool:
    return _fits(record, width) and sum(1 for cell in record if cell) >= max(1, min(width, len(record)) // 2)


def _names_all(record: list[str], width: int) -> bool:
    """Whether a record gives every column a name of its own."""
    return len(record) == width and all(record) and len(set(record)) == width


def _is_aggregates(record: list[str], width: int) -> bool:
    """Whether a record only says how each column was summed up: Min, Avg, Smp."""
    filled = [cell for cell in record if cell]
    return len(record) == width and len(filled) > 0 and all(cell.casefold().rstrip(".") in _AGGREGATES for cell in filled)


def _is_units(units: list[str], names: list[str], valued: Sequence[int]) -> bool:
    """Whether the record under the names only gives units (or, for the times, how they are written)."""
    cells = [units[column] for column in valued if column < len(units)]
    filled = [cell for cell in cells if cell]
    if len(units) != len(names) or not filled or any(unit and unit == name for unit, name in zip(units, names, strict=True)):
        return False
    if not all(is_unit(cell) or is_time_format(cell) for cell in cells) or not any(map(is_unit, filled)):
        return False
    above = [names[column] for column in valued if column < len(names) and units[column]]
    apart = all(above) and len(set(above)) == len(above)
    return apart or len(set(filled)) < len(filled)  # else they tell apart the columns of a name above them


def _index_names(rows: Sequence[list[str]], width: int, valued: Sequence[int]) -> list[str] | None:
    """A last record that only names the first columns, as tables with several levels of names have it."""
    if len(rows) < 2 or not _fits(rows[-1], width):
        return None
    filled = [column for column, cell in enumerate(rows[-1]) if cell]
    others = [column for column in valued if column not in filled]
    named = [column for column in others if column < len(rows[-2]) and rows[-2][column]]
    if filled and filled == list(range(len(filled))) and len(others) >= max(1, len(valued) - 2) and len(named) == len(others):
        return rows[-1]
    return None


def _grouped(groups: list[str], names: list[str], valued: Sequence[int]) -> list[str] | None:
    """The names with those of the groups above them, or None where the record above is no row of groups."""
    width = len(names)
    short = len(groups) == width - 1 and "" in groups
    if not (short or len(groups) == width) or not any(groups) or any(cell.endswith(":") for cell in groups):
        return None
    if any(looks_like_time(cell) for cell in groups):
        return None  # a remark with a date
    groups = _padded(groups, width)
    first = next((column for column in valued if names[column] or groups[column]), 0)
    start = max(first, 1)
    above = [groups[column] for column in range(start, width)]
    under = [names[column] for column in range(start, width)]
    repeated = len(set(under)) < len(under)
    fills_gap = any(groups[column] and not names[column] for column in range(width))
    merged = any(above) and any(not cell for cell in above) and sum(1 for cell in above if cell) > 1
    again = len({cell for cell in above if cell}) < len([cell for cell in above if cell])
    if not any(above) or not (repeated or merged or (again and all(above)) or (fills_gap and any(above))):
        return None
    gap = any(not groups[column] and not names[column] for column in range(width))
    joined, group = list(names), groups[0] if gap and names[0] else ""  # tables side by side, each with a title
    for column in range(start):
        joined[column] = names[column] or groups[column]
    for column in range(start, width):
        group = groups[column] or group
        own = names[column]
        joined[column] = group if not own else f"{group} {own}".strip() if group != own else own
    return joined if not repeated or len(set(joined)) > len(set(names)) or again else None
