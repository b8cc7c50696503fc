"""The .arff format of Weka and of the classification archives: a header of attributes, then one case a line between commas.

A relational attribute holds the dimensions of a case: numbers between commas, the dimensions parted by a backslash and an n.

Source: Weka's developer version of the format, https://waikato.github.io/weka-wiki/formats_and_processing/arff_developer/.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

import pandas as pd

from assistant.data.hints import is_label_name
from assistant.data.limits import check_cells
from assistant.data.notes import Notes, SourceTable, counted, unique_names
from assistant.data.series import Limits
from assistant.data.ts_cases import refuse_line
from assistant.errors import FileRejected

_NUMBERS = frozenset({"numeric", "real", "integer"})
_OTHERS = frozenset({"string", "date", "relational"})
_QUOTED = r"""'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*\""""
_ATTRIBUTE = re.compile(rf"@attribute\s+({_QUOTED}|[^\s{{'\"]+)\s*(\{{.*\}}|[a-z]+\b.*)$", re.IGNORECASE)
_CELL = re.compile(rf"\s*({_QUOTED}|[^,'\"%]*?)\s*(,|$|%.*$)")
_TSF_TAG = re.compile(r"@(?:frequency|horizon|missing|equallength)\b", re.IGNORECASE)
_MISSING = "?"
_STEP, _DIMENSION = ",", "\\n"


