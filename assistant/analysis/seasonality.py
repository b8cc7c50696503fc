"""Seasonal periods and their strengths, found under outliers, trends and level shifts.

A season is a line in the spectrum: its power stands at exactly 1/p and its multiples, while noise of any colour is smooth
over neighbouring frequencies. So each line's power is divided by the background that its neighbourhood suggests; what remains
is exponentially distributed for noise, whatever its colour, and the usual tail probabilities hold for white noise and random
walks alike. Each candidate is tested on a series cleaned of outliers and jumps after the candidate's own profile was set
aside, where they are easiest to see; what is found is taken out and the search repeated on the rest.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.decompose import seasonal_component
from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array, candidate_periods, fill

_SHORTEST = 16
_LEVEL = 2e-3  # chance that the calendar's periods, or a search over all others, claim one of a series without any
_WEAKEST = 0.05
_MOST = 4
_NOTHING_LEFT = 1e-9  # of the series' spread: what remains beside the seasons is rounding, and its lines mean nothing
_HARMONICS = 12
_LONGEST_STRENGTH = 5_000


@dataclass(frozen=True)
class Season:
    """period in samples; strength 0–1: the share of the detrended variance that the season explains.

    p_value: the chance of so strong a line in noise. calendar: whether the calendar suggests the period.
    """

    period: int
    strength: float
    p_value: float
    calendar: bool


def find_seasons(values: Array, frequency: str | None = None) -> tuple[Season, ...]:
    """The seasons of `values` (time,), the strongest first, at most four; none for noise, a random walk or a mere trend.

    NaN is interpolated. frequency: a pandas offset alias; its calendar periods need two cycles, every other period four and
    stronger evidence. Multiples and harmonics of a season are not reported again.

    Source: strength as Wang, Smith & Hyndman 2006 (on a robust decomposition); line test after Fisher 1929.
    """
    known = np.isfinite(values)
    if known.sum() < _SHORTEST or known.mean() < 0.3:
        return ()
    filled = fill(values)
    if robust_scale(steady_form(filled)) == 0:
        return ()
    calendar = candidate_periods(frequency, len(values))
    found = _search(filled, calendar)
    if not found:
        return ()
    strengths = _strengths(filled, tuple(sorted(found)))
    seasons = [Season(p, strengths[p], found[p], p in calendar) for p in found if strengths[p] >= _WEAKEST]
    return tuple(sorted(seasons, key=lambda season: -season.strength))


def steady_form(values: Array) -> Array:
    """`values` (time,) without its line, its sudden jumps and its outliers; what is left oscillates about zero."""
    n = len(values)
    differences = np.diff(values)
    middle = float(np.median(differences))
    scale = robust_scale(differences)
    steps = np.zeros(n)
    width = max(3, min(n // 8, 12))
    if scale > 0:
        # A jump that stays is removed; a spike jumps back and is left to the clipping below.
        for position in np.flatnonzero(np.abs(differences - middle) > 6 * scale):
            before = values[max(0, position + 1 - width) : position + 1]
            after = values[position + 1 : position + 1 + width]
            size = float(np.median(after) - np.median(before))
            if min(len(before), len(after)) >= 3 and size * differences[position] > 0.6 * differences[position] ** 2:
                steps[position + 1 :] += differences[position]
    level = values - steps
    reach = max(1, n // 3)
    level = level - float(np.median((level[reach:] - level[:-reach]) / reach)) * np.arange(n)
    level = level - np.median(level)
    bound = 4 * robust_scale(level)
    level = np.clip(level, -bound, bound)
    level = level - level.mean()
    positions = np.arange(n) - (n - 1) / 2
    return np.asarray(level - positions * (positions @ level) / (positions @ positions))


def _search(values: Array, calendar: tuple[int, ...]) -> dict[int, float]:
    """Periods and p-values, found one after the other, each taken out before the next is looked for."""
    found: dict[int, float] = {}
    rest, size = values, robust_scale(steady_form(values))
    while len(found) < _MOST:
        scored: dict[int, tuple[float, float]] = {}
        for period in _candidates(rest, calendar, found):
            lines = _Lines.of(rest, period)
            p_value = lines.p_value(lines.far_from(found, _HARMONICS if period in calendar else len(values)))
            if p_value * (len(calendar) if period in calendar else len(values) / 2) < _LEVEL:
                scored[period] = (p_value, lines.unexplained)
        if not scored:
            break
        # A multiple explains all that its divisor does: the shortest that leaves about as little wins, the calendar's first.
        least = min(left for _, left in scored.values())
        favoured = [p for p in calendar if p in scored and scored[p][1] <= 1.5 * least + 0.05]
        chosen = min(
            [p for p in favoured or scored if scored[p][1] <= 1.1 * min(scored[q][1] for q in favoured or scored) + 0.02]
        )
        period = _fundamental(rest, chosen)
        found[period] = scored[chosen][0]
        found |= {p: scored[p][0] for p in _nested(rest, period, calendar) if p in scored}
        rest = without_seasons(values, tuple(sorted(found)))
        if robust_scale(steady_form(rest)) <= _NOTHING_LEFT * size:
            break
    return found


def _candidates(rest: Array, calendar: tuple[int, ...], found: Iterable[int]) -> list[int]:
    """Periods worth a test: the calendar's, and those at the spectrum's peaks, but none that divides one already found."""
    searched = [p for p in _peaks(rest) if p not in calendar]
    return [p for p in (*calendar, *searched) if not any(other % p == 0 for other in found)]


def _fundamental(rest: Array, period: int) -> int:
    """The shortest divisor of `period` whose multiples carry all of its lines: a cycle of 12 also repeats every 24."""
    lines = _Lines.of(rest, period)
    orders = np.arange(1, len(lines.excess) + 1)
    for divisor in range(2, period // 2 + 1):
        if period % divisor == 0:
            others = orders % (period // divisor) != 0
            if lines.p_value(others) > 0.01 and lines.p_value(~others) < _LEVEL:
                return divisor
    return period


def _peaks(rest: Array) -> list[int]:
    """Whole periods, at most n/4, at the highest peaks of the spectrum over its background."""
    steady = steady_form(rest)
    n = len(steady)
    power = _power(steady)
    ratio = power / _background(power, np.zeros(0))
    ratio[:4] = 0
    found: list[int] = []
    for peak in np.argsort(-ratio)[:8]:
        # Half the evidence is enough to be a candidate: cleaning may reveal the other half.
        if ratio[peak] < 0.5 * np.log(n / 2 / _LEVEL):
            break
        for multiple in (1, 2, 3, 4):
            low, high = multiple * n / (peak + 0.75), multiple * n / (peak - 0.75)
            options = [p for p in range(max(2, int(np.ceil(low))), int(high) + 1) if 4 * p <= n][:200]
            if options:
                best = min(options, key=lambda p: _unexplained(steady, p))
                if best not in found:
                    found.append(best)
    return found


@dataclass(frozen=True)
class _Lines:
    """The power of one period's lines over the background.

    cleaned: (time,) the series, cleaned with the period's profile set aside. excess: (line,) power at h/period, h = 1 …, over
    the background. support: (line,) how many neighbours say what the background is.
    """

    period: int
    cleaned: Array
    excess: Array
    support: Array

    @classmethod
    def of(cls, rest: Array, period: int) -> _Lines:
        profile = _profile(steady_form(rest), period)
        profile = profile + _profile(steady_form(rest - profile), period)
        cleaned = profile - profile.mean() + steady_form(rest - profile)
        n = len(rest)
        orders = np.arange(1, min(period // 2, _HARMONICS) + 1)
        power = np.abs(_transform(cleaned * _taper(n), orders / period)) ** 2
        bins = orders * n / period
        background = _background(_power(cleaned), bins)
        excess = power / np.interp(bins, np.arange(len(background)), background)
        # A line at the highest frequency is real, not complex: its power is χ² with one degree, not two.
        excess = np.where(2 * orders == period, excess / 2, excess)
        return cls(period, cleaned, excess, np.clip(3 + 1.5 * bins, 4, max(4, min(n // 4, 60))))

    @property
    def unexplained(self) -> float:
        return _unexplained(self.cleaned, self.period)

    def far_from(self, found: Iterable[int], multiples: int) -> NDArray[np.bool_]:
        """(line,) whether each line is clear of the first `multiples` of those found, where a remainder of theirs may stand."""
        n = len(self.cleaned)
        lines = np.arange(1, len(self.excess) + 1) / self.period
        clear = np.ones(len(lines), bool)
        for other in found:
            nearest = np.clip(np.round(lines * other), 1, min(other // 2, multiples)) / other
            clear &= np.abs(lines - nearest) >= max(4 / n, 0.1 / other)
        return clear

    def p_value(self, counted: NDArray[np.bool_]) -> float:
        """Chance of so much power at the counted lines: of the first, and of sums of two, three … all."""
        from scipy.stats import f

        excess, support = self.excess[counted], self.support[counted]
        if not len(excess):
            return 1.0
        counts = np.unique(np.minimum((1, 2, 3, len(excess)), len(excess)))
        tails = [f.sf(excess[:k].mean(), 2 * k, 2 * support[:k].mean()) for k in counts]
        return float(min(1.0, len(counts) * min(tails)))


def _transform(values: Array, frequencies: Array) -> NDArray[np.complex128]:
    """The Fourier transform of `values` (time,) at any frequencies (line,), in cycles per sample."""
    times = np.arange(len(values))
    return np.array([np.exp(-2j * np.pi * frequency * times) @ values for frequency in frequencies])


def _profile(steady: Array, period: int) -> Array:
    """The mean cycle of `steady` (time,), repeated to its length, no finer than twelve harmonics; medians resist outliers."""
    n = len(steady)
    cycles = -(-n // period)
    padded = np.full(cycles * period, np.nan)
    padded[:n] = steady
    profile = np.nanmedian(padded.reshape(cycles, period), axis=0)
    lines = np.fft.rfft(profile)
    lines[0] = 0
    lines[_HARMONICS + 1 :] = 0
    return np.tile(np.fft.irfft(lines, period), cycles)[:n]


def _taper(n: int) -> Array:
    from scipy.signal.windows import tukey

    taper = tukey(n, 0.2)
    return np.asarray(taper / np.sqrt(np.mean(taper**2)))


def _power(values: Array) -> Array:
    return np.abs(np.fft.rfft((values - values.mean()) * _taper(len(values)))) ** 2


def _background(power: Array, lines: Array) -> Array:
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
    log_frequency = np.log(bins)
    design = np.column_stack([np.ones(size - 1), log_frequency, log_frequency**2])
    # Each octave counts alike, else the many high frequencies decide the low ones too.
    octave = kept / np.sqrt(bins + 2.0)
    robust = octave
    curve = log_power
    for _ in range(8):
        coefficients = np.linalg.lstsq(design * robust[:, None], log_power * robust, rcond=None)[0]
        curve = design @ coefficients
        robust = octave / np.sqrt(np.maximum(np.abs(log_power - curve), 0.3))
    bridged = np.interp(bins, bins[kept], log_power[kept])
    running = median_filter(bridged, max(7, min(size // 6, 60)) | 1, mode="reflect")
    # The median of an exponential variable is ln 2 times its mean.
    expected = np.exp(np.maximum(curve, running)) / np.log(2)
    return np.concatenate([expected[:1], expected])


def _unexplained(steady: Array, period: int) -> float:
    """Share of the variance that a mean cycle of `period` phases leaves, corrected for the phases it fitted."""
    n = len(steady)
    phases = np.arange(n) % period
    means = np.bincount(phases, weights=steady, minlength=period) / np.maximum(np.bincount(phases, minlength=period), 1)
    left = float(np.sum((steady - means[phases]) ** 2)) / max(n - period, 1)
    return left / (float(np.mean(steady**2)) or 1.0)


def _nested(rest: Array, longer: int, calendar: tuple[int, ...]) -> list[int]:
    """Divisors of `longer` that are cycles in their own right: their line towers over the multiples below it."""
    divisors = [p for p in calendar if longer % p == 0 and longer // p >= 4]
    margin = 1.4
    if longer not in calendar and longer <= 2_000:
        divisors, margin = [p for p in range(4, longer // 5 + 1) if longer % p == 0], 2.2
    if not divisors:
        return []
    cleaned = _Lines.of(rest, longer).cleaned
    heights = np.abs(_transform(cleaned, np.arange(1, longer // min(divisors) + 1) / longer))
    towers = [p for p in divisors if heights[longer // p - 1] > margin * heights[1 : longer // p - 1].max()]
    towers.sort(key=lambda p: (p not in calendar, -heights[longer // p - 1]))
    return towers[:1]


def without_seasons(values: Array, periods: tuple[int, ...]) -> Array:
    """`values` (time,) less the mean cycles of `periods`, fitted by turns; jumps and outliers do not bend the cycles."""
    profiles = [np.zeros(len(values)) for _ in periods]
    for _ in range(2):
        for row, period in enumerate(periods):
            others = np.sum(profiles, axis=0) - profiles[row]
            profiles[row] = _profile(steady_form(values - others - profiles[row]) + profiles[row], period)
    return np.asarray(values - np.sum(profiles, axis=0))


def _strengths(values: Array, periods: tuple[int, ...]) -> dict[int, float]:
    """Strength of each season, by a robust decomposition of the most recent 5,000 points, or four cycles."""
    recent = values[-max(_LONGEST_STRENGTH, 4 * max(periods)) :]
    seasonal, trend = seasonal_component(recent, periods)
    remainder = recent - trend - seasonal.sum(axis=0)
    bound = 4 * robust_scale(remainder)
    remainder = np.clip(remainder, -bound, bound)
    answer = {}
    for period, component in zip(periods, seasonal, strict=True):
        total = float(np.var(component + remainder))
        answer[period] = max(0.0, 1 - float(np.var(remainder)) / total) if total > 0 else 0.0
    return answer
