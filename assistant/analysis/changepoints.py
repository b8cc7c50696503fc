"""Where a series changes its level, its slope or its spread, and by how much."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.decompose import seasonal_component
from assistant.analysis.hinges import confirmed, two_lines
from assistant.analysis.noise import (
    LARGEST_SCORE,
    drift_inflation,
    innovation_scale,
    noise_scale,
    persistence,
    quick_persistence,
    robust_scale,
)
from assistant.analysis.prepare import Array, fill, runs
from assistant.analysis.regression import Fitted, Kind, Term, fit_terms, scan
from assistant.analysis.steady import without_seasons
from assistant.data.series import Series

_LONGEST = 2_000
_SHORTEST = 24
_STRENGTH = 4.2  # t-value below which no change is believed, plus a little for long series
_SIZE = 1.5  # in standard deviations of the noise: smaller shifts of level are not reported
_RATIO = 1.5  # of standard deviations: smaller changes of spread are not reported
_MOST = 30
_POWERS = (1, 2, 3, 5)  # degrees of the curves tried beneath the changes
_LARGEST = 5  # changes that may be set aside while the noise is measured
_ROWS_A_TERM = 25
_ROUNDING = 1e-13  # of the largest value: what is left of an exact season
_KINDS: tuple[Kind, ...] = ("level", "slope")


@dataclass(frozen=True)
class Change:
    """position: first row of the new regime. score: size over its standard error, autocorrelation allowed for, at most 1,000.

    level: before and after are levels next to the change, in the series' unit. slope: per sample, of the lines fitted on either
    side as far as the next hinge. variance: standard deviations. size = after − before.
    """

    position: int
    kind: Literal["level", "slope", "variance"]
    size: float
    score: float
    before: float
    after: float


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

    Season and shifts hide each other, so they are found by turns: a stiff season first, then one that may
    evolve, with the shifts out.
    """
    n = len(values)
    filled = fill(values)
    periods = tuple(sorted(p for p in set(seasons) if p >= 2 and 2 * p <= n))
    seasonal = filled - without_seasons(filled, periods)
    if np.isfinite(values).sum() < _SHORTEST:
        return (), seasonal
    floor = _ROUNDING * float(np.max(np.abs(filled)))
    changes = _without_recurring(changes_of(values - seasonal, floor), periods, n)
    for _ in range(2 if periods else 0):
        # Few cycles cannot outvote an outlier, so it goes before the season is fitted.
        steps = level_steps(changes, n)
        calm = seasonal + steps + without_outliers(filled - seasonal - steps)
        seasonal = seasonal_component(calm, periods, steps)[0].sum(axis=0)
        before, changes = changes, _without_recurring(changes_of(values - seasonal, floor), periods, n)
        if [change.position for change in before] == [change.position for change in changes]:
            break
    return changes, seasonal


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


def level_steps(changes: tuple[Change, ...], n: int) -> Array:
    """The level shifts among `changes` as a staircase (time,) that starts at zero."""
    steps = np.zeros(n)
    for change in changes:
        if change.kind == "level":
            steps[change.position :] += change.size
    return steps


def changes_of(values: Array, floor: float = 0.0) -> tuple[Change, ...]:
    """Changes of deseasonalised `values` (time,), NaN where missing; none where they differ by no more than `floor`."""
    n = len(values)
    known = np.isfinite(values)
    values = _bridged(values)
    if n < _SHORTEST or robust_scale(np.diff(values)) <= floor:
        return ()
    calm = without_outliers(values)
    observed = _lively(values, known)
    found, line, memory = _shaped(calm, None)
    spreads = _spread_changes(values - line, memory, observed)
    if spreads:
        # Where the noise is wide it must not pass for shifts, nor hide those where it is narrow.
        found, line, memory = _shaped(calm, _staircase(spreads, n))
        spreads = _spread_changes(values - line, memory, observed)
    return tuple(sorted(found + spreads, key=lambda change: change.position))


def _staircase(spreads: Sequence[Change], n: int) -> Array:
    """Standard deviation (time,) that changes of spread leave in each stretch."""
    local = np.full(n, spreads[0].before)
    for change in spreads:
        local[change.position :] = change.after
    return np.asarray(np.maximum(local, 1e-3 * float(local.max())))


