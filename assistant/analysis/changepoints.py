"""Where a series changes its level, its slope or its spread, and by how much."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from assistant.analysis.change import LONGEST, SHORTEST, Change, level_steps, spread_steps
from assistant.analysis.decompose import seasonal_component
from assistant.analysis.hidden_cycles import beside_cycles, hidden_cycle, slow_periods
from assistant.analysis.hinges import confirmed, two_lines
from assistant.analysis.noise import LARGEST_SCORE, drift_inflation, persistence, robust_scale
from assistant.analysis.prepare import Array, fill
from assistant.analysis.regression import Fitted, Term, fit_terms
from assistant.analysis.spread import lively_rows, spread_changes
from assistant.analysis.steady import without_outliers, without_seasons
from assistant.analysis.term_search import best_terms, placed, without_largest
from assistant.data.series import Series

_EDGES = 4  # shifts of one sign, evenly spaced, from which on they are a season's
_CLOCK = 0.015  # of the period by which they may be off
_ROUNDING = 1e-13  # of the largest value: what is left of an exact season


def find_change_points(series: Series, seasons: tuple[int, ...] = ()) -> tuple[Change, ...]:
    """Lasting changes of `series` in level, slope and spread, in order of time.

    seasons: periods to take out first. NaN is interpolated. Candidates come from ruptures' KernelCPD (penalty from the noise's
    long-run variance) and a scan of hinges; each must then hold in one robust regression with all others, under AR(1) noise.
    Series over 2,000 points are averaged into blocks first and the places refined on the full series.

    Source: Killick et al. 2012 (PELT), Arlot et al. 2019 (kernel change points) through ruptures.
    """
    return changes_and_season(series.values, seasons)[0]


def changes_and_season(values: Array, seasons: tuple[int, ...]) -> tuple[tuple[Change, ...], Array]:
    """Changes of `values` (time,), NaN where missing, and the sum of the seasons (time,) that they were found without.

    Season and shifts hide each other, so they are found by turns: a stiff season first, then one that may evolve, with the
    shifts out. A slow cycle that nobody found, but that explains more than shifts do, is taken out too, and shifts that a slow
    season makes needless are left out.
    """
    n = len(values)
    filled = fill(values)
    periods = tuple(sorted(p for p in set(seasons) if p >= 2 and 2 * p <= n))
    seasonal = filled - without_seasons(filled, periods)
    if np.isfinite(values).sum() < SHORTEST:
        return (), seasonal
    floor = _ROUNDING * float(np.max(np.abs(filled)))
    changes = changes_of(values - seasonal, floor)
    rhythm = _rhythm(changes, n)
    if rhythm and not any(abs(period - rhythm) <= 0.05 * rhythm for period in periods):
        periods = tuple(sorted({*periods, rhythm}))
        seasonal = filled - without_seasons(filled, periods)
        changes = changes_of(values - seasonal, floor)
    slow = slow_periods(periods, n)
    if any(change.kind != "variance" for change in changes):
        quick = tuple(period for period in periods if period not in slow)
        hidden = hidden_cycle(without_outliers(without_seasons(filled, quick)), slow)
        if hidden:
            periods = tuple(sorted({*periods, hidden}))
            slow = slow_periods(periods, n)
            seasonal = filled - without_seasons(filled, periods)
            changes = changes_of(values - seasonal, floor)
    changes = _without_recurring(changes, periods, n)
    quick = tuple(period for period in periods if period not in slow)
    changes = beside_cycles(without_outliers(without_seasons(filled, quick)), changes, slow)
    for _ in range(2 if periods else 0):
        # Few cycles cannot outvote an outlier, so it goes before the season is fitted.
        steps = level_steps(changes, n)
        calm = seasonal + steps + without_outliers(filled - seasonal - steps)
        parts = seasonal_component(calm, periods, steps)[0]
        seasonal = parts.sum(axis=0)
        before, changes = changes, _without_recurring(changes_of(values - seasonal, floor), periods, n)
        quickly = sum((part for part, period in zip(parts, periods, strict=True) if period in quick), np.zeros(n))
        changes = beside_cycles(without_outliers(filled - quickly), changes, slow)
        if [change.position for change in before] == [change.position for change in changes]:
            break
    return changes, seasonal


def _rhythm(changes: tuple[Change, ...], n: int) -> int:
    """The period at which shifts of level of one sign come by the clock, through the whole series, so that the edges of a season
    that was not found do not pass for shifts; 0 if there is none."""
    for sign in (-1, 1):
        places = np.array([change.position for change in changes if change.kind == "level" and np.sign(change.size) == sign])
        for first, then in itertools.combinations(places, 2):
            period = int(then - first)
            cycles = (places - first) / period
            regular = np.abs(cycles - np.round(cycles)) * period <= max(2, _CLOCK * period)
            if len(np.unique(np.round(cycles)[regular])) >= max(_EDGES, n // period - 1):
                return period
    return 0


def _without_recurring(changes: tuple[Change, ...], periods: tuple[int, ...], n: int) -> tuple[Change, ...]:
    """`changes` without shifts of level that come in most cycles at the same phase: a sharp edge of the season itself."""
    recurring: set[int] = set()
    for period, sign in itertools.product(periods, (-1, 1)):
        places = np.array([c.position for c in changes if c.kind == "level" and np.sign(c.size) == sign])
        for place in places:
            offset = (places - place + period // 2) % period - period // 2
            alike = places[np.abs(offset) <= max(1, period // 100)]
            if len(alike) >= max(3, 0.6 * (n // period)):
                recurring |= set(alike.tolist())
    return tuple(change for change in changes if change.kind != "level" or change.position not in recurring)


def changes_of(values: Array, floor: float = 0.0) -> tuple[Change, ...]:
    """Changes of deseasonalised `values` (time,), NaN where missing; none where they differ by no more than `floor`."""
    n = len(values)
    known = np.isfinite(values)
    values = _bridged(values)
    if n < SHORTEST or robust_scale(np.diff(values)) <= floor:
        return ()
    calm = without_outliers(values)
    observed = lively_rows(values, known)
    found, line, memory = _shaped(calm, None)
    spreads = spread_changes(values - line, memory, observed)
    if spreads:
        # Where the noise is wide it must not pass for shifts, nor hide those where it is narrow.
        found, line, memory = _shaped(calm, spread_steps(spreads, n))
        spreads = spread_changes(values - line, memory, observed)
    return tuple(sorted(found + spreads, key=lambda change: change.position))


def _shaped(calm: Array, spread: Array | None) -> tuple[list[Change], Array, float]:
    """Changes of level and slope of `calm` (time,), the line (time,) through them, and the memory φ of what remains."""
    n = len(calm)
    block = -(-n // LONGEST)
    coarse = calm[: n // block * block].reshape(-1, block).mean(axis=1)
    widths = None if spread is None else spread[: n // block * block : block]
    rest = without_largest(coarse, widths)
    phi = persistence(rest)
    terms, power = best_terms(coarse, phi, drift_inflation(rest, phi), widths)
    if block > 1:
        terms = [Term(term.position * block, term.kind) for term in terms]
        phi = persistence(calm)
    terms = [placed(calm, term, terms, phi, max(12, 2 * block)) for term in terms]
    # The series' own memory counts the changes themselves as slow noise; what they leave does not.
    remainder = calm - fit_terms(calm, terms, phi, power, spread).line
    memory = min(phi, persistence(remainder if spread is None else remainder / spread))
    terms, power = confirmed(calm, terms, memory, power)
    fitted = fit_terms(calm, terms, phi, power, spread)
    return [_described(calm, fitted, terms, k, memory) for k in range(len(terms))], fitted.line, memory


def _bridged(values: Array) -> Array:
    """Gaps filled with the level on the nearer side, so that a shift inside a gap stays one sharp step; a trend runs on."""
    known = np.flatnonzero(np.isfinite(values))
    if len(known) == len(values) or not len(known):
        return fill(values)
    n = len(values)
    filled = fill(values)
    reach = max(1, n // 10)
    slope = float(np.median(filled[reach:] - filled[:-reach])) / reach
    levelled = values - slope * np.arange(n)
    for gap in np.split(np.flatnonzero(np.isnan(values)), np.flatnonzero(np.diff(np.flatnonzero(np.isnan(values))) > 1) + 1):
        place = int(np.searchsorted(known, gap[0]))
        before, after = known[max(0, place - 5) : place], known[place : place + 5]
        middle = (gap[0] + gap[-1]) / 2 if len(before) and len(after) else (np.inf if len(before) else -np.inf)
        for part, side in ((gap[gap <= middle], before), (gap[gap > middle], after)):
            if len(part):
                levelled[part] = np.median(levelled[side])
    return np.asarray(levelled + slope * np.arange(n))


def _described(values: Array, fitted: Fitted, terms: Sequence[Term], index: int, phi: float) -> Change:
    term, size, score = terms[index], float(fitted.sizes[index]), min(float(abs(fitted.scores[index])), LARGEST_SCORE)
    if term.kind == "level":
        after = float(fitted.line[term.position])
        return Change(term.position, "level", size, score, after - size, after)
    sides = two_lines(values, term, terms, phi)
    score = min(abs(sides.score), LARGEST_SCORE)
    return Change(term.position, "slope", sides.size, score, sides.before, sides.before + sides.size)
