"""The workspace of one chat session: series, documents and uploads, each stored under the hash of its content."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import re
import secrets
import shutil
import threading
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.data.durable import draft_in
from assistant.data.encoding import decode_series, encode_series, series_identity
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import FileRejected, NotFound, StorageError

_HASH = re.compile(r"[0-9a-f]{64}")
# An upload's id is its hash and the ending that tells readers its format; nothing else of a user's file name survives.
_UPLOAD = re.compile(r"[0-9a-f]{64}(\.(csv|tsv|txt|tab|dat|xlsx|xlsm|xls|ods|parquet|pq|json|ts|tsf|arff))?(\.gz)?")
_ENDING = re.compile(r"(\.[a-z0-9]{1,8})?(\.gz)?\Z")
_CHUNK = 1 << 20
_CACHE_VALUES = 8_000_000


class Workspace:
    """Content-addressed store of one session; `folder` is created when something is first put.

    Every file is written whole (draft, fsync, rename) and checked against its hash when read. Putting the same content again
    changes nothing, except that it mends a damaged file. Thread-safe.
    Errors of every method: StorageError where the disk fails or content does not match its hash.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._cache: OrderedDict[str, Series] = OrderedDict()
        self._lock = threading.Lock()

    def put_series(self, series: Series, source: str) -> SeriesRef:
        """Store a series; `source` says which file it came from. values: (time,) float64, NaN where missing, kept bit by bit."""
        identity = series_identity(series)
        self._write(self._series_path(identity), encode_series(series))
        return SeriesRef(
            id=identity,
            name=series.name,
            n=len(series),
            missing=series.missing,
            start=series.time_text(0) if len(series) else "",
            end=series.time_text(-1) if len(series) else "",
            frequency=series.frequency,
            unit=series.unit,
            source=source,
        )

    def series(self, ref: SeriesRef | str) -> Series:
        """The series behind a handle or id, bit-equal to what was put; its values are the caller's own copy. Errors: NotFound."""
        identity = _checked(ref if isinstance(ref, str) else ref.id, _HASH, "series")
        cached = self._cached(identity)
        if cached is None:
            cached = decode_series(self._read(self._series_path(identity), "series"))
            if series_identity(cached) != identity:
                raise _damaged("series", identity)
            self._remember(identity, cached)
        return dataclasses.replace(cached, values=cached.values.copy())

    def remembered(self) -> int:
        """How many values are kept in memory."""
        with self._lock:
            return sum(map(len, self._cache.values()))

    def forget(self) -> None:
        """Let go of what is kept in memory; the disk keeps everything."""
        with self._lock:
            self._cache.clear()

    def put_document(self, document: dict[str, Any], kind: str, title: str = "") -> DocumentRef:
        """Store a result. Errors: StorageError where it holds something JSON lacks (NaN, infinity, objects)."""
        try:
            content = json.dumps({"kind": kind, "document": document}, ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError) as error:
            raise StorageError(
                f"A document of kind {kind!r} must be plain JSON, found what JSON cannot hold: {error}."
            ) from error
        identity = hashlib.sha256(content).hexdigest()
        path = self._document_path(identity)
        # A damaged one is written anew. That a whole one is not matters: a table of cases has thousands.
        if not (path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == identity):
            self._write(path, content)
        return DocumentRef(id=identity, kind=kind, title=title)

    def document(self, ref: DocumentRef | str) -> dict[str, Any]:
        """The document behind a handle or id. Errors: NotFound."""
        identity = _checked(ref if isinstance(ref, str) else ref.id, _HASH, "result")
        content = self._read(self._document_path(identity), "result")
        if hashlib.sha256(content).hexdigest() != identity:
            raise _damaged("result", identity)
        document: dict[str, Any] = json.loads(content)["document"]
        return document

    def put_upload(self, source_path: Path, name: str) -> tuple[str, Path]:
        """Copy an uploaded file's bytes and return (id, path of the copy).

        The id is the bytes' SHA-256 and, so that readers know the format, the ending of `name` where it is a known one.
        Errors: FileRejected where `source_path` is no readable file.
        """
        if not source_path.is_file():
            raise FileRejected(f"Expected a file, found none at {source_path.name!r}. Choose the file again.")
        with _storage_errors("keep the upload"), draft_in(self._uploads) as draft:
            digest = hashlib.sha256()
            with source_path.open("rb") as stream:
                while chunk := stream.read(_CHUNK):
                    digest.update(chunk)
                    draft.stream.write(chunk)
            identity = digest.hexdigest() + _known_ending(name)
            path = self._uploads / identity
            draft.commit(path)
        return identity, path

    def upload_path(self, upload_id: str) -> Path:
        """Where an upload's bytes lie, after checking them. Errors: NotFound."""
        path = self._uploads / _checked(upload_id, _UPLOAD, "upload")
        if not path.is_file():
            raise _absent("upload")
        with _storage_errors("read the upload"), path.open("rb") as stream:
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if digest != upload_id[:64]:
            raise _damaged("upload", upload_id)
        return path

    def upload_bytes(self) -> int:
        """Bytes of all uploads together."""
        if not self._uploads.is_dir():
            return 0
        with _storage_errors("measure the uploads"):
            return sum(path.stat().st_size for path in self._uploads.iterdir() if _UPLOAD.fullmatch(path.name))

    def delete(self) -> None:
        """Delete everything in the workspace; nothing to delete is no error."""
        self.forget()
        # Renamed first: whoever looks sees all of it or nothing, even where deletion is interrupted.
        doomed = self.folder.with_name(f".deleted-{secrets.token_hex(8)}")
        with _storage_errors("delete the session's files"):
            try:
                self.folder.rename(doomed)
            except FileNotFoundError:
                return
            shutil.rmtree(doomed)

    @property
    def _uploads(self) -> Path:
        return self.folder / "uploads"

    def _series_path(self, identity: str) -> Path:
        return self.folder / "series" / f"{identity}.parquet"

    def _document_path(self, identity: str) -> Path:
        return self.folder / "documents" / f"{identity}.json"

    def _write(self, path: Path, content: bytes) -> None:
        with _storage_errors("write to the session's folder"), draft_in(path.parent) as draft:
            draft.stream.write(content)
            draft.commit(path)

    def _read(self, path: Path, what: str) -> bytes:
        with _storage_errors(f"read the {what}"):
            try:
                return path.read_bytes()
            except FileNotFoundError:
                raise _absent(what) from None

    def _cached(self, identity: str) -> Series | None:
        with self._lock:
            series = self._cache.get(identity)
            if series is not None:
                self._cache.move_to_end(identity)
            return series

    def _remember(self, identity: str, series: Series) -> None:
        with self._lock:
            self._cache[identity] = series
            while len(self._cache) > 1 and sum(map(len, self._cache.values())) > _CACHE_VALUES:
                self._cache.popitem(last=False)


def _checked(identity: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(identity):
        raise NotFound(f"Expected the id of a stored {what}, found text of another form. Take an id that this session gave out.")
    return identity


def _known_ending(name: str) -> str:
    match = _ENDING.search(name.lower())
    ending = match.group(0) if match else ""
    return ending if _UPLOAD.fullmatch("0" * 64 + ending) else ""


def _absent(what: str) -> NotFound:
    return NotFound(f"This session holds no such {what}. It may have been deleted; upload the file or ask again.")


def _damaged(what: str, identity: str) -> StorageError:
    return StorageError(
        f"The stored {what} {identity[:12]} does not match its checksum: the file on disk was changed or damaged. "
        "Restore a backup, or upload the file again."
    )


@contextlib.contextmanager
def _storage_errors(action: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageError(
            f"Could not {action} ({error.strerror or error}). Check that the disk has room and the folder is writable."
        ) from error
