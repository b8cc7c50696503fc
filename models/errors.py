"""Errors of the model package: each says what was expected, what was found and what to do.

ModelError
├── BadInput          the data or an option cannot be used as it is (also a ValueError)
├── NotFitted         predict or save before fit
├── UnknownModel      no model of that name is registered
├── CheckpointError   a saved folder is incomplete, altered, or of another kind
├── Unavailable       an optional part (weights, a GPU) is not on this machine
└── Stopped           the caller asked to stop
"""

from __future__ import annotations


class ModelError(Exception):
    """Base of every error of this package; its text is fit to be shown."""


class BadInput(ModelError, ValueError):
    """The data or an option cannot be used as it is."""


class NotFitted(ModelError):
    """The model has to be fitted first."""


class UnknownModel(ModelError, KeyError):
    """No model of that name is registered."""

    def __str__(self) -> str:
        return str(self.args[0])


class CheckpointError(ModelError):
    """A saved model cannot be trusted or read."""


class Unavailable(ModelError):
    """A part that is needed is not installed or not reachable."""


class Stopped(ModelError):
    """The caller asked to stop; no model was kept."""
