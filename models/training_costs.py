"""What training a classifier costs, predicted from the shape of the task alone.

The figures were measured on one CPU core (x86-64, 2.5 GHz) and are right within a factor of three. They are told to a user
before a training begins, and an automatic choice leaves out who would take too long.
"""

from __future__ import annotations

from collections.abc import Callable

from models.splits import TEST_SHARE, trials


def training_seconds(name: str, shape: tuple[int, int, int], classes: int) -> float:
    """Seconds to fit the classifier of that name to cases of `shape` (batch, channel, time); 0 for one that is not known."""
    cost = _COSTS.get(name)
    return 0.0 if cost is None else cost(shape, classes)


def first_seconds(name: str) -> float:
    """Those of them that only a process's first training of it takes."""
    return COMPILED if name == "minirocket" else 0.0


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
    """A fixed number of steps of everything, larger steps for many cases; below a thousand cases once more on all of them.

    Where cases are few, in folds and with encoders of fewer epochs too.
    """
    cases, channels, steps = shape
    batch = min(max(16.0, cases / 50), 128.0)
    made, *fewer = (min(ENCODER_STEPS, epochs * cases / batch) for epochs in (EPOCHS, *FEWER_EPOCHS))
    step = ENCODERS * (ENCODER_FIXED + ENCODER_CASE * batch)
    rest = VARIED * min(12 * cases, 12_000) + READ * cases * channels * steps
    whole = LANGUAGE + made * step + rest
    if (1 - TEST_SHARE) * cases >= 1_000:
        return whole
    tried = trials(cases)
    return (tried + 1) * whole + (tried * (sum(fewer) * step + len(fewer) * rest) if tried > 1 else 0.0)


# Of HiTime: three encoders' steps, the later stages, the tokens of one varied case, and each value's standardisation.
ENCODERS, ENCODER_STEPS, EPOCHS, FEWER_EPOCHS, ENCODER_FIXED, ENCODER_CASE = 3, 3_000, 600, (60, 200), 0.012, 0.0005
LANGUAGE, VARIED, READ = 150.0, 0.004, 2e-8
FEATURES = 9_996
NEIGHBOUR, CONVOLVED, RIDGE, COMPILED = 2e-9, 4e-7, 1.5e-10, 4.0
_COSTS: dict[str, Callable[[tuple[int, int, int], int], float]] = {
    "nearest-neighbour": _neighbour,
    "minirocket": _minirocket,
    "hitime": _hitime,
}
