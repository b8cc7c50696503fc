"""Records: who has which sessions, what was uploaded, asked and answered. SQLite is the truth, durable at each return."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.data.series import ReadOptions, SeriesRef
from assistant.errors import AccessDenied, NotFound, QuotaExceeded, StorageError
from assistant.events import Answer
from assistant.records_rows import SessionRecord, TurnRecord, TurnState, UploadRecord, turn_of, upload_of
from assistant.records_schema import migrate
from assistant.settings import Settings

SESSION_SCHEMA = 1
_TITLE_CHARACTERS = 120
_NAME_CHARACTERS = 120


@dataclass(frozen=True)
class Quotas:
    """What one owner may keep. upload_bytes over all sessions."""

    upload_bytes: int = 2_000_000_000
    files_per_session: int = 50
    sessions: int = 200

    @classmethod
    def of(cls, settings: Settings) -> Quotas:
        """The quotas that the settings name."""
        return cls(settings.upload_bytes_per_user, settings.files_per_session, settings.sessions_per_user)


_TURN = """SELECT turn.id, turn.session, session.owner, position, question, answer, error, state, turn.created, finished
           FROM turn JOIN session ON session.id = turn.session"""


class Records:
    """The database at `path`, created or migrated when opened; closed by `close` or as a context manager.

    Every method returns after its change is on the disk (WAL, synchronous=FULL). Thread-safe: one connection behind a lock;
    several processes may have it open. Errors of every method: StorageError where the file cannot be read or written.
    """

    def __init__(self, path: Path, quotas: Quotas | None = None) -> None:
        self.path = path
        self.quotas = quotas or Quotas()
        self._lock = threading.RLock()
        with self._storage_errors():
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made by us and not by SQLite: readable by its owner alone from the first moment.
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._connection = sqlite3.connect(path, timeout=15, isolation_level=None, check_same_thread=False)
            try:
                self._connection.row_factory = sqlite3.Row
                for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "trusted_schema = OFF"):
                    self._connection.execute(f"PRAGMA {pragma}")
                migrate(self._connection)
            except BaseException:
                self._connection.close()
                raise

    def __enter__(self) -> Records:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the database; further calls raise StorageError."""
        with self._lock:
            self._connection.close()

    def create_session(self, owner: str, title: str = "") -> SessionRecord:
        """A new, empty session under an unguessable id. Errors: QuotaExceeded."""
        now = _now()
        record = SessionRecord(_session_id(), owner, _one_line(title, _TITLE_CHARACTERS), now, now, SESSION_SCHEMA)
        with self._writing() as database:
            database.execute("INSERT INTO owner (id, created) VALUES (?, ?) ON CONFLICT DO NOTHING", (owner, now))
            held = _number(database, "SELECT count(*) FROM session WHERE owner = ?", owner)
            if held >= self.quotas.sessions:
                raise QuotaExceeded(
                    f"At most {self.quotas.sessions} sessions are kept for each user, {held} exist. Delete one first."
                )
            database.execute(
                "INSERT INTO session (id, owner, title, created, updated, schema) VALUES (?, ?, ?, ?, ?, ?)",
                (record.id, owner, record.title, now, now, SESSION_SCHEMA),
            )
        return record

    def session(self, session_id: str, owner: str) -> SessionRecord:
        """The session, if it is the owner's. Errors: NotFound, AccessDenied."""
        with self._reading() as database:
            return _owned(database, session_id, owner)

    def sessions(self, owner: str) -> list[SessionRecord]:
        """The owner's sessions, the latest used first."""
        with self._reading() as database:
            rows = database.execute("SELECT * FROM session WHERE owner = ? ORDER BY updated DESC, rowid DESC", (owner,))
            return [SessionRecord(**row) for row in rows]

    def rename(self, session_id: str, owner: str, title: str) -> SessionRecord:
        """Give the session another title. Errors: NotFound, AccessDenied."""
        with self._writing() as database:
            _owned(database, session_id, owner)
            database.execute("UPDATE session SET title = ? WHERE id = ?", (_one_line(title, _TITLE_CHARACTERS), session_id))
            return _owned(database, session_id, owner)

    def delete_session(self, session_id: str, owner: str) -> None:
        """Delete the session's records; its files and vectors lie in stores of their own. Errors: NotFound, AccessDenied."""
        with self._writing() as database:
            _owned(database, session_id, owner)
            database.execute("DELETE FROM session WHERE id = ?", (session_id,))

    def require_room(self, session_id: str, owner: str, size: int) -> None:
        """Check, before a file is copied, that `size` more bytes would fit. Errors: QuotaExceeded, NotFound, AccessDenied."""
        with self._reading() as database:
            _owned(database, session_id, owner)
            self._check_room(database, session_id, owner, size)

    def add_upload(
        self,
        session_id: str,
        upload_id: str,
        name: str,
        size: int,
        sha256: str,
        options: ReadOptions,
        series: Sequence[SeriesRef],
        notes: Mapping[str, Any] | None = None,
    ) -> UploadRecord:
        """Record a file, or how it is read now where the session has it already. Errors: QuotaExceeded, NotFound."""
        options_text = json.dumps(asdict(options))
        series_text = json.dumps([ref.model_dump() for ref in series])
        notes_text = json.dumps(dict(notes or {}))
        now = _now()
        with self._writing() as database:
            owner = _owner(database, session_id)
            known = _number(database, "SELECT count(*) FROM upload WHERE session = ? AND id = ?", session_id, upload_id)
            if not known:
                self._check_room(database, session_id, owner, size)
            database.execute(
                """INSERT INTO upload (session, id, name, bytes, sha256, options, series, notes, added)
                   VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
                   ON CONFLICT (session, id) DO UPDATE
                   SET name = excluded.name, options = excluded.options, series = excluded.series, notes = excluded.notes""",
                (
                    session_id,
                    upload_id,
                    _one_line(name, _NAME_CHARACTERS),
                    size,
                    sha256,
                    options_text,
                    series_text,
                    notes_text,
                    now,
                ),
            )
            _touch(database, session_id, now)
            row = database.execute("SELECT * FROM upload WHERE session = ? AND id = ?", (session_id, upload_id)).fetchone()
            return upload_of(row)

    def uploads(self, session_id: str) -> list[UploadRecord]:
        """The session's files in the order in which they came."""
        with self._reading() as database:
            rows = database.execute("SELECT * FROM upload WHERE session = ? ORDER BY added, rowid", (session_id,))
            return [upload_of(row) for row in rows]

    def usage(self, owner: str) -> int:
        """Bytes of the owner's uploads over all sessions."""
        with self._reading() as database:
            return _usage(database, owner)

    def begin_turn(self, session_id: str, question: str) -> int:
        """Record a question as pending and return the turn's id; on the disk before any work begins. Errors: NotFound."""
        now = _now()
        with self._writing() as database:
            _owner(database, session_id)
            position = _number(database, "SELECT coalesce(max(position) + 1, 0) FROM turn WHERE session = ?", session_id)
            cursor = database.execute(
                "INSERT INTO turn (session, position, question, state, created) VALUES (?, ?, ?, 'pending', ?)",
                (session_id, position, _storable(question), now),
            )
            _touch(database, session_id, now)
            return int(cursor.lastrowid or 0)

    def finish_turn(self, turn_id: int, outcome: Answer | str, state: TurnState) -> None:
        """Record the answer, or the error's words, and the new state ("awaiting": a confirmation is asked).

        A turn once answered stays as it is. Errors: NotFound; StorageError for a turn that was answered before.
        """
        answer = outcome.model_dump_json() if isinstance(outcome, Answer) else None
        error = _storable(outcome) if isinstance(outcome, str) else None
        now = _now()
        with self._writing() as database:
            row = database.execute("SELECT session, state FROM turn WHERE id = ?", (turn_id,)).fetchone()
            if row is None:
                raise NotFound("The question's session was deleted while it was being answered. Ask again in another session.")
            if row["state"] == "answered":
                raise StorageError("The question was answered before, and an answer once recorded stays. Ask it again.")
            database.execute(
                "UPDATE turn SET answer = ?, error = ?, state = ?, finished = ? WHERE id = ?",
                (answer, error, state, now, turn_id),
            )
            _touch(database, row["session"], now)

    def turn(self, turn_id: int) -> TurnRecord:
        """One question and its answer. Errors: NotFound."""
        with self._reading() as database:
            row = database.execute(f"{_TURN} WHERE turn.id = ?", (turn_id,)).fetchone()
        if row is None:
            raise NotFound("There is no such question; its session may have been deleted.")
        return turn_of(row)

    def turns(self, session_id: str) -> list[TurnRecord]:
        """The session's questions and answers in order."""
        with self._reading() as database:
            rows = database.execute(f"{_TURN} WHERE turn.session = ? ORDER BY position", (session_id,))
            return [turn_of(row) for row in rows]

    def latest_turns(self, session_id: str, count: int) -> list[TurnRecord]:
        """The session's last `count` questions and answers, the latest first."""
        with self._reading() as database:
            rows = database.execute(f"{_TURN} WHERE turn.session = ? ORDER BY position DESC LIMIT ?", (session_id, count))
            return [turn_of(row) for row in rows]

    def turn_at(self, session_id: str, position: int) -> TurnRecord:
        """The session's question at a position, 0 the first. Errors: NotFound."""
        with self._reading() as database:
            row = database.execute(f"{_TURN} WHERE turn.session = ? AND position = ?", (session_id, position)).fetchone()
        if row is None:
            raise NotFound(f"There is no question {position + 1} in this session. Take one that its conversation shows.")
        return turn_of(row)

    def turn_count(self, session_id: str) -> int:
        """How many questions the session holds."""
        with self._reading() as database:
            return _number(database, "SELECT count(*) FROM turn WHERE session = ?", session_id)

    def pending_turns(self, session_id: str | None = None) -> list[TurnRecord]:
        """Questions whose work was begun and never ended, of all sessions or one, the oldest first: what to resume."""
        query = f"{_TURN} WHERE state = 'pending' AND (? IS NULL OR turn.session = ?) ORDER BY turn.id"
        with self._reading() as database:
            return [turn_of(row) for row in database.execute(query, (session_id, session_id))]

    def _check_room(self, database: sqlite3.Connection, session_id: str, owner: str, size: int) -> None:
        files = _number(database, "SELECT count(*) FROM upload WHERE session = ?", session_id)
        if files >= self.quotas.files_per_session:
            raise QuotaExceeded(
                f"At most {self.quotas.files_per_session} files fit into a session, {files} are there. Open a new session."
            )
        used = _usage(database, owner)
        if used + size > self.quotas.upload_bytes:
            raise QuotaExceeded(
                f"At most {self.quotas.upload_bytes:,} bytes of uploads are kept for each user; {used:,} are used "
                f"and this file has {size:,}. Delete a session first."
            )

    @contextlib.contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._storage_errors():
            yield self._connection

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._lock, self._storage_errors():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # A failed COMMIT (disk full) may have ended the transaction by itself.
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _storage_errors(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise StorageError(
                f"The records at {self.path} cannot be read or written ({error}). "
                "Check that the disk has room and the folder is writable; if the file is damaged, restore a backup."
            ) from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="microseconds")


