"""Excel and OpenDocument workbooks → the rectangle of cells of one sheet, or of all sheets that have the same columns."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from assistant.data.formats import cell_text, from_records
from assistant.data.limits import check_cells, check_workbook
from assistant.data.notes import Notes, SourceTable, listing
from assistant.data.rectangle import find_block, is_number
from assistant.data.series import Limits, display_name
from assistant.errors import BadRequest, FileRejected

SHEET_COLUMN = "sheet"

_LOOKED_AT = 40  # sheets that are compared
_SMALL = 12  # rows of a first sheet that may be a summary of a larger one
_LARGER = 5  # times as many rows
_YEAR = re.compile(r"(?:1[6-9]|20)\d{2}")
_HEAD = 60  # rows in which a sheet's header is looked for

Sheets = dict[str, list[list[str]]]


def read_workbook(path: Path, sheet: str | None, notes: Notes, limits: Limits, *, zipped: bool) -> SourceTable:
    """The asked sheet of a workbook; else all sheets where they have the same columns; else the first that holds data.

    A first sheet of a few rows gives way to the largest one. Errors: FileRejected for damaged, protected or oversized workbooks;
    BadRequest for a sheet that is not there.
    """
    import python_calamine

    if zipped:
        check_workbook(path, limits)
    try:
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        names = list(book.sheet_names)
        if sheet is not None and sheet not in names:
            raise BadRequest(f"Expected the name of a sheet, found “{sheet}”. The workbook has {listing(names, 20)}.")
        found, places = _sheets_with_data(book, [sheet] if sheet else names, limits)
    except python_calamine.CalamineError as error:
        raise FileRejected(
            f"Expected a readable workbook, found a damaged or protected one: “{display_name(path)}” ({error}). Save it again."
        ) from error
    if sheet is None and len(found) > 1 and (joined := _joined(found, names, notes, limits)) is not None:
        return joined
    chosen, why = next(iter(found)), "You said so." if sheet else "It is the first sheet that holds data."
    largest = max(found, key=lambda name: len(found[name]))
    if len(found[chosen]) <= _SMALL and len(found[largest]) >= _LARGER * len(found[chosen]):
        chosen, why = largest, "It holds most rows; the first sheet with numbers holds a few only."
    if len(names) > 1 or sheet:
        notes.guess("sheet", chosen, why, alternatives=[name for name in names if name != chosen], flag="--sheet")
    return from_records(found[chosen], notes, places[chosen])


def _sheets_with_data(book: Any, names: list[str], limits: Limits) -> tuple[Sheets, dict[str, list[int]]]:
    """The rows with content of each sheet that holds numbers in two rows or more, and their positions in the sheet."""
    found: Sheets = {}
    places: dict[str, list[int]] = {}
    cells = 0
    for name in names:
        page = book.get_sheet_by_name(name)
        check_cells(int(page.height), int(page.width), limits)
        cells += int(page.height) * int(page.width)
        if found and (cells > limits.cells or len(found) >= _LOOKED_AT):
            break
        records = [[cell_text(cell) for cell in row] for row in page.to_python(skip_empty_area=True)]
        filled = [place for place, record in enumerate(records) if any(record)]
        if sum(any(map(is_number, records[place])) for place in filled) >= 2:
            found[name], places[name] = [records[place] for place in filled], filled
    if not found:
        raise FileRejected(f"Expected a sheet with a table of values, found none in {listing(names)}. Check the workbook.")
    return found, places


def _joined(found: Sheets, names: list[str], notes: Notes, limits: Limits) -> SourceTable | None:
    """The rows of all sheets below each other, with a column that names each row's sheet; None where their columns differ."""
    headers = []
    for records in found.values():
        try:
            headers.append(find_block(records[:_HEAD]).header)
        except FileRejected:
            return None
    if headers[0] is None or any(header != headers[0] for header in headers) or SHEET_COLUMN in headers[0]:
        return None
    tables = [from_records(records, Notes()) for records in found.values()]
    if any(list(table.frame.columns) != list(tables[0].frame.columns) for table in tables):
        return None
    column = "year" if all(map(_YEAR.fullmatch, found)) and "year" not in headers[0] else SHEET_COLUMN
    label = "sheet {}" if column == SHEET_COLUMN and any(map(is_number, found)) else "{}"
    parts = [table.frame.assign(**{column: label.format(name)}) for name, table in zip(found, tables, strict=True)]
    frame = pd.concat(parts, ignore_index=True).astype("str")
    check_cells(*frame.shape, limits)
    why = "The sheets have the same columns."
    notes.guess("sheet", f"all of {listing(list(found), 12)}", why, alternatives=names, flag="--sheet")
    notes.warn(f"The workbook holds {len(found)} sheets with the same columns; their rows were put together.")
    return replace(tables[0], frame=frame)
