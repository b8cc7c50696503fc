"""Backups: a consistent copy of the database; the indexes are rebuilt from it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from retrieval.errors import StoreFailure
from retrieval.files import WriterLock, sync_file, sync_folder
from retrieval.schema import DATABASE, check_version, connect, damaged


def copy_database(source: sqlite3.Connection, folder: Path) -> Path:
    """Copy a database into `folder` so that a crash leaves the former copy or the new one; returns its path.

    Errors: OSError, sqlite3.Error.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary, target = folder / (DATABASE + ".tmp"), folder / DATABASE
    temporary.unlink(missing_ok=True)
    with closing(sqlite3.connect(temporary)) as copy:
        source.backup(copy)
        # One file, without a log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
    sync_file(temporary)
    os.replace(temporary, target)
    sync_folder(folder)
    return target


def restore_database(backup: Path, folder: Path) -> None:
    """Copy the database of the folder `backup` into `folder`, which must not hold one.

    Errors: StoreFailure where there is no backup or a store is in the way; StoreDamaged; SchemaTooNew; StoreBusy.
    """
    source_path = backup / DATABASE
    if not source_path.is_file():
        raise StoreFailure(f"Expected a backup with {DATABASE} in {backup.name!r}, found none. Name the folder of a backup.")
    folder.mkdir(parents=True, exist_ok=True)
    lock = WriterLock(folder)
    try:
        if (folder / DATABASE).exists():
            raise StoreFailure(f"Expected a folder without an episode store, found one in {folder.name!r}. Restore into another.")
        with closing(connect(source_path, writable=False)) as source:
            check_version(source)
            problems = [row[0] for row in source.execute("PRAGMA integrity_check")]
            if problems != ["ok"]:
                raise damaged(source_path, ValueError("; ".join(map(str, problems[:3]))))
            copy_database(source, folder)
    finally:
        lock.release()
