"""The plain numbers of a series: how many, how large, where."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from assistant.data.series import Series


@dataclass(frozen=True)
class Summary:
    """Plain statistics of the known values, in the series' unit; positions count rows from 0.

    Every statistic is NaN and every position None where no value is known; `std` (with n − 1) needs two. n counts all rows.
    """

    n: int
    missing: int
    mean: float
    median: float
    std: float
    minimum: float
    minimum_at: int | None
    maximum: float
    maximum_at: int | None
    lower_quartile: float
    upper_quartile: float
    first: float
    first_at: int | None
    last: float
    last_at: int | None
    total: float
    skewness: float


def summarise(series: Series) -> Summary:
    """Plain statistics of `series`; missing values are left out."""
    values = series.values
    known = np.flatnonzero(np.isfinite(values))
    if not known.size:
        nan = float("nan")
        return Summary(len(values), len(values), nan, nan, nan, nan, None, nan, None, nan, nan, nan, None, nan, None, nan, nan)
    present = values[known]
    lowest, highest = int(known[np.argmin(present)]), int(known[np.argmax(present)])
    mean = float(present.mean())
    lower, median, upper = (float(q) for q in np.percentile(present, (25, 50, 75)))
    spread = float(present.std())
    skewness = float(np.mean(((present - mean) / spread) ** 3)) if spread > 1e-12 * max(abs(mean), 1e-300) else float("nan")
    return Summary(
        n=len(values),
        missing=len(values) - known.size,
        mean=mean,
        median=median,
        std=float(present.std(ddof=1)) if known.size > 1 else float("nan"),
        minimum=float(values[lowest]),
        minimum_at=lowest,
        maximum=float(values[highest]),
        maximum_at=highest,
        lower_quartile=lower,
        upper_quartile=upper,
        first=float(present[0]),
        first_at=int(known[0]),
        last=float(present[-1]),
        last_at=int(known[-1]),
        total=float(present.sum()),
        skewness=skewness,
    )
