"""The classes of an answer as a table, one case a row, for `tidings classify --out`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any


def check_place(out: Path, file: Path) -> None:
    """Raises BadRequest, before any work is done, where the table cannot be written to `out` or would replace the file read."""
    from assistant.errors import BadRequest

    if not out.resolve().parent.is_dir():
        raise BadRequest(f"Expected a folder for --out, found none at {out.resolve().parent}. Make it first.")
    if out.is_dir():
        raise BadRequest(f"--out takes the name of a file, and {out} is a folder. Name a file in it.")
    if out.resolve() == file.resolve():
        raise BadRequest(f"--out names {file}, the file that is classified, and would replace it. Name another one.")


def write_labels(out: Path, results: Sequence[dict[str, Any]]) -> int:
    """Write the classes among the results as CSV; returns how many. Errors: BadRequest where the file cannot be written."""
    from assistant.errors import BadRequest
    from assistant.exports import class_table, table_csv

    table = class_table(results)
    try:
        out.write_bytes(table_csv(table))
    except OSError as error:
        raise BadRequest(f"{out} cannot be written ({error.strerror}). Name another place with --out.") from error
    return len(table)
