"""Bounds that hold before anything is parsed: file size, unpacked size, compression ratio, zip directories."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from pathlib import Path

from assistant.data.series import Limits, display_name
from assistant.errors import FileRejected

_CHUNK = 1 << 20
_ZIP_ENTRIES = 2_000
_RATIO_FLOOR = 10_000_000  # small parts may compress as well as they like


def megabytes(size: int) -> str:
    """A size in bytes as text in megabytes."""
    return f"{size / 1e6:,.1f} MB"


def check_size(path: Path, limits: Limits) -> int:
    """The file's size in bytes, from its directory entry alone.

    Errors: FileRejected when it is no file, empty or larger than `limits.file_bytes`.
    """
    if not path.is_file():
        raise FileRejected(f"Expected a file, found nothing readable at “{display_name(path)}”. Check the path and try again.")
    size = path.stat().st_size
    if size == 0:
        raise FileRejected(f"Expected a table, found an empty file: “{display_name(path)}” has 0 bytes. Export it again.")
    if size > limits.file_bytes:
        raise FileRejected(
            f"Expected a file of at most {megabytes(limits.file_bytes)} (file_bytes = {limits.file_bytes:,}), "
            f"found “{display_name(path)}” with {megabytes(size)}. Cut it into parts, aggregate it, or save it as Parquet."
        )
    return size


def check_cells(rows: int, columns: int, limits: Limits) -> None:
    """Refuse a table that is larger than the bounds (FileRejected names the bound)."""
    bounds = (
        ("rows", rows, limits.rows, "Keep a shorter span or aggregate"),
        ("columns", columns, limits.columns, "Keep the columns you need"),
        ("cells", rows * columns, limits.cells, "Keep fewer columns or a shorter span"),
    )
    for what, found, bound, advice in bounds:
        if found > bound:
            raise FileRejected(f"Expected at most {bound:,} {what}, found {found:,}. {advice}, then upload again.")


def gunzip(path: Path, limits: Limits) -> bytes:
    """The unpacked bytes of a gzip file, read as a stream so that a bomb stops at the bound.

    Errors: FileRejected when the content is larger than `limits.unpacked_bytes` or the stream is damaged.
    """
    parts: list[bytes] = []
    total = 0
    try:
        with gzip.open(path, "rb") as stream:
            while chunk := stream.read(_CHUNK):
                total += len(chunk)
                if total > limits.unpacked_bytes:
                    raise FileRejected(
                        f"Expected at most {megabytes(limits.unpacked_bytes)} after unpacking (unpacked_bytes), "
                        f"found more in “{display_name(path)}”. Upload a shorter span."
                    )
                parts.append(chunk)
    except (OSError, EOFError, zlib.error) as error:
        raise FileRejected(
            f"Expected a whole gzip file, found a damaged one: “{display_name(path)}” ({error}). Compress and upload it again."
        ) from error
    return b"".join(parts)


def check_workbook(path: Path, limits: Limits) -> None:
    """Look at a workbook's zip directory before opening it.

    Errors: FileRejected for a damaged directory, too many parts, too much unpacked, a suspicious ratio, macros or encryption.
    """
    name = display_name(path)
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise FileRejected(f"Expected a workbook, found a damaged zip file: “{name}” ({error}). Save it again.") from error
    parts = {entry.filename for entry in entries}
    if not any(part.startswith("xl/") for part in parts) and "content.xml" not in parts:
        raise FileRejected(
            f"Expected an Excel workbook, found another zip archive: “{name}”. Unpack it and upload the table inside."
        )
    if any(part.lower().endswith("vbaproject.bin") for part in parts):
        raise FileRejected(f"Expected a workbook without macros, found macros in “{name}”. Save it as .xlsx and upload that.")
    if any(entry.flag_bits & 0x1 for entry in entries):
        raise FileRejected(
            f"Expected a readable workbook, found an encrypted one: “{name}”. Remove the password and upload again."
        )
    if len(entries) > _ZIP_ENTRIES:
        raise FileRejected(
            f"Expected at most {_ZIP_ENTRIES:,} parts in a workbook, found {len(entries):,} in “{name}”. Save it as CSV."
        )
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > limits.unpacked_bytes:
        raise FileRejected(
            f"Expected at most {megabytes(limits.unpacked_bytes)} after unpacking (unpacked_bytes), found {megabytes(unpacked)} "
            f"in “{name}”. Save the one sheet you need as CSV."
        )
    for entry in entries:
        if entry.file_size > _RATIO_FLOOR and entry.file_size > limits.compression_ratio * max(entry.compress_size, 1):
            raise FileRejected(
                f"Expected a compression ratio of at most {limits.compression_ratio} (compression_ratio), found "
                f"{entry.file_size // max(entry.compress_size, 1):,} in “{name}”. Save the sheet as CSV and upload that."
            )
