"""XML as a document of objects and lists, in which a table is looked for as in JSON; and the sheets of XML workbooks."""

from __future__ import annotations

import re
from typing import Any
from xml.etree import ElementTree

from assistant.data.markup import Records
from assistant.errors import FileRejected

MOST_CHARACTERS = 50_000_000  # of XML, which takes many times its size in memory
_DEPTH = 60
TEXT = "value"


def parse_xml(text: str) -> ElementTree.Element:
    """The root of an XML text.

    Errors: FileRejected for damaged XML, one with entities of its own, or one beyond `MOST_CHARACTERS`.
    """
    if len(text) > MOST_CHARACTERS:
        raise FileRejected(
            f"Expected XML of at most {MOST_CHARACTERS:,} characters, found {len(text):,}. Export the values as CSV."
        )
    if "<!ENTITY" in text:
        raise FileRejected("Expected plain XML, found definitions of entities in it. Export the values as CSV.")
    try:
        return ElementTree.fromstring(re.sub(r"^\s*<\?xml[^>]*\?>", "", text))
    except (ElementTree.ParseError, RecursionError) as error:
        raise FileRejected(f"Expected whole XML, found a damaged one ({error}). Export the values as CSV.") from error


def sheets_of(root: ElementTree.Element) -> list[Records]:
    """The sheets of a workbook saved as XML, as rows of cells; empty for any other XML."""
    if _bare(root.tag) != "Workbook":
        return []
    return [
        [_row(row) for row in table if _bare(row.tag) == "Row"]
        for sheet in root
        if _bare(sheet.tag) == "Worksheet"
        for table in sheet
        if _bare(table.tag) == "Table"
    ]


def _row(row: ElementTree.Element) -> list[str]:
    cells: list[str] = []
    for cell in row:
        if _bare(cell.tag) != "Cell":
            continue
        place = next((int(value) for name, value in cell.attrib.items() if _bare(name) == "Index" and value.isdecimal()), 0)
        cells += [""] * min(max(place - 1 - len(cells), 0), 1_000)
        cells.append(" ".join("".join(cell.itertext()).split()))
    return cells


def as_document(element: ElementTree.Element, depth: int = 0) -> Any:
    """An element as an object: its attributes, its children by name (a list where they repeat), its text as `value`."""
    found: dict[str, Any] = {_bare(name): value for name, value in element.attrib.items()}
    children: dict[str, list[Any]] = {}
    for child in element if depth < _DEPTH else ():
        if isinstance(child.tag, str):
            children.setdefault(_bare(child.tag), []).append(as_document(child, depth + 1))
    found |= {name: values if len(values) > 1 else values[0] for name, values in children.items()}
    text = (element.text or "").strip()
    if not found:
        return text
    return {**found, TEXT: text} if text else found


def _bare(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]
