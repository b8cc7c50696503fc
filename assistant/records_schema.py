"""The layout of records.db as ordered migrations: entry n takes a database from version n to n + 1.

An entry that shipped is never edited; a change of the layout is a new entry.
"""

from __future__ import annotations

import sqlite3

from assistant.errors import StorageError

MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE owner (id TEXT PRIMARY KEY, created TEXT NOT NULL) STRICT",
        """CREATE TABLE session (
            id TEXT PRIMARY KEY,
            owner TEXT NOT NULL REFERENCES owner (id) ON DELETE CASCADE,
            title TEXT NOT NULL,
            created TEXT NOT NULL,
            updated TEXT NOT NULL,
            schema INTEGER NOT NULL
        ) STRICT""",
        "CREATE INDEX session_by_owner ON session (owner, updated)",
        """CREATE TABLE upload (
            session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            id TEXT NOT NULL,
            name TEXT NOT NULL,
            bytes INTEGER NOT NULL CHECK (bytes >= 0),
            sha256 TEXT NOT NULL,
            options TEXT NOT NULL,
            series TEXT NOT NULL,
            added TEXT NOT NULL,
            PRIMARY KEY (session, id)
        ) STRICT""",
        """CREATE TABLE turn (
            id INTEGER PRIMARY KEY AUTOINCREMENT,
            session TEXT NOT NULL REFERENCES session (id) ON DELETE CASCADE,
            position INTEGER NOT NULL,
            question TEXT NOT NULL,
            answer TEXT,
            state TEXT NOT NULL CHECK (state IN ('pending', 'answered', 'failed', 'awaiting')),
            created TEXT NOT NULL,
            UNIQUE (session, position)
        ) STRICT""",
    ),
    (
        "ALTER TABLE turn ADD COLUMN error TEXT",
        "ALTER TABLE turn ADD COLUMN finished TEXT",
        "CREATE INDEX turn_unfinished ON turn (id) WHERE state = 'pending'",
    ),
    ("ALTER TABLE upload ADD COLUMN notes TEXT NOT NULL DEFAULT '{}'",),
)
VERSION = len(MIGRATIONS)


def migrate(connection: sqlite3.Connection) -> None:
    """Bring an open database (autocommit mode) to `VERSION`, all or nothing. Errors: StorageError where it is newer."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        found: int = connection.execute("PRAGMA user_version").fetchone()[0]
        if found > VERSION:
            raise StorageError(
                f"The records were written by a newer release (layout {found}; this one knows up to {VERSION}). "
                "Install that release, or set TIDINGS_HOME to another folder."
            )
        for statements in MIGRATIONS[found:]:
            for statement in statements:
                connection.execute(statement)
        if found < VERSION:
            connection.execute(f"PRAGMA user_version = {VERSION}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
