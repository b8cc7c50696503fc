"""Cubes in JSON, JSON-stat and SDMX-JSON: values by their place along labelled dimensions → one record a cell."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

from assistant.data.calendar import looks_like_time
from assistant.data.json_points import YEAR, Record


def cube_of(document: Any) -> list[Record] | None:
    """The cells of a JSON-stat or SDMX-JSON document as records, or None for any other document."""
    if not isinstance(document, dict):
        return None
    return _json_stat(document) or _sdmx(document)


def _is_moment(key: object) -> bool:
    return looks_like_time(str(key)) or bool(YEAR.fullmatch(str(key)))


def _json_stat(document: Record) -> list[Record] | None:
    """id, size, dimension, value."""
    cube = document.get("dataset", document)
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
        labels.append([str(key) if all(map(_is_moment, keys)) else str(words.get(key, key)) for key in keys])
    cells = values if isinstance(values, list) else [values.get(str(k)) for k in range(math.prod(map(len, labels)))]
    return [dict(zip(names, place, strict=True)) | {"value": cell} for place, cell in zip(product(*labels), cells, strict=False)]


def _sdmx(document: Record) -> list[Record] | None:
    """dataSets with observations by places such as 0:2, in series by places or flat; the structure names the places."""
    inner = document.get("data") if isinstance(document.get("data"), dict) else document
    assert isinstance(inner, dict)
    structures = inner.get("structures")
    structure = inner.get("structure") or (structures[0] if isinstance(structures, list) and structures else None)
    sets = inner.get("dataSets")
    if not (isinstance(structure, dict) and isinstance(sets, list) and sets and isinstance(structure.get("dimensions"), dict)):
        return None
    dimensions = structure["dimensions"]
    outer, along = dimensions.get("series") or [], dimensions.get("observation") or []
    records: list[Record] = []
    for one in sets:
        groups = one.get("series") or {"": one}
        for place, group in groups.items():
            labels = _labels(place, outer)
            records += [
                {**labels, **_labels(inside, along), "value": cell[0] if isinstance(cell, list) else cell}
                for inside, cell in (group.get("observations") or {}).items()
            ]
    return records or None


def _labels(place: str, dimensions: list[Record]) -> Record:
    """What each number of a place such as 0:2 stands for: the moment itself, or the name of the category."""
    found: Record = {}
    for number, dimension in zip(place.split(":"), dimensions, strict=False):
        values = dimension.get("values") or []
        if number.isdecimal() and int(number) < len(values):
            own = values[int(number)]
            key = own.get("id", own.get("name", number))
            found[str(dimension.get("id", "dimension"))] = str(key) if _is_moment(key) else str(own.get("name", key))
    return found