def _shaped(calm: Array, spread: Array | None) -> tuple[list[Change], Array, float]:
    """Changes of level and slope of `calm` (time,), the line (time,) through them, and the memory φ of what remains."""
    n = len(calm)
    block = -(-n // _LONGEST)
    coarse = calm[: n // block * block].reshape(-1, block).mean(axis=1)
    widths = None if spread is None else spread[: n // block * block : block]
    rest = _without_largest(coarse, widths)
    phi = persistence(rest)
    terms, power = _best_terms(coarse, phi, drift_inflation(rest, phi), widths)
    if block > 1:
        terms = [Term(term.position * block, term.kind) for term in terms]
        phi = persistence(calm)
    terms = [_placed(calm, term, terms, phi, max(12, 2 * block)) for term in terms]
    # The series' own memory counts the changes themselves as slow noise; what they leave does not.
    remainder = calm - fit_terms(calm, terms, phi, power, spread).line
    memory = min(phi, persistence(remainder if spread is None else remainder / spread))
    terms, power = confirmed(calm, terms, memory, power)
    fitted = fit_terms(calm, terms, phi, power, spread)
    return [_described(calm, fitted, terms, k, memory) for k in range(len(terms))], fitted.line, memory


def _lively(values: Array, known: NDArray[np.bool_]) -> NDArray[np.int64]:
    """Rows that were observed and do not repeat one value five times or more: a stuck sensor says nothing of the spread."""
    lively = known.copy()
    for start, end in runs(np.concatenate([[False], np.diff(values) == 0])):
        if end - start >= 3:
            lively[start - 1 : end + 1] = False
    return np.flatnonzero(lively if lively.sum() > known.sum() / 2 else known)


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


def _without_largest(values: Array, spread: Array | None) -> Array:
    """`values` (time,) less the few steps and hinges that stand out most, for measuring how the noise remembers and wanders.

    Large changes would pass for a long memory and so hide themselves; a level that wanders all the time still does after a few.
    spread: (time,) standard deviations to divide by.
    """
    n = len(values)
    shortest = int(np.clip(n // 20, 5, 12))
    phi = quick_persistence(values)
    grid = _grid(n, shortest)
    terms: list[Term] = []
    while len(terms) < min(_LARGEST, n // _ROWS_A_TERM):
        best, term = _most_wanted(values, terms, phi, grid, shortest, 1, spread)
        if best < 1.3 * _threshold(n):
            break
        terms.append(_placed(values, term, terms, phi, 12))
    rest = values - fit_terms(values, terms, phi, 1, spread).line if terms or spread is not None else values
    return rest if spread is None else rest / spread


def _best_terms(values: Array, phi: float, inflation: float, spread: Array | None) -> tuple[list[Term], int]:
    """The terms, and the degree of the curve beneath them, that explain `values` best for their number.

    A line first; where it needs changes, curves are tried too, so that a smooth bend is no change.
    """
    n = len(values)
    shortest = int(np.clip(n // 20, 5, 12))
    bound = _threshold(n) * inflation

    def cost(terms: list[Term], power: int) -> float:
        loss = max(fit_terms(values, terms, phi, power, spread).loss, 1e-300)
        # A change costs its place, its size and the search for it: a staircase must not beat a curve.
        return float(n * np.log(loss) + (power + 3 * len(terms)) * np.log(n))

    options = [(_grown(values, phi, _candidates(values, phi, shortest), shortest, bound, 1, spread), 1)]
    if options[0][0]:
        options += [(_grown(values, phi, [], shortest, bound, power, spread), power) for power in _POWERS]
    return min(options, key=lambda option: cost(*option))


def without_outliers(values: Array, width: int = 9) -> Array:
    """`values` (time,) with what stands four deviations off its running median replaced by that median; edges of shifts stay."""
    from scipy.ndimage import median_filter

    middle = median_filter(values, min(width, len(values) // 2 * 2 - 1), mode="nearest")
    off = values - middle
    return np.where(np.abs(off) > 4 * robust_scale(off), middle, values)


def _threshold(n: int) -> float:
    return _STRENGTH + 0.5 * float(np.log10(n / 100)) if n > 100 else _STRENGTH


def _candidates(values: Array, phi: float, shortest: int) -> list[Term]:
    """Places where the level may shift, found by KernelCPD around the slope of a typical stretch."""
    from ruptures import KernelCPD

    n = len(values)
    reach = max(1, n // 10)
    slope = float(np.median(values[reach:] - values[:-reach])) / reach
    levelled = values - slope * np.arange(n)
    long_run = innovation_scale(levelled, phi) / (1 - phi)
    if long_run == 0:
        return []
    search = KernelCPD(kernel="linear", min_size=shortest).fit(levelled[:, None])
    for factor in (3.0, 6.0, 12.0, 24.0):
        ends = search.predict(pen=factor * long_run**2 * np.log(n))
        if len(ends) <= _MOST:
            break
    return [Term(int(end), "level") for end in ends[:-1]][:_MOST]


def _grown(
    values: Array, phi: float, terms: list[Term], shortest: int, bound: float, power: int, spread: Array | None
) -> list[Term]:
    """Terms that hold together: the weakest is dropped until all hold, then steps and hinges that others hid are added."""
    n = len(values)
    terms = _pruned(values, phi, terms, bound, power, spread)
    grid = _grid(n, shortest)
    for _ in range(12):
        best, term = _most_wanted(values, terms, phi, grid, shortest, power, spread)
        if best < 0.8 * bound:
            break
        wider = [*terms, _placed(values, term, terms, phi, 12)]
        grown = _pruned(values, phi, [_placed(values, t, wider, phi, 12) for t in wider], bound, power, spread)
        if len(grown) <= len(terms):
            break
        terms = grown
    return terms


def _grid(n: int, shortest: int) -> NDArray[np.int64]:
    return np.unique(np.linspace(shortest, n - shortest, min(n - 2 * shortest, 150)).astype(np.int64))


def _most_wanted(
    values: Array,
    terms: Sequence[Term],
    phi: float,
    grid: NDArray[np.int64],
    shortest: int,
    power: int,
    spread: Array | None,
) -> tuple[float, Term]:
    """The t-value and the term, of those at `grid`, that would add most to `terms`."""
    options: list[tuple[float, Term]] = []
    for kind in _KINDS:
        taken = np.array([t.position for t in terms if t.kind == kind] or [-len(values)])
        free = grid[np.abs(grid[:, None] - taken[None, :]).min(axis=1) >= shortest]
        if len(free):
            scores = scan(values, terms, phi, kind, free, power, spread)
            options.append((float(scores.max()), Term(int(free[scores.argmax()]), kind)))
    return max(options, key=lambda option: option[0], default=(0.0, Term(0, "level")))


def _pruned(values: Array, phi: float, terms: Sequence[Term], bound: float, power: int, spread: Array | None) -> list[Term]:
    """Terms without those that are weak beside the others, the weakest dropped first."""
    kept = sorted(set(terms), key=lambda term: term.position)
    noise = np.full(len(values), noise_scale(values, phi)) if spread is None else spread
    while kept:
        fitted = fit_terms(values, kept, phi, power, spread)
        held = [
            0.0 if term.kind == "level" and abs(size) < _SIZE * noise[term.position] else abs(score)
            for term, size, score in zip(kept, fitted.sizes, fitted.scores, strict=True)
        ]
        worst = int(np.argmin(held))
        if held[worst] >= bound:
            break
        del kept[worst]
    return kept


def _placed(values: Array, term: Term, terms: Sequence[Term], phi: float, reach: int) -> Term:
    """The term where it fits best, within `reach` rows."""
    n = len(values)
    others = [other for other in terms if other != term]
    low, high = max(2, term.position - reach), min(n - 2, term.position + reach)
    window = slice(max(0, low - 400), min(n, high + 400))
    part = values[window]
    near = [Term(t.position - window.start, t.kind) for t in others if window.start < t.position < window.start + len(part)]
    options = np.arange(low, high + 1) - window.start
    scores = scan(part, near, phi, term.kind, options)
    return Term(int(options[scores.argmax()]) + window.start, term.kind)


def _described(values: Array, fitted: Fitted, terms: Sequence[Term], index: int, phi: float) -> Change:
    term, size, score = terms[index], float(fitted.sizes[index]), min(float(abs(fitted.scores[index])), LARGEST_SCORE)
    if term.kind == "level":
        after = float(fitted.line[term.position])
        return Change(term.position, "level", size, score, after - size, after)
    sides = two_lines(values, term, terms, phi)
    score = min(abs(sides.score), LARGEST_SCORE)
    return Change(term.position, "slope", sides.size, score, sides.before, sides.before + sides.size)


def _spread_changes(remainder: Array, phi: float, rows: NDArray[np.int64]) -> list[Change]:
    """Changes of the standard deviation of `remainder` (time,), outliers and memory taken out; only `rows` were observed."""
    from ruptures import KernelCPD
    from scipy.ndimage import median_filter

    # What the regression left of a curve must not pass for spread.
    remainder = remainder[rows]
    if len(remainder) < _SHORTEST:
        return []
    remainder = remainder - median_filter(remainder, min(31, len(remainder) // 8 * 2 + 1), mode="nearest")
    fresh = remainder[1:] - phi * remainder[:-1]
    scale = robust_scale(fresh)
    n = len(fresh)
    shortest = max(12, n // 50)
    if scale == 0 or n < 4 * shortest:
        return []
    block = -(-n // _LONGEST)
    # The square root of a normal size is nearly normal itself, so that a shift of its mean shows best.
    size = np.sqrt(np.minimum(np.abs(fresh), 8 * scale))
    coarse = size[: n // block * block].reshape(-1, block).mean(axis=1)
    search = KernelCPD(kernel="linear", min_size=max(5, shortest // block)).fit(coarse[:, None])
    penalty = 2.5 * float(np.var(coarse)) * np.log(len(coarse))
    edges = [0, *(int(end) * block for end in search.predict(pen=penalty)[:-1]), n]
    edges = _distinct(fresh, edges)
    for k in range(1, len(edges) - 1):
        edges[k] = edges[k - 1] + _widening(fresh[edges[k - 1] : edges[k + 1]], shortest)
    edges = _distinct(fresh, edges)
    scores = _spread_scores(fresh, edges)
    spreads = [_clipped_deviation(remainder[a + 1 : b + 1]) for a, b in itertools.pairwise(edges)]
    return [
        Change(int(rows[edge + 1]), "variance", spreads[k + 1] - spreads[k], scores[k], spreads[k], spreads[k + 1])
        for k, edge in enumerate(edges[1:-1])
    ]


def _spread_scores(fresh: Array, edges: Sequence[int]) -> list[float]:
    return [_spread_score(fresh[a:b], fresh[b:c]) for a, b, c in zip(edges, edges[1:], edges[2:], strict=False)]


def _distinct(fresh: Array, edges: Sequence[int]) -> list[int]:
    """`edges` of stretches of `fresh` (time,) without those on either side of which the spread is much the same."""
    kept = list(edges)
    while len(kept) > 2:
        scores = _spread_scores(fresh, kept)
        worst = int(np.argmin(scores))
        if scores[worst] >= _threshold(len(fresh)):
            break
        del kept[worst + 1]
    return kept


def _widening(fresh: Array, shortest: int) -> int:
    """Where the mean size of `fresh` (time,) changes most clearly: the likeliest place for two double exponential stretches."""
    n = len(fresh)
    size = np.minimum(np.abs(fresh), 8 * robust_scale(fresh))
    sums = np.cumsum(size)
    counts = np.arange(1, n)
    before, after = sums[:-1] / counts, (sums[-1] - sums[:-1]) / (n - counts)
    tiny = 1e-300
    loss = counts * np.log(np.maximum(before, tiny)) + (n - counts) * np.log(np.maximum(after, tiny))
    inner = slice(shortest - 1, n - shortest)
    return shortest + int(np.argmin(loss[inner]))


def _spread_score(before: Array, after: Array) -> float:
    """How many standard errors apart the log mean sizes of two stretches are; 0 where the ratio is not worth telling."""
    logs, errors = [], []
    for part in (before, after):
        scale = robust_scale(part)
        if scale == 0:
            return 0.0
        size = np.minimum(np.abs(part), 4 * scale)
        mean = float(size.mean())
        logs.append(np.log(mean))
        # For normal noise the deviation of the size is 0.756 of its mean.
        errors.append(max(float(size.std()) / mean, 0.756) / np.sqrt(len(part)))
    if abs(logs[1] - logs[0]) < np.log(_RATIO):
        return 0.0
    return min(float(abs(logs[1] - logs[0]) / np.hypot(*errors)), LARGEST_SCORE)


def _clipped_deviation(values: Array) -> float:
    """Standard deviation (about zero) of `values` (time,) with outliers pulled in to four robust deviations."""
    bound = 4 * robust_scale(values)
    return float(np.sqrt(np.mean(np.clip(values, -bound, bound) ** 2)))
