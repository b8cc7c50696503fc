"""How noisy a series is and how long its noise remembers, measured so that outliers, shifts and trends do not matter."""

from __future__ import annotations

import numpy as np

from assistant.analysis.prepare import Array

_NORMAL = 1.4826  # the standard deviation of a normal variable, over its median absolute deviation
_GRID = np.linspace(-0.5, 0.99, 300)  # coefficients φ that are told apart
LARGEST_SCORE = 1_000.0  # in standard deviations or errors: beyond it a score tells of the noise's scale alone, so it is capped


def robust_scale(values: Array) -> float:
    """Standard deviation of `values` (time,) as its median absolute deviation says; NaN is left out, 0 for a constant.

    Where more than half of the values are equal the mean absolute deviation stands in.
    """
    known = values[np.isfinite(values)]
    if not known.size:
        return 0.0
    distances = np.abs(known - np.median(known))
    scale = _NORMAL * float(np.median(distances))
    if scale <= 1e-9 * (float(np.max(np.abs(known))) or 1.0):
        scale = 1.2533 * float(np.mean(distances))
    return scale


def quick_persistence(values: Array) -> float:
    """Autocorrelation φ of the noise at lag one, −0.5–0.99, of `values` (time,) without NaN, from one and four steps alone.

    No slow movement shows in it, be it a change or noise. Four steps tell φ far better than two do: of 500 rows of AR(1) noise
    at 0.8 to within 0.06, not 0.09.
    """
    return _persistence_at(values, 4)


def _persistence_at(values: Array, lag: int) -> float:
    """φ from how much wider differences over `lag` steps are than those over one: 1 + φ + … + φ^(lag − 1) times the variance."""
    single = _clipped_variance(np.diff(values))
    if len(values) < 12 or single == 0:
        return 0.0
    sums = np.sum(_GRID[:, None] ** np.arange(lag)[None, :], axis=1)
    return float(np.interp(_clipped_variance(values[lag:] - values[:-lag]) / single, sums, _GRID))


def _clipped_variance(values: Array) -> float:
    """Variance of `values` (time,) pulled in to three robust deviations; known far better than the median absolute deviation."""
    centred = values - np.median(values)
    bound = 3 * robust_scale(centred)
    return float(np.mean(np.clip(centred, -bound, bound) ** 2))


def persistence(values: Array) -> float:
    """Autocorrelation φ of the noise at lag one, −0.5–0.99, of `values` (time,) without NaN.

    For an AR(1) process a difference over k steps has a variance in proportion to 1 − φᵏ. The ratio of the variances at two
    lags gives φ; since differences are clipped, a handful of outliers, level shifts or a trend leave it as it is. The larger
    of the answers at 4 and at 8 steps counts, so that slow noise under fast noise shows.
    """
    answer = quick_persistence(values)
    return max(answer, _persistence_at(values, 8)) if len(values) >= 60 else answer


def noise_scale(values: Array, phi: float) -> float:
    """Robust standard deviation of AR(1) noise with autocorrelation φ, from single steps, where trend and shifts do not show."""
    return float(robust_scale(np.diff(values)) / np.sqrt(2 * (1 - phi)))


def innovation_scale(values: Array, phi: float) -> float:
    """Robust standard deviation of what is new at each step of AR(1) noise with autocorrelation φ."""
    return float(noise_scale(values, phi) * np.sqrt(1 - phi**2))


def drift_inflation(values: Array, phi: float) -> float:
    """How much more the means of neighbouring stretches differ than AR(1) noise with φ lets them, at least 1.

    More than 1 means a level that wanders slowly; being a median over 24 stretches it does not see a few shifts.
    """
    size = max(5, len(values) // 24)
    if len(values) < 12 * size:
        return 1.0
    means = values[: len(values) // size * size].reshape(-1, size).mean(axis=1)
    lags = np.arange(1, size)
    one = (1 + 2 * float(np.sum((1 - lags / size) * phi**lags))) / size
    # Covariance of neighbouring means: every pair of rows, one from each stretch.
    pairs = np.arange(1, 2 * size)
    neighbour = float(np.sum(np.minimum(pairs, 2 * size - pairs) * phi**pairs)) / size**2
    expected = noise_scale(values, phi) * np.sqrt(max(2 * (one - neighbour), 1e-12))
    return max(1.0, robust_scale(np.diff(means)) / expected / 1.25) if expected > 0 else 1.0
