"""A series cut into episodes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.clock import moment_of
from retrieval.describe import describe_window
from retrieval.episode import MAX_VALUES, Episode
from retrieval.errors import InvalidEpisode
from retrieval.gaps import fill_gaps

MAX_WINDOWS = 2_000


def windows_of(
    values: NDArray[np.float64],
    times_iso: Sequence[str],
    *,
    series: str,
    source: str,
    collection: str,
    length: int,
    stride: int | None = None,
    frequency: str | None = None,
    max_windows: int = MAX_WINDOWS,
) -> list[Episode]:
    """Cut a series into windows of `length` values, each described in words, ready for `EpisodeStore.add`.

    values: (time,) float64, NaN where missing. times_iso: (time,) ISO 8601 texts or row numbers, ascending. stride: steps between
    the starts of two windows, a quarter of the length by default; it is widened where more than `max_windows` would
    come out. Windows with more than 20 % missing values are skipped; in the others the gaps are interpolated for the words
    (and, by the store, for the vectors), while the episode keeps them as NaN. The values stay in the series' unit: the
    embedder normalises them. Each episode carries up to `length` following values. A series shorter than `length` gives none.

    Errors: InvalidEpisode for other shapes, a length below 4, a stride below 1, or times that are not ascending.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 1 or len(values) != len(times_iso):
        raise InvalidEpisode(f"Expected one time for each value of one series, found {len(times_iso)} for shape {values.shape}.")
    if not 4 <= length <= MAX_VALUES:
        raise InvalidEpisode(f"Expected a window length from 4 to {MAX_VALUES}, found {length}.")
    if (stride is not None and stride < 1) or max_windows < 1:
        raise InvalidEpisode(f"Expected a stride and a number of windows of at least 1, found {stride} and {max_windows}.")
    values = np.where(np.isfinite(values), values, np.nan)
    last_start = len(values) - length
    if last_start < 0:
        return []
    moments = [moment_of(text) for text in times_iso]
    ticks = np.array([moment.ticks for moment in moments], dtype=np.int64)
    if len({moment.kind for moment in moments}) > 1 or (np.diff(ticks) <= 0).any():
        raise InvalidEpisode(f"Expected ascending times of one kind in {series!r}, found others. Sort the rows by time first.")
    step = max(stride or max(1, length // 4), -(-last_start // max(1, max_windows - 1)) if max_windows > 1 else last_start + 1, 1)
    episodes = []
    for start in range(0, last_start + 1, step):
        stop = start + length
        filled = fill_gaps(values[start:stop])
        if filled is None:
            continue
        episodes.append(
            Episode(
                series=series,
                source=source,
                collection=collection,
                start=times_iso[start],
                end=times_iso[stop - 1],
                position=start,
                values=values[start:stop],
                text=describe_window(filled, values[:start]),
                frequency=frequency,
                following=values[stop : stop + length],
                following_ticks=ticks[stop : stop + length],
            )
        )
    return episodes
