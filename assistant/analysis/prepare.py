"""What every analysis needs first: gaps filled where a method cannot bear them, and the periods a calendar suggests."""

from __future__ import annotations

import re

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

_SECONDS = {"s": 1, "min": 60, "T": 60, "h": 3600, "H": 3600}
_LONG = {
    "D": (7, 365), "B": (5, 261), "C": (5, 261), "W": (52,), "MS": (12,), "ME": (12,), "M": (12,), "BMS": (12,), "BME": (12,),
    "QS": (4,), "QE": (4,), "Q": (4,), "BQS": (4,), "BQE": (4,),
}  # fmt: skip


def fill(values: Array) -> Array:
    """`values` (time,) with NaN replaced by linear interpolation, at the edges by the nearest known value.

    All-NaN input comes back as zeros; the input is not changed.
    """
    known = np.isfinite(values)
    if known.all():
        return values.astype(np.float64)
    if not known.any():
        return np.zeros(len(values))
    positions = np.arange(len(values))
    return np.asarray(np.interp(positions, positions[known], values[known]), np.float64)


def split_frequency(frequency: str | None) -> tuple[int, str]:
    """The multiple and the base of a pandas offset alias: "30min" → (30, "min"), "W-SUN" → (1, "W"); (1, "") for none."""
    match = re.fullmatch(r"(\d*)([A-Za-z]+)(-.*)?", frequency or "")
    if match is None or frequency == "irregular":
        return 1, ""
    return int(match.group(1) or 1), match.group(2)


def candidate_periods(frequency: str | None, n: int) -> tuple[int, ...]:
    """Seasonal periods, in samples, that the calendar suggests for a frequency, the shortest first.

    Only periods of which `n` samples hold at least two cycles: hourly 24 and 168 (and a year), daily 7 and 365, monthly 12 …
    """
    multiple, base = split_frequency(frequency)
    if base in _SECONDS:
        step = multiple * _SECONDS[base]
        found = [length / step for length in (3600, 86_400, 604_800, 31_536_000)]
    else:
        found = [period / multiple for period in _LONG.get(base, ())]
    return tuple(int(p) for p in found if p == int(p) and p >= 2 and 2 * p <= n)


def runs(flags: NDArray[np.bool_], labels: Array | None = None) -> list[tuple[int, int]]:
    """First and last row of each run of true flags (time,), split also where `labels` (time,) change."""
    rows = np.flatnonzero(flags)
    if not rows.size:
        return []
    cut = np.diff(rows) > 1
    if labels is not None:
        cut |= np.diff(labels[rows]) != 0
    return [(int(part[0]), int(part[-1])) for part in np.split(rows, np.flatnonzero(cut) + 1)]
