"""A series without its line, its jumps and its outliers, and its mean cycles: the form in which seasons are looked for."""

from __future__ import annotations

import itertools

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array

HARMONICS = 12  # no mean cycle is made of more
_MOST_JUMPS = 12  # from how many of its jumps a rhythm of jumps is looked for


def steady_form(values: Array, jumps: bool = True) -> Array:
    """`values` (time,) without its line, its sudden jumps and its outliers; what is left oscillates about zero.

    At least four values, none of them NaN. jumps: False where lasting shifts are out already, so that a jump is a season's.
    """
    n = len(values)
    level = values - _lasting_jumps(values) if jumps else values
    reach = max(1, n // 3)
    level = level - float(np.median((level[reach:] - level[:-reach]) / reach)) * np.arange(n)
    level = level - np.median(level)
    bound = 4 * robust_scale(level)
    level = np.clip(level, -bound, bound)
    level = level - level.mean()
    positions = np.arange(n) - (n - 1) / 2
    return np.asarray(level - positions * (positions @ level) / (positions @ positions))


def mean_cycle(steady: Array, period: int) -> Array:
    """The mean cycle of `steady` (time,), repeated to its length, no finer than twelve harmonics; medians resist outliers.

    period: in samples, at most the length of `steady`, which is without NaN.
    """
    n = len(steady)
    partial = n % period
    cycles = steady[: n - partial].reshape(-1, period)
    often = np.vstack([cycles[:, :partial], steady[n - partial :]])
    profile = np.concatenate([np.median(often, axis=0), np.median(cycles[:, partial:], axis=0)])
    lines = np.fft.rfft(profile)
    lines[0] = 0
    lines[HARMONICS + 1 :] = 0
    return np.tile(np.fft.irfft(lines, period), -(-n // period))[:n]


def without_seasons(values: Array, periods: tuple[int, ...], jumps: bool = True) -> Array:
    """`values` (time,) less the mean cycles of `periods`, fitted by turns; jumps and outliers do not bend the cycles.

    jumps: as in `steady_form`.
    """
    profiles = [np.zeros(len(values)) for _ in periods]
    for _ in range(2):
        for row, period in enumerate(periods):
            others = np.sum(profiles, axis=0) - profiles[row]
            profiles[row] = mean_cycle(steady_form(values - others - profiles[row], jumps) + profiles[row], period)
    return np.asarray(values - np.sum(profiles, axis=0))


def without_outliers(values: Array, width: int = 9) -> Array:
    """`values` (time,) with what stands four deviations off its running median replaced by that median; edges of shifts stay."""
    from scipy.ndimage import median_filter

    middle = median_filter(values, min(width, len(values) // 2 * 2 - 1), mode="nearest")
    off = values - middle
    return np.where(np.abs(off) > 4 * robust_scale(off), middle, values)


def _lasting_jumps(values: Array) -> Array:
    """The sudden jumps of `values` (time,) that stay, as a staircase (time,) that starts at zero; a spike, which jumps back, and
    jumps that a season makes are not among them."""
    n = len(values)
    steps = np.zeros(n)
    differences = np.diff(values)
    scale = robust_scale(differences)
    if scale == 0:
        return steps
    width = max(3, min(n // 8, 12))
    rows = _lone_jumps(differences - float(np.median(differences)), 6 * scale)
    starts, ends = np.maximum(rows + 1 - width, 0), np.minimum(rows + 1 + width, n)
    sizes = _medians(values, rows + 1, ends) - _medians(values, starts, rows + 1)
    jumps = differences[rows]
    lasting = (np.minimum(rows + 1 - starts, ends - rows - 1) >= 3) & (sizes * jumps > 0.6 * jumps**2)
    steps[rows[lasting] + 1] = jumps[lasting]
    return np.cumsum(steps)


def _medians(values: Array, starts: NDArray[np.int64], ends: NDArray[np.int64]) -> Array:
    """Median of `values` (time,) from each of `starts` (stretch,) to before the same of `ends`, few of them of unlike length."""
    lengths = ends - starts
    medians = np.zeros(len(starts))
    for length in np.unique(lengths):
        alike = lengths == length
        medians[alike] = np.median(sliding_window_view(values, int(length))[starts[alike]], axis=1)
    return medians


def _lone_jumps(differences: Array, bound: float) -> NDArray[np.int64]:
    """Rows where `differences` (time,) exceed `bound`, less those of one sign that come back by the clock: they are a season."""
    n = len(differences)
    rows = np.flatnonzero(np.abs(differences) > bound)
    lone = np.ones(len(rows), bool)
    for sign in (-1, 1):
        places = np.flatnonzero(np.sign(differences[rows]) == sign)
        own = rows[places]
        for first, then in itertools.product(range(min(len(own), _MOST_JUMPS)), (1, 2)):
            if first + then >= len(own) or not 4 <= (beat := int(own[first + then] - own[first])) <= n / 3:
                continue
            cycles = (own - own[first]) / beat
            whole = np.round(cycles)
            regular = np.abs(cycles - whole) <= 0.01 * np.abs(whole) + 1 / beat
            if len(np.unique(whole[regular])) >= max(3.0, 0.75 * (n / beat - 1)):
                lone[places[regular]] = False
                break
    return np.asarray(rows[lone], np.int64)
