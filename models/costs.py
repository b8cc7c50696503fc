"""What one fit and forecast of a member costs, predicted from the shape of the task alone.

A tournament leaves out who would take too long before beginning, not when a clock has run: the same series then gets the same
members on a quick machine and on a busy one. The figures were fitted to measurements on one CPU core (x86-64, 2.5 GHz) and are
right within a factor of three.
"""

from __future__ import annotations

from collections.abc import Callable

# As in `models.config`: no member reads more than its history, or three seasons.
SHORT_HISTORY, HISTORY, LONG_HISTORY, LINEAR_HISTORY = 400, 1_000, 2_000, 20_000
MOST_CELLS = 4_000_000
LONGEST_CONTEXT = 512


def fit_seconds(name: str, count: int, period: int, horizon: int) -> float:
    """Seconds to fit the member of that name to `count` points and forecast `horizon` steps; 0 for one that is not known."""
    cost = _COSTS.get(name)
    return 0.0 if cost is None else cost(count, period, horizon)


def _used(count: int, period: int, history: int = HISTORY) -> int:
    return min(count, max(history, 3 * period))


def _per_point(first: float, each: float, history: int = HISTORY) -> Callable[[int, int, int], float]:
    """A cost that grows with the points used."""
    return lambda count, period, horizon: first + each * _used(count, period, history)


def _ets_point(period: int) -> float:
    return 1.2e-5 if period == 1 else 2e-5


def _autoregression(count: int, period: int, horizon: int) -> float:
    return 7e-4 + 1e-6 * _used(count, period, LONG_HISTORY) + 4e-6 * horizon


def _harmonic(count: int, period: int, horizon: int) -> float:
    return 1.5e-3 + 2.5e-6 * _used(count, period) + 6e-6 * horizon


def _cycle_linear(count: int, period: int, horizon: int) -> float:
    """Windows are copied, multiplied into a Gram matrix that is decomposed, and held-out ones forecast for every penalty."""
    context = min(4 * period, LONGEST_CONTEXT) if period > 1 else 64
    points = min(count, LINEAR_HISTORY)
    windows = min(points, MOST_CELLS / (context + horizon))
    held_out = min(0.2 * points, MOST_CELLS / (context + horizon))
    copied = windows * (context + horizon) * (1e-8 + 5e-12 * context)
    return 9e-4 + copied + 1.9e-10 * context**3 + 1.1e-7 * held_out * horizon


def _states(period: int) -> float:
    """Of the structural model: level, slope and the season's waves."""
    return 2.0 + 2.0 * min(period // 2, 6)


_COSTS: dict[str, Callable[[int, int, int], float]] = {
    "seasonal-naive": lambda count, period, horizon: 1e-4,
    "drift": lambda count, period, horizon: 1e-4 + 4e-7 * count,
    "recent-median": lambda count, period, horizon: 1e-4 + 4e-7 * count,
    "tsb": _per_point(2e-4, 8e-6),
    "croston": _per_point(2e-4, 8e-6),
    "theta": _per_point(3e-4, 4e-6),
    "damped": _per_point(4e-4, 1e-5),
    "autoregression": _autoregression,
    "harmonic": _harmonic,
    "unobserved-components": lambda count, period, horizon: 0.01 + 6e-5 * _states(period) * _used(count, period, SHORT_HISTORY),
    # Without a season of a length they take, they refuse at once.
    "stl-ets": lambda count, period, horizon: 2e-3 + (2.5e-5 * _used(count, period) if 1 < period <= 2_000 else 0.0),
    "cycle-linear": _cycle_linear,
    "ets": lambda count, period, horizon: 8e-4 + (_ets_point(period) * _used(count, period) if period <= 200 else 0.0),
}
