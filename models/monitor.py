"""How a long computation says how far it is, and is stopped."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from models.errors import Stopped


@dataclass(frozen=True)
class Monitor:
    """progress: called with a share from 0 to 1 and words; cancelled: asked at every report. Either may be absent.

    low, high: the part of the whole that this one's shares are mapped to.
    """

    progress: Callable[[float, str], None] | None = None
    cancelled: Callable[[], bool] | None = None
    low: float = 0.0
    high: float = 1.0

    def report(self, share: float, words: str) -> None:
        """Tell how far it is. Errors: Stopped when the caller has asked to stop."""
        if self.cancelled is not None and self.cancelled():
            raise Stopped("The training was stopped before it was finished; no model was kept.")
        if self.progress is not None:
            self.progress(self.low + share * (self.high - self.low), words)

    def part(self, low: float, high: float) -> Monitor:
        """A monitor whose 0 to 1 are `low` to `high` of this one's."""
        span = self.high - self.low
        return Monitor(self.progress, self.cancelled, self.low + low * span, self.low + high * span)


SILENT = Monitor()
