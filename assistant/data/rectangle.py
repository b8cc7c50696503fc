"""Where the table begins in a sheet of cells: preamble, header, first row; and what its columns are called."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from assistant.data.calendar import looks_like_time
from assistant.data.header_rows import are_types, compose_header
from assistant.data.hints import is_totals_cell
from assistant.data.month_names import MONTH_NAMES
from assistant.data.named_periods import without_forecast_mark
from assistant.data.notes import clean_name, unique_names
from assistant.data.numbers import is_missing
from assistant.data.units import RAISED, is_unit, scale_of, split_unit
from assistant.errors import FileRejected

_SAMPLED = 60
_DECIMAL = 0.7  # of the cells below such names that have a decimal point
_IDENTIFIERS = 8  # whole numbers over decimal ones from which on they are names and not an accident
_NUMBER = re.compile(
    r"^\(?[+-]?\s*(?:[€$£¥₹]\s*)?[+-]?(?:\d{1,3}(?:[ ,.'’\u00a0\u202f]\d{3})+|\d+)?(?:[.,]\d*)?(?:[eE][+-]?\d+)?"
    r"\s*(?:%|€|\$|£|kr)?\)?$"
)
_YEAR = re.compile(r"^(?:1[0-9]|20|21)\d{2}$")


@dataclass(frozen=True)
class Block:
    """The table within the records of a sheet.

    first: index of the first record with values. width: cells a record. header: the names as written (None: there are none).
    above: index of the record that holds the names, else `first`. preamble: how many records lie before it. units: as given
    by a record under the names, one a column.
    """

    first: int
    width: int
    header: list[str] | None
    above: int
    preamble: int
    units: tuple[str, ...] = ()


def is_number(cell: str) -> bool:
    """Whether a cell is written like a number, in any notation."""
    return any(c.isdigit() for c in cell) and bool(_NUMBER.match(cell))


def is_period(cell: str) -> bool:
    """Whether a column name is written like a moment: a year, a month name, a date (also after an X or V as R writes them)."""
    text = cell.strip()
    bare = text[1:] if text[:1] in {"X", "Y", "x", "y"} else text
    bare = without_forecast_mark(re.sub(r"\s*\[YR\d{4}\]$", "", bare))
    return bool(_YEAR.match(bare)) or looks_like_time(bare) or text.casefold() in MONTH_NAMES


@lru_cache(maxsize=50_000)
def is_amount(cell: str) -> bool:
    """Whether a cell is written like a number, perhaps with its unit or currency, or with the raised mark of a footnote."""
    if is_number(cell) or is_number(cell.rstrip(RAISED)):
        return True
    number, unit = split_unit(cell)
    return bool(unit) and is_number(number) and (is_unit(unit) or scale_of(unit) is not None)


def _is_value(cell: str) -> bool:
    return is_amount(cell) or looks_like_time(cell)


def find_block(records: Sequence[list[str]]) -> Block:
    """Find the table in the first records of a sheet.

    Errors: FileRejected when there is none, only a header, or a single row.
    """
    sized = [(position, record) for position, record in enumerate(records) if any(record)]
    if not sized:
        raise FileRejected("Expected a table, found no cells with content. Export it again.")
    width = usual_width([record for _, record in sized])
    wide = [(position, record) for position, record in sized if _fits(record, width)]
    valued = _value_columns([record for _, record in wide[-_SAMPLED:]], width)
    if not valued:
        return _without_values(wide, width)
    start = _first_row([record for _, record in wide], valued)
    if start is None:
        raise FileRejected("Expected rows of numbers below a header, found none. Check that the file holds a table of values.")
    position = wide[start][0]
    above = [(p, record) for p, record in sized if p < position]
    header = compose_header([record for _, record in above], width, valued)
    if header is None:
        return Block(position, width, None, position, len(above))
    top = len(above) - header.rows
    return Block(position, width, header.names, above[top][0], top, tuple(header.units))


def _first_row(records: list[list[str]], valued: list[int]) -> int | None:
    """The first record of values: not a header of years, and not a row of years above names."""
    rows = [index for index, record in enumerate(records) if _is_row(record, valued)]
    if not rows:
        return None
    start = rows[0]
    if len(rows) > 1 and start and are_types(records[start]):
        start = rows[1]  # "5s 15s 20d 14n" could be amounts, too
    if start and _YEAR.match(records[start - 1][0]) and not any(records[start - 1][1:]):
        return start - 1  # a year alone above the rows of its months
    whole = next((index for index in rows if not _words_in(records[index], valued)), start)
    if start < whole <= start + _SAMPLED and _are_words(records[whole - 1], valued):
        return whole  # what lies before is a preamble with values in it: a row of names stands between
    if len(rows) > 1 and start + 1 < rows[1] <= start + 3 and _is_year_row(records[start], valued):
        return rows[1]
    above = records[start - 1] if start else []
    if start + 1 < len(records) and _names_numbers(records[start], records[start + 1 : start + 1 + _SAMPLED], above):
        return start + 1
    if start + 1 < len(records) and (_is_period_row(records[start], records[start + 1]) or _counts_columns(records[start])):
        return start + 1
    return start


def usual_width(records: list[list[str]]) -> int:
    """How many cells the records of a table have: the number that most have, wide ones a little before narrow ones."""
    counts = Counter(len(record) for record in records)
    return max(counts.items(), key=lambda item: (item[1] * item[0] ** 0.5, item[0]))[0]


def _fits(record: list[str], width: int) -> bool:
    return len(record) == width or (width > 2 and abs(len(record) - width) == 1)


def _value_columns(records: list[list[str]], width: int) -> list[int]:
    """Columns in which most filled cells are numbers or moments."""
    found = []
    for column in range(width):
        cells = [record[column] for record in records if column < len(record) and not is_missing(record[column])]
        if cells and sum(map(_is_value, cells)) >= 0.5 * len(cells):
            found.append(column)
    return found


def _is_row(record: list[str], valued: list[int]) -> bool:
    """Whether a record holds values where the table has them."""
    cells = [record[column] for column in valued if column < len(record)]
    values = sum(map(_is_value, cells))
    words = sum(1 for cell in cells if not is_missing(cell) and not _is_value(cell))
    return values > 0 and values >= words


def _names_numbers(record: list[str], below: list[list[str]], above: list[str]) -> bool:
    """Whether a record of numbers names the columns: a word stands over moments, or whole numbers over decimal ones.

    above: the record before it; where that one names every column, a record of fractions is a row of sums and no name.
    """
    if len(below) < 2:
        return False
    named = len(above) == len(record) and all(cell and not _is_value(cell) for cell in above)
    if named and any("." in cell or "," in cell for cell in record if is_number(cell)):
        return False
    for column, cell in enumerate(record):
        if not cell or _is_value(cell) or is_missing(cell) or is_totals_cell(cell):
            continue
        under = [row[column] for row in below if column < len(row) and row[column]]
        if len(under) > 1 and all(map(looks_like_time, under)):
            return True
    whole = [column for column, cell in enumerate(record) if cell.isdecimal()]
    if len(whole) < _IDENTIFIERS or len(whole) < len(record) - 1 or len({record[column] for column in whole}) < len(whole):
        return False
    cells = [row[column] for row in below for column in whole if column < len(row) and row[column]]
    return sum("." in cell for cell in cells) >= _DECIMAL * len(cells) > 0


def _is_year_row(record: list[str], valued: list[int]) -> bool:
    """Whether the only values of a record are years, as in a header with months or quarters below each year."""
    cells = [record[column] for column in valued if column < len(record) and record[column]]
    years = [cell for cell in cells if is_period(cell)]
    return len(years) >= 2 and sum(map(_is_value, cells)) == len(years)


def _are_words(record: list[str], valued: list[int]) -> bool:
    """Whether a record holds words, and nothing else, where the table has values."""
    filled = sum(1 for column in valued if column < len(record) and record[column])
    return filled > 1 and _words_in(record, valued) == filled


def _words_in(record: list[str], valued: list[int]) -> int:
    """How many cells are words where the table has values."""
    return sum(1 for c in valued if c < len(record) and record[c] and not is_missing(record[c]) and not _is_value(record[c]))


def _is_period_row(record: list[str], below: list[str]) -> bool:
    """Whether a record of numbers is really a header of consecutive years or other moments.

    below: the next record, which holds no moments at these places if the first one is a header.
    """
    filled = [cell for cell in record if cell]
    places = [column for column, cell in enumerate(record) if cell and is_period(cell)]
    moments = [record[column] for column in places]
    if len(set(moments)) < max(len(moments) - 1, 2) or len(moments) < 0.5 * len(filled):
        return False
    written = [column for column in places if not _YEAR.match(record[column])]
    if any(column < len(below) and looks_like_time(below[column]) and not is_number(below[column]) for column in written):
        return False
    years = [int(cell) for cell in record if _YEAR.match(cell)]
    if len(years) < 3:
        return len(moments) >= 3 and len(written) >= 3
    steps = Counter(later - earlier for earlier, later in itertools.pairwise(years))
    step, hits = steps.most_common(1)[0]
    return step != 0 and hits >= 0.7 * (len(years) - 1)


def _counts_columns(record: list[str]) -> bool:
    """Whether a record is a header that only counts its columns: an empty corner or names, then 0, 1, 2, …"""
    numbers = [(column, int(cell)) for column, cell in enumerate(record) if cell.isdecimal() and len(cell) <= 4]
    rest = [cell for cell in record if not cell.isdecimal()]
    if len(record) < 3 or len(numbers) < 2 or numbers[0][1] > 1 or any(_is_value(cell) for cell in rest):
        return False
    running = all(later == (column + 1, number + 1) for (column, number), later in itertools.pairwise(numbers))
    return running and (record[0] == "" or (bool(rest) and len(numbers) >= 12))


def _without_values(wide: list[tuple[int, list[str]]], width: int) -> Block:
    """Every cell is a word or a missing mark: say what is wrong."""
    rows = len(wide) - 1
    body = [cell for _, record in wide[1:] for cell in record]
    if rows < 1:
        raise FileRejected("Expected a header and at least two rows of values, found a header only. Export the data again.")
    if all(is_missing(cell) for cell in body):
        raise FileRejected(
            f"Expected values below the header, found {rows} rows in which everything is missing. Export it again."
        )
    raise FileRejected(
        f"Expected at least one column of numbers, found {width} columns of text. Check the delimiter, or upload values."
    )


def name_columns(block: Block, width: int) -> list[str]:
    """Clean, unique column names; a header that is one short lacks the name of the first column."""
    if block.header is None:
        return ["value"] if width == 1 else [f"column {position}" for position in range(1, width + 1)]
    header = list(block.header)
    if len(header) == width - 1:
        header.insert(0, "")
    header = (header + [""] * width)[:width]
    header[0] = header[0].lstrip("#").strip()
    return unique_names([clean_name(name) for name in header], fallback="unnamed")


def units_of(block: Block, names: list[str]) -> dict[str, str]:
    """The units that a record under the names gives, by column."""
    return {name: clean_name(unit) for name, unit in zip(names, block.units, strict=False) if unit}


def title_above(above: Sequence[list[str]]) -> str:
    """The line right above a header where it is one cell alone, else ""."""
    nearest = next((record for record in reversed(above) if any(record)), [])
    return nearest[0] if nearest and not any(nearest[1:]) else ""
