"""Backup and restore of a whole home: one archive (or folder), verified before it replaces anything.

Databases are copied by SQLite's online backup, so that a running server need not stop. They are copied before the files they
refer to; since files are stored under their hashes and written first, every file that a copied record names is in the backup too.
"""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import BinaryIO, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.data.durable import draft_in, sync_folder
from assistant.errors import BadRequest, NotFound, StorageError

MANIFEST = "tidings-backup.json"
_ARCHIVE_ENDINGS = (".tar.gz", ".tgz")
# Rebuilt on demand (search snapshots), of one machine (locks, logs) or part of a database that is copied whole.
_LEFT_OUT_ENDINGS = (".db-wal", ".db-shm", ".db-journal", ".faiss", ".lock", ".log")
# Folders right in the home that hold nothing to keep: what the web server makes anew at each start.
_LEFT_OUT_FOLDERS = {"web"}


class BackedUpFile(BaseModel):
    """One file of a backup. sha256 in hexadecimal."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bytes: int
    sha256: str


class Manifest(BaseModel):
    """What a backup holds. files: path within the home, with "/" → size and hash. created: ISO 8601, UTC."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    product: Literal["tidings"] = "tidings"
    version: int = 1
    created: str
    files: dict[str, BackedUpFile]


def backup(home: Path, target: Path) -> Manifest:
    """Write a backup of `home` to `target`: an archive where it ends in .tar.gz or .tgz, else a new folder.

    Safe beside a running server. Errors: NotFound where there is no home; BadRequest where `target` exists or lies inside the
    home; StorageError where the disk or a database fails, in which case no target is left behind.
    """
    home, target = home.absolute(), target.absolute()
    if not home.is_dir():
        raise NotFound(f"There is no data at {home}. Set TIDINGS_HOME to the folder to back up.")
    if target.exists():
        raise BadRequest(f"{target} exists already, and a backup replaces nothing. Name a file that does not exist.")
    if target.resolve().is_relative_to(home.resolve()):
        raise BadRequest(f"Expected a target outside the data folder {home}, found {target}. Choose a place elsewhere.")
    with _storage_errors(f"write the backup to {target}"):
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tidings-backup-", dir=target.parent) as scratch:
            if target.name.endswith(_ARCHIVE_ENDINGS):
                return _write_archive(home, target, Path(scratch))
            return _write_folder(home, target, Path(scratch))


def restore(source: Path, home: Path, *, force: bool = False) -> Manifest:
    """Put a backup in the place of `home`, after checking every file in it against the manifest.

    A home that holds anything is refused; with `force` it is moved aside (`<home>.before-restore-<time>`), never deleted. Stop
    the server first. Errors: NotFound, BadRequest for a home in use, StorageError for a damaged, changed or unsafe backup; the
    home is then as it was.
    """
    source, home = source.absolute(), home.absolute()
    if not source.exists():
        raise NotFound(f"There is no backup at {source}. Check the path.")
    occupied = home.exists() and (not home.is_dir() or any(home.iterdir()))
    if occupied and not force:
        raise BadRequest(f"Expected an empty data folder, found files in {home}. Add --force to move them aside first.")
    with _storage_errors(f"restore {source}"):
        home.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".tidings-restore-", dir=home.parent) as scratch:
            staged = Path(scratch) / "home"
            staged.mkdir(mode=0o700)
            if source.is_dir():
                _copy_folder(source, staged)
            else:
                _extract(source, staged)
            manifest = _verify(staged)
            (staged / MANIFEST).unlink()
            _take_place(staged, home, occupied)
    return manifest


def _write_archive(home: Path, target: Path, scratch: Path) -> Manifest:
    with draft_in(target.parent) as draft:
        with tarfile.open(fileobj=draft.stream, mode="w:gz", compresslevel=6) as archive:
            files: dict[str, BackedUpFile] = {}
            for name, path in _contents(home, scratch):
                with contextlib.suppress(FileNotFoundError), path.open("rb") as stream:
                    files[name] = _add(archive, name, stream, os.fstat(stream.fileno()).st_size)
            manifest = Manifest(created=_now(), files=files)
            (scratch / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
            with (scratch / MANIFEST).open("rb") as stream:
                _add(archive, MANIFEST, stream, os.fstat(stream.fileno()).st_size)
        draft.commit(target)
    return manifest


def _write_folder(home: Path, target: Path, scratch: Path) -> Manifest:
    staged = scratch / "backup"
    staged.mkdir(mode=0o700)
    files: dict[str, BackedUpFile] = {}
    for name, path in _contents(home, scratch):
        copy = staged / name
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, copy)
            files[name] = _measure(copy)
    manifest = Manifest(created=_now(), files=files)
    (staged / MANIFEST).write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    os.replace(staged, target)
    return manifest


def _contents(home: Path, scratch: Path) -> Iterator[tuple[str, Path]]:
    """(name in the backup, path to read), databases first. A session deleted meanwhile leaves paths that are gone."""
    names = sorted(_walk(home))
    for number, name in enumerate(name for name in names if name.endswith(".db")):
        copy = scratch / f"{number}.db"
        _copy_database(home / name, copy)
        yield name, copy
        copy.unlink()
    # Walked again: what a database refers to was written before the database was copied, but perhaps after the first walk.
    for name in sorted(_walk(home)):
        if not name.endswith(".db"):
            yield name, home / name


