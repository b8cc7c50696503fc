"""Times as comparable integers.

A time arrives as text: ISO 8601 with or without an offset, or the number of a row where the file has no time column. Each
kind is a clock of its own, and only times of comparable clocks may be compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from retrieval.errors import InvalidEpisode

ClockKind = Literal["zoned", "local", "row"]

_ROW = re.compile(r"-?\d+")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)

ZONE_MARGIN = 14 * 3600 * 1_000_000
"""Microseconds by which a local time without an offset may differ from UTC (the widest zone is UTC+14)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A time on its clock. ticks: microseconds since 1970 (local times read as UTC), or the row number."""

    kind: ClockKind
    ticks: int


def moment_of(text: str) -> Moment:
    """The moment that a time text names.

    Errors: InvalidEpisode where the text is neither ISO 8601 nor a row number.
    """
    if _ROW.fullmatch(text):
        return Moment("row", int(text))
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidEpisode(
            f"Expected a time in ISO 8601 (2024-05-01T13:00:00) or a row number, found {text[:40]!r}. Pass one of the two."
        ) from None
    kind: ClockKind = "local" if parsed.tzinfo is None else "zoned"
    aware = parsed.replace(tzinfo=UTC) if parsed.tzinfo is None else parsed
    return Moment(kind, (aware - _EPOCH) // _MICROSECOND)
