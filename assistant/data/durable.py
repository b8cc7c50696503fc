"""Files that are either whole or absent: draft, fsync, rename, fsync the folder."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

DRAFT_PREFIX = ".draft-"


@dataclass
class Draft:
    """A file being written. `commit` makes it appear under its name at once; without it, it is removed."""

    path: Path
    stream: BinaryIO

    def commit(self, target: Path) -> None:
        """Flush to the disk and take the place of `target`, which must lie in the draft's folder. Errors: OSError."""
        self.stream.flush()
        os.fsync(self.stream.fileno())
        os.replace(self.path, target)
        sync_folder(target.parent)


@contextlib.contextmanager
def draft_in(folder: Path) -> Iterator[Draft]:
    """A new file in `folder` (created where missing), readable by its owner alone. Errors: OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / f"{DRAFT_PREFIX}{secrets.token_hex(8)}"
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            yield Draft(path, stream)
    finally:
        path.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` outlast a power failure. Errors: OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
