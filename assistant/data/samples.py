"""The sample files that ship with the product."""

from __future__ import annotations

from pathlib import Path

_FOLDER = Path(__file__).resolve().parent.parent / "samples"
_ENDINGS = (".csv", ".csv.gz", ".tsv", ".xlsx", ".parquet")


def sample_files() -> tuple[Path, ...]:
    """The sample tables, sorted by name; empty when none are installed."""
    if not _FOLDER.is_dir():
        return ()
    return tuple(sorted(path for path in _FOLDER.iterdir() if path.name.lower().endswith(_ENDINGS)))
