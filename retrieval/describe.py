"""Plain words for a window, computed from its values; no numbers, so that nothing can be misquoted."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]

_SEGMENTS = 8
_STEADY = 0.9
"""Correlation with time from which a move counts as steady."""
_TREND = 0.6
_TURN = 0.55
"""Share of the smoothed range that a move must cover on both sides of a turn."""
_SHARP = 6.0
"""Deviations (robust) from the neighbours that make a spike or a dip."""
_WAVE_POWER = 0.6
"""Share of the variance around the trend in one frequency that makes waves."""
_HISTORY_SAMPLE = 2_000


def describe_window(values: Values, history: Values | None = None) -> str:
    """What a window looks like, as "rises, then falls back; peak in the middle; smooth; high for the series".

    values: (time,) float64 without NaN, 2 or more. history: (earlier,) float64, the series before the window, NaN ignored;
    level and swing are put in relation to it where it is at least two windows long. What comes after the window plays no
    part, so that the words of an episode reveal nothing of its future.
    """
    spread = float(np.ptp(values))
    if spread <= 1e-9 * max(float(np.abs(values).max()), 1e-300):
        return "; ".join(["stays flat and constant, no change", *_relation(values, history)])
    sharp, calm = _sharp_points(values)
    scaled = (calm - calm.min()) / (np.ptp(calm) or 1.0)
    waves = _waves(scaled)
    jump = "" if waves else _jump(scaled)
    parts = [jump or _direction(scaled, waves)]
    if not jump and not waves:
        parts += _extremes(scaled)
    parts += sharp
    parts.append(_texture(scaled, waves))
    parts += _relation(values, history)
    return "; ".join(part for part in parts if part)


def _segments(scaled: Values) -> Values:
    """(segment,) means of up to eight equal parts."""
    return np.array([part.mean() for part in np.array_split(scaled, min(_SEGMENTS, len(scaled)))])


def _moves(scaled: Values, means: Values) -> bool:
    """Whether the parts differ by more than the noise of single steps can make their means differ."""
    noise = float(np.std(np.diff(scaled)) / np.sqrt(2.0))
    # The studentised range of eight means of pure noise exceeds 5.5 in about one of a hundred windows.
    share = len(means) / len(scaled)
    return float(np.ptp(means)) > max(0.35, 5.5 * noise * math.sqrt(share))


def _direction(scaled: Values, waves: str | None) -> str:
    means = _segments(scaled)
    span = float(np.ptp(means))
    time = np.arange(len(scaled), dtype=np.float64)
    flat = float(np.ptp(scaled)) == 0.0
    slope = 0.0 if flat else float(np.corrcoef(time, scaled)[0, 1])
    if waves is not None:
        drift = ", rising overall" if slope > _TREND else ", falling overall" if slope < -_TREND else ""
        return f"{waves}{drift}"
    first, last, low, high = means[0], means[-1], means.min(), means.max()
    if not _moves(scaled, means):
        return "no clear direction"
    if min(high - first, high - last) > _TURN * span:
        return "rises, then falls back"
    if min(first - low, last - low) > _TURN * span:
        return "falls, then recovers"
    if abs(slope) > _TREND:
        pace = "steadily" if abs(slope) > _STEADY else "unevenly"
        return f"{'rises' if slope > 0 else 'falls'} {pace}"
    return "moves up and down without a clear direction"


def _jump(scaled: Values) -> str:
    """A step from one level to another that explains nearly all of the variance; a slope explains three quarters at most."""
    size = len(scaled)
    if size < 8:
        return ""
    cuts = np.arange(2, size - 1)
    sums = np.cumsum(scaled)
    left = sums[cuts - 1] / cuts
    right = (sums[-1] - sums[cuts - 1]) / (size - cuts)
    explained = cuts * (size - cuts) / size**2 * (right - left) ** 2 / max(float(scaled.var()), 1e-12)
    best = int(np.argmax(explained))
    if explained[best] < 0.85:
        return ""
    way = "higher" if right[best] > left[best] else "lower"
    return f"jumps to a {way} level {_place(float(cuts[best]) / size)}"


def _extremes(scaled: Values) -> list[str]:
    """Where the highest and the lowest stretch lie, unless they are at the ends, which the direction has said."""
    means = _segments(scaled)
    if len(scaled) < 8 or not _moves(scaled, means):
        return []
    words = []
    for name, number in (("peak", int(np.argmax(means))), ("low", int(np.argmin(means)))):
        if 0 < number < len(means) - 1:
            words.append(f"{name} {_place((number + 0.5) / len(means))}")
    return words


def _sharp_points(values: Values) -> tuple[list[str], Values]:
    """Words for single values far from their neighbours, and the values with those smoothed away."""
    if len(values) < 8:
        return [], values
    padded = np.pad(values, 2, mode="reflect")
    middle = np.median(np.lib.stride_tricks.sliding_window_view(padded, 5), axis=1)
    residual = values - middle
    noise = float(np.median(np.abs(residual - np.median(residual)))) * 1.4826
    # In a smooth window the residuals vanish; a spike must then stand out from the window's own moves and steps.
    steps = 0.5 * float(np.median(np.abs(np.diff(values))))
    noise = max(noise, steps, 0.05 * float(np.ptp(middle)), 1e-9 * float(np.abs(values).max()))
    far = np.abs(residual) > _SHARP * noise
    if not far.any() or far.mean() > 0.1:
        return [], values
    words = []
    for name, sign in (("spike", 1.0), ("dip", -1.0)):
        places = np.flatnonzero(far & (sign * residual > 0))
        if len(places) == 1:
            words.append(f"a sharp {name} {_place(float(places[0]) / (len(values) - 1))}")
        elif len(places) > 1:
            words.append(f"several sharp {name}s")
    return words, np.where(far, middle, values)


def _waves(scaled: Values) -> str | None:
    """Words for a repeating movement, where one frequency dominates what a straight line leaves."""
    size = len(scaled)
    if size < 12:
        return None
    time = np.arange(size, dtype=np.float64)
    rest = scaled - np.polyval(np.polyfit(time, scaled, 1), time)
    total = float((rest**2).sum())
    # Waves that a trend dwarfs are texture.
    if total < 0.02 * float(((scaled - scaled.mean()) ** 2).sum()) or total < 1e-12:
        return None
    power = np.abs(np.fft.rfft(rest * np.hanning(size))) ** 2
    power[:2] = 0.0
    best = int(np.argmax(power))
    around = float(power[max(best - 1, 2) : best + 2].sum())
    whole = float((np.abs(np.fft.rfft(rest * np.hanning(size)))[1:] ** 2).sum())
    if around < _WAVE_POWER * whole or best < 2 or size / best < 3:
        return None
    return "repeats in a few regular waves" if best <= 4 else "repeats in many regular waves"


def _texture(scaled: Values, waves: str | None) -> str:
    if waves is not None or len(scaled) < 8:
        return ""
    steps, spread = np.diff(scaled), float(scaled.std())
    if spread == 0.0:
        return "calm"
    # Robust, so that a single jump does not make a calm window rough.
    roughness = 1.4826 * float(np.median(np.abs(steps - np.median(steps)))) / spread
    if roughness > 1.0:
        return "jagged"
    return "calm and smooth" if roughness < 0.35 else "somewhat rough"


def _relation(values: Values, history: Values | None) -> list[str]:
    """Level and swing beside what the series did before."""
    if history is None or len(history) < 2 * len(values):
        return []
    sample = history[:: max(1, len(history) // _HISTORY_SAMPLE)]
    sample = sample[np.isfinite(sample)]
    if len(sample) < 8:
        return []
    low, q1, q3, high = np.quantile(sample, [0.1, 0.25, 0.75, 0.9])
    level = float(np.median(values))
    words = []
    if level > max(high, q3):
        words.append("high for the series so far")
    elif level < min(low, q1):
        words.append("low for the series so far")
    swing, usual = float(np.ptp(np.quantile(values, [0.1, 0.9]))), float(high - low)
    if usual > 0 and swing > 1.5 * usual:
        words.append("unusually large swings")
    elif usual > 0 and swing < 0.15 * usual:
        words.append("unusually small swings")
    return words


def _place(share: float) -> str:
    """A place in the window, from its share of the way."""
    names = ("at the start", "early", "in the middle", "late", "at the end")
    bounds = (0.12, 0.38, 0.62, 0.88)
    return names[int(np.searchsorted(bounds, share))]
