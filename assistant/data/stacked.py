"""Tables under each other in one sheet, each with a title and a header of its own: one long table."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from assistant.data.calendar import looks_like_time
from assistant.data.notes import Notes, clean_name, listing
from assistant.data.numbers import is_missing
from assistant.data.rectangle import is_number, is_period

BLOCK_COLUMN = "block"

_SHARED = 0.5  # of a block's first cells that the block above has as well: the same times over again, and no next page


_PACKED = re.compile(r"^(?:1[5-9]|20|21)\d{2}(?:0[1-9]|1[0-2])$")


def stack_blocks(frame: pd.DataFrame, header: Sequence[str], title: str, notes: Notes) -> pd.DataFrame:
    """The rows of all blocks, with a column that names each row's block; the frame itself where it is a single table.

    frame: (rows, columns) text under the names of the first block. header: these names as written. title: the line above the
    first header, "" without one. A later header starts like the first one and holds no value; the same header over rows that go
    on where the others end is a page's and no block's.
    """
    starts = _headers(frame, header)
    if not starts:
        return frame
    titles, bounds = [title], [0]
    for start in starts:
        above = [cell for cell in frame.iloc[start - 1] if cell] if start else []
        titled = len(above) == 1 and frame.iloc[start - 1, 0] == above[0] and not _is_value(above[0])
        titles.append(above[0] if titled else "")
        bounds.append(start - 1 if titled else start)
    ends = [*bounds[1:], len(frame)]
    begins = [0, *(start + 1 for start in starts)]
    names = [list(frame.columns), *([clean_name(cell) for cell in frame.iloc[start]] for start in starts)]
    for own in names[1:]:
        own[0] = own[0] or str(frame.columns[0])
    blocks = []
    for begin, end, own in zip(begins, ends, names, strict=True):
        kept = [column for column, name in enumerate(own) if name]
        block = frame.iloc[begin:end, kept].set_axis([own[column] for column in kept], axis=1)
        if block.columns.has_duplicates:
            return frame
        blocks.append(block)
    if not all(_repeats(later, earlier) or _differs(later, earlier) for earlier, later in itertools.pairwise(blocks)):
        return frame
    labels = titles if all(titles) and len(set(titles)) == len(titles) else [f"table {k}" for k in range(1, len(blocks) + 1)]
    stacked = pd.concat(blocks, ignore_index=True).fillna("").astype("str")
    if BLOCK_COLUMN in stacked.columns:
        return frame
    stacked[BLOCK_COLUMN] = np.repeat(np.array([clean_name(label) for label in labels], dtype=object), list(map(len, blocks)))
    stacked[BLOCK_COLUMN] = stacked[BLOCK_COLUMN].astype("str")
    why = "A header comes again over rows with the same first cells, or of another form; the line above each names its block."
    notes.guess("blocks", listing(labels), why)
    notes.warn(f"The file holds {len(blocks)} tables under each other ({listing(labels)}); each was read on its own.")
    return stacked


def _headers(frame: pd.DataFrame, header: Sequence[str]) -> list[int]:
    """The rows that are headers of later blocks."""
    if not any(header) or frame.shape[1] < 2:
        return []
    alike = np.flatnonzero((frame.iloc[:, 0] == header[0]).to_numpy(bool))
    if not header[0]:  # without a name for the first column the other names must all come again
        again = (frame.iloc[:, 1:] == list(header[1:])).all(axis=1).to_numpy(bool)
        alike = alike[again[alike]]
    found = []
    for row in alike:
        cells = [str(cell) for cell in frame.iloc[int(row)] if cell]
        if len(cells) > 1 and not any(is_missing(cell) or _is_value(cell) for cell in cells):
            found.append(int(row))
    return found if len(found) < len(frame) // 4 else []


def _is_value(cell: str) -> bool:
    return is_number(cell) or looks_like_time(cell)


def _repeats(later: pd.DataFrame, earlier: pd.DataFrame) -> bool:
    """Whether a block has rows, and most of its first cells are those of the block above."""
    return len(later) > 1 and len(earlier) > 1 and float(later.iloc[:, 0].isin(set(earlier.iloc[:, 0])).mean()) >= _SHARED


def _differs(later: pd.DataFrame, earlier: pd.DataFrame) -> bool:
    """Whether most first cells of two blocks are moments of another form, such as years below months."""
    forms = []
    for block in (later, earlier):
        cells = block.iloc[:, 0].map(lambda cell: re.sub(r"\d", "9", cell) if is_period(cell) or _PACKED.match(cell) else "")
        counts = cells.value_counts()
        if not len(counts) or counts.iloc[0] < _SHARED * len(cells) or not counts.index[0]:
            return False
        forms.append(str(counts.index[0]))
    return len(set(forms)) > 1
