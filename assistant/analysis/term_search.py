"""The search for shifts of level and hinges of slope that explain a series: candidates, what holds together, and where."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.change import least_score
from assistant.analysis.noise import innovation_scale, noise_scale, quick_persistence
from assistant.analysis.prepare import Array
from assistant.analysis.regression import Kind, Term, fit_terms, scan

_SIZE = 1.5  # in standard deviations of the noise: smaller shifts of level are not reported
_MOST = 30
_POWERS = (1, 2, 3, 5)  # degrees of the curves tried beneath the changes
_LARGEST = 5  # changes that may be set aside while the noise is measured
_ROWS_A_TERM = 25
_SHORT_MEMORY = 0.3  # of the noise, if single steps feign a longer one
_SHORT = 250  # rows up to which a bend or a change may pass for memory
_BENT = (1, 2, 3)  # degrees of the curves tried then
_MEMORIES = (0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99)  # that an explanation may choose from
_KINDS: tuple[Kind, ...] = ("level", "slope")


def without_largest(values: Array, spread: Array | None) -> Array:
    """`values` (time,) less the few steps and hinges that stand out most, for measuring how the noise remembers and wanders.

    Large changes would pass for a long memory and so hide themselves; a level that wanders all the time still does after a few.
    So in a short series they are looked for again, over lines and curves, as if the noise remembered little, not as much as its
    single steps feign; of these explanations the likeliest counts, each with the memory that suits it best.
    spread: (time,) standard deviations to divide by.
    """
    quick = quick_persistence(values)
    starts = [(quick, 1)]
    if quick > _SHORT_MEMORY and len(values) <= _SHORT:
        starts += [(_SHORT_MEMORY, power) for power in _BENT]
    options = [(_largest(values, phi, power, spread), power) for phi, power in starts]
    terms, power = options[0]
    if len(options) > 1:
        terms, power = min(options, key=lambda option: best_cost(values, option[0], option[1], spread))
    plain = not terms and power == 1 and spread is None
    rest = values if plain else values - fit_terms(values, terms, quick, power, spread).line
    return rest if spread is None else rest / spread


def _largest(values: Array, phi: float, power: int, spread: Array | None) -> list[Term]:
    """The few steps and hinges that stand out most over a curve of degree `power`, if the noise remembers with φ."""
    n = len(values)
    shortest = int(np.clip(n // 20, 5, 12))
    grid = _grid(n, shortest)
    terms: list[Term] = []
    while len(terms) < min(_LARGEST, n // _ROWS_A_TERM):
        best, term = _most_wanted(values, terms, phi, grid, shortest, power, spread)
        if best < 1.3 * least_score(n):
            break
        terms.append(placed(values, term, terms, phi, 12))
    return terms


def best_cost(
    values: Array, terms: Sequence[Term], power: int, spread: Array | None = None, beside: Array | None = None
) -> float:
    """Bayesian information criterion of the terms over a curve of degree `power` under AR(1) noise of the likeliest memory.

    beside: (time, column) further regressors, each a parameter.
    """
    n = len(values)
    parameters = power + 3 * len(terms) + (0 if beside is None else beside.shape[1] + 1)
    costs = []
    for phi in _MEMORIES:
        loss = max(fit_terms(values, terms, phi, power, spread, beside).loss, 1e-300)
        costs.append(n * np.log(loss) - np.log(1 - phi**2))
    return float(min(costs) + parameters * np.log(n))


def best_terms(values: Array, phi: float, inflation: float, spread: Array | None) -> tuple[list[Term], int]:
    """The terms, and the degree of the curve beneath them, that explain `values` best for their number.

    A line first; where it needs changes, curves are tried too, so that a smooth bend is no change.
    """
    n = len(values)
    shortest = int(np.clip(n // 20, 5, 12))
    bound = least_score(n) * inflation

    def cost(terms: list[Term], power: int) -> float:
        loss = max(fit_terms(values, terms, phi, power, spread).loss, 1e-300)
        # A change costs its place, its size and the search for it: a staircase must not beat a curve.
        return float(n * np.log(loss) + (power + 3 * len(terms)) * np.log(n))

    options = [(_grown(values, phi, _candidates(values, phi, shortest), shortest, bound, 1, spread), 1)]
    if options[0][0]:
        options += [(_grown(values, phi, [], shortest, bound, power, spread), power) for power in _POWERS]
    return min(options, key=lambda option: cost(*option))


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
        wider = [*terms, placed(values, term, terms, phi, 12)]
        grown = _pruned(values, phi, [placed(values, t, wider, phi, 12) for t in wider], bound, power, spread)
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


def placed(values: Array, term: Term, terms: Sequence[Term], phi: float, reach: int) -> Term:
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
