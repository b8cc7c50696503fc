"""The database: tables, version, migrations.

SQLite is the truth. Whatever else lies in the folder can be rebuilt from it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

from retrieval.clock import moment_of
from retrieval.errors import SchemaTooNew, StoreDamaged

DATABASE = "episodes.sqlite"
SCHEMA_VERSION = 2

_TABLES = (
    """CREATE TABLE episode (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        owner TEXT NOT NULL,
        collection TEXT NOT NULL,
        series TEXT NOT NULL,
        source TEXT NOT NULL,
        start_time TEXT NOT NULL,
        end_time TEXT NOT NULL,
        clock TEXT NOT NULL CHECK (clock IN ('zoned', 'local', 'row')),
        start_ticks INTEGER NOT NULL,
        end_ticks INTEGER NOT NULL,
        position INTEGER NOT NULL,
        frequency TEXT,
        description TEXT NOT NULL,
        series_values BLOB NOT NULL,
        following_values BLOB NOT NULL,
        following_ticks BLOB NOT NULL
    ) STRICT""",
    "CREATE INDEX episode_by_owner ON episode (owner, collection)",
    # A further kind of embedding is a further space: rows, not columns.
    "CREATE TABLE space (name TEXT PRIMARY KEY, model TEXT NOT NULL, revision TEXT NOT NULL, dimension INTEGER NOT NULL) STRICT",
    """CREATE TABLE vector (
        space TEXT NOT NULL REFERENCES space (name),
        episode INTEGER NOT NULL REFERENCES episode (id) ON DELETE CASCADE,
        data BLOB NOT NULL,
        PRIMARY KEY (episode, space)
    ) STRICT""",
    # What changed since the snapshots, in order: replayed over a snapshot, trimmed when one is written.
    "CREATE TABLE change (seq INTEGER PRIMARY KEY AUTOINCREMENT, episode INTEGER NOT NULL) STRICT",
    """CREATE TABLE snapshot (
        space TEXT PRIMARY KEY REFERENCES space (name),
        file TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        seq INTEGER NOT NULL,
        vectors INTEGER NOT NULL
    ) STRICT""",
)


def _clock_instead_of_dated(connection: sqlite3.Connection) -> None:
    """1 → 2: `dated` (0 or 1) becomes `clock`, which also tells times with an offset from times without."""
    connection.execute(
        "ALTER TABLE episode ADD COLUMN clock TEXT NOT NULL DEFAULT 'row' CHECK (clock IN ('zoned', 'local', 'row'))"
    )
    rows = connection.execute("SELECT id, start_time FROM episode WHERE dated = 1").fetchall()
    connection.executemany("UPDATE episode SET clock = ? WHERE id = ?", [(moment_of(start).kind, key) for key, start in rows])
    connection.execute("ALTER TABLE episode DROP COLUMN dated")


_MIGRATIONS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _clock_instead_of_dated}
"""From version → the step to the next one; each runs inside a transaction."""


def connect(path: Path, *, writable: bool) -> sqlite3.Connection:
    """An open connection with the durability settings; it is shared by threads under the store's lock.

    Errors: StoreDamaged where the file is no database; sqlite3.Error where it cannot be opened.
    """
    mode = "rwc" if writable else "rw"
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    connection = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=30.0)
    try:
        if writable:
            connection.execute("PRAGMA journal_mode = WAL")
        else:
            connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        # What a user deletes is overwritten, not only unlinked from its page.
        connection.execute("PRAGMA secure_delete = ON")
        version_of(connection)
    except sqlite3.DatabaseError as error:
        connection.close()
        if isinstance(error, sqlite3.OperationalError):
            raise
        raise damaged(path, error) from error
    return connection


def damaged(path: Path, error: Exception) -> StoreDamaged:
    """The error for a database that SQLite cannot read."""
    return StoreDamaged(f"Expected an SQLite database at {path.name}, found: {error}. Restore the store from a backup.")


def version_of(connection: sqlite3.Connection) -> int:
    """The schema version; 0 for a new database."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def check_version(connection: sqlite3.Connection) -> int:
    """The schema version.

    Errors: SchemaTooNew where it is newer than this code.
    """
    version = version_of(connection)
    if version > SCHEMA_VERSION:
        raise SchemaTooNew(
            f"Expected an episode store of schema {SCHEMA_VERSION} or older, found {version}: a newer version wrote it. "
            "Update tidings, or use another folder."
        )
    return version


def migrate(connection: sqlite3.Connection) -> int:
    """Bring the schema to the current version, one transaction a step; returns the version found.

    Errors: SchemaTooNew; sqlite3.Error, after which the last finished step stands.
    """
    found = version = check_version(connection)
    while version < SCHEMA_VERSION:
        connection.execute("BEGIN IMMEDIATE")
        try:
            if version == 0:
                for statement in _TABLES:
                    connection.execute(statement)
                version = SCHEMA_VERSION
            else:
                _MIGRATIONS[version](connection)
                version += 1
            connection.execute(f"PRAGMA user_version = {version}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return found
