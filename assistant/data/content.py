"""What a file is, by its bytes and not by its name; and text in any encoding."""

from __future__ import annotations

import re
import unicodedata
from pathlib import Path
from typing import Literal

from assistant.data.binary_tables import format_of
from assistant.data.characters import plain_characters
from assistant.data.code_pages import code_page, stray_bytes
from assistant.data.notes import Notes, counted
from assistant.data.series import display_name
from assistant.errors import FileRejected

Kind = Literal["text", "gzip", "xlsx", "xls", "parquet", "json", "html", "xml", "binary", "packed"]

_FOREIGN = (
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89HDF", "an HDF5 file (NetCDF 4, MATLAB 7.3)"),
    (b"MATLAB 7.3", "an HDF5 file (MATLAB 7.3)"),
    (b"$FL2", "an SPSS file"),
    (b"$FL3", "an SPSS file"),
    (b"RDX", "an R workspace"),
    (b"GRIB", "a GRIB file"),
    (b"CDF\x05", "a NetCDF 3 file with 64-bit data"),
    (b"\x80\x04\x95", "a Python pickle"),
    (b"\x80\x05\x95", "a Python pickle"),
    (b"{\\rtf", "an RTF document"),
)
_FAMILY: dict[str, Kind] = {
    ".csv": "text",
    ".tsv": "text",
    ".txt": "text",
    ".tab": "text",
    ".dat": "text",
    ".tsf": "text",
    ".ts": "text",
    ".gz": "gzip",
    ".xlsx": "xlsx",
    ".xls": "xls",
    ".parquet": "parquet",
    ".pq": "parquet",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".ods": "xlsx",
    ".px": "text",
    ".arff": "text",
    ".log": "text",
    ".md": "text",
    ".xlsm": "xlsx",
    ".html": "html",
    ".htm": "html",
    ".xml": "xml",
    ".dta": "binary",
    ".feather": "binary",
    ".mat": "binary",
    ".npy": "binary",
    ".nc": "binary",
    ".orc": "binary",
    ".sas7bdat": "binary",
    ".xpt": "binary",
}
SUFFIXES = (*_FAMILY, ".zip", ".bz2", ".xz", ".npz")  # endings of files that can be read; the content decides what one is
_READABLE = "a table as CSV, TSV or text (also .gz or .zip), Excel, Parquet, JSON, .tsf, .ts or .arff"
HEAD_BYTES = 8_192  # by which the kind of a file is told
_STRAY_CONTROLS = 8  # control characters that a short text may hold and still be a text
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


def _refuse(name: str, found: str) -> FileRejected:
    return FileRejected(f"Expected {_READABLE}, found {found}: “{name}”. Export the table as CSV and upload that.")


def first_bytes(path: Path) -> bytes:
    """The first few kilobytes of a file, by which its kind is told (FileRejected when it may not be read)."""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError as error:
        raise FileRejected(
            f"Expected a readable file, found one that is not: “{display_name(path)}” ({error.strerror}). Check its rights."
        ) from error


def kind_of(head: bytes, name: str) -> Kind:
    """What the first bytes say the content is (`head`: a few kilobytes).

    Errors: FileRejected when it is nothing that can hold a table.
    """
    for magic, found in _FOREIGN:
        if head.startswith(magic):
            raise _refuse(name, found)
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    if head.startswith(b"PK\x03\x04"):
        return "xlsx"
    if head.startswith(b"\xd0\xcf\x11\xe0"):
        return "xls"
    if head.startswith(b"PAR1"):
        return "parquet"
    if head.startswith((b"BZh", b"\xfd7zXZ")):
        return "packed"
    if format_of(head) is not None:
        return "binary"
    if not head.startswith(_UTF16) and b"\x00" in head:
        raise _refuse(name, "binary content")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()[:200].lower()
    if start.startswith((b"<!doctype html", b"<html", b"<table", b"<head", b"<body", b"<meta", b"<style", b"<div")):
        return "html"
    if start.startswith(b"<?xml") or (re.match(rb"<[a-z_][\w.:-]*[\s/>]", start) and (b"</" in head or b"/>" in head)):
        return "html" if b"<html" in head[:4_000].lower() else "xml"
    inside = start[1:].lstrip()
    if re.match(rb"\[\d{4}-\d\d-\d\d[ t]", start):
        return "text"  # a log with its times in brackets
    if (start.startswith(b"{") and not start.startswith(b"{|")) or (
        start.startswith(b"[") and (inside[:1] in b'{["-' or inside[:1].isdigit()) and inside
    ):
        return "json"
    return "text"


def check_name(path: Path, kind: Kind, notes: Notes) -> None:
    """Warn when the file's ending promises something else than its content."""
    promised = _FAMILY.get(path.suffix.lower())
    if promised is not None and promised != kind:
        notes.warn(f"The name “{display_name(path)}” says {path.suffix}, the content is {kind}; it was read as {kind}.")


def _decode_other(content: bytes, notes: Notes) -> str:
    """A text that is no valid UTF-8."""
    if (strays := stray_bytes(content)) is not None:
        notes.guess("encoding", "UTF-8", f"Only {counted(strays, 'byte')} of the file cannot be UTF-8.")
        notes.warn(f"Not readable as UTF-8 and shown as “\ufffd”: {counted(strays, 'byte')}.")
        return content.decode("utf-8-sig", errors="replace")
    codec, called, others = code_page(content)
    why = "The bytes are no valid UTF-8, and under this code page the words are made of one language's letters."
    notes.guess("encoding", called, why, alternatives=others or ("UTF-8",))
    if others:
        notes.warn(f"The letters beyond ASCII were read as {called}; they could be {' or '.join(others)}. Compare the names.")
    return content.decode(codec, errors="replace")


def decode(content: bytes, name: str, notes: Notes) -> str:
    """The text of a file: UTF-8 with or without mark, UTF-16 with mark, else an older code page, mostly Windows-1252.

    Errors: FileRejected when the bytes are no text.
    """
    if content.startswith(_UTF16):
        text = content.decode("utf-16", errors="replace")
        notes.guess("encoding", "UTF-16", "The file starts with a UTF-16 byte order mark.")
    else:
        try:
            text = content.decode("utf-8-sig")
            if content.startswith(b"\xef\xbb\xbf"):
                notes.guess("encoding", "UTF-8 with mark", "The file starts with a UTF-8 byte order mark.")
        except UnicodeDecodeError:
            text = _decode_other(content, notes)
    sample = text[:20_000]
    odd = sum(1 for character in sample if unicodedata.category(character) == "Cc" and character not in "\r\n\t\x0b\x0c\x1a")
    if "\x00" in text or odd > max(0.02 * len(sample), _STRAY_CONTROLS):
        raise _refuse(name, "binary content")
    if not text.strip():
        raise FileRejected(f"Expected a table, found only blanks in “{name}”. Export it again.")
    text = text.replace("\r\n", "\n")
    return plain_characters(text.replace("\r", "\n") if "\r" in text else text, notes)
