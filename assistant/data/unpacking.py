"""Archives around a table: a zip file with one or several files, a bzip2 or xz stream; unpacked within the limits."""

from __future__ import annotations

import bz2
import lzma
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from assistant.data.content import SUFFIXES, first_bytes
from assistant.data.limits import megabytes
from assistant.data.notes import Notes, counted, listing
from assistant.data.series import Limits, display_name
from assistant.errors import BadRequest, FileRejected

_CHUNK = 1 << 20
_MEMBERS = 2_000
_SUFFIXES = frozenset(
    (
        *(suffix for suffix in SUFFIXES if suffix not in (".zip", ".bz2", ".xz", ".npz", ".md", ".log")),
        *(".dly", ".rdb", ".asc", ".out", ".prn", ".data", ".all"),
    )
)
_JOINABLE = frozenset({".csv", ".tsv", ".txt", ".tab", ".dat"})
_OFFICE = (("word/", "a Word document"), ("ppt/", "a presentation"), ("META-INF/MANIFEST.MF", "a Java program"))


@contextmanager
def unpacked(path: Path, asked: str | None, limits: Limits, notes: Notes) -> Iterator[Path]:
    """The path of the file inside an archive, or the path itself where it is none.

    asked: the user's choice among several files. Of several text files under the same header all rows are taken, otherwise the
    largest file. Errors: FileRejected for damaged or oversized archives or without a table inside; BadRequest for a name that is
    not in there.
    """
    head = first_bytes(path)[:6]
    if head.startswith(b"PK\x03\x04") and not _is_workbook(path):
        with tempfile.TemporaryDirectory(prefix="tidings-unpack-") as folder:
            yield _from_zip(path, Path(folder), asked, limits, notes)
    elif head.startswith((b"BZh", b"\xfd7zXZ")):
        with tempfile.TemporaryDirectory(prefix="tidings-unpack-") as folder:
            inner = Path(folder, path.stem or "table")
            try:
                with bz2.open(path) if head.startswith(b"BZh") else lzma.open(path) as packed:
                    _copy(packed, inner, limits, path)
            except (OSError, EOFError, lzma.LZMAError) as error:
                raise _damaged(path, error) from error
            yield inner
    else:
        yield path


def _is_workbook(path: Path) -> bool:
    """Whether a zip file is an Excel or OpenDocument workbook, or too damaged to tell."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if "mimetype" in names and archive.getinfo("mimetype").file_size < 200:
                return b"spreadsheet" in archive.read("mimetype")
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        return True
    for start, found in _OFFICE:
        if any(name.startswith(start) for name in names):
            raise FileRejected(
                f"Expected a table, found {found}: “{display_name(path)}”. Export the table as CSV and upload that."
            )
    return any(name.startswith("xl/") for name in names)


def _from_zip(path: Path, folder: Path, asked: str | None, limits: Limits, notes: Notes) -> Path:
    with zipfile.ZipFile(path) as archive:
        entries = archive.infolist()
        if len(entries) > _MEMBERS:
            raise FileRejected(f"Expected at most {_MEMBERS:,} files in an archive, found {len(entries):,}. Unpack it first.")
        members = {entry.filename: entry for entry in entries if _may_hold_a_table(entry)}
        if not members:
            names = [entry.filename for entry in entries if not entry.is_dir()]
            raise FileRejected(
                f"Expected a table inside “{display_name(path)}”, found {listing(names) or 'nothing'}. Upload CSV."
            )
        if any(entry.flag_bits & 0x1 for entry in members.values()):
            raise FileRejected(
                f"Expected a readable archive, found an encrypted one: “{display_name(path)}”. Remove the password."
            )
        if asked is not None and asked not in members:
            raise BadRequest(
                f"Expected the name of a file inside, found “{asked}”. The archive has {listing(list(members), 20)}."
            )
        try:
            if (
                asked is None
                and len(members) > 1
                and (joined := _joined(archive, members, folder, limits, path, notes)) is not None
            ):
                return joined
            chosen = asked or max(members, key=lambda name: members[name].file_size)
            inner = folder / PurePosixPath(chosen).name
            with archive.open(chosen) as packed:
                _copy(packed, inner, limits, path)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError) as error:
            raise _damaged(path, error) from error
    if len(members) > 1:
        others = [name for name in members if name != chosen]
        why = "You said so." if asked else "It is the largest of the files in the archive."
        notes.guess("sheet", chosen, why, alternatives=others, flag="--sheet")
        if not asked:
            notes.warn(
                f"The archive holds {counted(len(members), 'file')}; read was “{chosen}”, the largest, and not {listing(others)}."
            )
    return inner


def _may_hold_a_table(entry: zipfile.ZipInfo) -> bool:
    name = PurePosixPath(entry.filename)
    hidden = any(part.startswith((".", "__")) for part in name.parts)
    known = name.suffix.lower() in _SUFFIXES or not name.suffix
    return not entry.is_dir() and entry.file_size > 0 and known and not hidden and not name.stem.lower().startswith("readme")


def _joined(
    archive: zipfile.ZipFile, members: dict[str, zipfile.ZipInfo], folder: Path, limits: Limits, path: Path, notes: Notes
) -> Path | None:
    """All text files below each other where they have the same first line of names, else None."""
    if not all(PurePosixPath(name).suffix.lower() in _JOINABLE for name in members):
        return None
    headers = set()
    for name in members:
        with archive.open(name) as stream:
            headers.add(stream.readline(100_000).strip())
    header = headers.pop()
    if headers or not any(character.isalpha() for character in header.decode("latin-1")) or header.startswith((b"#", b"@", b"%")):
        return None
    delimiter = max((b",", b";", b"\t", b"|"), key=header.count)
    if delimiter not in header:
        return None
    inner = folder / PurePosixPath(next(iter(members))).name
    room = limits.unpacked_bytes
    with inner.open("wb") as target:
        target.write(header + delimiter + b"file\n")
        for name in sorted(members):
            stem = PurePosixPath(name).stem.replace(delimiter.decode(), " ")
            label = delimiter + (f"file {stem}" if stem[:1].isdigit() else stem).encode() + b"\n"
            with archive.open(name) as stream:
                stream.readline(100_000)
                for line in stream:
                    room = _left(room - len(line), limits, path)
                    if line.count(b'"') % 2:
                        return None  # a cell over several lines
                    if line.strip():
                        target.write(line.rstrip(b"\r\n") + label)
    notes.warn(f"The archive holds {counted(len(members), 'file')} with the same columns; their rows were put together.")
    notes.guess(
        "sheet", f"all of {listing(sorted(members), 12)}", "The files have the same columns.", alternatives=sorted(members)
    )
    return inner


def _copy(source: IO[bytes], target: Path, limits: Limits, path: Path) -> None:
    with target.open("wb") as stream:
        room = limits.unpacked_bytes
        while chunk := source.read(_CHUNK):
            room = _left(room - len(chunk), limits, path)
            stream.write(chunk)


def _left(room: int, limits: Limits, path: Path) -> int:
    """What is left of the bytes that may be unpacked (FileRejected where nothing is)."""
    if room < 0:
        raise FileRejected(
            f"Expected at most {megabytes(limits.unpacked_bytes)} after unpacking (unpacked_bytes), "
            f"found more in “{display_name(path)}”. Upload a shorter span."
        )
    return room


def _damaged(path: Path, error: Exception) -> FileRejected:
    return FileRejected(f"Expected a whole archive, found a damaged one: “{display_name(path)}” ({error}). Compress it again.")
