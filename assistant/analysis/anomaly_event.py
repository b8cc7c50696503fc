"""What an anomaly is: the rows, the kind and the score that every search for them gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.prepare import Array

Kind = Literal["spike", "dip", "level shift", "variance change", "missing stretch", "stuck value", "unusual cycle"]

FALSE_ALARMS = 0.01  # chance that a whole series of plain noise holds one claimed event of a kind


@dataclass(frozen=True)
class Anomaly:
    """Rows start … end, both inclusive; start equals end for a single row and for the moment of a lasting change.

    value: the most extreme value of the event (None for a gap); of a level shift the level after it, of a variance change the
    standard deviation after it. expected: what season, level and trend gave at that row; of a shift or a change of variance
    what was before it; None for gaps and stuck values.

    score, in robust standard deviations: of the noise for the most extreme row of a spike or dip and for a shift; of the means
    (or of the steps between means) of all stretches as long, where the event is `whole`, found as a stretch; of a change of
    spread in standard errors; for other kinds the normal deviate as unlikely as the event. The scale is at least a
    ten-thousandth of the series' own spread and the score at most 1,000.
    """

    start: int
    end: int
    value: float | None
    expected: float | None
    score: float
    kind: Kind
    whole: bool = False


@dataclass(frozen=True)
class Strictness:
    """What is asked of an event beside significance: that it be no habit of the series.

    beyond: times the usual strength of stretches that a stretch must have. expected: peaks so far out that the series' own
    tail may be expected to hold. habit: events of a kind, shifts or gaps say, from half of an event's size on, itself counted,
    that may be there.
    """

    beyond: float = 1.35
    expected: float = 0.7
    habit: int = 2


DEFAULT = Strictness()


def out_of_habit(sizes: Array, habit: int) -> NDArray[np.bool_]:
    """Which of the events of these sizes (event,) at most `habit` events reach half of, itself counted."""
    return np.array([int(np.sum(sizes >= size / 2)) <= habit for size in sizes], bool)


def unlikely(chance: float) -> float:
    """The normal deviate exceeded with this chance."""
    from scipy.stats import norm

    return float(norm.isf(max(chance, 1e-300)))
