"""Slow cycles that no search for seasons was sure of, but that explain a series better than the shifts that stand in for them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.candidates import USUAL, harmonics_of
from assistant.analysis.change import LONGEST, Change, least_score, spread_steps
from assistant.analysis.noise import persistence
from assistant.analysis.prepare import Array
from assistant.analysis.regression import Kind, Term, column, fit_terms, scan, whiten
from assistant.analysis.term_search import best_cost

_ROWS = 400  # block means that are looked at
_FEWEST, _MOST = 3.6, 16.0  # cycles in the series: fewer are a bend, and more are seasons that are found otherwise
_PER_CYCLE = 6  # frequencies tried within one cycle more or less
_HARMONICS = 2  # of a cycle that is looked for
_STEPS = 10  # components taken in at most
_WORTH = 10.0  # least gain of a component, in units of twice the log likelihood
_MEMORY = 0.3  # of the noise of block means, while components are looked for
_APART = 5  # rows between two terms
_POWER = 2  # degree of the curve beneath
_SNAP = 0.03  # share of a cycle by which it may be off a usual length
_SEPARATE = 0.7  # cycles in the whole series by which two cycles differ at least
_FINEST = 12  # harmonics of a cycle that is known
_SLOW = 60  # rows of a cycle from which on a part of it may pass for a new level


def hidden_cycle(values: Array, known: Sequence[int] = ()) -> int:
    """The period, in samples, of a slow cycle beside which `values` (time,) are likelier than with steps and hinges alone.

    values: without NaN and quick seasons. known: slow periods that will be taken out anyway. Steps, hinges and cycles are taken
    in one after the other, the one that explains most first, once with cycles and once without; the likelier of the two
    explanations counts, by the Bayesian information criterion under AR(1) noise. 0 where there is none, or a known one.
    """
    block, coarse, counts = _coarse(values)
    if not len(counts):
        return 0
    n = len(coarse)
    terms, cycles = _pursued(coarse, counts)
    if not cycles:
        return 0
    plain, _ = _pursued(coarse)
    if best_cost(coarse, terms, _POWER, None, harmonics_of(n, cycles, _HARMONICS)) >= best_cost(coarse, plain, _POWER):
        return 0
    period = block * _tuned(coarse, terms, cycles[1:], cycles[0])
    if any(_akin(period, other, len(values)) for other in known):
        return 0
    near = [usual for usual in USUAL if abs(usual - period) <= _SNAP * period]
    return min(near, key=lambda usual: abs(usual - period), default=round(period))


def shifts_beside_cycles(values: Array) -> Array | None:
    """The steps and hinges (time,) that `values` (time,) need beside slow cycles; None where no cycle explains enough.

    values: without NaN, outliers and quick seasons.
    """
    block, coarse, counts = _coarse(values)
    terms, cycles = _pursued(coarse, counts) if len(counts) else ([], [])
    if not cycles:
        return None
    sizes = fit_terms(coarse, terms, _MEMORY, _POWER, None, harmonics_of(len(coarse), cycles, _HARMONICS)).sizes
    line = np.zeros(len(values))
    for term, size in zip(terms, sizes, strict=True):
        per_row = size if term.kind == "level" else size / block
        line += per_row * column(len(values), Term(term.position * block, term.kind))
    return line


def _coarse(values: Array) -> tuple[int, Array, Array]:
    """Rows a block, block means of `values` (time,), and the (frequency,) cycles in the series that are looked for."""
    block = -(-len(values) // _ROWS)
    coarse = values[: len(values) // block * block].reshape(-1, block).mean(axis=1)
    return block, coarse, slow_counts(len(values))


def slow_counts(n: int) -> Array:
    """(frequency,) how many slow cycles `n` rows may hold, as finely as they can be told apart; empty where there are too few."""
    return np.arange(_FEWEST, min(_MOST, n / _SLOW), 1 / _PER_CYCLE).astype(np.float64)


def slow_periods(periods: Sequence[int], n: int) -> tuple[int, ...]:
    """Those of the periods of which `n` rows hold few cycles."""
    return tuple(period for period in periods if period >= _SLOW and n <= _MOST * period)


def beside_cycles(values: Array, changes: tuple[Change, ...], periods: Sequence[int]) -> tuple[Change, ...]:
    """`changes` less the shifts and hinges that `values` (time,) do not need beside cycles of `periods` that never change.

    values: without NaN, outliers and quicker seasons. A season that may evolve bends to a shift that is none over few cycles,
    and so confirms it.
    """
    n = len(values)
    found = [change for change in changes if change.kind != "variance"]
    if not periods or not found:
        return changes
    block = -(-n // LONGEST)
    coarse = values[: n // block * block].reshape(-1, block).mean(axis=1)
    waves = np.hstack([harmonics_of(len(coarse), [p / block], min(_FINEST, p // (3 * block))) for p in periods])
    spreads = [change for change in changes if change.kind == "variance"]
    spread = spread_steps(spreads, n)[: n // block * block : block] if spreads else None
    terms = {Term(change.position // block, change.kind): change for change in found if change.kind != "variance"}
    kept = list(terms)
    power = min((1, 2, 3), key=lambda degree: best_cost(coarse, kept, degree, spread, waves))
    off = coarse - fit_terms(coarse, kept, _MEMORY, power, spread, waves).line
    phi = persistence(off if spread is None else off / spread)
    while kept:
        scores = np.abs(fit_terms(coarse, kept, phi, power, spread, waves).scores)
        weakest = int(np.argmin(scores))
        if scores[weakest] >= least_score(n):
            break
        del kept[weakest]
    needed = [terms[term] for term in kept]
    return tuple(change for change in changes if change.kind == "variance" or change in needed)


def _akin(period: float, other: float, n: int) -> bool:
    """Whether `n` rows cannot tell a cycle of `period` rows from one of `other` rows or a fraction of it."""
    order = max(1, round(other / period))
    return abs(n / period - order * n / other) < _SEPARATE


def _tuned(values: Array, terms: Sequence[Term], others: Sequence[float], cycle: float) -> float:
    """`cycle` where it explains most of `values` (time,) beside the terms and the other cycles."""
    n = len(values)
    counts = n / cycle + np.linspace(-1, 1, 21) / _PER_CYCLE
    losses = [fit_terms(values, terms, _MEMORY, _POWER, None, harmonics_of(n, [n / c, *others], _HARMONICS)).loss for c in counts]
    return float(n / counts[int(np.argmin(losses))])


def _pursued(values: Array, counts: Array | None = None) -> tuple[list[Term], list[float]]:
    """Steps and hinges, and the periods of cycles, that explain `values` (time,), the one that explains most taken in first."""
    n = len(values)
    terms: list[Term] = []
    cycles: list[float] = []
    grid = np.arange(_APART, n - _APART, max(1, n // 150)).astype(np.int64)
    for _ in range(_STEPS):
        waves = harmonics_of(n, cycles, _HARMONICS) if cycles else None
        gain, term = _best_term(values, terms, grid, waves)
        wave_gain, cycle = (0.0, 0.0) if counts is None else _best_cycle(values, terms, waves, counts)
        if max(gain, wave_gain) < _WORTH:
            break
        if wave_gain > gain:
            cycles.append(cycle)
        else:
            terms.append(term)
    return terms, cycles


def _best_term(values: Array, terms: Sequence[Term], grid: NDArray[np.int64], waves: Array | None) -> tuple[float, Term]:
    """The step or hinge at `grid` that would explain most, and the gain."""
    n = len(values)
    best = (0.0, Term(0, "level"))
    kinds: tuple[Kind, ...] = ("level", "slope")
    for kind in kinds:
        taken = np.array([t.position for t in terms if t.kind == kind] or [-n])
        free = grid[np.abs(grid[:, None] - taken[None, :]).min(axis=1) >= _APART]
        scores = scan(values, terms, _MEMORY, kind, free, _POWER, None, waves)
        top = int(np.argmax(scores))
        gain = n * np.log1p(scores[top] ** 2 / n) - 3 * np.log(n)
        best = max(best, (float(gain), Term(int(free[top]), kind)), key=lambda option: option[0])
    return best


def _best_cycle(values: Array, terms: Sequence[Term], waves: Array | None, counts: Array) -> tuple[float, float]:
    """The period, `counts` (frequency,) times in the series, whose two harmonics would explain most, and the gain."""
    n = len(values)
    residual = whiten(values - fit_terms(values, terms, _MEMORY, _POWER, None, waves).line, _MEMORY)
    bound = 4 * float(np.median(np.abs(residual))) * 1.4826
    residual = np.clip(residual, -bound, bound)
    total = float(residual @ residual)
    if total == 0:
        return 0.0, 0.0  # more than half of the rows are explained exactly
    gains = []
    for count in counts:
        basis, _ = np.linalg.qr(whiten(harmonics_of(n, [n / count], _HARMONICS), _MEMORY))
        gains.append(float(np.sum((basis.T @ residual) ** 2)))
    top = int(np.argmax(gains))
    gain = -n * np.log(max(1 - gains[top] / total, 1e-9)) - (2 * _HARMONICS + 1) * np.log(n)
    return float(gain), float(n / counts[top])
