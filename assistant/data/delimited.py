"""Delimited text → a rectangle of cells: delimiter, preamble, header, body, footer."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv as arrow_csv

from assistant.data.calendar import looks_like_time
from assistant.data.fixed_width import SEPARATOR, fixed_columns, with_whole_clocks
from assistant.data.limits import check_cells
from assistant.data.log_lines import logged_table
from assistant.data.notes import Notes, SourceTable, counted, rows_between
from assistant.data.numbers import is_missing
from assistant.data.packed_rows import unpacked_rows
from assistant.data.plain_lines import named_separator, plain_lines, refuse_settings
from assistant.data.ragged import fit_to_header
from assistant.data.rectangle import Block, find_block, is_number, name_columns, title_above, units_of
from assistant.data.section_rows import stack_sections
from assistant.data.series import Limits
from assistant.data.side_notes import without_side_notes
from assistant.data.stacked import stack_blocks
from assistant.errors import BadRequest, FileRejected

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "pipe", " ": "spaces"}

_HEAD_LINES = 400
_HEAD_CHARACTERS = 4_000_000
_SNIFF_LINES = 150


@dataclass(frozen=True)
class _Head:
    """The first records of a text, with the line on which each ends."""

    records: list[list[str]]
    ends: list[int]


def split_head(lines: list[str], delimiter: str) -> _Head:
    """Parse lines into records; a run of blanks counts as one delimiter."""
    if delimiter == " " and not any('"' in line for line in lines):
        return _Head([line.split() for line in lines], list(range(1, len(lines) + 1)))
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    records, ends = [], []
    try:
        for record in reader:
            records.append([cell.strip() for cell in record])
            ends.append(reader.line_num)
    except csv.Error as error:
        raise FileRejected(
            f"Expected delimited text, found a line that cannot be split ({error}). Export it as CSV again."
        ) from error
    return _Head(records, ends)


def sniff_delimiter(lines: list[str], notes: Notes) -> str | None:
    """The delimiter under which the lines are most even and their cells most often whole values; None for a single column."""
    scores = {delimiter: _score(lines[:_SNIFF_LINES], delimiter) for delimiter in DELIMITERS}
    best = max(scores, key=lambda delimiter: scores[delimiter])
    if scores[best] <= 0.0 or (best == "," and _is_decimal_column(lines)):
        return None
    others = tuple(DELIMITERS[d] for d, score in scores.items() if d != best and score > 0.5 * scores[best])
    why = "It splits the lines evenly into whole values."
    notes.guess("delimiter", DELIMITERS[best], why, alternatives=others, flag="--delimiter")
    return best


def _score(lines: list[str], delimiter: str) -> float:
    records = [record for record in split_head(lines, delimiter).records if any(record)]
    widths = Counter(len(record) for record in records if len(record) > 1)
    if not widths:
        return 0.0
    width, hits = max(widths.items(), key=lambda item: (item[1], item[0]))
    even = hits / len(records)
    cells = [cell for record in records if len(record) == width for cell in record]
    whole = sum(is_missing(cell) or is_number(cell) or looks_like_time(cell) for cell in cells)
    worded = sum(1 for cell in cells if re.search(r"[^\W\d_]", cell) and not re.search(r"[;\t|]", cell))
    clean = (whole + 0.6 * max(worded - whole, 0)) / len(cells) if delimiter != " " else whole / len(cells)
    return even * min(clean, 1.0) * (0.55 if delimiter == " " else 1.0) * (1 + 0.01 * min(width, 10))


def _is_decimal_column(lines: list[str]) -> bool:
    """Whether the commas of a file are the decimal commas of a single column ("84,27" under a title without a comma)."""
    filled = [line.strip() for line in lines if line.strip()]
    body = filled[1:]
    return len(body) > 1 and "," not in filled[0] and all(re.fullmatch(r"-?\d+,\d+", line) for line in body)


def read_text_table(text: str, delimiter: str | None, notes: Notes, limits: Limits) -> SourceTable:
    """The table inside a text.

    delimiter: the user's choice; None: sniffed.
    Errors: FileRejected when there is no table of at least two rows, or more rows, columns or cells than the limits allow;
    BadRequest for a delimiter that is none.
    """
    text, named = named_separator(text)
    refuse_settings(text)
    text = unpacked_rows(plain_lines(logged_table(text, notes), notes), notes)
    lines = text[:_HEAD_CHARACTERS].split("\n", _HEAD_LINES)[:_HEAD_LINES]
    if delimiter is None and named is not None:
        delimiter = named
        notes.guess("delimiter", DELIMITERS.get(named, named), "The first line names it.", flag="--delimiter")
    elif delimiter is None:
        delimiter = sniff_delimiter(lines, notes)
    else:
        delimiter = _asked_delimiter(delimiter)
        notes.guess("delimiter", DELIMITERS.get(delimiter, delimiter), "You said so.", flag="--delimiter")
    if delimiter == " ":
        text = with_whole_clocks(text)
        lines = text[:_HEAD_CHARACTERS].split("\n", _HEAD_LINES)[:_HEAD_LINES]
    plain = lines
    if delimiter == " " and (parted := fixed_columns(text)) is not None:
        text, delimiter = parted, SEPARATOR
        lines = text[:_HEAD_CHARACTERS].split("\n", _HEAD_LINES)[:_HEAD_LINES]
        notes.guess(
            "column widths", "fixed", "The rows have different numbers of words, and their columns stand below each other."
        )
    rows = text.count("\n") + 1
    head = split_head(lines, delimiter or "\x1f")
    beside = without_side_notes(text, head.records, delimiter, notes)
    if beside is not text:
        text = beside
        head = split_head(text[:_HEAD_CHARACTERS].split("\n", _HEAD_LINES)[:_HEAD_LINES], delimiter or "\x1f")
    block = find_block(head.records)
    check_cells(rows, block.width, limits)
    skipped = head.ends[block.first - 1] if block.first else 0
    body, kept = _read_body(text, skipped, delimiter, block, notes)
    frame = fit_to_header(body, block, delimiter, notes)
    _tell(block, head.ends[block.above], notes)
    title = "\n".join(plain[: max(head.ends[block.above] - 1, 0)])
    names = name_columns(block, frame.shape[1])
    frame.columns = pd.Index(names)
    units = units_of(block, names)
    if block.header is not None and len(block.header) == len(names):
        frame = stack_blocks(frame, block.header, title_above(head.records[: block.above]), notes)
        frame = stack_sections(frame, title_above(head.records[: block.first]) or title_above(head.records[: block.above]), notes)
    empty = _empty_rows(head.records[: block.first], block, kept) if len(frame) == len(kept) else ()
    return SourceTable(
        frame,
        exact=False,
        headed=block.header is not None,
        delimiter=delimiter,
        units=units,
        title=title,
        empty_rows=empty,
    )


def _empty_rows(above: list[list[str]], block: Block, kept: np.ndarray) -> tuple[int, ...]:
    """The numbers of the rows without content. above: the records before the first row with values. kept: (rows,) positions."""
    # A row of nothing but delimiters is one that a user counts; a blank line is none.
    below_names = above[block.above :] if block.header is not None else above
    before = sum(len(record) > 1 and not any(record) for record in below_names)
    return rows_between(kept + before + 1)


def _asked_delimiter(asked: str) -> str:
    """A delimiter by its character, its name ("tab") or its escape."""
    named = {name: character for character, name in DELIMITERS.items()} | {"\\t": "\t", "space": " "}
    delimiter = named.get(asked.strip().casefold() or asked, asked)
    if len(delimiter) != 1 or delimiter.isalnum() or delimiter in '"\r\n':
        raise BadRequest(f"Expected one character or one of {', '.join(DELIMITERS.values())} as the delimiter, found “{asked}”.")
    return delimiter


def _tell(block: Block, line: int, notes: Notes) -> None:
    if block.preamble:
        notes.guess(
            "preamble",
            f"{counted(line - 1, 'line')} skipped",
            "The lines before the table have another shape than its rows.",
            alternatives=("no line skipped",),
        )
    if block.header is None:
        notes.guess("header", "none", "The first row holds values like the rows below it.", alternatives=("first row",))
        notes.warn("The file has no header; the columns are numbered.")
    else:
        notes.guess("header", f"line {line}", "It holds names, the rows below it hold values.", alternatives=("none",))


def _read_body(text: str, skipped: int, delimiter: str | None, block: Block, notes: Notes) -> tuple[pd.DataFrame, np.ndarray]:
    """The rows below the header that hold anything, and the position (rows,) of each among all of these."""
    offset = 0
    for _ in range(skipped):
        offset = text.index("\n", offset) + 1
    body = text[offset:].encode("utf-8", errors="replace")
    width = block.width
    frame = _read_even(body, delimiter, width) if delimiter != " " else None
    if frame is None:
        frame = _read_ragged(body, delimiter, width, notes)
    for column in frame.columns:
        frame[column] = frame[column].str.strip()
    filled = np.zeros(len(frame), dtype=bool)
    for column in frame.columns:
        filled |= (frame[column] != "").to_numpy(bool)
        if filled.all():
            break
    return frame[filled].reset_index(drop=True), np.flatnonzero(filled)


def _read_even(body: bytes, delimiter: str | None, width: int) -> pd.DataFrame | None:
    """The body by pyarrow, when every line has the same number of cells; else None."""
    names = [str(position) for position in range(width)]
    try:
        table = arrow_csv.read_csv(
            io.BytesIO(body),
            read_options=arrow_csv.ReadOptions(column_names=names, block_size=1 << 24),
            parse_options=arrow_csv.ParseOptions(delimiter=delimiter or "\x1f", newlines_in_values=True),
            convert_options=arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    frame: pd.DataFrame = table.to_pandas().astype("str")
    return frame


def _read_ragged(body: bytes, delimiter: str | None, width: int, notes: Notes) -> pd.DataFrame:
    """The body by pandas: short lines are filled with blanks, longer ones left out, each with a warning."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            frame = pd.read_csv(
                io.BytesIO(body),
                sep=r"\s+" if delimiter == " " else (delimiter or "\x1f"),
                header=None,
                names=list(range(width)),
                index_col=False,
                dtype="str",
                keep_default_na=False,
                skipinitialspace=True,
                on_bad_lines="warn",
            )
        except (pd.errors.ParserError, pd.errors.EmptyDataError) as error:
            raise FileRejected(
                f"Expected delimited text, found lines that cannot be split ({error}). Export it again."
            ) from error
    long_lines = sum(str(warning.message).count("Skipping line") for warning in caught)
    if long_lines:
        notes.warn(f"Left out because they have more than {width} cells: {counted(long_lines, 'line')}.")
    if delimiter is not None and delimiter != " ":
        short = _short_lines(body, delimiter, width)
        if short:
            notes.warn(f"Filled with blanks at the end because they have fewer than {width} cells: {counted(short, 'line')}.")
    return frame.fillna("").astype("str")


def _short_lines(body: bytes, delimiter: str, width: int) -> int:
    """How many records have fewer than `width` cells, which pandas does not tell; a cell alone is a remark and no row."""
    records = csv.reader(io.StringIO(body.decode("utf-8")), delimiter=delimiter, skipinitialspace=True)
    short = 0
    try:
        for record in records:
            short += 1 < len(record) < width and any(record[1:])
    except csv.Error:  # a cell longer than csv takes: the lines before it are counted
        pass
    return short
