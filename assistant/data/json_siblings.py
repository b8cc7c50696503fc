"""JSON objects beside each other that each hold the points of one series somewhere inside: one long table with their labels."""

from __future__ import annotations

from collections import Counter
from typing import Any

from assistant.data.json_points import NAME_KEYS, Record, by_times, flat, is_moment, points_of, split_rows

Table = tuple[tuple[str, ...], list[Record]]
"""The keys that lead to a table within an object, and its records."""

_DEPTH = 6
_GLANCE = 20  # records that decide whether a table has times
_FEW = 8  # objects in a list that may still name something
_EACH = 5  # points an object must hold on average where the objects have times of their own
_HEADERS = frozenset("fields columns cols header headers names column_names columnnames schema".split())  # noqa: SIM905
LABEL = "series"


def siblings(items: list[Any]) -> list[Record] | None:
    """The points of all objects in a list under each other, or None where not every object holds the times of a series.

    Each record is labelled by what its object is called, or by the words in which it differs from the others.
    """
    if len(items) < 2 or not all(isinstance(item, dict) for item in items):
        return None
    if not any(_tables_in(item, 0) for item in items[:_GLANCE]):
        return None
    found = [_tables_in(item, 0) for item in items]
    if (path := _shared(found)) is None:
        return None
    tables = [dict(tables).get(path, []) for tables in found]
    if has_times([flat(item) for item in items]) and sum(map(len, tables)) < _EACH * len(items):
        return None
    names = _names([_without(item, path) for item in items])
    return [{LABEL: name, **_bare(record)} for name, table in zip(names, tables, strict=True) for record in table]


def named_siblings(node: Record) -> list[Record] | None:
    """The same for the values of one object, which are called by their keys and have the same columns."""
    found = {key: _own_or_points(child) for key, child in node.items() if isinstance(child, dict | list) and child}
    held = {key: table for key, table in found.items() if table is not None}
    if len(held) < 2 or len({(path, *table[0]) for path, table in held.values()}) > 1:
        return None
    return [{LABEL: key, **_bare(record)} for key, (_, table) in held.items() for record in table]


def spread(items: list[Record]) -> list[Record] | None:
    """Objects with a time each that hold a list of records without one: a record for each of these, with the object's time."""
    inner = [_lists_in(item) for item in items]
    if not has_times([flat(item) for item in items]) or any(len(keys) != 1 or keys != inner[0] for keys in inner):
        return None
    (key,) = inner[0]
    outer = [{name: cell for name, cell in flat(item).items() if name != key} for item in items]
    return [{**own, **flat(record)} for own, item in zip(outer, items, strict=True) for record in item[key]]


def _lists_in(item: Record) -> list[str]:
    return [key for key, cell in item.items() if isinstance(cell, list) and cell and isinstance(cell[0], dict)]


def stacked_lists(items: list[Any]) -> list[Record] | None:
    """Lists of records with the same columns under each other; a number tells them apart where no column does."""
    if len(items) < 2 or not all(isinstance(one, list) and one and all(isinstance(cell, dict) for cell in one) for one in items):
        return None
    tables = [[flat(record) for record in one] for one in items]
    if len({tuple(table[0]) for table in tables}) > 1 or not all(map(has_times, tables)):
        return None
    parted = any(
        all(len({str(record.get(key)) for record in table}) == 1 for table in tables)
        and len({str(table[0][key]) for table in tables}) == len(tables)
        for key in tables[0][0]
    )
    labels = [{} if parted else {LABEL: f"series {k}"} for k in range(1, len(tables) + 1)]
    return [label | record for label, table in zip(labels, tables, strict=True) for record in table]


def header_of(node: Any, width: int, depth: int = 0) -> list[str] | None:
    """The names of columns that a document gives apart from its rows, as a list of `width` words or of named objects."""
    if depth > _DEPTH or not isinstance(node, dict):
        return None
    for key, child in node.items():
        if key.casefold() in _HEADERS and isinstance(child, list) and len(child) == width:
            named = [_name_of(cell) if isinstance(cell, dict) else cell for cell in child]
            if all(isinstance(name, str) and name for name in named) and len(set(named)) == width:
                return [str(name) for name in named]
    return next((names for child in node.values() if (names := header_of(child, width, depth + 1)) is not None), None)


def _tables_in(node: Record, depth: int) -> list[Table]:
    """The tables with times that an object holds, by the keys that lead to them."""
    own = _own_table(node)
    if own is not None:
        return [((), own)]
    tables: list[Table] = []
    for key, child in node.items() if depth <= _DEPTH else ():
        if isinstance(child, list) and child:
            points = siblings(child) or (points_of(child) if not _holds_lists(child) else None) or _columns(child, node)
            if points is not None and has_times(points):
                tables.append(((key,), points))
            elif len(child) == 1 and isinstance(child[0], dict):
                tables += [((key, *path), table) for path, table in _tables_in(child[0], depth + 1)]
        elif isinstance(child, dict):
            points = by_times(child)
            inner: list[Table] = [((), points)] if points is not None else _tables_in(child, depth + 1)
            tables += [((key, *path), table) for path, table in inner]
    return tables


