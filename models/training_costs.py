"""What training a classifier costs, predicted from the shape of the task alone.

The figures were measured on one CPU core (x86-64, 2.5 GHz) and are right within a factor of three. They are told to a user
before a training begins, and an automatic choice leaves out who would take too long.
"""

from __future__ import annotations

from collections.abc import Callable


def training_seconds(name: str, shape: tuple[int, int, int], classes: int) -> float:
    """Seconds to fit the classifier of that name to cases of `shape` (batch, channel, time); 0 for one that is not known."""
    cost = _COSTS.get(name)
    return 0.0 if cost is None else cost(shape, classes)


def _neighbour(shape: tuple[int, int, int], classes: int) -> float:  # noqa: ARG001  (all costs are called alike)
    """Each case, or the five hundred that are asked, is compared with all; every case's traits are measured."""
    cases, channels, steps = shape
    return 0.01 + NEIGHBOUR * min(cases, 500) * cases * channels * steps + 6e-5 * cases * channels


def _minirocket(shape: tuple[int, int, int], classes: int) -> float:
    """Convolutions; a ridge regression's decomposition, once for its penalty and once for the temperature; compiling at first."""
    cases, channels, steps = shape
    least = min(cases, FEATURES)
    ridge = RIDGE * cases * least * FEATURES * (1 + 0.02 * classes)
    return COMPILED + CONVOLVED * cases * steps * min(channels, 9) + ridge + 2 * _neighbour(shape, classes)


def _hitime(shape: tuple[int, int, int], classes: int) -> float:  # noqa: ARG001  (all costs are called alike)
    """To be measured: a minute to begin with and half a second a case, up to the steps of a whole training."""
    cases, channels, steps = shape
    return 60.0 + 0.5 * min(cases, 1_500) + 2e-7 * cases * channels * steps


FEATURES = 9_996
NEIGHBOUR, CONVOLVED, RIDGE, COMPILED = 2e-9, 4e-7, 1.5e-10, 4.0
_COSTS: dict[str, Callable[[tuple[int, int, int], int], float]] = {
    "nearest-neighbour": _neighbour,
    "minirocket": _minirocket,
    "hitime": _hitime,
}
