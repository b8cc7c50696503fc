"""Errors of the assistant: each says what was expected, what was found and what to do.

TidingsError
├── InputError            the user can mend it
│   ├── FileRejected      a file that cannot be read under the limits
│   ├── UnknownSeries     a name that no loaded series carries
│   └── BadRequest        a horizon, level, span or option out of range
├── NotFound              no such session, upload or result
├── AccessDenied          it exists, and belongs to somebody else
├── QuotaExceeded         the user's share of disk, files or sessions is used up
├── Cancelled             the user stopped the work
├── LanguageModelError    the configured language model did not answer
└── StorageError          the state on disk cannot be read or written
"""

from __future__ import annotations


class TidingsError(Exception):
    """Base of every error that may reach a user; its text is fit to be shown."""


class InputError(TidingsError):
    """The request or the file has to change."""


class FileRejected(InputError):
    """A file cannot be read."""


class UnknownSeries(InputError):
    """No loaded series carries the name; `nearest` offers up to three that are close."""

    def __init__(self, message: str, nearest: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.nearest = nearest


class BadRequest(InputError):
    """A horizon, level, span or option is out of range."""


class NotFound(TidingsError):
    """No such session, upload or result."""


class AccessDenied(TidingsError):
    """The thing exists and belongs to somebody else."""


class QuotaExceeded(TidingsError):
    """The user's share of disk, files or sessions is used up."""


class Cancelled(TidingsError):
    """The user stopped the work."""


class LanguageModelError(TidingsError):
    """The configured language model did not answer."""


class StorageError(TidingsError):
    """State on disk cannot be read or written."""
