"""What the store keeps and what it returns: frozen dataclasses."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from retrieval.clock import Moment, moment_of
from retrieval.errors import InvalidEpisode

PUBLIC_OWNER = "public"
"""Owner of the episodes that everybody may search and nobody but a curator may change."""

MAX_VALUES = 20_000
MAX_TEXT = 4_000


def _no_values() -> NDArray[np.float64]:
    return np.empty(0, dtype=np.float64)


def _no_ticks() -> NDArray[np.int64]:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Episode:
    """A stretch of a series with the words that describe it.

    series: its name; source: the file or library it comes from; collection: what it is deleted with. start, end: times of the
    first and last value, ISO 8601 (with offset where the source has one) or row numbers. position: row of the first value
    in its series. values: (time,) float64 in the series' unit, NaN where missing. following: (after,) float64, what came next,
    NaN where missing, and following_ticks: (after,) int64, when, on the clock of `start` (retrieval.clock). frequency: pandas
    offset alias, "irregular" or None. id and owner are None until the store has accepted the episode.

    Errors: InvalidEpisode where a field breaks the above.
    """

    series: str
    source: str
    collection: str
    start: str
    end: str
    position: int
    values: NDArray[np.float64]
    text: str
    frequency: str | None = None
    following: NDArray[np.float64] = field(default_factory=_no_values)
    following_ticks: NDArray[np.int64] = field(default_factory=_no_ticks)
    id: int | None = None
    owner: str | None = None

    def __post_init__(self) -> None:
        for name, dtype in (("values", np.float64), ("following", np.float64), ("following_ticks", np.int64)):
            array = np.array(getattr(self, name), dtype=dtype)
            if array.ndim != 1:
                raise InvalidEpisode(f"Expected {name} of shape (time,), found {array.shape}. Pass one series at a time.")
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        if not 2 <= len(self.values) <= MAX_VALUES:
            raise InvalidEpisode(f"Expected 2 to {MAX_VALUES} values, found {len(self.values)}. Choose another window length.")
        if len(self.following) != len(self.following_ticks):
            raise InvalidEpisode(
                f"Expected one time for each following value, found {len(self.following_ticks)} for {len(self.following)}."
            )
        if not self.text.strip() or len(self.text) > MAX_TEXT:
            raise InvalidEpisode(f"Expected a text of 1 to {MAX_TEXT} characters, found {len(self.text)}. Describe the episode.")
        if self.position < 0:
            raise InvalidEpisode(f"Expected a position from 0 upwards, found {self.position}.")
        first, last = self.span
        if first.kind != last.kind or first.ticks > last.ticks:
            raise InvalidEpisode(f"Expected a start before the end on the same clock, found {self.start} and {self.end}.")

    @cached_property
    def span(self) -> tuple[Moment, Moment]:
        """First and last moment, both inclusive."""
        return moment_of(self.start), moment_of(self.end)


@dataclass(frozen=True, eq=False)
class Match:
    """An episode found.

    similarity: cosine of the two embeddings in [-1, 1], higher is nearer, 1 for a match with itself. followed_by: (after,)
    float64 in the series' unit, what came right after, at most one episode length and only what the rule lets be seen.
    """

    episode: Episode
    similarity: float
    followed_by: NDArray[np.float64]


@dataclass(frozen=True)
class ExcludeRule:
    """Where the query comes from, so that a search neither finds the query itself nor looks into its future.

    series, source: the query's own; start, end: times of its first and last value (no end: it runs on). Without a start the
    query has no place in time and nothing is excluded. Episodes that overlap the query in its own series are never found.
    Episodes that end at or after the query's start are found only with `any_time`, which a forecast may not use.

    Errors: InvalidEpisode for a forecast with `any_time` or without a start, or an end without a start.
    """

    series: str | None = None
    source: str | None = None
    start: str | None = None
    end: str | None = None
    purpose: Literal["explore", "forecast"] = "explore"
    any_time: bool = False

    def __post_init__(self) -> None:
        if self.purpose == "forecast" and self.any_time:
            raise InvalidEpisode(
                "Expected a forecast to search only the past, found any_time=True. Use purpose='explore' to look at any time."
            )
        if self.start is None and (self.end is not None or self.purpose == "forecast"):
            raise InvalidEpisode("Expected the time at which the query starts, found none. Pass start.")
        if self.start is not None and self.end is not None:
            first, last = moment_of(self.start), moment_of(self.end)
            if first.kind != last.kind or first.ticks > last.ticks:
                raise InvalidEpisode(f"Expected a start before the end on the same clock, found {self.start} and {self.end}.")
