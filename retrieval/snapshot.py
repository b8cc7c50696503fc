"""Snapshots of the vector indexes: derived files that spare a rebuild at the next start, and are never trusted unseen."""

from __future__ import annotations

import hashlib
import logging
import sqlite3
from collections.abc import Mapping
from pathlib import Path

from retrieval.errors import StoreDamaged
from retrieval.files import replace_atomically, sync_folder
from retrieval.index import FlatIndex, VectorIndex

_log = logging.getLogger(__name__)

_PATTERN = "*.faiss*"


def write(connection: sqlite3.Connection, folder: Path, indexes: Mapping[str, VectorIndex], seq: int) -> None:
    """Write each space's index as it is after change `seq`: file first, then its row, then the old files go.

    Errors: OSError, sqlite3.Error; the former snapshot then still stands.
    """
    rows = []
    for space, index in indexes.items():
        name = f"{space}-{seq}.faiss"
        rows.append((space, name, replace_atomically(folder / name, index.to_bytes()), seq, index.count))
    connection.execute("BEGIN IMMEDIATE")
    try:
        connection.executemany("INSERT OR REPLACE INTO snapshot (space, file, sha256, seq, vectors) VALUES (?, ?, ?, ?, ?)", rows)
        connection.execute("DELETE FROM change WHERE seq <= ?", (seq,))
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    remove_orphans(connection, folder)


def read(connection: sqlite3.Connection, folder: Path, space: str, dim: int) -> tuple[FlatIndex, int] | None:
    """The index of a space and the change it stands at, or None where there is no sound snapshot (a warning says why)."""
    row = connection.execute("SELECT file, sha256, seq, vectors FROM snapshot WHERE space = ?", (space,)).fetchone()
    if row is None:
        return None
    name, expected, seq, count = row
    try:
        data = (folder / name).read_bytes()
        if hashlib.sha256(data).hexdigest() != expected:
            raise StoreDamaged(f"its checksum differs from the recorded one ({len(data)} bytes)")
        index = FlatIndex.from_bytes(data, dim)
        if index.count != count:
            raise StoreDamaged(f"it holds {index.count} vectors instead of {count}")
    except (OSError, StoreDamaged) as error:
        _log.warning("The snapshot %s cannot be used: %s. The index is rebuilt from the database; nothing is lost.", name, error)
        return None
    return index, int(seq)


def forget(connection: sqlite3.Connection) -> None:
    """Drop the snapshots' rows, inside the caller's transaction; `remove_orphans` after it removes the files."""
    connection.execute("DELETE FROM snapshot")


def remove_orphans(connection: sqlite3.Connection, folder: Path) -> None:
    """Remove index files that no row names: older ones, half-written ones, ones that hold deleted vectors."""
    named = {file for (file,) in connection.execute("SELECT file FROM snapshot")}
    orphans = [path for path in folder.glob(_PATTERN) if path.name not in named]
    for path in orphans:
        path.unlink(missing_ok=True)
    if orphans:
        sync_folder(folder)
