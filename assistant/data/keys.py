"""Which columns tell the series of a long table apart."""

from __future__ import annotations

import numpy as np
import pandas as pd

from assistant.data.columns import Column
from assistant.data.hints import can_be_key
from assistant.data.notes import clean_name
from assistant.errors import BadRequest

_REPEATED = 0.3  # of the times, from which on a table may be long
_JOINT = " · "


def find_keys(columns: list[Column], times: pd.DatetimeIndex, rows: np.ndarray, asked: str | None) -> list[Column]:
    """The fewest columns of words (or identifiers) that, with the time, make rows unique; none when times hardly repeat.

    columns: those that are neither time nor value. rows: positions with a time. asked: the user's choice.
    """
    if asked is not None:
        chosen = [column for column in columns if column.name == asked]
        if not chosen:
            raise BadRequest(f"Expected a column that names the series, found “{asked}”. Choose a column of words.")
        return chosen
    stamps = times[rows].asi8
    distinct_times = len(np.unique(stamps))
    if len(rows) - distinct_times < _REPEATED * len(rows):
        return []
    candidates = [c for c in columns if c.kind == "text" or (c.kind == "number" and can_be_key(c.name))]
    codes = {c.name: pd.factorize(c.text.iloc[rows])[0] for c in candidates if c.distinct > 1}
    chosen = minimal_keys([c for c in candidates if c.name in codes], codes, pd.factorize(stamps)[0])
    reached = _cells(np.unique(stamps, return_inverse=True)[1], [codes[c.name] for c in chosen])
    gained = reached - distinct_times
    return chosen if gained >= 0.5 * (len(rows) - distinct_times) else []


def minimal_keys(candidates: list[Column], codes: dict[str, np.ndarray], base: np.ndarray) -> list[Column]:
    """Greedily add the column that separates most rows, then drop what turned out to be implied by the others."""
    chosen: list[Column] = []
    reached = _cells(base, [])
    while True:
        gains = {c.name: _cells(base, [codes[k.name] for k in (*chosen, c)]) for c in candidates if c not in chosen}
        best = max(gains, key=lambda name: gains[name], default=None)
        if best is None or gains[best] <= reached:
            break
        reached = gains[best]
        chosen.append(next(c for c in candidates if c.name == best))
    for column in list(chosen):
        rest = [codes[k.name] for k in chosen if k is not column]
        if len(chosen) > 1 and _cells(base, rest) == reached:
            chosen.remove(column)
    return [c for c in candidates if c in chosen]


def _cells(base: np.ndarray, codes: list[np.ndarray]) -> int:
    """How many different combinations there are."""
    joined = base.astype(np.int64)
    for code in codes:
        joined = pd.factorize(joined * (int(code.max()) + 2) + code + 1)[0]
    return int(joined.max()) + 1 if len(joined) else 0


def key_names(keys: list[Column], rows: np.ndarray) -> tuple[np.ndarray, list[str]]:
    """(rows,) a code for each row, and the name that belongs to each code."""
    labels = keys[0].text.iloc[rows] if keys[0].kind == "text" else keys[0].name + " " + keys[0].text.iloc[rows]
    for column in keys[1:]:
        more = column.text.iloc[rows] if column.kind == "text" else column.name + " " + column.text.iloc[rows]
        labels = labels + _JOINT + more
    codes, names = pd.factorize(labels)
    return codes, [clean_name(name) or "unnamed" for name in names]