def _walk(home: Path) -> Iterator[str]:
    for folder, folders, files in os.walk(home):
        at_top = Path(folder) == home
        folders[:] = [name for name in folders if not name.startswith(".") and not (at_top and name in _LEFT_OUT_FOLDERS)]
        for name in files:
            path = Path(folder) / name
            # Hidden names are drafts; links could lead out of the home.
            if not name.startswith(".") and not name.endswith(_LEFT_OUT_ENDINGS) and path.is_file() and not path.is_symlink():
                yield path.relative_to(home).as_posix()


def _copy_database(path: Path, copy: Path) -> None:
    with (
        contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=rw", uri=True, timeout=15)) as source,
        contextlib.closing(sqlite3.connect(copy)) as target,
    ):
        source.backup(target)
        # A copy in WAL mode could leave part of itself in a second file.
        target.execute("PRAGMA journal_mode = DELETE")
        verdict = target.execute("PRAGMA quick_check(1)").fetchone()[0]
    if verdict != "ok":
        raise StorageError(f"The database {path} is damaged ({verdict}); it was not backed up. Restore an earlier backup.")


class _Hashing:
    """A stream that hashes what is read from it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        chunk = self._stream.read(size)
        self.digest.update(chunk)
        return chunk


def _add(archive: tarfile.TarFile, name: str, stream: BinaryIO, size: int) -> BackedUpFile:
    member = tarfile.TarInfo(name)
    member.size = size
    member.mode = 0o600
    member.mtime = int(datetime.now(UTC).timestamp())
    hashing = _Hashing(stream)
    archive.addfile(member, hashing)
    return BackedUpFile(bytes=size, sha256=hashing.digest.hexdigest())


def _extract(source: Path, staged: Path) -> None:
    try:
        with tarfile.open(source, mode="r:gz") as archive:
            for member in archive:
                if not member.isreg() or _unsafe(member.name):
                    raise StorageError(
                        f"The backup {source} holds {member.name!r}, which no backup of ours holds. Do not use it."
                    )
                archive.extract(member, staged, filter="data")
    except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise StorageError(
            f"{source} is no whole backup: the archive is truncated, damaged or of another kind ({error}). Use another backup."
        ) from error


def _copy_folder(source: Path, staged: Path) -> None:
    for folder, _, files in os.walk(source):
        for name in files:
            path = Path(folder) / name
            relative = path.relative_to(source)
            if path.is_symlink() or not path.is_file() or _unsafe(relative.as_posix()):
                raise StorageError(f"The backup {source} holds {str(relative)!r}, which no backup of ours holds. Do not use it.")
            (staged / relative).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copyfile(path, staged / relative)


def _verify(staged: Path) -> Manifest:
    path = staged / MANIFEST
    if not path.is_file():
        raise StorageError(f"The backup has no {MANIFEST}: it is truncated, or not a backup of Tidings. Use another backup.")
    try:
        document = json.loads(path.read_bytes())
        if isinstance(document, dict) and isinstance(document.get("version"), int) and document["version"] > 1:
            raise StorageError(
                f"The backup has version {document['version']}, this release reads 1. Install the release that wrote it."
            )
        manifest = Manifest.model_validate(document)
    except (ValidationError, ValueError, RecursionError) as error:
        raise StorageError(f"The backup's {MANIFEST} was changed or damaged. Use another backup.") from error
    found = {file.relative_to(staged).as_posix() for file in staged.rglob("*") if file.is_file()} - {MANIFEST}
    if found != set(manifest.files):
        odd = sorted(found ^ set(manifest.files))[0]
        raise StorageError(
            f"The backup's files and its {MANIFEST} disagree, first about {odd!r}: it was changed. Use another backup."
        )
    for name, expected in manifest.files.items():
        if _measure(staged / name) != expected:
            raise StorageError(
                f"{name!r} in the backup does not match its checksum: it was changed or damaged. Use another backup."
            )
    return manifest


def _measure(path: Path) -> BackedUpFile:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return BackedUpFile(bytes=path.stat().st_size, sha256=digest)


def _unsafe(name: str) -> bool:
    path = PurePosixPath(name)
    return path.is_absolute() or "\\" in name or any(part == ".." or part.startswith(".") for part in path.parts)


def _take_place(staged: Path, home: Path, occupied: bool) -> None:
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S.%fZ")
    aside = home.with_name(f"{home.name}.before-restore-{stamp}")
    if occupied:
        os.replace(home, aside)
    try:
        os.replace(staged, home)
    except OSError:
        if occupied:
            os.replace(aside, home)
        raise
    sync_folder(home.parent)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


@contextlib.contextmanager
def _storage_errors(action: str) -> Iterator[None]:
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        raise StorageError(
            f"Could not {action} ({error}). Check that the disk has room and both places can be read and written."
        ) from error
