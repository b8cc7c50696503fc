"""JSON of any shape → a table: records, columns, points of named series, whatever lies nested around them."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from assistant.data.calendar import looks_like_time
from assistant.errors import FileRejected

Record = dict[str, Any]

_DEPTH = 12  # of nested objects that are looked into
_NAME_KEYS = ("name", "label", "id", "title", "key", "target", "series", "symbol", "metric")
_FEWEST_POINTS = 2
_FIRST_YEAR, _LAST_YEAR = 1500, 2200
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d{2}")


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
    document = _loaded(text)
    if (cube := _json_stat(document)) is not None:
        return Rows(cube)
    found = sorted(_tables(document, "", 0), key=lambda rows: (-len(rows.records) * _width(rows.records), rows.path.count(".")))
    if (gathered := _gathered(document)) and not (found and _is_whole(found[0].records)):
        return Rows(gathered)
    if not found:
        raise FileRejected(
            "Expected JSON with a table (a list of objects, columns, or points of time and value), found none. Export it as CSV."
        )
    best = found[0]
    alike = [rows for rows in found if _parallel(rows, best)]
    if len(alike) > 1:
        best = Rows(_joined(alike), best.path.rpartition(".")[0])
    others = tuple(
        rows.path or "the document" for rows in found if rows not in (found[0], *alike) and len(rows.records) >= _FEWEST_POINTS
    )
    return Rows(best.records, best.path, others)


def _is_whole(records: list[Record]) -> bool:
    """Whether records hold times and something measured beside them, not only a count of the rows."""
    timed = {key for key, cell in records[0].items() if _is_moment(cell)}
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
        if isinstance(node, list) and len(node) >= _FEWEST_POINTS and not any(isinstance(cell, dict | list) for cell in node):
            lists.setdefault(name if name not in lists else f"{name} ({len(lists)})", node)
        elif isinstance(node, dict) and (named := _named_list(node)) is not None:
            walk(*named, depth + 1)
        elif isinstance(node, dict | list):
            for key, child in node.items() if isinstance(node, dict) else ((name, child) for child in node):
                walk(child, str(key), depth + 1)

    walk(document, "value", 0)
    clock = next((name for name, cells in lists.items() if all(map(_is_moment, cells))), None)
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
    name = next((node[key] for key in _NAME_KEYS if isinstance(node.get(key), str)), None)
    if (
        len(lists) != 1
        or name is None
        or any(isinstance(cell, dict | list) for cell in [*lists[0], *(one for one in node.values() if isinstance(one, dict))])
    ):
        return None
    return lists[0], name


def _json_stat(document: Any) -> list[Record] | None:
    """A JSON-stat cube (id, size, dimension, value) as one record a cell; None for any other document."""
    cube = document.get("dataset", document) if isinstance(document, dict) else None
    if not isinstance(cube, dict) or not {"value", "dimension"} <= set(cube):
        return None
    names = cube.get("id") or cube["dimension"].get("id")
    values = cube["value"]
    if not isinstance(names, list) or not isinstance(values, list | dict):
        return None
    labels = []
    for name in names:
        category = cube["dimension"][name]["category"]
        index = category.get("index", category.get("label", {}))
        keys = sorted(index, key=lambda key: index[key]) if isinstance(index, dict) and "index" in category else list(index)
        words = category.get("label", {})
        moments = all(looks_like_time(str(key)) or _YEAR.fullmatch(str(key)) for key in keys)
        labels.append([str(key) if moments else str(words.get(key, key)) for key in keys])
    cells = values if isinstance(values, list) else [values.get(str(k)) for k in range(math.prod(map(len, labels)))]
    return [dict(zip(names, place, strict=True)) | {"value": cell} for place, cell in zip(product(*labels), cells, strict=False)]


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
    own = _table(node)
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
    if len(items) < _FEWEST_POINTS:
        return None
    if all(isinstance(item, dict) for item in items):
        named = _named_points(items)
        if named is not None:
            return named
        flat = [_flat(item) for item in items]
        return None if any(_holds_table(item) for item in items[:20]) and not any(map(_measures, flat[:20])) else flat
    if all(isinstance(item, list) for item in items):
        return _from_arrays(items)
    if all(item is None or isinstance(item, int | float) for item in items):
        return [{"value": item} for item in items]
    return None


def _measures(record: Record) -> bool:
    return any(isinstance(value, int | float) and not isinstance(value, bool) for value in record.values())


def _holds_table(item: Record) -> bool:
    return any(isinstance(value, list) and len(value) >= _FEWEST_POINTS and _table(value) is not None for value in item.values())


def _from_arrays(items: list[list[Any]]) -> list[Record] | None:
    """Arrays of one width: a header and rows, or points of a time and values."""
    width = len(items[0])
    if width < 2 or any(len(item) != width for item in items) or any(isinstance(cell, dict | list) for cell in items[0]):
        return None
    first, rest = items[0], items[1:]
    if all(isinstance(cell, str) and not _is_value(cell) for cell in first) and rest:
        return [dict(zip(first, item, strict=True)) for item in rest]
    names = ["time", "value"] if width == 2 and _is_moment(first[0]) else [f"column {k}" for k in range(1, width + 1)]
    return [dict(zip(names, item, strict=True)) for item in items]


def _is_value(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return looks_like_time(cell)
    return True


def _is_moment(cell: Any) -> bool:
    if isinstance(cell, str):
        return looks_like_time(cell) or bool(_YEAR.fullmatch(cell))
    return isinstance(cell, int | float) and (cell > 1e8 or (isinstance(cell, int) and _FIRST_YEAR < cell < _LAST_YEAR))


def _named_points(items: list[Record]) -> list[Record] | None:
    """Objects that each hold a name and the points of a series, as one long table."""
    records: list[Record] = []
    labels = _labels(items)
    for position, item in enumerate(items):
        tables = {key: table for key, value in item.items() if isinstance(value, list | dict) and (table := _points(value))}
        if len(tables) != 1:
            return None
        name = next((item[key] for key in _NAME_KEYS if isinstance(item.get(key), str | int)), None)
        name = labels[position] or f"series {position + 1}" if name is None else name
        records += [{"series": str(name), **record} for record in next(iter(tables.values()))]
    return records or None


def _labels(items: list[Record]) -> list[str]:
    """What tells objects apart: the first of their words, nested ones too, that differs in each; else all that differ."""
    words = [{key: str(cell) for key, cell in _flat(item).items() if isinstance(cell, str | int)} for item in items]
    keys = [key for key in words[0] if len({one.get(key) for one in words}) > 1]
    whole = [key for key in keys if len({one.get(key) for one in words}) == len(words)]
    return [" · ".join(one[key] for key in whole[:1] or keys if key in one) for one in words]


def _points(node: Any) -> list[Record] | None:
    """The points of one series: pairs, records, or a dictionary from times to values."""
    if isinstance(node, list) and len(node) >= _FEWEST_POINTS:
        if all(isinstance(item, list) and len(item) == 2 for item in node):
            backward = not _is_moment(node[0][0]) and _is_moment(node[0][1])  # some services put the value first
            pairs = [item[::-1] for item in node] if backward else node
            placed = _is_moment(pairs[0][0]) or _rises([moment for moment, _ in pairs])
            return [{"time": moment, "value": value} for moment, value in pairs] if placed else None
        if all(isinstance(item, dict) for item in node):
            return [_flat(item) for item in node]
        return [{"value": item} for item in node] if all(item is None or isinstance(item, int | float) for item in node) else None
    return _from_times(node) if isinstance(node, dict) else None


def _rises(cells: list[Any]) -> bool:
    """Whether cells are numbers, each larger than the one before."""
    try:
        numbers = [float(cell) for cell in cells]
    except (TypeError, ValueError):
        return False
    return all(later > earlier for earlier, later in pairwise(numbers))


def _from_times(node: Record) -> list[Record] | None:
    """A dictionary whose keys are moments."""
    if len(node) < _FEWEST_POINTS or not all(_is_key_moment(key) for key in node):
        return None
    if all(isinstance(value, dict) for value in node.values()):
        return [{"time": key, **_flat(value)} for key, value in node.items()]
    if any(isinstance(value, dict | list) for value in node.values()):
        return None
    return [{"time": key, "value": value} for key, value in node.items()]


def _is_key_moment(key: str) -> bool:
    return looks_like_time(key) or (key.isdigit() and (len(key) in (10, 13) or (len(key) == 4 and "1000" < key < "2200")))


def _from_object(node: Record) -> list[Record] | None:
    timed = _from_times(node)
    if timed is not None:
        return timed
    body = next((node[key] for key in ("data", "values", "rows") if isinstance(node.get(key), list)), None)
    if isinstance(node.get("columns"), list) and body is not None:
        return _split({**node, "data": body})
    lists = {key: value for key, value in node.items() if isinstance(value, list)}
    lengths = {len(value) for value in lists.values()}
    scalar = all(not isinstance(cell, dict | list) for value in lists.values() for cell in value[:50])
    if len(lists) >= 2 and len(lengths) == 1 and min(lengths) >= _FEWEST_POINTS and scalar:
        return [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    nested = [value for value in node.values() if isinstance(value, dict)]
    if len(nested) == len(node) and nested and len({tuple(value) for value in nested}) == 1 and len(nested[0]) >= _FEWEST_POINTS:
        return _crossed(node)
    return None


def _split(node: Record) -> list[Record] | None:
    """Columns and rows apart (as pandas writes with orient="split")."""
    names = [str(column.get("name", "")) if isinstance(column, dict) else str(column) for column in node["columns"]]
    rows = node["data"]
    if not rows or any(not isinstance(row, list) or len(row) != len(names) for row in rows):
        return None
    index = node.get("index")
    if isinstance(index, list) and len(index) == len(rows):
        return [{"index": moment, **dict(zip(names, row, strict=True))} for moment, row in zip(index, rows, strict=True)]
    return [dict(zip(names, row, strict=True)) for row in rows]


def _crossed(node: Record) -> list[Record] | None:
    """Columns of dictionaries with the same keys (as pandas writes by default): the keys are the rows' times or numbers."""
    keys = list(next(iter(node.values())))
    if any(isinstance(cell, dict | list) for column in node.values() for cell in column.values()):
        return None
    counted = keys == [str(position) for position in range(len(keys))]
    if not counted and not all(map(_is_key_moment, keys)):
        return None
    rows = [{name: column[key] for name, column in node.items()} for key in keys]
    return rows if counted else [{"time": key, **row} for key, row in zip(keys, rows, strict=True)]


def _flat(record: Record, prefix: str = "") -> Record:
    """A record with nested objects spread over columns named by their path."""
    flat: Record = {}
    for key, value in record.items():
        if isinstance(value, dict):
            flat.update(_flat(value, f"{prefix}{key}."))
        else:
            flat[f"{prefix}{key}"] = value
    return flat


def _parallel(rows: Rows, best: Rows) -> bool:
    """Whether a table stands beside another one in the same object and has the same kind of points."""
    beside = rows.path.rpartition(".")[0] == best.path.rpartition(".")[0] and not rows.path.rpartition(".")[2].isdigit()
    return beside and all(list(one.records[0]) == ["time", "value"] for one in (rows, best))


def _joined(tables: list[Rows]) -> list[Record]:
    return [{"series": rows.path.rpartition(".")[2], **record} for rows in tables for record in rows.records]
