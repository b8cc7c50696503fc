"""Any upload → a data set: what the file is, its table, its columns, its layout, its series."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from assistant.data.archives import is_archive, read_archive
from assistant.data.arff import is_arff, read_arff
from assistant.data.assemble import assemble
from assistant.data.axis import Axis
from assistant.data.binary_tables import read_binary
from assistant.data.columns import Column, read_columns
from assistant.data.content import HEAD_BYTES, Kind, check_name, decode, first_bytes, kind_of
from assistant.data.declared_marks import declared_marks
from assistant.data.delimited import read_text_table
from assistant.data.durations import with_durations
from assistant.data.footers import drop_footers
from assistant.data.formats import from_typed, read_json, read_markup, read_parquet, read_tables
from assistant.data.layout import arrange
from assistant.data.limits import check_cells, check_size, gunzip
from assistant.data.markup import tables_of_text
from assistant.data.notations import FINANCIAL_YEARS
from assistant.data.notes import Notes, SourceTable, clean_name, counted, listing
from assistant.data.packed_cells import split_packed
from assistant.data.px import is_px, read_px
from assistant.data.rectangle import is_period
from assistant.data.series import Dataset, Limits, ReadOptions, display_name
from assistant.data.side_notes import without_side_box
from assistant.data.titled_days import dated_by_title
from assistant.data.totals import drop_totals
from assistant.data.unpacking import unpacked
from assistant.data.workbooks import read_workbook
from assistant.errors import BadRequest, FileRejected

_TEXTS = ("text", "json", "html", "xml")
# A row of so many numbers may be one case, its steps side by side.
_MANY_COLUMNS = 8


@dataclass(frozen=True)
class _Opened:
    """A file recognised: its kind, and its bytes where they had to be unpacked."""

    kind: Kind
    content: bytes | None


def read_dataset(
    path: Path, options: ReadOptions = ReadOptions(), limits: Limits = Limits(), *, name: str | None = None
) -> Dataset:
    """Read an upload: text in columns, a log, markup, PC-Axis, JSON, XML, a workbook, Parquet, the file of another program, .tsf,
    .ts, .arff; also inside .gz, .bz2, .xz and .zip.

    path: the file; its content decides what it is. options: what the user fixed; everything else is inferred and listed in
    the result's `guesses`. name: how the data set is called (the file's name by default).
    Errors: FileRejected when the content cannot be read or breaks `limits`; BadRequest when an option names nothing in the file.
    """
    check_size(path, limits)
    notes = Notes()
    with unpacked(path, options.sheet, limits, notes) as inner:
        return _read(inner, replace(options, sheet=None) if inner != path else options, limits, notes, name or display_name(path))


def _read(path: Path, options: ReadOptions, limits: Limits, notes: Notes, name: str) -> Dataset:
    opened = _open(path, limits, notes)
    text = _text_of(path, opened, notes)
    if text is not None and opened.kind == "text" and is_archive(text):
        arrangement, frame = read_archive(text, display_name(path), notes, limits)
        empty_rows: tuple[int, ...] = ()
        if options.label not in (None, arrangement.label_column):
            raise BadRequest(
                "Expected no column of classes to be named for a .ts or .tsf file, which says itself what its classes are; "
                f"found “{options.label}”. Leave that option out."
            )
    else:
        table = _read_table(path, opened, text or "", options, limits, notes)
        frame = without_side_box(drop_footers(table.frame, notes), notes)
        check_cells(*frame.shape, limits)
        table = replace(table, frame=split_packed(frame, notes), missing=declared_marks(text or ""))
        columns = with_durations(read_columns(table, options, notes), notes)
        _check_columns(columns)
        arrangement = dated_by_title(arrange(columns, options, notes, table.label), table.title, options.day_first, notes)
        if options.value_columns is None and not options.keep_totals:
            arrangement = drop_totals(arrangement, notes)
        _note_order(arrangement.axis, notes)
        empty_rows = table.empty_rows
    series = assemble(arrangement, options, limits, notes)
    return Dataset(
        name=clean_name(name),
        series=series,
        guesses=tuple(notes.guesses),
        warnings=tuple(notes.warnings),
        questions=tuple(notes.questions),
        options=options,
        table=frame,
        label_column=arrangement.label_column,
        recording_column=arrangement.recording_column,
        empty_rows=empty_rows,
        unlabelled=arrangement.unlabelled,
    )


def _open(path: Path, limits: Limits, notes: Notes) -> _Opened:
    head = first_bytes(path)
    kind = kind_of(head, display_name(path))
    check_name(path, kind, notes)
    if kind != "gzip":
        return _Opened(kind, None)
    content = gunzip(path, limits)
    if not content:
        raise FileRejected(f"Expected a table, found an empty file inside “{display_name(path)}”. Compress it again.")
    inner = kind_of(content[:HEAD_BYTES], display_name(path))
    if inner not in _TEXTS:
        raise FileRejected(f"Expected text inside a gzip file, found {inner} in “{display_name(path)}”. Upload it unpacked.")
    return _Opened(inner, content)


def _text_of(path: Path, opened: _Opened, notes: Notes) -> str | None:
    """The file's text, or None where it is none."""
    if opened.kind not in _TEXTS:
        return None
    content = opened.content if opened.content is not None else path.read_bytes()
    return decode(content, display_name(path), notes)


