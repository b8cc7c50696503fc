"""What a change of a series is, and how clear it must be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.analysis.prepare import Array

LONGEST = 2_000  # points that changes are looked for among; more are averaged into blocks first
SHORTEST = 24  # points of a series, or of its observed part, from which on changes are looked for
_STRENGTH = 4.2  # t-value below which no change is believed, plus a little for long series


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


def least_score(n: int) -> float:
    """The score below which no change among `n` values is believed."""
    return _STRENGTH + 0.5 * float(np.log10(n / 100)) if n > 100 else _STRENGTH


def level_steps(changes: Sequence[Change], n: int) -> Array:
    """The level shifts among `changes` as a staircase (time,) that starts at zero."""
    steps = np.zeros(n)
    for change in changes:
        if change.kind == "level":
            steps[change.position :] += change.size
    return steps


def spread_steps(spreads: Sequence[Change], n: int) -> Array:
    """Standard deviation (time,) in each stretch between the changes of spread, at least one; never 1,000 times narrower."""
    local = np.full(n, spreads[0].before)
    for change in spreads:
        local[change.position :] = change.after
    return np.asarray(np.maximum(local, 1e-3 * float(local.max())))
