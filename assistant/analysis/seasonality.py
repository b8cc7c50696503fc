"""Seasonal periods and their strengths, found under outliers, trends and level shifts.

A season is a line in the spectrum: its power stands at exactly 1/p and its multiples, while noise of any colour is smooth
over neighbouring frequencies. So each line's power is divided by the background that its neighbourhood suggests; what remains
is exponentially distributed for noise, whatever its colour, and the usual tail probabilities hold for white noise and random
walks alike. Each candidate is tested on a series cleaned of outliers and jumps after the candidate's own profile was set
aside, where they are easiest to see; what is found is taken out and the search repeated on the rest.
"""

from __future__ import annotations

import itertools
import math
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
_USUAL = (7, 12, 24, 30, 48, 52, 60, 96, 144, 168, 288, 336, 365, 672, 1440)  # hours, days, weeks and years, in usual samples
_NOTHING_LEFT = 1e-9  # of the series' spread: what remains beside the seasons is rounding, and its lines mean nothing
_MOST_JUMPS = 12  # from how many of its jumps a rhythm of jumps is looked for
_HARMONICS = 12
_REMAINDERS = 48  # harmonics of a season found that may have left something behind
_NESTED_LINES = 6
_NESTED = 1e-4  # chance that a period's own shape makes one of its divisors look like a season
_NESTED_KNOWN = 1e-2  # the same for a divisor that the calendar suggests
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
        for position in _lone_jumps(differences - middle, 6 * scale):
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


def _search(values: Array, calendar: tuple[int, ...]) -> dict[int, float]:
    """Periods and p-values, found one after the other, each taken out before the next is looked for."""
    found: dict[int, float] = {}
    rest, size = values, robust_scale(steady_form(values))
    while len(found) < _MOST:
        scored: dict[int, tuple[float, float]] = {}
        for period in _candidates(rest, calendar, found):
            lines = _Lines.of(rest, period)
            log_p = lines.log_p_value(lines.far_from(found, _HARMONICS if period in calendar else _REMAINDERS))
            if log_p + np.log(len(calendar) if period in calendar else len(values) / 2) < np.log(_LEVEL):
                scored[period] = (log_p, lines.unexplained)
        if not scored:
            break
        # A multiple has lines of its own, where there is nothing, and a divisor lacks some: the true period is the least likely
        # in noise. The calendar's come first.
        least = min(left for _, left in scored.values())
        favoured = [p for p in calendar if p in scored and scored[p][1] <= 1.5 * least + 0.05]
        chosen = min(favoured or scored, key=lambda p: scored[p][0])
        period = _fundamental(rest, chosen)
        period = period if period in calendar else _refined(rest, period)
        found[period] = float(np.exp(scored[chosen][0]))
        found |= {p: float(np.exp(scored[p][0])) for p in _nested(rest, period, calendar) if p in scored}
        rest = without_seasons(values, tuple(sorted(found)))
        if robust_scale(steady_form(rest)) <= _NOTHING_LEFT * size:
            break
    return _consolidated(values, found)