@dataclass(frozen=True)
class _Attribute:
    """kind: "number", "string", "date", "relational" or "nominal", with its values then."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Line:
    number: int
    text: str


def is_arff(text: str) -> bool:
    """Whether a text is an .arff file: a header of attributes, of which one has a kind, or data a form, that no .tsf file has."""
    if not text.lstrip("\ufeff \t\r\n").startswith(("@", "%")):
        return False
    seen = False
    for line in _lines(text):
        tag = line.text.split(None, 1)[0].casefold()
        if _TSF_TAG.match(line.text) or not (seen or tag in ("@relation", "@attribute")):
            return False
        if tag == "@data":
            continue
        if not tag.startswith("@"):
            return ":" not in line.text  # the first line of values; those of .tsf files stand behind a colon
        kind = re.search(r"\}$|\S+$", line.text)
        if tag == "@attribute" and kind and (kind[0] == "}" or kind[0].casefold() in {"real", "integer", "relational"}):
            return True
        seen = True
    return False


def read_arff(text: str, source: str, notes: Notes, limits: Limits) -> SourceTable:
    """The table of an .arff text: a column an attribute, and a column a step of each dimension of a relational one.

    The label is a nominal attribute: the last one, or one that is called a class. source: what messages call the file.
    Errors: FileRejected names the line for an attribute of an unknown kind, another number of values than attributes, a value
    that its attribute does not know, and sparse cases.
    """
    lines = list(_lines(text))
    start = next((place for place, line in enumerate(lines) if line.text.casefold() == "@data"), None)
    if start is None:
        raise FileRejected(f"Expected the line @data before the cases, found none in {source}. Export the file again.")
    attributes = _attributes(lines[:start], source)
    if not attributes:
        raise FileRejected(f"Expected at least one @attribute before @data, found none in {source}. Export the file again.")
    check_cells(len(lines) - start, len(attributes), limits)
    rows = [_row(line, attributes, source) for line in lines[start + 1 :]]
    if not rows:
        raise FileRejected(f"Expected at least one case after @data, found none in {source}. Export the file again.")
    columns = _columns(attributes, rows, limits)
    names = unique_names([name for name, _ in columns])
    frame = pd.DataFrame({name: pd.Series(cells, dtype="str") for name, (_, cells) in zip(names, columns, strict=True)})
    label = _label(attributes, names)
    notes.guess("header", counted(len(attributes), "attribute"), "The format carries their names and kinds.")
    return replace(SourceTable(frame, exact=True, headed=True), label=label)


def _lines(text: str) -> Iterator[_Line]:
    """The lines with content but remarks."""
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        stripped = line.strip()
        if stripped and not stripped.startswith("%"):
            yield _Line(number, stripped)


def _attributes(header: list[_Line], source: str) -> list[_Attribute]:
    """The attributes of a header; those inside a relational one are its dimensions' steps and none of the table's."""
    found: list[_Attribute] = []
    inside = ""
    for line in header:
        tag, _, rest = line.text.partition(" ")
        if tag.casefold() == "@end":
            inside = "" if _plain(rest.strip()) == inside else inside
        elif line.text.casefold().startswith("@attribute"):
            attribute = _attribute(line, source)
            if not inside:
                found.append(attribute)
            if attribute.kind == "relational":
                inside = attribute.name
        elif not line.text.casefold().startswith("@relation"):
            refuse_line(line.number, source, "@relation, @attribute, @end or @data", f"“{line.text}”")
    return found


def _attribute(line: _Line, source: str) -> _Attribute:
    match = _ATTRIBUTE.match(line.text)
    kind = match[2].split()[0].casefold() if match and not match[2].startswith("{") else ""
    if match is None or (kind and kind not in _NUMBERS | _OTHERS):
        expected = "“@attribute name numeric|string|date|relational|{value,value,…}”"
        refuse_line(line.number, source, expected, f"“{line.text}”")
    name = _plain(match[1])
    if not kind:
        return _Attribute(name, "nominal", tuple(_cells(match[2][1:-1], line, source)))
    return _Attribute(name, "number" if kind in _NUMBERS else kind)


def _row(line: _Line, attributes: list[_Attribute], source: str) -> list[str]:
    if line.text.startswith("{"):
        refuse_line(line.number, source, "a value for each attribute", "a sparse case, which names its values in braces")
    cells = _cells(line.text, line, source)
    if len(cells) != len(attributes):
        refuse_line(line.number, source, counted(len(attributes), "value") + ", one an attribute", str(len(cells)))
    for position, (cell, attribute) in enumerate(zip(cells, attributes, strict=True)):
        if cell == _MISSING:
            cells[position] = ""
        elif attribute.kind == "nominal" and cell not in attribute.values:
            refuse_line(line.number, source, f"one of the declared values of “{attribute.name}”", f"“{cell}”")
        elif attribute.kind == "number" and not _is_number(cell):
            refuse_line(line.number, source, f"a number or ? for “{attribute.name}”", f"“{cell}”")
    return cells


def _cells(text: str, line: _Line, source: str) -> list[str]:
    """The cells between commas, without their quotes; a comma or a per cent sign within quotes is part of one."""
    if not re.search(r"['\"%]", text):
        return [cell.strip() for cell in text.split(_STEP)]
    cells: list[str] = []
    position = 0
    while True:
        match = _CELL.match(text, position)
        if match is None:
            refuse_line(line.number, source, "values between commas, quoted where they hold quotes", f"“{text[position:]}”")
        cells.append(_plain(match[1]))
        position = match.end()
        if match[2] != _STEP:
            return cells


def _plain(text: str) -> str:
    """A name or a value without quotes; an escaped quote is one, the sign between dimensions stays."""
    if len(text) < 2 or text[0] not in "'\"" or text[-1] != text[0]:
        return text
    return re.sub(r"\\(['\"\\%])", r"\1", text[1:-1])


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _columns(attributes: list[_Attribute], rows: list[list[str]], limits: Limits) -> list[tuple[str, list[str]]]:
    columns: list[tuple[str, list[str]]] = []
    for position, attribute in enumerate(attributes):
        cells = [row[position] for row in rows]
        if attribute.kind == "relational":
            columns += _dimensions(cells, limits)
        else:
            columns.append((attribute.name, cells))
    return columns


def _dimensions(cells: list[str], limits: Limits) -> list[tuple[str, list[str]]]:
    """The columns `d1_0, d1_1, …, d2_0, …` of a relational attribute; shorter cases end with empty cells."""
    cases = [[part.split(_STEP) for part in cell.split(_DIMENSION)] for cell in cells]
    dimensions = max(map(len, cases))
    length = max(len(steps) for case in cases for steps in case)
    check_cells(len(cases), dimensions * length, limits)
    return [
        (f"d{dimension + 1}_{step}", [_step(case, dimension, step) for case in cases])
        for dimension in range(dimensions)
        for step in range(length)
    ]


def _step(case: list[list[str]], dimension: int, step: int) -> str:
    if dimension >= len(case) or step >= len(case[dimension]):
        return ""
    value = case[dimension][step].strip()
    return "" if value == _MISSING else value


def _label(attributes: list[_Attribute], names: list[str]) -> str | None:
    """The name of the class's column; None where there is none, or where dates make the rows those of a series."""
    nominal = [attribute for attribute in attributes if attribute.kind == "nominal"]
    if any(attribute.kind == "date" for attribute in attributes):
        return None
    called = next((attribute.name for attribute in nominal if is_label_name(attribute.name)), None)
    return names[-1] if attributes[-1].kind == "nominal" else called