def _session_id() -> str:
    # A leading "-" would read as a flag on the command line.
    while (identity := secrets.token_urlsafe(18))[0] in "-_":
        pass
    return identity


def _one_line(text: str, limit: int) -> str:
    return "".join(character for character in text if character.isprintable()).strip()[:limit]


def _storable(text: str) -> str:
    """Text without lone surrogates, which UTF-8 cannot hold."""
    return text.encode("utf-8", "replace").decode()


def _number(database: sqlite3.Connection, query: str, *arguments: str) -> int:
    return int(database.execute(query, arguments).fetchone()[0])


def _usage(database: sqlite3.Connection, owner: str) -> int:
    query = "SELECT coalesce(sum(bytes), 0) FROM upload JOIN session ON session.id = upload.session WHERE session.owner = ?"
    return _number(database, query, owner)


def _owner(database: sqlite3.Connection, session_id: str) -> str:
    row = database.execute("SELECT owner FROM session WHERE id = ?", (session_id,)).fetchone()
    if row is None:
        raise NotFound("There is no such session; it may have been deleted. Open another or begin a new one.")
    return str(row["owner"])


def _owned(database: sqlite3.Connection, session_id: str, owner: str) -> SessionRecord:
    if _owner(database, session_id) != owner:
        raise AccessDenied("This session belongs to somebody else. Open one of your own.")
    return SessionRecord(**database.execute("SELECT * FROM session WHERE id = ?", (session_id,)).fetchone())


def _touch(database: sqlite3.Connection, session_id: str, now: str) -> None:
    database.execute("UPDATE session SET updated = ? WHERE id = ?", (now, session_id))
