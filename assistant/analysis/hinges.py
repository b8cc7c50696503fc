"""Which changes of slope are real: lines on either side must differ, the way the hinge says, and no smooth bend explain it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.analysis.prepare import Array
from assistant.analysis.regression import Term, fit_terms

_APART = 3.5  # standard errors by which the slopes on either side must differ
_BEND = 3.5  # t-value that a hinge must keep beside a cubic over the same stretch


@dataclass(frozen=True)
class TwoLines:
    """before: slope per sample before a hinge; size: slope after less slope before; score: size over its standard error.

    bend: t-value of the hinge where a cubic over the stretch may take its place.
    """

    before: float
    size: float
    score: float
    bend: float


def two_lines(values: Array, hinge: Term, terms: Sequence[Term], phi: float) -> TwoLines:
    """Robust lines on either side of `hinge`, each as far as the next hinge (or the series' end), level shifts taken out.

    values: (time,) deseasonalised, without NaN. The lines need not meet. phi: AR(1) coefficient of the noise.
    """
    hinges = [term.position for term in terms if term.kind == "slope"]
    start = max((position for position in hinges if position < hinge.position), default=0)
    stop = min((position for position in hinges if position > hinge.position), default=len(values))
    place = hinge.position - start
    levels = [Term(t.position - start, "level") for t in terms if t.kind == "level" and start + 1 < t.position < stop - 1]
    part = values[start:stop]
    gap = [] if any(term.position == place for term in levels) else [Term(place, "level")]
    apart = fit_terms(part, [Term(place, "slope"), *levels, *gap], phi)
    bent = fit_terms(part, [Term(place, "slope"), *levels], phi, 3)
    return TwoLines(apart.slope, float(apart.sizes[0]), float(apart.scores[0]), float(bent.scores[0]))


def confirmed(values: Array, terms: Sequence[Term], phi: float, power: int) -> tuple[list[Term], int]:
    """The terms without hinges that are none, the least certain dropped first, and the degree of the curve that then fits best.

    values: (time,). power: the degree of the curve that the terms were found over. A hinge that only mends a curve (its lines
    do not differ, or differ the other way) or that a curve explains as well goes.
    """
    kept = list(terms)
    while True:
        signs = _sizes(values, kept, phi, power)
        held = [
            np.inf if term.kind == "level" else _certainty(two_lines(values, term, kept, phi), sign)
            for term, sign in zip(kept, signs, strict=True)
        ]
        if not held or min(held) >= 1:
            return kept, power
        del kept[int(np.argmin(held))]
        power = min(range(power, 6), key=lambda degree: _cost(values, kept, phi, degree))


def _sizes(values: Array, terms: Sequence[Term], phi: float, power: int) -> Array:
    return fit_terms(values, terms, phi, power).sizes


def _certainty(sides: TwoLines, size: float) -> float:
    """At least 1 where both tests hold and all signs agree."""
    if not np.sign(sides.size) == np.sign(sides.bend) == np.sign(size):
        return 0.0
    return min(abs(sides.score) / _APART, abs(sides.bend) / _BEND)


def _cost(values: Array, terms: Sequence[Term], phi: float, power: int) -> float:
    """Bayesian information criterion of the terms over a curve of degree `power`."""
    loss = max(fit_terms(values, terms, phi, power).loss, 1e-300)
    return float(len(values) * np.log(loss) + power * np.log(len(values)))
