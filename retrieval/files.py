"""Files that survive a crash whole, and the lock that keeps a second writer out."""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from pathlib import Path

from retrieval.errors import StoreBusy

_POLL_SECONDS = 0.05


def sync_folder(folder: Path) -> None:
    """Make renames and removals in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_file(path: Path) -> None:
    """Make a file's content durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def replace_atomically(path: Path, data: bytes) -> str:
    """Put `data` at `path` so that a crash leaves the old file or the new one; returns the sha256."""
    temporary = path.with_name(path.name + ".tmp")
    with temporary.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    os.replace(temporary, path)
    sync_folder(path.parent)
    return hashlib.sha256(data).hexdigest()


class WriterLock:
    """An exclusive lock on a folder, held until `release` or the end of the process, however it ends."""

    def __init__(self, folder: Path, wait_seconds: float = 0.0) -> None:
        """Errors: StoreBusy where another holder does not let go within `wait_seconds`."""
        self._descriptor = os.open(folder / "writer.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        deadline = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    os.close(self._descriptor)
                    raise StoreBusy(
                        f"Expected to be the only writer of the episode store {folder.name!r}, found another one at work. "
                        "Close it, wait with wait_seconds, or open the store with mode='read'."
                    ) from None
                time.sleep(_POLL_SECONDS)

    def release(self) -> None:
        """Let the next writer in."""
        os.close(self._descriptor)