def _read_table(path: Path, opened: _Opened, text: str, options: ReadOptions, limits: Limits, notes: Notes) -> SourceTable:
    if opened.kind in ("xlsx", "xls"):
        return read_workbook(path, options.sheet, notes, limits, zipped=opened.kind == "xlsx")
    if opened.kind == "parquet":
        return read_parquet(path, notes, limits)
    if opened.kind == "json":
        return read_json(text, notes, limits)
    if opened.kind == "binary":
        return from_typed(read_binary(path, first_bytes(path), notes, limits), notes)
    if opened.kind in ("html", "xml"):
        return read_markup(text, opened.kind, options.sheet, notes, limits)
    if is_arff(text):
        return read_arff(text, f"“{display_name(path)}”", notes, limits)
    if (tables := tables_of_text(text)) or is_px(text):
        return from_typed(read_px(text), notes) if is_px(text) else read_tables(tables, options.sheet, notes, limits)
    return read_text_table(text, options.delimiter, notes, limits)


def _check_columns(columns: list[Column]) -> None:
    rows = len(columns[0].text) if columns else 0
    if rows < 2 and sum(map(is_period, (column.name for column in columns))) < 2:
        single = rows == 1 and sum(column.kind == "number" for column in columns) >= _MANY_COLUMNS
        instead = " If the row is a single case to classify, put its values below each other." if single else ""
        raise FileRejected(f"Expected at least two rows of values, found {counted(rows, 'row')}. Export a longer span.{instead}")
    if all(column.kind in ("empty", "time") for column in columns) and any(column.kind == "empty" for column in columns):
        raise FileRejected(
            f"Expected values, found {counted(rows, 'row')} in which everything is missing. Export the data again."
        )
    if not any(column.kind == "number" for column in columns):
        raise FileRejected(
            f"Expected at least one column of numbers, found none in {listing([c.name for c in columns], 12)}. "
            "Check the delimiter and the decimal mark."
        )


def _note_order(axis: Axis | None, notes: Notes) -> None:
    """Put the decision on day against month into the notes."""
    if axis is None:
        return
    reading = axis.reading
    if reading.mixed_zones:
        notes.warn("The times carry different offsets from UTC; they were brought to UTC.")
    if reading.spans:
        notes.guess("time spans", "the start of each", "The cells hold a start and an end.")
    if reading.zone_name is not None:
        notes.warn(f"All times carry the abbreviation {reading.zone_name}; it was left out and they stand as local time.")
    if len(reading.forms) > 1:
        notes.warn(
            f"The times are written in {len(reading.forms)} ways ({listing(reading.forms)}); each cell was read by its own."
        )
    if reading.marked:
        notes.warn(f"Marks behind times (such as p or *) were left out ({counted(reading.marked, 'cell')}).")
    if reading.how in FINANCIAL_YEARS:
        notes.warn(
            "The years are financial years or seasons; each is dated as if it began on 1 January of its first (or only) year."
        )
    if reading.kind == "clock":
        notes.warn("The times have no date: the file holds times of day only; they are counted from 1970-01-01.")
        notes.guess(
            "date", "1970-01-01 onwards, as a stand-in", "The file holds times of day only; a step back starts a new day."
        )
    if reading.order is None:
        return
    chosen, other = ("day first", "month first") if reading.order == "day" else ("month first", "day first")
    if reading.ambiguous:
        notes.ask("day or month first", chosen, reading.why, alternatives=(other,), flag="--dayfirst or --monthfirst")
    else:
        notes.guess("day or month first", chosen, reading.why, alternatives=(other,), flag="--dayfirst or --monthfirst")
