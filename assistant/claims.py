"""Which turns are being worked on, over all processes that share a home folder."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from assistant.errors import StorageError


class Claims:
    """One byte of a file for each turn, locked by the process that works on it.

    The system lets go of a process' locks when it ends, however it ends: what a killed process had claimed is free at once.
    A process may take a turn that it holds already; keeping its own turns apart is left to the conversation.
    """

    def __init__(self, path: Path) -> None:
        """Errors: StorageError where the file cannot be opened."""
        try:
            # Never opened twice in a process: closing any one descriptor of the file would let go of all its locks.
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StorageError(
                f"{path} cannot be opened ({error.strerror}). Check that the folder is writable, or set TIDINGS_HOME to another."
            ) from error

    def take(self, turn_id: int) -> bool:
        """Claim a turn; False where another process holds it."""
        try:
            fcntl.lockf(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, turn_id)
        except (BlockingIOError, PermissionError):
            return False
        return True

    def release(self, turn_id: int) -> None:
        """Let go of a turn."""
        fcntl.lockf(self._descriptor, fcntl.LOCK_UN, 1, turn_id)

    def close(self) -> None:
        """Let go of all turns."""
        os.close(self._descriptor)
