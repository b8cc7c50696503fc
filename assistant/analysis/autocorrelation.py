"""How a series remembers: its autocorrelation with honest limits, what is left of it in the noise, and the noise's colour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array, fill

Colour = Literal["white", "pink", "red", "blue"]

_LEVEL = 0.05
_SHORTEST = 24
_FARTHEST = 48  # lags looked at where no season asks for more
_CALM = 5.0  # robust standard deviations beyond which a single value would speak for its lags alone
_BIN_RATIO = 1.25  # between neighbouring bins of the spectrum's frequencies
_MOST_ORDER = 20
_RED_MEMORY = 0.9  # autocorrelation at lag one from which a first-order autoregression counts as red noise


@dataclass(frozen=True)
class Memory:
    """Autocorrelation of the n known values of a remainder: a series without trend, seasons and level shifts.

    lag_one: at one sample. significant: the lags (in samples) whose autocorrelation stays significant after Holm's correction
    for all `tried` lags, with `correlations` beside them. ljung_box, its p_value and the number of lags it sums; order: of the
    autoregression that explains it best (BIC; 0: none does). half_life: samples until the autocorrelation
    has fallen under one half; None where it starts there or stays above for all the lags tried.
    """

    n: int
    lag_one: float
    tried: int
    significant: tuple[int, ...]
    correlations: tuple[float, ...]
    ljung_box: float
    ljung_box_p: float
    ljung_box_lags: int
    order: int
    half_life: float | None

    @property
    def present(self) -> bool:
        """Whether the remainder remembers anything: the Ljung–Box test rejects independence at 1 %."""
        return self.ljung_box_p < 0.01


@dataclass(frozen=True)
class Noise:
    """The remainder beside trend, seasons and level shifts.

    colour: white where nothing is remembered; blue where neighbours tend to differ; pink where they are alike; red where they are
    so much alike that the level wanders (slope under −1.5, or under −1 with an autocorrelation over 0.9). slope: the spectrum's
    power goes as frequency to the slope, with its 95 % interval: 0 for white noise, −2 for a random walk. scale: robust standard
    deviation in the series' unit. share: of the series' variance, 0–1, outliers curbed.
    """

    colour: Colour
    slope: float
    low: float
    high: float
    scale: float
    share: float


def autocorrelation(values: Array, lags: int) -> Array:
    """(lags + 1,) autocorrelation of `values` (time,) at lags 0 … lags.

    Where values are NaN each lag counts its own pairs, tapered as the usual estimate is.
    """
    known = np.isfinite(values)
    n = len(values)
    if not known.any():
        return np.full(lags + 1, np.nan)
    centred = np.where(known, values - values[known].mean(), 0.0)
    if known.all():
        size = 1 << int(np.ceil(np.log2(2 * n)))
        products = np.fft.irfft(np.abs(np.fft.rfft(centred, size)) ** 2, size)[: lags + 1]
        return np.asarray(products / products[0])
    found = np.ones(lags + 1)
    for lag in range(1, lags + 1):
        late, early = centred[lag:] * known[:-lag], centred[:-lag] * known[lag:]
        size_of_both = float(np.sqrt((late @ late) * (early @ early)))
        found[lag] = (1 - lag / n) * float(late @ early) / size_of_both if size_of_both > 0 else 0.0
    return found


def correlation_at(values: Array, lag: int) -> float:
    """Pearson's correlation of `values` (time,) with themselves `lag` samples before, over known pairs, as pandas' autocorr.

    NaN with fewer than three pairs or where either side is constant.
    """
    if lag <= 0 or lag >= len(values):
        return 1.0 if lag == 0 else float("nan")
    late, early = values[lag:], values[:-lag]
    both = np.isfinite(late) & np.isfinite(early)
    if both.sum() < 3 or not np.ptp(late[both]) or not np.ptp(early[both]):
        return float("nan")
    return float(np.corrcoef(late[both], early[both])[0, 1])


def remainder_of(values: Array, structure: Array, bends: tuple[int, ...] = ()) -> Array:
    """`values` (time,) less `structure` (time,; seasons and level shifts) and a straight line that may bend at rows `bends`.

    The line is fitted by least squares to calmed values, so that a few outliers do not tilt it; NaN stays NaN.
    """
    left = values - structure
    known = np.flatnonzero(np.isfinite(left))
    if len(known) < 3:
        return np.asarray(left)
    rows = np.arange(len(left)) / len(left)
    columns = [np.ones(len(left)), rows, *(np.maximum(rows - bend / len(left), 0.0) for bend in bends)]
    design = np.stack(columns, axis=1)
    line = np.zeros(len(left))
    for _ in range(2):
        goal = line + calmed(left - line)
        line = design @ np.linalg.lstsq(design[known], goal[known], rcond=None)[0]
    return np.asarray(left - line)


def calmed(remainder: Array) -> Array:
    """A remainder (time,) drawn in to five robust standard deviations around its median, so that no single value rules."""
    scale = robust_scale(remainder)
    if scale == 0:
        return remainder
    middle = float(np.nanmedian(remainder))
    return np.asarray(np.clip(remainder, middle - _CALM * scale, middle + _CALM * scale))


def find_memory(remainder: Array, period: int | None = None) -> Memory | None:
    """Autocorrelation of a remainder (time,); None with fewer than 24 known values or a constant one.

    period: the longest season that was taken out, in samples; lags then reach twice as far. Outliers are drawn in first.

    Source: Ljung & Box 1978; Holm 1979; order by Durbin–Levinson and BIC.
    """
    from scipy.stats import chi2, norm

    known = int(np.isfinite(remainder).sum())
    if known < _SHORTEST:
        return None
    calm = calmed(remainder)
    if _constant(calm):
        return None
    reach = max(1, min(known // 4, max(_FARTHEST, 2 * (period or 0))))
    found = autocorrelation(calm, reach)[1:]
    lags = np.arange(1, reach + 1)
    chances = 2 * norm.sf(np.abs(found) * np.sqrt(known * (known + 2) / (known - lags)))
    kept = np.flatnonzero(holm(chances) < _LEVEL)
    summed = min(reach, max(1, min(10 if period is None else 2 * period, known // 5)))
    statistic = float(known * (known + 2) * np.sum(found[:summed] ** 2 / (known - lags[:summed])))
    return Memory(
        n=known,
        lag_one=float(found[0]),
        tried=reach,
        significant=tuple(int(lags[place]) for place in kept),
        correlations=tuple(float(found[place]) for place in kept),
        ljung_box=statistic,
        ljung_box_p=float(chi2.sf(statistic, summed)),
        ljung_box_lags=summed,
        order=_order(found, known),
        half_life=_half_life(found),
    )


def holm(chances: Array) -> Array:
    """p-values (test,) corrected for their number, in the order given; NaN counts as no test and stays NaN.

    Source: Holm 1979.
    """
    answer = np.full(len(chances), np.nan)
    tested = np.flatnonzero(np.isfinite(chances))
    order = tested[np.argsort(chances[tested], kind="stable")]
    weights = len(order) - np.arange(len(order))
    answer[order] = np.minimum(np.maximum.accumulate(chances[order] * weights), 1.0)
    return answer


def find_noise(values: Array, remainder: Array, memory: Memory | None) -> Noise | None:
    """Colour, size and share of the remainder (time,) of `values` (time,); None with fewer than 24 known values.

    The slope is a straight line through the log power of a tapered periodogram, averaged in bins of equal ratio so that slow
    and fast movements weigh alike. Where `memory` says that nothing is remembered the noise is white, whatever the slope.

    Source: Geweke & Porter-Hudak 1983, over all frequencies; Milotti 2002 for the colours.
    """
    known = np.isfinite(remainder)
    calm = calmed(remainder)
    if known.sum() < _SHORTEST or _constant(calm):
        return None
    slope, error = _spectral_slope(fill(calm))
    spread = float(np.var(np.clip(values[known], *np.percentile(values[known], (0.5, 99.5)))))
    share = float(np.clip(np.var(calm[known]) / spread, 0.0, 1.0)) if spread > 0 else 1.0
    colour = _colour(slope, memory.lag_one) if memory is not None and memory.present else "white"
    return Noise(colour, slope, slope - 1.96 * error, slope + 1.96 * error, robust_scale(remainder), share)


def _colour(slope: float, lag_one: float) -> Colour:
    """The colour of noise that remembers. A short memory bends the spectrum only at its slow end, so lag one counts beside it."""
    if slope < -1.5 or (slope < -1 and lag_one > _RED_MEMORY):
        return "red"
    return "pink" if lag_one > 0 else "blue"


def _constant(values: Array) -> bool:
    known = values[np.isfinite(values)]
    return not known.size or float(np.ptp(known)) <= 1e-12 * float(np.max(np.abs(known)) or 1.0)


def _half_life(found: Array) -> float | None:
    """Samples until the autocorrelation falls under one half, between lags by a straight line; None as Memory says."""
    curve = np.concatenate([[1.0], found])
    under = np.flatnonzero(curve < 0.5)
    if not under.size or under[0] <= 1:
        return None
    after = int(under[0])
    return float(after - 1 + (curve[after - 1] - 0.5) / (curve[after - 1] - curve[after]))


def _order(found: Array, known: int) -> int:
    """The autoregressive order with the least BIC, by the Durbin–Levinson recursion on autocorrelations at lags 1 …"""
    most = min(_MOST_ORDER, len(found), known // 8)
    weights = np.zeros(0)
    left, best, chosen = 1.0, 0.0, 0
    for order in range(1, most + 1):
        partial = float((found[order - 1] - weights @ found[: order - 1][::-1]) / left)
        if not abs(partial) < 1:
            break  # gaps can make a sequence of autocorrelations that no process has
        weights = np.append(weights - partial * weights[::-1], partial)
        left *= 1 - partial**2
        score = known * np.log(left) + order * np.log(known)
        if score < best:
            best, chosen = score, order
    return chosen


def _spectral_slope(values: Array) -> tuple[float, float]:
    """Slope of the log power of `values` (time,) over log frequency, and its standard error."""
    from scipy.special import digamma

    n = len(values)
    tapered = (values - values.mean()) * np.hanning(n + 2)[1:-1]
    power = np.abs(np.fft.rfft(tapered))[1:] ** 2
    frequencies = np.arange(1, len(power) + 1) / n
    # A fitted line and the taper leave little of the two slowest waves.
    power, frequencies = power[2:], frequencies[2:]
    labels = np.floor(np.log(frequencies / frequencies[0]) / np.log(_BIN_RATIO) + 1e-9)
    bins = pd.DataFrame({"frequency": np.log(frequencies), "power": power}).groupby(labels)
    x, y = bins["frequency"].mean().to_numpy(), np.log(np.maximum(bins["power"].mean().to_numpy(), 1e-300))
    # The logarithm of a mean of few exponentials is too small on average; the taper makes neighbours share their chance.
    independent = np.maximum(bins.size().to_numpy() / 2, 1.0)
    y = y - digamma(independent) + np.log(independent)
    centred = x - x.mean()
    slope = float(centred @ y / (centred @ centred))
    left = y - y.mean() - slope * centred
    error = float(np.sqrt(left @ left / max(len(x) - 2, 1) / (centred @ centred)))
    return slope, error
