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

from assistant.analysis.candidates import USUAL, near_usual, refined, spectral_periods, usual_length
from assistant.analysis.decompose import seasonal_component
from assistant.analysis.hidden_cycles import shifts_beside_cycles, slow_counts, slow_periods
from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array, candidate_periods, fill
from assistant.analysis.season_lines import Examined, unexplained
from assistant.analysis.steady import HARMONICS, without_outliers

_SHORTEST = 16
_LEVEL = 2e-3  # chance that the calendar's periods, or a search over all others, claim one of a series without any
_WEAKEST = 0.05
_MOST = 4
_NOTHING_LEFT = 1e-9  # of the series' spread: what remains beside the seasons is rounding, and its lines mean nothing
_REMAINDERS = 48  # harmonics of a season found that may have left something behind
_NESTED = 1e-4  # chance that a period's own shape makes one of its divisors look like a season
_NESTED_KNOWN = 1e-2  # the same for a divisor that the calendar suggests
_LONGEST_NESTING = 2_000  # periods beyond are split by the calendar alone
_LONGEST_STRENGTH = 5_000
_SURE = 1e-8  # chance of a slow season's lines in noise from which on a second search believes it
_SURER = 1e-12  # the same for a season of no usual length


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
    # Powers of huge or tiny values leave the floats' range; a factor of two to a whole power changes no digit.
    whole = Examined(np.ldexp(filled, -int(np.frexp(robust_scale(filled))[1])))
    size = robust_scale(whole.steady)
    if size == 0:
        return ()
    calendar = candidate_periods(frequency, len(values))
    found = _search(whole, size, calendar)
    whole, found = _looked_again(whole, size, calendar, found)
    if not found:
        return ()
    strengths = _strengths(whole.values, tuple(sorted(found)))
    seasons = [Season(p, strengths[p], found[p], p in calendar) for p in found if strengths[p] >= _WEAKEST]
    return tuple(sorted(seasons, key=lambda season: -season.strength))


def _search(whole: Examined, size: float, calendar: tuple[int, ...]) -> dict[int, float]:
    """Periods and p-values, found one after the other, each taken out before the next is looked for.

    size: the spread of the series, beside which what is left may be nothing.
    """
    found: dict[int, float] = {}
    rest = whole
    while len(found) < _MOST:
        scored: dict[int, tuple[float, float]] = {}
        for period in _candidates(rest, calendar, found):
            lines = rest.lines(period)
            log_p = lines.log_p_value(lines.far_from(found, HARMONICS if period in calendar else _REMAINDERS))
            if log_p + np.log(len(calendar) if period in calendar else len(rest.values) / 2) < np.log(_LEVEL):
                scored[period] = (log_p, lines.unexplained)
        if not scored:
            break
        # A multiple has lines of its own, where there is nothing, and a divisor lacks some: the true period is the least likely
        # in noise. The calendar's come first.
        least = min(left for _, left in scored.values())
        favoured = [p for p in calendar if p in scored and scored[p][1] <= 1.5 * least + 0.05]
        chosen = min(favoured or scored, key=lambda p: scored[p][0])
        period = _fundamental(rest, chosen)
        period = period if period in calendar else refined(rest.steady, period)
        found[period] = float(np.exp(scored[chosen][0]))
        found |= {p: float(np.exp(scored[p][0])) for p in _nested(rest, period, calendar) if p in scored}
        rest = whole.without(found)
        if robust_scale(rest.steady) <= _NOTHING_LEFT * size:
            break
    return _usually(whole, _consolidated(whole, found), calendar)


def _usually(series: Examined, found: dict[int, float], calendar: tuple[int, ...]) -> dict[int, float]:
    """`found` with the usual length for each period, unknown to the calendar, that is not told apart from one."""
    named = dict(found)
    for period in sorted(set(found) - set(calendar)):
        near = [usual for usual in near_usual(period, len(series.values)) if usual not in named]
        if near:
            rest = without_outliers(series.without(set(named) - {period}).values)
            usual = usual_length(rest, period, near)
            named[usual] = named.pop(period)
    return named


