"""Which columns tell the series of a long table apart."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from assistant.data.coded_keys import code_columns
from assistant.data.columns import Column
from assistant.data.hints import can_be_key, is_narrower_name
from assistant.data.notes import clean_name
from assistant.errors import BadRequest

_REPEATED = 0.3  # of the times, from which on a table may be long
_SELDOM = 0.02  # of the times, below which repeats are slips
_ROWS_EACH = 3  # rows of a block at least, on average
NO_COLUMN = "none"  # the user's word that no column names the series
_JOINT = " · "
_CODE = re.compile(r"(?:^|[^a-z])(?:id|ids|code|uuid|guid|key|iso|fips|zip|zipcode|plz|vector|dguid)$")


def find_keys(
    columns: list[Column], times: pd.DatetimeIndex, rows: np.ndarray, asked: str | None, beside: Column | None = None
) -> list[Column]:
    """The fewest columns of words (or identifiers) that, with the time, make rows unique; none when times hardly repeat.

    columns: those that are neither time nor value. rows: positions with a time. asked: the user's choice.
    beside: a column that parts the rows in any case; the keys found come on top of it.
    """
    if asked == NO_COLUMN:
        return []
    if asked is not None:
        chosen = [column for column in columns if column.name == asked]
        chosen = chosen or [column for part in asked.split(_JOINT) for column in columns if column.name == part]
        if not chosen:
            raise BadRequest(f"Expected a column that names the series, found “{asked}”. Choose a column of words.")
        return chosen
    stamps = times[rows].asi8
    if beside is not None:
        stamps = np.unique(stamps, return_inverse=True)[1] + pd.factorize(beside.text.iloc[rows])[0] * (len(rows) + 1)
    if is_ordered(stamps):
        return []
    base = pd.factorize(stamps)[0]
    distinct_times = len(np.unique(stamps))
    repeated = len(rows) - distinct_times
    candidates = [c for c in columns if c.kind == "text" or (c.kind == "number" and can_be_key(c.name))]
    codes = {c.name: pd.factorize(c.text.iloc[rows])[0] for c in candidates if c.distinct > 1}
    usable = [c for c in candidates if c.name in codes]
    chosen = _worded(usable, codes, base)
    reached = cells_of(base, [codes[c.name] for c in chosen])
    coded = [c for c in code_columns(columns, times) if c not in usable] if reached < len(rows) else []
    if coded:
        usable, codes = [*usable, *coded], codes | {c.name: pd.factorize(c.text.iloc[rows])[0] for c in coded}
        chosen = minimal_keys(usable, codes, base)
        reached = cells_of(base, [codes[c.name] for c in chosen])
    if repeated < _REPEATED * len(rows):  # few repeats: only words that stand in blocks and leave no repeat are believed
        in_blocks = len(chosen) == 1 and int(np.count_nonzero(np.diff(codes[chosen[0].name]))) + 1 == chosen[0].distinct
        if repeated < _SELDOM * len(rows):
            return _blocks_of(usable, codes, stamps)
        return chosen if in_blocks and reached == len(rows) else []
    return chosen if reached - distinct_times >= 0.5 * repeated else []


def kept_apart(keys: list[Column], column: Column, rows: np.ndarray) -> bool:
    """Whether keys part the rows at least as finely as a column does."""
    one = np.zeros(len(rows), dtype=np.int64)
    codes = [pd.factorize(key.text.iloc[rows])[0] for key in keys]
    return cells_of(one, codes) == cells_of(one, [*codes, pd.factorize(column.text.iloc[rows])[0]])


def is_ordered(stamps: np.ndarray) -> bool:
    """Whether times rise or fall from row to row, so that none occurs twice."""
    steps = np.diff(stamps)
    return bool((steps > 0).all() or (steps < 0).all())


def _blocks_of(candidates: list[Column], codes: dict[str, np.ndarray], stamps: np.ndarray) -> list[Column]:
    """Words in blocks: the times are in order within each and begin anew between them, or the name is one of a key."""
    back = set((np.flatnonzero(np.diff(stamps) < 0) + 1).tolist())
    for column in candidates:
        borders = set((np.flatnonzero(np.diff(codes[column.name])) + 1).tolist())
        blocks = len(borders) + 1 == column.distinct and column.kind == "text" and len(stamps) >= _ROWS_EACH * column.distinct
        if blocks and (borders == back or can_be_key(column.name)):
            return [column]
    return []


def _worded(candidates: list[Column], codes: dict[str, np.ndarray], base: np.ndarray) -> list[Column]:
    """The keys, in words rather than in codes where both tell the same rows apart."""
    words = [c for c in candidates if not _is_code(c)]
    chosen = minimal_keys(candidates, codes, base)
    if len(words) == len(candidates) or not words:
        return chosen
    named = minimal_keys(words, codes, base)
    same = cells_of(base, [codes[c.name] for c in named]) == cells_of(base, [codes[c.name] for c in chosen])
    return named if same else chosen


def _is_code(column: Column) -> bool:
    """Whether cells are codes for a machine: a name that says so, or letters and digits without a word."""
    if column.kind != "text":
        return True
    cells = [str(cell) for cell in column.text.drop_duplicates().head(20) if cell]
    coded = sum(bool(re.search(r"\d{3,}", cell)) and " " not in cell for cell in cells)
    return bool(_CODE.search(column.name.casefold())) or coded > 0.5 * len(cells)


def minimal_keys(candidates: list[Column], codes: dict[str, np.ndarray], base: np.ndarray) -> list[Column]:
    """Greedily add the column that separates most rows, then drop what turned out to be implied by the others."""
    chosen: list[Column] = []
    reached = cells_of(base, [])
    while True:
        gains = {c.name: cells_of(base, [codes[k.name] for k in (*chosen, c)]) for c in candidates if c not in chosen}
        best = max(gains, key=lambda name: gains[name], default=None)
        if best is None or gains[best] <= reached:
            break
        reached = gains[best]
        chosen.append(next(c for c in candidates if c.name == best))
    for column in list(chosen):
        rest = [codes[k.name] for k in chosen if k is not column]
        if len(chosen) > 1 and cells_of(base, rest) == reached:
            chosen.remove(column)
    return [_narrowest(c, [o for o in candidates if o not in chosen], codes) for c in candidates if c in chosen]


def _narrowest(column: Column, others: list[Column], codes: dict[str, np.ndarray]) -> Column:
    """A column, or the one that names narrower groups and tells the very same rows apart: the location for the continent."""
    own = codes[column.name]
    for other in others:
        beside = codes[other.name]
        both = cells_of(np.zeros(len(own), dtype=np.int64), [own, beside])
        if both == own.max() + 1 == beside.max() + 1 and is_narrower_name(other.name, column.name):
            column = other
    return column


def cells_of(base: np.ndarray, codes: list[np.ndarray]) -> int:
    """How many different combinations of codes (rows,) there are."""
    joined = base.astype(np.int64)
    for code in codes:
        joined = pd.factorize(joined * (int(code.max()) + 2) + code + 1)[0]
    return int(joined.max()) + 1 if len(joined) else 0


def key_names(keys: list[Column], rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """(rows,) a code for each row, and the name that belongs to each code."""
    codes = np.zeros(len(rows), dtype=np.int64)
    for column in keys:
        own = pd.factorize(column.text.iloc[rows])[0]
        codes = pd.factorize(codes * (int(own.max()) + 2) + own + 1)[0]
    firsts = np.unique(codes, return_index=True)[1]
    names = []
    for row in rows[firsts]:
        cells = [(column, str(column.text.iloc[row])) for column in keys]
        parts = [cell if column.kind == "text" else f"{column.name} {cell}" for column, cell in cells if cell]
        names.append(clean_name(_JOINT.join(parts)) or "unnamed")
    return codes, names


def named_fully(keys: list[Column], spare: list[Column], rows: np.ndarray) -> list[Column]:
    """The keys, with a further column of words where some rows would have no name at all."""
    for column in spare:
        blank = np.logical_and.reduce([key.text.iloc[rows].eq("").to_numpy(bool) for key in keys])
        if not keys or not blank.any():
            break
        if column.kind == "text" and column not in keys and column.text.iloc[rows][blank].ne("").all():
            keys = [column, *keys]
    return keys
