"""JSON of any shape → a table: records, columns, points of named series, whatever lies nested around them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from assistant.data.calendar import looks_like_time
from assistant.data.json_cubes import cube_of
from assistant.data.json_points import (
    FEWEST_POINTS,
    NAME_KEYS,
    Record,
    by_times,
    charted_cells,
    flat,
    is_key_moment,
    is_moment,
    points_of,
    split_rows,
)
from assistant.data.json_siblings import has_times, header_of, named_siblings, siblings, spread, stacked_lists
from assistant.errors import FileRejected

_DEPTH = 12  # of nested objects that are looked into


@dataclass(frozen=True)
class Rows:
    """The table of a document. path: where in the document it was found, such as "response.data"; "" at the top.

    left_out: other tables that the document holds.
    """

    records: list[Record]
    path: str = ""
    left_out: tuple[str, ...] = ()


def parse_document(text: str) -> Rows:
    """The largest table in a JSON document or in JSON lines.

    Errors: FileRejected when it is no JSON or holds no table.
    """
    return find_table(_loaded(text))


def find_table(document: Any) -> Rows:
    """The largest table in a document of objects and lists.

    Errors: FileRejected when it holds no table.
    """
    if (cube := cube_of(document)) is not None:
        return Rows(cube)
    found = sorted(_tables(document, "", 0), key=lambda rows: (-len(rows.records) * _width(rows.records), rows.path.count(".")))
    if (gathered := _gathered(document)) and not (found and _is_whole(found[0].records)):
        return Rows(gathered)
    if not found:
        raise FileRejected(
            "Expected JSON or XML with a table (a list of objects, columns, or points of time and value), found none. "
            "Export it as CSV."
        )
    best = found[0]
    alike = [rows for rows in found if _parallel(rows, best)]
    if len(alike) > 1:
        best = Rows(_joined(alike), best.path.rpartition(".")[0])
    others = tuple(
        rows.path or "the document" for rows in found if rows not in (found[0], *alike) and len(rows.records) >= FEWEST_POINTS
    )
    return Rows(_with_header(best.records, document), best.path, others)


def _with_header(records: list[Record], document: Any) -> list[Record]:
    """Records of numbered columns under the names that the document gives elsewhere."""
    first = list(records[0])
    if not first or first[0] != "column 1":
        return records
    names = header_of(document, len(first))
    return [dict(zip(names, record.values(), strict=True)) for record in records] if names else records


def _is_whole(records: list[Record]) -> bool:
    """Whether records hold times and something measured beside them, not only a count of the rows."""
    timed = {key for key, cell in records[0].items() if is_moment(cell)}
    measured = [key for key in records[0] if key not in timed and not _counts([record.get(key) for record in records])]
    return bool(timed) and bool(measured or len(timed) == len(records[0]))


def _counts(cells: list[Any]) -> bool:
    """Whether cells only count the rows from 0 or 1."""
    return any(cells == list(range(first, first + len(cells))) for first in (0, 1))


def _gathered(document: Any) -> list[Record] | None:
    """Lists of one length in different places, one of them of times, side by side."""
    lists: dict[str, list[Any]] = {}

    def walk(node: Any, name: str, depth: int) -> None:
        if depth > _DEPTH:
            return
        if isinstance(node, list) and len(node) >= FEWEST_POINTS and not any(isinstance(cell, dict | list) for cell in node):
            lists.setdefault(name if name not in lists else f"{name} ({len(lists)})", node)
        elif isinstance(node, dict) and (named := _named_list(node)) is not None:
            walk(*named, depth + 1)
        elif isinstance(node, dict | list):
            for key, child in node.items() if isinstance(node, dict) else ((name, child) for child in node):
                walk(child, str(key), depth + 1)

    walk(document, "value", 0)
    clock = next((name for name, cells in lists.items() if all(map(is_moment, cells))), None)
    alike = {name: cells for name, cells in lists.items() if clock is not None and len(cells) == len(lists[clock])}
    counters = [name for name, cells in alike.items() if _counts(cells)]
    if len(counters) + 1 < len(alike):
        alike = {name: cells for name, cells in alike.items() if name not in counters}
    if clock is None or len(alike) < 2:
        return None
    return [dict(zip(alike, row, strict=True)) for row in zip(*alike.values(), strict=True)]


def _named_list(node: Record) -> tuple[list[Any], str] | None:
    """The one list that an object holds beside nothing but words and numbers, one of them its name; or None."""
    lists = [cell for cell in node.values() if isinstance(cell, list)]
    name = next((node[key] for key in NAME_KEYS if isinstance(node.get(key), str)), None)
    if (
        len(lists) != 1
        or name is None
        or any(isinstance(cell, dict | list) for cell in [*lists[0], *(one for one in node.values() if isinstance(one, dict))])
    ):
        return None
    return lists[0], name


def _loaded(text: str) -> Any:
    bare = text.lstrip("\ufeff")
    try:
        return json.loads(bare)
    except (json.JSONDecodeError, RecursionError) as whole:
        try:
            return [json.loads(line) for line in bare.split("\n") if line.strip()]
        except (json.JSONDecodeError, RecursionError):
            raise FileRejected(
                f"Expected JSON (a document, or one object a line), found something else ({whole}). Export it as CSV."
            ) from whole


def _width(records: list[Record]) -> int:
    return max((len(record) for record in records[:50]), default=0)


def _tables(node: Any, path: str, depth: int) -> Iterator[Rows]:
    """Every table in a document."""
    if depth > _DEPTH:
        return
    own = _table(node) or (named_siblings(node) if isinstance(node, dict) else None)
    if own is not None:
        yield Rows(own, path)
        return
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for key, child in children:
        if isinstance(child, dict | list):
            yield from _tables(child, f"{path}.{key}".lstrip("."), depth + 1)


def _table(node: Any) -> list[Record] | None:
    """A node as records, where it is a table itself."""
    if isinstance(node, list):
        return _from_list(node)
    return _from_object(node) if isinstance(node, dict) else None


def _from_list(items: list[Any]) -> list[Record] | None:
    if len(items) < FEWEST_POINTS:
        return None
    if all(isinstance(item, dict) for item in items):
        if (cells := charted_cells(items)) is not None:
            return _from_arrays(cells)
        parted = siblings(items)
        if parted is None and not any(map(_measures, map(flat, items[:20]))):
            parted = spread(items)
        named = parted or _named_values(items)
        if named is not None:
            return named
        records = [flat(item) for item in items]
        return None if any(_holds_table(item) for item in items[:20]) and not any(map(_measures, records[:20])) else records
    if all(isinstance(item, list) for item in items):
        return stacked_lists(items) or _from_arrays(items)
    if all(item is None or isinstance(item, int | float) for item in items):
        return [{"value": item} for item in items]
    return None


def _named_values(items: list[Record]) -> list[Record] | None:
    """Objects that each hold a name and the values of a series without times, as one long table."""
    if has_times(flats := [flat(item) for item in items]) and any(map(_measures, flats)):
        return None
    records: list[Record] = []
    for position, item in enumerate(items):
        tables = {key: table for key, value in item.items() if isinstance(value, list | dict) and (table := points_of(value))}
        if len(tables) != 1:
            return None
        name = next((item[key] for key in NAME_KEYS if isinstance(item.get(key), str | int)), f"series {position + 1}")
        records += [{"series": str(name), **record} for record in next(iter(tables.values()))]
    return records or None


def _measures(record: Record) -> bool:
    return any(isinstance(value, int | float) and not isinstance(value, bool) for value in record.values())


def _holds_table(item: Record) -> bool:
    return any(isinstance(value, list) and len(value) >= FEWEST_POINTS and _table(value) is not None for value in item.values())


def _from_arrays(items: list[list[Any]]) -> list[Record] | None:
    """Arrays of one width: a header and rows, or points of a time and values."""
    width = len(items[0])
    if width < 2 or any(len(item) != width for item in items) or any(isinstance(cell, dict | list) for cell in items[0]):
        return None
    first, rest = items[0], items[1:]
    if all(isinstance(cell, str) and not _is_value(cell) for cell in first) and rest:
        return [dict(zip(first, item, strict=True)) for item in rest]
    names = ["time", "value"] if width == 2 and is_moment(first[0]) else [f"column {k}" for k in range(1, width + 1)]
    return [dict(zip(names, item, strict=True)) for item in items]


def _is_value(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return looks_like_time(cell)
    return True


def _from_object(node: Record) -> list[Record] | None:
    timed = by_times(node)
    if timed is not None:
        return timed
    body = next((node[key] for key in ("data", "values", "rows") if isinstance(node.get(key), list)), None)
    if isinstance(node.get("columns"), list) and body is not None:
        return split_rows({**node, "data": body})
    lists = {key: value for key, value in node.items() if isinstance(value, list)}
    lengths = {len(value) for value in lists.values()}
    scalar = all(not isinstance(cell, dict | list) for value in lists.values() for cell in value[:50])
    if len(lists) >= 2 and len(lengths) == 1 and min(lengths) >= FEWEST_POINTS and scalar:
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    nested = [value for value in node.values() if isinstance(value, dict)]
    if len(nested) == len(node) and nested and len({tuple(value) for value in nested}) == 1 and len(nested[0]) >= FEWEST_POINTS:
        return _crossed(node)
    return None


def _crossed(node: Record) -> list[Record] | None:
    """Columns of dictionaries with the same keys (as pandas writes by default): the keys are the rows' times or numbers."""
    keys = list(next(iter(node.values())))
    if any(isinstance(cell, dict | list) for column in node.values() for cell in column.values()):
        return None
    counted = keys == [str(position) for position in range(len(keys))]
    if not counted and not all(map(is_key_moment, keys)):
        return None
    rows = [{name: column[key] for name, column in node.items()} for key in keys]
    return rows if counted else [{"time": key, **row} for key, row in zip(keys, rows, strict=True)]


def _parallel(rows: Rows, best: Rows) -> bool:
    """Whether a table stands beside another one in the same object and has the same kind of points."""
    beside = rows.path.rpartition(".")[0] == best.path.rpartition(".")[0] and not rows.path.rpartition(".")[2].isdigit()
    return beside and all(list(one.records[0]) == ["time", "value"] for one in (rows, best))


def _joined(tables: list[Rows]) -> list[Record]:
    return [{"series": rows.path.rpartition(".")[2], **record} for rows in tables for record in rows.records]
