"""The product's diagnostics and the usual plain ones, each a function from a series to its claims."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from assistant.analysis.describe import describe
from assistant.analysis.prepare import fill
from assistant.data.series import Series
from scripts.diagnostics.scoring import Claims

_PENALTY = 10  # what the tutorials of ruptures use
_ROLLING = 30
_Z = 3.0


def tidings(series: Series) -> Claims:
    """What the product says of a series when asked to describe it."""
    found = describe(series)
    trend = found.trend
    steps = 1.0 if trend is None or not trend.slope else trend.slope_per_step / trend.slope
    return Claims(
        seasons=tuple(season.period for season in found.seasons),
        changes=tuple((change.position, change.kind) for change in found.changes),
        events=tuple((event.start, event.end) for event in found.anomalies if event.kind in ("spike", "dip")),
        trend=None if trend is None else (trend.direction, trend.low * steps, trend.high * steps),
    )


def acf_periodogram(series: Series) -> Claims:
    """The period at the periodogram's peak of the series less its line, where the autocorrelation at that lag is significant."""
    values = fill(series.values)
    n = len(values)
    values = values - np.polyval(np.polyfit(np.arange(n), values, 1), np.arange(n))
    power = np.abs(np.fft.rfft(values)) ** 2
    period = round(n / (1 + int(np.argmax(power[1:]))))
    if not 2 <= period <= n // 2:
        return Claims(seasons=())
    correlation = float(values[period:] @ values[:-period]) / max(float(values @ values), 1e-300)
    return Claims(seasons=(period,) if correlation > 1.96 / np.sqrt(n) else ())


def pelt_rbf(series: Series) -> Claims:
    """ruptures' PELT with its radial kernel and the penalty of its tutorials."""
    from ruptures import KernelCPD

    ends = KernelCPD(kernel="rbf").fit(fill(series.values)[:, None]).predict(pen=_PENALTY)
    return Claims(changes=tuple((int(end), "") for end in ends[:-1]), kinds=False)


def rolling_z(series: Series) -> Claims:
    """Rows more than three standard deviations off the mean of the thirty rows before."""
    values = pd.Series(series.values)
    window = values.shift(1).rolling(_ROLLING, min_periods=10)
    z = ((values - window.mean()) / window.std()).abs()
    rows = np.flatnonzero(z > _Z)
    return Claims(events=tuple((int(row), int(row)) for row in rows))


METHODS: dict[str, Callable[[Series], Claims]] = {
    "tidings": tidings,
    "acf_periodogram": acf_periodogram,
    "pelt_rbf": pelt_rbf,
    "rolling_z": rolling_z,
}
