"""The power of a series at the multiples of a frequency, the background it stands on, and the chance of so much in noise."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.prepare import Array


def folded(values: Array, period: int) -> tuple[Array, Array]:
    """Sum of `values` (time,) at each phase (period,), and how many there are."""
    whole = len(values) // period * period
    sums = values[:whole].reshape(-1, period).sum(axis=0)
    sums[: len(values) - whole] += values[whole:]
    counts = np.full(period, float(whole // period))
    counts[: len(values) - whole] += 1
    return sums, counts


def line_powers(values: Array, period: int) -> Array:
    """(line,) power of `values` (time,), tapered, at 1, 2 … period // 2 times 1 / `period` cycles per sample."""
    return np.asarray(np.abs(np.fft.rfft(folded(values * _taper(len(values)), period)[0])[1:]) ** 2)


def power(values: Array) -> Array:
    """(frequency,) power of `values` (time,), centred and tapered, at whole cycles per length from none on."""
    return np.abs(np.fft.rfft((values - values.mean()) * _taper(len(values)))) ** 2


def _taper(n: int) -> Array:
    from scipy.signal.windows import tukey

    taper = tukey(n, 0.2)
    return np.asarray(taper / np.sqrt(np.mean(taper**2)))


def background(power: Array, lines: Array) -> Array:
    """Smooth expectation of `power` (frequency,): the larger of a running median and a robust curve in log frequency.

    lines: (line,) positions in bins whose power must not count.
    """
    from scipy.ndimage import median_filter

    size = len(power)
    bins = np.arange(1, size)
    # A series of exact sums has bins without any power, even all of them; the floor stays far below what counts.
    log_power = np.log(np.maximum(power[1:], max(1e-12 * float(power.max()), 1e-300)))
    reach = 1.6 if len(lines) < 2 or lines[0] >= 6 else 0.6
    kept = np.ones(size - 1, bool)
    for line in lines:
        kept[np.abs(bins - line) < reach] = False
    if kept.sum() < 6:
        kept[:] = True
    bridged = np.interp(bins, bins[kept], log_power[kept])
    running = median_filter(bridged, max(7, min(size // 6, 60)) | 1, mode="reflect")
    # The median of an exponential variable is ln 2 times its mean.
    expected = np.exp(np.maximum(_curve(log_power, kept), running)) / np.log(2)
    return np.concatenate([expected[:1], expected])


def _curve(log_power: Array, kept: NDArray[np.bool_]) -> Array:
    """Parabola in log frequency through the `kept` of `log_power` (frequency,), least absolute deviations, from one cycle on."""
    bins = np.arange(1, len(log_power) + 1)
    log_frequency = np.log(bins)
    log_frequency = log_frequency - log_frequency.mean()
    design = np.stack([np.ones(len(bins)), log_frequency, log_frequency**2])
    # Each octave counts alike, else the many high frequencies decide the low ones too.
    octave = kept / np.sqrt(bins + 2.0)
    robust = octave
    curve = log_power
    for _ in range(8):
        # Three well-scaled columns: the normal equations are exact enough, and far quicker than an orthogonal solution.
        weighted = design * robust**2
        curve = np.linalg.solve(weighted @ design.T, weighted @ log_power) @ design
        robust = octave / np.sqrt(np.maximum(np.abs(log_power - curve), 0.3))
    return np.asarray(curve)


def log_tail(ratio: float, lines: int, support: float) -> float:
    """Logarithm of the chance that the mean power of `lines` lines exceeds `ratio` times that of `support` others."""
    from scipy.special import betainc, betaln

    share = support / (support + lines * ratio)
    tail = float(betainc(support, lines, share))
    # Where the chance is too small for a float its leading term says it.
    if tail > 1e-290:
        return float(np.log(tail))
    return float(support * np.log(share) + lines * np.log1p(-share) - np.log(support) - betaln(support, lines))
