"""Parquet, JSON, markup and rows of cells → a rectangle of cells."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from assistant.data.documents import Rows, find_table, parse_document
from assistant.data.limits import check_cells
from assistant.data.markup import Records, tables_of_page
from assistant.data.notes import Notes, SourceTable, clean_name, listing, rows_between, unique_names
from assistant.data.numbers import is_missing
from assistant.data.rectangle import Block, find_block, name_columns, title_above, units_of
from assistant.data.section_rows import stack_sections
from assistant.data.series import Limits, display_name
from assistant.data.stacked import stack_blocks
from assistant.data.xml_documents import as_document, parse_xml, sheets_of
from assistant.errors import BadRequest, FileRejected

_HEAD_RECORDS = 400


def cell_text(cell: object) -> str:
    """A typed cell as text: ISO times, numbers with a decimal point."""
    if isinstance(cell, bool):
        return str(cell)
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else ("" if math.isnan(cell) else repr(cell))
    if isinstance(cell, dt.datetime):
        return cell.isoformat(sep=" ") if cell.time() != dt.time() else cell.date().isoformat()
    if isinstance(cell, dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, dt.timedelta):
        return str(dt.datetime.min + cell).split(" ")[1] if dt.timedelta() <= cell < dt.timedelta(days=1) else str(cell)
    return "" if cell is None else str(cell).strip()


def from_records(records: list[list[str]], notes: Notes, places: Sequence[int] = ()) -> SourceTable:
    """The table in the rows of a sheet, below a preamble and a header; blocks and sections below each other as one long table.

    places: the position of each record in its sheet, where records without content were left out. Errors: FileRejected when
    there is none.
    """
    block = find_block(records[:_HEAD_RECORDS])
    frame = pd.DataFrame([(record + [""] * block.width)[: block.width] for record in records[block.first :]], dtype="str")
    frame.columns = pd.Index(name_columns(block, block.width))
    if block.preamble:
        notes.guess("preamble", f"{block.preamble} lines skipped", "The lines before the table have another shape than its rows.")
    header = "none" if block.header is None else f"line {block.preamble + 1}"
    notes.guess("header", header, "Judged by where the first row of values is.")
    units = units_of(block, list(frame.columns))
    if block.header is not None and len(block.header) == block.width:
        title = title_above(records[: block.above])
        frame = stack_blocks(frame, block.header, title, notes)
        frame = stack_sections(frame, title_above(records[: block.first]) or title, notes)
    above = "\n".join(" ".join(record) for record in records[: block.above])
    empty = _empty_rows(block, places) if len(frame) == len(places) - block.first else ()
    return SourceTable(frame, exact=True, headed=block.header is not None, units=units, title=above, empty_rows=empty)


def _empty_rows(block: Block, places: Sequence[int]) -> tuple[int, ...]:
    """The numbers of the rows without content, 1 for the row below the names, or for the first row where there are none."""
    before = places[block.first] - 1 if block.header is None else places[block.first - 1]
    return rows_between(np.array(places[block.first :]) - before)


def read_parquet(path: Path, notes: Notes, limits: Limits) -> SourceTable:
    """A Parquet file; rows and columns are checked in its metadata first.

    Errors: FileRejected when damaged or larger than the limits.
    """
    import pyarrow as pa
    from pyarrow import parquet

    try:
        with parquet.ParquetFile(path) as file:
            check_cells(file.metadata.num_rows, file.metadata.num_columns, limits)
            unpacked = sum(file.metadata.row_group(group).total_byte_size for group in range(file.metadata.num_row_groups))
            if unpacked > limits.unpacked_bytes:
                raise FileRejected(
                    f"Expected at most {limits.unpacked_bytes:,} bytes after unpacking (unpacked_bytes), found {unpacked:,}. "
                    "Keep fewer columns or a shorter span."
                )
            frame = file.read().to_pandas()
    except (pa.ArrowException, OSError) as error:
        raise FileRejected(
            f"Expected a whole Parquet file, found a damaged one: “{display_name(path)}” ({error}). Write it again."
        ) from error
    if frame.index.name is not None or not isinstance(frame.index, pd.RangeIndex):
        frame = frame.reset_index()
    return from_typed(frame, notes)


def read_markup(text: str, kind: str, sheet: str | None, notes: Notes, limits: Limits) -> SourceTable:
    """The table of a web page (`html`), of a workbook saved as XML, or of any other XML.

    Errors: FileRejected when it holds none, or one beyond the limits; BadRequest for a table that is not there.
    """
    if kind == "html":
        return read_tables(tables_of_page(text), sheet, notes, limits)
    root = parse_xml(text)
    if sheets := sheets_of(root):
        return read_tables(sheets, sheet, notes, limits)
    return _from_found(find_table([as_document(root)] if not len(root) else as_document(root)), notes, limits)


def read_tables(tables: list[Records], asked: str | None, notes: Notes, limits: Limits) -> SourceTable:
    """One of the tables that a text holds: the asked one (“table 2”), else the first.

    tables: as rows of cells, the one with most numbers first. Errors: as `read_markup`.
    """
    names = [f"table {k}" for k in range(1, len(tables) + 1)]
    if not tables:
        raise FileRejected("Expected a table of values, found a web page or a text without one. Export the table as CSV.")
    if asked is not None and asked not in names:
        raise BadRequest(f"Expected the name of a table, found “{asked}”. There are {listing(names, 20)}.")
    place = names.index(asked) if asked is not None else 0
    records = [record for record in tables[place] if any(record)]
    check_cells(len(records), max(map(len, records)), limits)
    if len(tables) > 1:
        why = "You said so." if asked else "It is the table that holds most numbers."
        notes.guess("sheet", names[place], why, alternatives=[n for n in names if n != names[place]], flag="--sheet")
    return replace(from_records(records, notes), exact=False)


def read_json(text: str, notes: Notes, limits: Limits) -> SourceTable:
    """JSON lines or a JSON document: the largest table in it.

    Errors: FileRejected when it holds none, or one beyond the limits.
    """
    return _from_found(parse_document(text), notes, limits)


def _from_found(found: Rows, notes: Notes, limits: Limits) -> SourceTable:
    columns = list(dict.fromkeys(key for record in found.records for key in record))
    check_cells(len(found.records), len(columns), limits)
    if found.path:
        why = "It is the largest table in the document."
        notes.guess("place in the document", found.path, why, alternatives=found.left_out)
    if any(isinstance(value, dict | list) for record in found.records for value in record.values()):
        notes.warn("Nested values in the document were read as text.")
    cells = {name: pd.Series([cell_text(record.get(name)) for record in found.records], dtype="str") for name in columns}
    return from_typed(pd.DataFrame(cells), notes)


def from_typed(frame: pd.DataFrame, notes: Notes) -> SourceTable:
    """A table in which columns that carry a type keep it and everything else becomes text (FileRejected without rows)."""
    names = unique_names([clean_name(name) if str(name) != "None" else "" for name in frame.columns], fallback="unnamed")
    columns: dict[str, pd.Series] = {}
    for name, (_, column) in zip(names, frame.items(), strict=True):
        if pd.api.types.is_bool_dtype(column) or not (
            pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column)
        ):
            column = column.map(cell_text, na_action=None).astype("str").fillna("")
            if column.map(is_missing).all():
                column = pd.Series("", index=column.index, dtype="str")
        columns[name] = column.reset_index(drop=True)
    table = pd.DataFrame(columns)
    if len(table) < 1 or not len(table.columns):
        raise FileRejected("Expected a table with rows, found none. Write the file again.")
    notes.guess("header", "names of the columns", "The format carries them.")
    return SourceTable(table, exact=True, headed=True)