def _looked_again(
    whole: Examined, size: float, calendar: tuple[int, ...], found: dict[int, float]
) -> tuple[Examined, dict[int, float]]:
    """The series and its periods, after a second search where shifts and hinges may hide a slow season, or pass for one.

    What shifts and hinges the series needs beside slow cycles is taken out; the second search counts where it is sure of a slow
    season, and for such seasons only, so that quick ones are found as before.
    """
    n = len(whole.values)
    if not slow_counts(n).size:
        return whole, found
    quick = {period: chance for period, chance in found.items() if not slow_periods((period,), n)}
    rest = without_outliers(whole.without(quick).values)
    line = shifts_beside_cycles(rest) if robust_scale(rest) > _NOTHING_LEFT * size else None
    if line is None:
        return whole, found
    again = Examined(whole.values - line, jumps=False)
    second = _search(again, size, calendar)
    likely = {*calendar, *USUAL}
    slow = [p for p in slow_periods(tuple(second), n) if second[p] < (_SURE if p in likely else _SURER)]
    if not slow:
        return whole, found
    # What the first search alone saw is a trace of what is out now, unless it is known, or usual within a slow one.
    kept = {p: chance for p, chance in quick.items() if p in calendar or (p in USUAL and any(long % p == 0 for long in slow))}
    return again, kept | second


def _candidates(rest: Examined, calendar: tuple[int, ...], found: Iterable[int]) -> list[int]:
    """Periods worth a test: the calendar's, and those at the spectrum's peaks, but none that divides one already found."""
    searched = [p for p in spectral_periods(rest.steady, _LEVEL) if p not in calendar]
    return [p for p in (*calendar, *searched) if not any(other % p == 0 for other in found)]


def _fundamental(rest: Examined, period: int) -> int:
    """The shortest divisor of `period` whose multiples carry all of its lines: a cycle of 12 also repeats every 24."""
    lines = rest.lines(period)
    orders = np.arange(1, len(lines.excess) + 1)
    for divisor in range(2, period // 2 + 1):
        if period % divisor == 0:
            others = orders % (period // divisor) != 0
            if lines.log_p_value(others) > np.log(0.01) and lines.log_p_value(~others) < np.log(_LEVEL):
                return divisor
    return period


def _nested(rest: Examined, longer: int, calendar: tuple[int, ...]) -> list[int]:
    """The divisor of `longer`, if any, that is a cycle in its own right: its lines tower over those beside them.

    A profile of any shape has no reason to be stronger at every seventh of its lines than at the sixth and the eighth.
    """
    known = [p for p in calendar if longer % p == 0 and p < longer]
    searched = longer not in calendar and longer <= _LONGEST_NESTING
    divisors = [p for p in range(3, longer // 2 + 1) if longer % p == 0] if searched else known
    if not divisors:
        return []
    lines = rest.lines(longer)
    scores = {p: lines.log_tower(longer // p) for p in divisors}
    towers = [p for p in divisors if scores[p] < np.log(_NESTED_KNOWN if p in calendar else _NESTED)]
    return sorted(towers, key=lambda p: (p not in calendar, scores[p]))[:1]


def _consolidated(series: Examined, found: dict[int, float]) -> dict[int, float]:
    """`found` without the harmonics of one cycle that were found as cycles of their own, in whichever order they came."""
    kept = dict(found)
    for one, other in itertools.combinations(sorted(found), 2):
        whole = math.lcm(one, other)
        if not {one, other} <= set(kept) or whole in (one, other) or whole > 3 * other or 4 * whole > len(series.values):
            continue
        lines = series.without(set(kept) - {one, other}).lines(whole)
        orders = np.arange(1, len(lines.excess) + 1)
        own = (orders % (whole // one) != 0) & (orders % (whole // other) != 0)
        if whole in kept or lines.log_p_value(own) < np.log(0.01):
            kept[whole] = min(kept.pop(one), kept.pop(other))
    for short, long in itertools.combinations(sorted(kept), 2):
        if long % short == 0 and short in kept:
            lines = series.without(set(kept) - {short, long}).lines(long)
            if lines.log_tower(long // short) > np.log(_NESTED_KNOWN):
                del kept[short]
    return kept


def _strengths(values: Array, periods: tuple[int, ...]) -> dict[int, float]:
    """Strength of each season, by a robust decomposition of the most recent 5,000 points, or four cycles.

    Where more than half of the values are equal all others look like outliers, without which any cycle explains everything; there
    it is the share of the variance that the mean cycle explains, corrected for the phases it fitted.
    """
    recent = values[-max(_LONGEST_STRENGTH, 4 * max(periods)) :]
    if np.median(np.abs(recent - np.median(recent))) == 0:
        return {period: max(0.0, 1 - unexplained(recent - recent.mean(), period)) for period in periods}
    seasonal, trend = seasonal_component(recent, periods)
    remainder = recent - trend - seasonal.sum(axis=0)
    bound = 4 * robust_scale(remainder)
    remainder = np.clip(remainder, -bound, bound)
    answer = {}
    for period, component in zip(periods, seasonal, strict=True):
        total = float(np.var(component + remainder))
        answer[period] = max(0.0, 1 - float(np.var(remainder)) / total) if total > 0 else 0.0
    return answer
