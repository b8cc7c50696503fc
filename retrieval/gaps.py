"""The one rule for missing values in a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_MISSING = 0.2
"""Share of a window that may be missing."""


def fill_gaps(values: NDArray[np.float64]) -> NDArray[np.float64] | None:
    """(time,) with NaN and infinite values interpolated linearly (held at the ends), or None where too many are missing."""
    present = np.isfinite(values)
    if len(values) == 0 or present.sum() < 2 or 1.0 - present.mean() > MAX_MISSING:
        return None
    if present.all():
        return values
    places = np.arange(len(values))
    return np.asarray(np.interp(places, places[present], values[present]), dtype=np.float64)
