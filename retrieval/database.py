"""The database and the indexes derived from it, kept in step.

Every change is committed to SQLite first and then applied to the indexes from the record of changes, in one way for all:
the writer after its own commit, a reader before each search, and an opening after a crash.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from retrieval import records, schema, snapshot
from retrieval.episode import Episode
from retrieval.errors import EmbeddingModelChanged, InvalidVector, ReadOnly, StoreDamaged, StoreFailure
from retrieval.files import WriterLock
from retrieval.index import FlatIndex, Vectors

_log = logging.getLogger(__name__)

_SNAPSHOT_AFTER = 2_000
_REEMBED_BATCH = 256

Embed = Callable[[Sequence[Episode]], Mapping[str, Vectors]]


class Model(Protocol):
    """What identifies the vectors of a space."""

    @property
    def name(self) -> str:
        """Name of the model."""

    @property
    def revision(self) -> str:
        """Changes whenever the vectors of the same input change."""

    @property
    def dim(self) -> int:
        """Size of a vector."""


class IndexedDatabase:
    """A folder's database with one index a space (a kind of embedding).

    models: space → the model of its vectors. embed: episodes → their vectors in each space; used only to compute stored
    vectors anew where `reembed` allows it and the models changed.

    Errors: StoreBusy, SchemaTooNew, StoreDamaged, EmbeddingModelChanged, StoreFailure at opening.
    """

    def __init__(
        self, folder: Path, models: Mapping[str, Model], embed: Embed, *, writable: bool, wait_seconds: float, reembed: bool
    ) -> None:
        self.folder = folder
        self.indexes: dict[str, FlatIndex] = {}
        self.lock = threading.RLock()
        self._models = models
        self._writable = writable
        self._applied: dict[str, int] = {}
        self._snapshot_seq = 0
        self._has_snapshot = False
        if writable:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        elif not (folder / schema.DATABASE).exists():
            raise StoreFailure(f"Expected an episode store in {folder.name!r}, found none. Open it with mode='write' first.")
        self._writer_lock = WriterLock(folder, wait_seconds) if writable else None
        self._opened: sqlite3.Connection | None = None
        try:
            with translated_failures(folder):
                self._opened = schema.connect(folder / schema.DATABASE, writable=writable)
                self._open(embed, reembed)
        except BaseException:
            self._release()
            raise

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection; to be used under the lock. Errors: StoreFailure after `close`."""
        if self._opened is None:
            raise StoreFailure("Expected an open store, found a closed one. Open it again.")
        return self._opened

    def check_writable(self) -> None:
        """Errors: ReadOnly where the store was opened for reading."""
        if not self._writable:
            raise ReadOnly("Expected a store opened for writing, found one opened with mode='read'. Open it with mode='write'.")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction under the lock; the indexes follow once it is durable. Errors: StoreFailure, rolled back."""
        with self.lock, translated_failures(self.folder):
            with self._transaction() as connection:
                yield connection
            self._catch_up(connection)

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the database under the lock, with the indexes brought up to it. Errors: StoreFailure."""
        with self.lock, translated_failures(self.folder):
            connection = self.connection
            connection.execute("BEGIN")
            try:
                self._catch_up(connection)
                yield connection
            finally:
                connection.execute("COMMIT")

    def snapshot(self) -> None:
        """Write the indexes down. Errors: ReadOnly, StoreFailure."""
        self.check_writable()
        with self.lock, translated_failures(self.folder):
            self._catch_up(self.connection)
            seq = records.last_seq(self.connection)
            snapshot.write(self.connection, self.folder, self.indexes, seq)
            self._snapshot_seq, self._has_snapshot = seq, True

    def snapshot_if_due(self) -> None:
        """Write the indexes down where so much has changed that replaying it would take long."""
        with self.lock:
            if self._opened is None:  # closed by another thread since the change
                return
            behind = records.last_seq(self.connection) - self._snapshot_seq
            if behind >= max(_SNAPSHOT_AFTER, *(index.count // 2 for index in self.indexes.values())):
                self._snapshot_or_warn()

    def wipe_deleted(self) -> None:
        """Remove what was deleted from the files beside the database: forgotten snapshots and the log."""
        with self.lock:
            self._has_snapshot = False
            try:
                snapshot.remove_orphans(self.connection, self.folder)
                # A reader in the middle of a search puts this off until the next deletion or closing.
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except (OSError, sqlite3.Error):
                _log.warning("Deleted episodes are not wiped from all files yet; it is tried again.", exc_info=True)

    def close(self) -> None:
        """Write a snapshot where something changed, and let go of the folder. May be called twice."""
        with self.lock:
            if self._opened is None:
                return
            try:
                seq = records.last_seq(self._opened)
                if self._writable and seq > 0 and (seq > self._snapshot_seq or not self._has_snapshot):
                    self._snapshot_or_warn()
            finally:
                self._release()

    def _open(self, embed: Embed, reembed: bool) -> None:
        connection = self.connection
        if self._writable:
            schema.migrate(connection)
        elif schema.check_version(connection) != schema.SCHEMA_VERSION:
            raise StoreFailure("Expected a store of the current schema, found an older one. Open it with mode='write' once.")
        changed = self._changed_models(connection)
        if changed and reembed:
            self.check_writable()
            self._reembed(embed)
        elif changed:
            raise EmbeddingModelChanged(
                f"Expected the embedding model that the vectors were made with, found another one ({'; '.join(changed)}). "
                "Use that model, or open the store once with when_model_changed='reembed'."
            )
        for space, model in self._models.items():
            stored = snapshot.read(connection, self.folder, space, model.dim)
            if stored is not None:
                self.indexes[space], self._applied[space] = stored
                self._snapshot_seq = stored[1]
        self._has_snapshot = len(self.indexes) == len(self._models)
        with self.reading():
            _log.debug("opened %s at change %s", self.folder.name, self._applied)
        if self._writable:
            snapshot.remove_orphans(connection, self.folder)

    def _changed_models(self, connection: sqlite3.Connection) -> list[str]:
        """In words, the spaces whose stored vectors come from another model; new spaces are entered (by the writer)."""
        known = {row[0]: row[1:] for row in connection.execute("SELECT name, model, revision, dimension FROM space")}
        changed = []
        for space, model in self._models.items():
            given = (model.name, model.revision, model.dim)
            if space not in known and self._writable:
                connection.execute("INSERT INTO space VALUES (?, ?, ?, ?)", (space, *given))
            elif space in known and known[space] != given:
                changed.append(f"{space}: stored {_in_words(known[space])}, given {_in_words(given)}")
        return changed

    def _reembed(self, embed: Embed) -> None:
        """Compute every vector anew, in one transaction: a crash leaves the old ones."""
        with self._transaction() as connection:
            ids = [key for (key,) in connection.execute("SELECT id FROM episode ORDER BY id")]
            _log.info("computing the vectors of %d episodes anew", len(ids))
            for space, model in self._models.items():
                connection.execute(
                    "UPDATE space SET model = ?, revision = ?, dimension = ? WHERE name = ?",
                    (model.name, model.revision, model.dim, space),
                )
            for begin in range(0, len(ids), _REEMBED_BATCH):
                part = records.episodes_of(connection, ids[begin : begin + _REEMBED_BATCH])
                records.replace_vectors(connection, list(part), embed(list(part.values())))
            records.record_changes(connection, ids)
            snapshot.forget(connection)

    def _catch_up(self, connection: sqlite3.Connection) -> None:
        """Bring the indexes to the database's last change; the caller holds the lock."""
        current = records.last_seq(connection)
        for space, model in self._models.items():
            applied = self._applied.get(space)
            if applied == current:
                continue
            if self._changed_models(connection):
                raise EmbeddingModelChanged("Expected unchanged embedding models, found new ones in the store. Open it again.")
            index = self.indexes.get(space)
            touched = None if applied is None else records.changes_since(connection, applied)
            if index is None or touched is None:
                index, touched = FlatIndex(model.dim), None
            try:
                if touched is not None:
                    index.remove(touched)
                for ids, vectors in records.vectors_of(connection, space, model.dim, touched):
                    index.upsert(ids, vectors)
            except (ValueError, InvalidVector) as error:
                raise StoreDamaged(
                    f"Expected sound {space} vectors in the database, found: {error}. Restore the store from a backup."
                ) from error
            self.indexes[space], self._applied[space] = index, current

    def _snapshot_or_warn(self) -> None:
        """A snapshot saves time and nothing else: what was asked for has succeeded even where this fails."""
        try:
            self.snapshot()
        except StoreFailure as error:
            _log.warning("No snapshot was written: %s The next start rebuilds the index.", error)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        connection = self.connection
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def _release(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None
        if self._writer_lock is not None:
            self._writer_lock.release()


@contextmanager
def translated_failures(folder: Path) -> Iterator[None]:
    """Errors of SQLite and the operating system as this package's own."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise StoreFailure(
            f"Expected to use the episode store {folder.name!r}, found: {error}. Check disk and rights."
        ) from error
    except sqlite3.DatabaseError as error:
        raise schema.damaged(folder / schema.DATABASE, error) from error
    except OSError as error:
        raise StoreFailure(f"Expected to use the folder {folder.name!r}, found: {error}. Check disk and rights.") from error


def _in_words(model: Sequence[object]) -> str:
    name, revision, dimension = model
    return f"{name} {revision} ({dimension} dimensions)"
