"""Periods that may be seasons: at the spectrum's peaks, then brought to the length at which the series repeats itself best."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from assistant.analysis.noise import persistence, robust_scale
from assistant.analysis.prepare import Array
from assistant.analysis.regression import fit_terms
from assistant.analysis.spectrum import background, folded, power
from assistant.analysis.steady import HARMONICS

_PEAKS = 8
_RESOLUTION = 0.5  # of a cycle in the whole series: lengths that drift apart by no more are hard to tell apart
_FINEST = 6  # harmonics by which they are told apart
_PHASES = 24  # rows of a cycle that suffice for it
_BEND = 2  # degree of the curve beneath
_MEMORY = 0.3  # of the noise, while its memory is measured
_AS_GOOD = 4.0  # twice the log likelihood that a usual length may lack
USUAL = (7, 12, 24, 30, 48, 52, 60, 96, 144, 168, 288, 336, 365, 672, 1440)  # hours, days, weeks and years, in usual samples


def spectral_periods(steady: Array, level: float) -> list[int]:
    """Whole periods, at most a quarter of the series, where the spectrum of `steady` (time,) stands highest over its background.

    level: the chance that noise may be taken for a season; half the evidence it asks for makes a candidate.
    """
    n = len(steady)
    sums = np.concatenate([[0.0], np.cumsum(steady)])
    spectrum = power(steady)
    ratio = spectrum / background(spectrum, np.zeros(0))
    ratio[:4] = 0
    found: list[int] = []
    for peak in np.argsort(-ratio)[:_PEAKS]:
        # Half the evidence is enough to be a candidate: cleaning may reveal the other half.
        if ratio[peak] < 0.5 * np.log(n / 2 / level):
            break
        for multiple in (1, 2, 3, 4):
            low, high = multiple * n / (peak + 0.75), multiple * n / (peak - 0.75)
            options = [p for p in range(max(2, int(np.ceil(low))), int(high) + 1) if 4 * p <= n][:200]
            if options:
                best = min(options, key=lambda p: _misfit(steady, sums, p))
                if best not in found:
                    found.append(best)
    return found


def refined(steady: Array, period: int) -> int:
    """`period`, seen over few cycles and so known only roughly, where `steady` (time,) repeats itself best; a usual length if as
    good.

    Differences over one and two periods keep what trend and level shifts are left from pulling the period to one side.
    """
    n = len(steady)
    reach = int(period**2 / (2 * n))
    if not reach:
        return period
    scores = {lag: _unlike(steady, lag, period) for lag in range(max(2, period - reach), min(period + reach, n // 4) + 1)}
    best = min(scores, key=lambda lag: scores[lag])
    good = [p for p in (*USUAL, period) if p in scores and scores[p] - scores[best] < 4 + 0.02 * n]
    near = [p for p in good if min(abs(p - best), abs(p - period)) * 8 * n <= period**2]
    return min(near, key=lambda p: (p not in USUAL, scores[p]), default=best)


def near_usual(period: int, n: int) -> list[int]:
    """The usual lengths that `n` samples can hardly tell from `period`; none where it is usual itself."""
    near = [usual for usual in USUAL if abs(usual - period) * n <= _RESOLUTION * period**2]
    return [] if period in near else near


def usual_length(values: Array, period: int, near: Sequence[int]) -> int:
    """The one of the usual lengths `near`, at least one, that explains `values` (time,) as well as a cycle of `period` samples
    does; `period` if there is none.

    values: without NaN, outliers and other seasons. The likelihoods of a few harmonics under AR(1) noise are compared.
    """
    block = max(1, period // _PHASES)
    coarse = values[: len(values) // block * block].reshape(-1, block).mean(axis=1)
    count = min(_FINEST, period // (2 * block))
    shapes = {length: harmonics_of(len(coarse), [length / block], count) for length in (period, *near)}
    phi = persistence(coarse - fit_terms(coarse, [], _MEMORY, _BEND, None, shapes[period]).line)
    costs = {length: len(coarse) * np.log(fit_terms(coarse, [], phi, _BEND, None, shapes[length]).loss) for length in shapes}
    best = min(near, key=lambda length: costs[length])
    return best if costs[best] < costs[period] + _AS_GOOD else period


def harmonics_of(n: int, cycles: Sequence[float], harmonics: int) -> Array:
    """Sine and cosine of each period in `cycles` and its fractions, (time, column)."""
    rows = np.arange(n)[:, None]
    angles = [2 * np.pi * rows * np.arange(1, harmonics + 1) / cycle for cycle in cycles]
    return np.hstack([part for angle in angles for part in (np.sin(angle), np.cos(angle))])


def _unlike(steady: Array, lag: int, period: int) -> float:
    """How unlike itself `steady` (time,) is one and two `lag`s on, as a log likelihood; lags near `period` are weighted alike."""
    total = 0.0
    for times in (1, 2):
        change = steady[times * lag :] - steady[: -times * lag]
        clock = np.arange(len(change)) - (len(change) - 1) / 2
        change = change - np.median(change)
        change = change - clock * float(clock @ change) / float(clock @ clock)
        bound = 3 * robust_scale(change)
        square = max(float(np.mean(np.clip(change, -bound, bound) ** 2)), 1e-300)
        total += (len(steady) - times * period) / times * np.log(square)
    return float(total)


def _misfit(steady: Array, sums: Array, period: int) -> float:
    """Mean square that a mean cycle of `period` phases, no finer than twelve harmonics, leaves of `steady` (time,) beside its
    running mean over one period, so that slow movements do not drown the comparison of neighbouring periods.

    sums: (time + 1,) of `steady` up to each row.
    """
    start = period // 2
    quick = steady[start : start + len(steady) - period + 1] - (sums[period:] - sums[:-period]) / period
    totals, counts = folded(quick, period)
    lines = np.abs(np.fft.rfft(totals / counts)[1 : HARMONICS + 1]) ** 2
    halves = np.where(2 * np.arange(1, len(lines) + 1) == period, 1.0, 2.0)
    explained = float(halves @ lines) / period**2
    parameters = min(period - 1, 2 * HARMONICS)
    return (float(quick @ quick) / len(quick) - explained) * len(quick) / max(len(quick) - parameters, 1)