def _own_or_points(node: Any) -> Table | None:
    """The one table that a node is or holds."""
    if isinstance(node, list):
        points = siblings(node) or points_of(node)
        return ((), points) if points is not None and has_times(points) else None
    tables = _tables_in(node, 1) if by_times(node) is None else []
    return tables[0] if len(tables) == 1 else None


def _holds_lists(items: list[Any]) -> bool:
    """Whether records hold lists of records, so that their own cells are not the points."""
    return any(
        isinstance(cell, list) and len(cell) > 1 and isinstance(cell[0], dict | list)
        for item in items[:_GLANCE]
        if isinstance(item, dict)
        for cell in item.values()
    )


def _own_table(node: Record) -> list[Record] | None:
    """Columns and rows apart, or lists of one length beside each other, one of them of times."""
    body = next((node[key] for key in ("data", "values", "rows") if isinstance(node.get(key), list)), None)
    if isinstance(node.get("columns"), list) and body is not None:
        table = split_rows({**node, "data": body})
        return table if table is not None and has_times(table) else None
    lists = {
        key: cells
        for key, cells in node.items()
        if isinstance(cells, list) and len(cells) > 1 and not any(isinstance(cell, dict | list) for cell in cells)
    }
    lengths = Counter(map(len, lists.values()))
    if len(lists) < 2 or len(lengths) > 1:
        return None
    table = [dict(zip(lists, row, strict=True)) for row in zip(*lists.values(), strict=True)]
    return table if has_times(table) else None


def _columns(columns: list[Any], node: Record) -> list[Record] | None:
    """Columns as lists, the first of them times."""
    if len(columns) < 2 or not all(isinstance(one, list) and len(one) == len(columns[0]) for one in columns):
        return None
    if len(columns[0]) <= len(columns) or not all(map(is_moment, columns[0])):
        return None
    usual = ["time", "value"] if len(columns) == 2 else ["time", *(f"value {k}" for k in range(1, len(columns)))]
    names = header_of(node, len(columns)) or usual
    return [dict(zip(names, row, strict=True)) for row in zip(*columns, strict=True)]


def has_times(records: list[Record]) -> bool:
    """Whether some column of the records holds a moment in each, and not the same one throughout."""
    some = [record for record in records[:_GLANCE] if isinstance(record, dict)]
    if len(some) < 2:
        return False
    return any(
        all(is_moment(record.get(key)) for record in some) and len({str(record[key]) for record in some}) > 1 for key in some[0]
    )


def _shared(found: list[list[Table]]) -> tuple[str, ...] | None:
    """The path at which most objects hold a table, all of them but those that hold none; of several the one with most rows."""
    holding = [dict(tables) for tables in found if tables]
    if len(holding) < 2 or 2 * len(holding) < len(found):
        return None
    paths = [path for path in holding[0] if all(path in tables for tables in holding)]
    return max(paths, key=lambda path: sum(len(tables[path]) for tables in holding), default=None)


def _bare(record: Record) -> Record:
    """A record whose own label does not clash with the one it gets."""
    return {("inner series" if key == LABEL else key): cell for key, cell in record.items()}


def _without(item: Record, path: tuple[str, ...]) -> Record:
    """An object without the table at a path; without its lists of values where it is a table itself."""
    if not path:
        return {key: cell for key, cell in item.items() if not isinstance(cell, list)}
    child = item.get(path[0])
    rest = {key: cell for key, cell in item.items() if key != path[0]}
    return {**rest, path[0]: _without(child, path[1:])} if isinstance(child, dict) and len(path) > 1 else rest


def _name_of(item: Record) -> str | int | None:
    by_plain = {str(key).casefold(): cell for key, cell in item.items() if isinstance(cell, str | int)}
    return next((by_plain[key] for key in NAME_KEYS if key in by_plain), None)


def _names(items: list[Record]) -> list[str]:
    """A name for each object: what it is called, else the first words that differ in each, else all that differ; all unlike."""
    called = [_name_of(item) for item in items]
    if all(name is not None for name in called) and len(set(called)) == len(items):
        return [str(name) for name in called]
    words = [dict(_words(item, "", 0)) for item in items]
    keys = [key for key in dict.fromkeys(key for one in words for key in one) if len({one.get(key) for one in words}) > 1]
    whole = [key for key in keys if len({one.get(key) for one in words}) == len(words)]
    names = [" · ".join(one[key] for key in whole[:1] or keys if key in one) for one in words]
    names = [name or str(own or "") for name, own in zip(names, called, strict=True)]
    counts = Counter(names)
    return [name if name and counts[name] == 1 else f"{name or LABEL} {k}" for k, name in enumerate(names, start=1)]


def _words(node: Any, path: str, depth: int) -> list[tuple[str, str]]:
    """Every word in an object by its path, in a few objects of a list too."""
    if isinstance(node, bool) or depth > _DEPTH:
        return []
    if isinstance(node, str | int):
        return [(path, str(node))]
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) and len(node) <= _FEW else ()
    return [word for key, child in children for word in _words(child, f"{path}.{key}", depth + 1)]
