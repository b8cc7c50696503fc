"""The checkpoints of turns under way: a database that holds nothing which could not be computed again.

Records keep what was asked and answered. A damaged checkpoint database is therefore moved aside, and the turns it held begin
again from their questions.
"""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from assistant.errors import StorageError
from assistant.graph import serializer

_LOG = logging.getLogger(__name__)
_COMPANIONS = ("", "-wal", "-shm", "-journal")


class _Damaged(Exception):
    """The file is no database, or not a whole one."""


@asynccontextmanager
async def open_checkpoints(path: Path) -> AsyncIterator[AsyncSqliteSaver]:
    """The saver on the database at `path`, created where missing and begun anew where damaged.

    Errors: StorageError where the file can be neither used nor replaced.
    """
    async with AsyncExitStack() as stack:
        try:
            try:
                saver = await _opened(path, stack)
            except _Damaged as damage:
                aside = _move_aside(path)
                _LOG.warning("the checkpoints at %s were damaged (%s); moved to %s, begun anew", path, damage, aside.name)
                saver = await _opened(path, stack)
        except (sqlite3.Error, OSError, _Damaged) as error:
            raise StorageError(
                f"The checkpoints at {path} cannot be read or written ({error}). "
                "Check that the disk has room and the folder is writable, or set TIDINGS_HOME to another folder."
            ) from error
        yield saver


async def _opened(path: Path, stack: AsyncExitStack) -> AsyncSqliteSaver:
    async with AsyncExitStack() as attempt:
        connection = await attempt.enter_async_context(aiosqlite.connect(path))
        saver = AsyncSqliteSaver(connection, serde=serializer())
        try:
            await saver.setup()
            await connection.execute("PRAGMA synchronous=FULL")
            async with connection.execute("PRAGMA quick_check(1)") as found:
                verdict = await found.fetchone()
        except sqlite3.DatabaseError as error:
            # The primary code is the low byte of SQLite's extended one.
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
                raise _Damaged(str(error)) from error
            raise
        if verdict is None or verdict[0] != "ok":
            raise _Damaged("it fails its integrity check")
        stack.push_async_exit(attempt.pop_all())
    return saver


def _move_aside(path: Path) -> Path:
    """Rename the database and its companions, which nothing deletes; returns the new path."""
    aside = path.with_name(f"{path.name}.damaged-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    for ending in _COMPANIONS:
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(aside.with_name(aside.name + ending))
    return aside