def _consolidated(values: Array, found: dict[int, float]) -> dict[int, float]:
    """`found` without the harmonics of one cycle that were found as cycles of their own, in whichever order they came."""
    kept = dict(found)
    for one, other in itertools.combinations(sorted(found), 2):
        whole = math.lcm(one, other)
        if not {one, other} <= set(kept) or whole in (one, other) or whole > 3 * other or 4 * whole > len(values):
            continue
        rest = without_seasons(values, tuple(sorted(set(kept) - {one, other})))
        lines = _Lines.of(rest, whole)
        orders = np.arange(1, len(lines.excess) + 1)
        own = (orders % (whole // one) != 0) & (orders % (whole // other) != 0)
        if whole in kept or lines.log_p_value(own) < np.log(0.01):
            kept[whole] = min(kept.pop(one), kept.pop(other))
    for short, long in itertools.combinations(sorted(kept), 2):
        if long % short == 0 and short in kept:
            rest = without_seasons(values, tuple(sorted(set(kept) - {short, long})))
            if _log_tower(_powers(rest, long, long // short), long // short) > np.log(_NESTED_KNOWN):
                del kept[short]
    return kept


def _refined(rest: Array, period: int) -> int:
    """`period`, seen over few cycles and so known only roughly, where the series repeats itself best; a usual length if as good.

    Differences over one and two periods keep what trend and level shifts are left from pulling the period to one side.
    """
    n = len(rest)
    reach = int(period**2 / (2 * n))
    if not reach:
        return period
    steady = steady_form(rest)

    def unlike(lag: int) -> float:
        total = 0.0
        for times in (1, 2):
            change = steady[times * lag :] - steady[: -times * lag]
            clock = np.arange(len(change)) - (len(change) - 1) / 2
            change = change - np.median(change)
            change = change - clock * float(clock @ change) / float(clock @ clock)
            bound = 3 * robust_scale(change)
            total += (n - times * period) / times * np.log(max(float(np.mean(np.clip(change, -bound, bound) ** 2)), 1e-300))
        return float(total)

    scores = {lag: unlike(lag) for lag in range(max(2, period - reach), min(period + reach, n // 4) + 1)}
    best = min(scores, key=lambda lag: scores[lag])
    good = [p for p in (*_USUAL, period) if p in scores and scores[p] - scores[best] < 4 + 0.02 * n]
    near = [p for p in good if min(abs(p - best), abs(p - period)) * 8 * n <= period**2]
    return min(near, key=lambda p: (p not in _USUAL, scores[p]), default=best)


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
            if lines.log_p_value(others) > np.log(0.01) and lines.log_p_value(~others) < np.log(_LEVEL):
                return divisor
    return period


def _peaks(rest: Array) -> list[int]:
    """Whole periods, at most n/4, at the highest peaks of the spectrum over its background."""
    steady = steady_form(rest)
    n = len(steady)
    sums = np.concatenate([[0.0], np.cumsum(steady)])
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
                best = min(options, key=lambda p: _misfit(steady, sums, p))
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
        power = np.abs(_transform(cleaned * _taper(n), period, len(orders))) ** 2
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
            # A profile is taken out to its twelfth harmonic; finer ones stay, and a long candidate has lines beside many.
            limit = other // 2 if self.period * 10 > other else min(other // 2, multiples)
            nearest = np.clip(np.round(lines * other), 1, limit) / other
            clear &= np.abs(lines - nearest) >= max(4 / n, 0.1 / other)
        return clear

    def log_p_value(self, counted: NDArray[np.bool_]) -> float:
        """Logarithm of the chance of so much power at the counted lines: of the first, and of sums of two, three … all."""
        excess, support = self.excess[counted], self.support[counted]
        if not len(excess):
            return 0.0
        counts = np.unique(np.minimum((1, 2, 3, len(excess)), len(excess)))
        tails = [_log_tail(float(excess[:k].mean()), int(k), float(support[:k].mean())) for k in counts]
        return float(min(0.0, np.log(len(counts)) + min(tails)))


def _folded(values: Array, period: int) -> tuple[Array, Array]:
    """Sum of `values` (time,) at each phase (period,), and how many there are."""
    whole = len(values) // period * period
    sums = values[:whole].reshape(-1, period).sum(axis=0)
    sums[: len(values) - whole] += values[whole:]
    counts = np.full(period, float(whole // period))
    counts[: len(values) - whole] += 1
    return sums, counts


def _transform(values: Array, period: int, most: int) -> NDArray[np.complex128]:
    """The Fourier transform of `values` (time,) at 1 … `most` (at most half the period) times 1 / `period` cycles per sample."""
    return np.asarray(np.fft.rfft(_folded(values, period)[0])[1 : most + 1])


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


def _log_tail(ratio: float, lines: int, support: float) -> float:
    """Logarithm of the chance that the mean power of `lines` lines exceeds `ratio` times that of `support` others."""
    from scipy.special import betainc, betaln

    share = support / (support + lines * ratio)
    tail = float(betainc(support, lines, share))
    # Where the chance is too small for a float its leading term says it.
    if tail > 1e-290:
        return float(np.log(tail))
    return float(support * np.log(share) + lines * np.log1p(-share) - np.log(support) - betaln(support, lines))


def _misfit(steady: Array, sums: Array, period: int) -> float:
    """Mean square that a mean cycle of `period` phases, no finer than twelve harmonics, leaves of `steady` (time,) beside its
    running mean over one period, so that slow movements do not drown the comparison of neighbouring periods.

    sums: (time + 1,) of `steady` up to each row.
    """
    start = period // 2
    quick = steady[start : start + len(steady) - period + 1] - (sums[period:] - sums[:-period]) / period
    totals, counts = _folded(quick, period)
    lines = np.abs(np.fft.rfft(totals / counts)[1 : _HARMONICS + 1]) ** 2
    halves = np.where(2 * np.arange(1, len(lines) + 1) == period, 1.0, 2.0)
    explained = float(halves @ lines) / period**2
    parameters = min(period - 1, 2 * _HARMONICS)
    return (float(quick @ quick) / len(quick) - explained) * len(quick) / max(len(quick) - parameters, 1)


def _unexplained(steady: Array, period: int) -> float:
    """Share of the variance that a mean cycle of `period` phases leaves, corrected for the phases it fitted."""
    n = len(steady)
    totals, counts = _folded(steady, period)
    explained = float(np.sum(totals**2 / counts))
    total = float(steady @ steady)
    left = (total - explained) / max(n - period, 1)
    return max(left, 0.0) / (total / n or 1.0)


def _nested(rest: Array, longer: int, calendar: tuple[int, ...]) -> list[int]:
    """The divisor of `longer`, if any, that is a cycle in its own right: its lines tower over those beside them.

    A profile of any shape has no reason to be stronger at every seventh of its lines than at the sixth and the eighth.
    """
    known = [p for p in calendar if longer % p == 0 and p < longer]
    searched = longer not in calendar and longer <= 2_000
    divisors = [p for p in range(3, longer // 2 + 1) if longer % p == 0] if searched else known
    if not divisors:
        return []
    power = _powers(rest, longer, longer // min(divisors))
    scores = {p: _log_tower(power, longer // p) for p in divisors}
    towers = [p for p in divisors if scores[p] < np.log(_NESTED_KNOWN if p in calendar else _NESTED)]
    return sorted(towers, key=lambda p: (p not in calendar, scores[p]))[:1]


def _powers(rest: Array, period: int, every: int) -> Array:
    """(line,) power of `rest` (time,) at the multiples of 1 / `period`, as far as a test of every `every`-th needs them."""
    cleaned = _Lines.of(rest, period).cleaned
    most = min(period // 2, every * _NESTED_LINES + 3)
    return np.asarray(np.abs(_transform(cleaned * _taper(len(cleaned)), period, most)) ** 2)


def _log_tower(power: Array, every: int) -> float:
    """Logarithm of the chance that every `every`-th line of `power` (line,) stands so far above the two on either side.

    Each is compared with its own neighbours, since the power of a cycle falls off; the chances are combined as Fisher 1932 does.
    """
    from scipy.special import gammaincc

    orders = np.arange(every, len(power) + 1, every)[:_NESTED_LINES]
    reach = 1 if every < 5 else 2
    tails = []
    for order in orders:
        beside = order + np.array([step for step in range(-reach, reach + 1) if step])
        beside = beside[(beside >= 1) & (beside <= len(power))]
        ratio = float(power[order - 1] / max(float(power[beside - 1].mean()), 1e-300))
        tails.append(_log_tail(ratio, 1, float(len(beside))))
    combined = np.cumsum([-tail for tail in tails])
    answers = [
        float(np.log(max(gammaincc(count, combined[count - 1]), 1e-300))) for count in {1, 2, len(tails)} if count <= len(tails)
    ]
    return float(min(answers, default=0.0) + np.log(max(len(answers), 1)))


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
