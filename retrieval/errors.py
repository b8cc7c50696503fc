"""Errors of the episode store: each says what was expected, what was found and what to do.

RetrievalError
├── InvalidEpisode        values, times or text that cannot be stored or searched with
├── InvalidVector         an embedding that is not finite, not of length one or not of the expected size
├── DuplicateId           an id that the index already holds
├── ReadOnly              a write to the public library, or through a store opened for reading
├── StoreBusy             another store object holds the folder for writing
├── StoreFailure          the operating system or SQLite refused to read or write; nothing was half done
├── StoreDamaged          the database itself is unreadable; a backup is needed
├── SchemaTooNew          written by a newer version
├── EmbeddingModelChanged the stored vectors come from another embedding model
└── EmbeddingModelMissing the packaged embedding model is absent or not the pinned one
"""

from __future__ import annotations


class RetrievalError(Exception):
    """Base of every error of this package; its text is fit to be shown."""


class InvalidEpisode(RetrievalError):
    """Values, times or text that cannot be stored or searched with."""


class InvalidVector(RetrievalError):
    """An embedding that is not finite, not of length one or not of the expected size."""


class DuplicateId(RetrievalError):
    """An id that the index already holds, or one given twice."""


class ReadOnly(RetrievalError):
    """A write to the public library, or through a store opened for reading."""


class StoreBusy(RetrievalError):
    """Another store object, here or in another process, holds the folder for writing."""


class StoreFailure(RetrievalError):
    """The operating system or SQLite refused; the change was rolled back."""


class StoreDamaged(RetrievalError):
    """The database is unreadable."""


class SchemaTooNew(RetrievalError):
    """The database was written by a newer version."""


class EmbeddingModelChanged(RetrievalError):
    """The stored vectors come from another embedding model than the one given."""


class EmbeddingModelMissing(RetrievalError):
    """The packaged embedding model is absent or is not the pinned one."""
