"""Episodes and vectors as rows, and the other way round."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from retrieval.episode import Episode
from retrieval.index import Ids, Vectors

_COLUMNS = (
    "id, owner, collection, series, source, start_time, end_time, position, frequency, description, "
    "series_values, following_values, following_ticks"
)
_BATCH = 500
"""Ids in one IN (…), below SQLite's limit on variables."""

Row = tuple[int, str, str, str, str, str, str, int, str | None, str, bytes, bytes, bytes]


def insert(connection: sqlite3.Connection, episode: Episode, owner: str, vectors: Mapping[str, Vectors]) -> int:
    """Insert an episode and its vector in each space; returns the new id."""
    first, last = episode.span
    cursor = connection.execute(
        "INSERT INTO episode (owner, collection, series, source, start_time, end_time, clock, start_ticks, end_ticks, position, "
        "frequency, description, series_values, following_values, following_ticks) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            owner,
            episode.collection,
            episode.series,
            episode.source,
            episode.start,
            episode.end,
            first.kind,
            first.ticks,
            last.ticks,
            episode.position,
            episode.frequency,
            episode.text,
            episode.values.astype("<f8").tobytes(),
            episode.following.astype("<f8").tobytes(),
            episode.following_ticks.astype("<i8").tobytes(),
        ),
    )
    key = int(cursor.lastrowid or 0)
    connection.executemany(
        "INSERT INTO vector (space, episode, data) VALUES (?, ?, ?)",
        [(space, key, vector.astype("<f4").tobytes()) for space, vector in vectors.items()],
    )
    return key


def remove(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Delete episodes with their vectors."""
    connection.executemany("DELETE FROM episode WHERE id = ?", [(key,) for key in ids])


def record_changes(connection: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Note that these episodes came, changed or went."""
    connection.executemany("INSERT INTO change (episode) VALUES (?)", [(key,) for key in ids])


def last_seq(connection: sqlite3.Connection) -> int:
    """The number of the last change ever made; 0 before the first."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'change'").fetchone()
    return int(row[0]) if row else 0


def changes_since(connection: sqlite3.Connection, seq: int) -> Ids | None:
    """(n,) int64 distinct ids touched after `seq`, or None where the record of them has been trimmed."""
    rows = connection.execute("SELECT episode FROM change WHERE seq > ?", (seq,)).fetchall()
    if len(rows) != last_seq(connection) - seq:
        return None
    return np.unique(np.array([key for (key,) in rows], dtype=np.int64))


def vectors_of(connection: sqlite3.Connection, space: str, dim: int, ids: Ids | None = None) -> Iterator[tuple[Ids, Vectors]]:
    """Vectors of one space in batches, (batch,) ids and (batch, dim) float32; of all episodes, or of `ids` that still exist.

    Errors: ValueError where a stored vector has another size.
    """
    if ids is None:
        cursor = connection.execute("SELECT episode, data FROM vector WHERE space = ? ORDER BY episode", (space,))
        while rows := cursor.fetchmany(10 * _BATCH):
            yield _stack(rows, dim)
        return
    for part in _batches(ids.tolist()):
        rows = connection.execute(
            f"SELECT episode, data FROM vector WHERE space = ? AND episode IN ({_marks(part)}) ORDER BY episode", (space, *part)
        ).fetchall()
        if rows:
            yield _stack(rows, dim)


def episodes_of(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, Episode]:
    """The episodes of these ids that exist."""
    found: dict[int, Episode] = {}
    for part in _batches(ids):
        for row in connection.execute(f"SELECT {_COLUMNS} FROM episode WHERE id IN ({_marks(part)})", part):
            found[row[0]] = _episode(row)
    return found


def replace_vectors(connection: sqlite3.Connection, ids: Sequence[int], vectors: Mapping[str, Vectors]) -> None:
    """Put new vectors, space → (batch, dim), in the place of the stored ones."""
    for space, rows in vectors.items():
        connection.executemany(
            "UPDATE vector SET data = ? WHERE space = ? AND episode = ?",
            [(vector.astype("<f4").tobytes(), space, key) for key, vector in zip(ids, rows, strict=True)],
        )


def owners_of(connection: sqlite3.Connection, ids: Sequence[int]) -> dict[int, str]:
    """id → owner, for the ids that exist."""
    found: dict[int, str] = {}
    for part in _batches(ids):
        found.update(connection.execute(f"SELECT id, owner FROM episode WHERE id IN ({_marks(part)})", part))
    return found


def ids_of(connection: sqlite3.Connection, owner: str, collection: str | None = None) -> list[int]:
    """The ids of an owner's episodes, of one collection where given."""
    rows = connection.execute(
        "SELECT id FROM episode WHERE owner = ? AND (? IS NULL OR collection = ?) ORDER BY id", (owner, collection, collection)
    )
    return [key for (key,) in rows]


def collections_of(connection: sqlite3.Connection, owner: str) -> dict[str, int]:
    """An owner's collections by name, with their numbers of episodes."""
    query = "SELECT collection, count(*) FROM episode WHERE owner = ? GROUP BY collection ORDER BY collection"
    return {str(name): int(number) for name, number in connection.execute(query, (owner,))}


def count(connection: sqlite3.Connection, owner: str | None = None) -> int:
    """How many episodes there are, of one owner where given."""
    return int(connection.execute("SELECT count(*) FROM episode WHERE ? IS NULL OR owner = ?", (owner, owner)).fetchone()[0])


def _episode(row: Row) -> Episode:
    return Episode(
        id=row[0],
        owner=row[1],
        collection=row[2],
        series=row[3],
        source=row[4],
        start=row[5],
        end=row[6],
        position=row[7],
        frequency=row[8],
        text=row[9],
        values=_floats(row[10]),
        following=_floats(row[11]),
        following_ticks=np.frombuffer(row[12], dtype="<i8").astype(np.int64),
    )


def _floats(data: bytes) -> NDArray[np.float64]:
    return np.frombuffer(data, dtype="<f8").astype(np.float64)


def _stack(rows: Sequence[tuple[int, bytes]], dim: int) -> tuple[Ids, Vectors]:
    ids = np.array([key for key, _ in rows], dtype=np.int64)
    flat = np.frombuffer(b"".join(data for _, data in rows), dtype="<f4")
    return ids, flat.reshape(len(rows), dim).astype(np.float32)


def _marks(part: Sequence[int]) -> str:
    return ", ".join("?" * len(part))


def _batches(ids: Iterable[int]) -> Iterator[list[int]]:
    source = iter(ids)
    while part := list(islice(source, _BATCH)):
        yield part
