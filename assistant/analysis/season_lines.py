"""The lines that a season draws in the spectrum, tested against the background and against the lines beside them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.prepare import Array
from assistant.analysis.spectrum import background, folded, line_powers, log_tail, power
from assistant.analysis.steady import HARMONICS, mean_cycle, steady_form, without_seasons

_NESTED_LINES = 6


@dataclass(frozen=True)
class Lines:
    """The lines of one period in the spectrum of a series of `length` values, cleaned with the period's profile set aside.

    powers: (line,) power at h / period, h = 1 … period // 2. excess: (line,) the first twelve of them over the background.
    support: (line,) how many neighbours say what the background is. unexplained: share of the variance that a mean cycle leaves.
    """

    period: int
    length: int
    powers: Array
    excess: Array
    support: Array
    unexplained: float

    def far_from(self, found: Iterable[int], multiples: int) -> NDArray[np.bool_]:
        """(line,) whether each line is clear of the first `multiples` of those found, where a remainder of theirs may stand."""
        lines = np.arange(1, len(self.excess) + 1) / self.period
        clear = np.ones(len(lines), bool)
        for other in found:
            # A profile is taken out to its twelfth harmonic; finer ones stay, and a long candidate has lines beside many.
            limit = other // 2 if self.period * 10 > other else min(other // 2, multiples)
            nearest = np.clip(np.round(lines * other), 1, limit) / other
            clear &= np.abs(lines - nearest) >= max(4 / self.length, 0.1 / other)
        return clear

    def log_p_value(self, counted: NDArray[np.bool_]) -> float:
        """Logarithm of the chance of so much power at the counted lines: of the first, and of sums of two, three … all."""
        excess, support = self.excess[counted], self.support[counted]
        if not len(excess):
            return 0.0
        counts = np.unique(np.minimum((1, 2, 3, len(excess)), len(excess)))
        tails = [log_tail(float(excess[:k].mean()), int(k), float(support[:k].mean())) for k in counts]
        return float(min(0.0, np.log(len(counts)) + min(tails)))

    def log_tower(self, every: int) -> float:
        """Logarithm of the chance that every `every`-th line stands so far above the two on either side.

        Each is compared with its own neighbours, since the power of a cycle falls off; the chances are combined as Fisher 1932
        does.
        """
        from scipy.special import gammaincc

        orders = np.arange(every, len(self.powers) + 1, every)[:_NESTED_LINES]
        reach = 1 if every < 5 else 2
        tails = []
        for order in orders:
            beside = order + np.array([step for step in range(-reach, reach + 1) if step])
            beside = beside[(beside >= 1) & (beside <= len(self.powers))]
            ratio = float(self.powers[order - 1] / max(float(self.powers[beside - 1].mean()), 1e-300))
            tails.append(log_tail(ratio, 1, float(len(beside))))
        combined = np.cumsum([-tail for tail in tails])
        counts = {1, 2, len(tails)}
        answers = [float(np.log(max(gammaincc(k, combined[k - 1]), 1e-300))) for k in counts if k <= len(tails)]
        return float(min(answers, default=0.0) + np.log(max(len(answers), 1)))


class Examined:
    """A series (time,) without NaN, its steady form, and the lines of the periods asked for, each worked out once.

    jumps: False where lasting shifts are out already.
    """

    def __init__(self, values: Array, jumps: bool = True) -> None:
        self.values = values
        self.jumps = jumps
        self._lines: dict[int, Lines] = {}

    @cached_property
    def steady(self) -> Array:
        """(time,) as `steady_form` gives it."""
        return steady_form(self.values, self.jumps)

    def without(self, periods: Iterable[int]) -> Examined:
        """The series less the mean cycles of `periods`."""
        return Examined(without_seasons(self.values, tuple(sorted(periods)), self.jumps), self.jumps)

    def lines(self, period: int) -> Lines:
        """The lines of `period`, in samples, at most the length of the series."""
        if period not in self._lines:
            self._lines[period] = self._examine(period)
        return self._lines[period]

    def _examine(self, period: int) -> Lines:
        n = len(self.values)
        profile = mean_cycle(self.steady, period)
        profile = profile + mean_cycle(steady_form(self.values - profile, self.jumps), period)
        cleaned = profile - profile.mean() + steady_form(self.values - profile, self.jumps)
        orders = np.arange(1, min(period // 2, HARMONICS) + 1)
        powers = line_powers(cleaned, period)
        bins = orders * n / period
        smooth = background(power(cleaned), bins)
        excess = powers[: len(orders)] / np.interp(bins, np.arange(len(smooth)), smooth)
        # A line at the highest frequency is real, not complex: its power is χ² with one degree, not two.
        excess = np.where(2 * orders == period, excess / 2, excess)
        support = np.clip(3 + 1.5 * bins, 4, max(4, min(n // 4, 60)))
        return Lines(period, n, powers, excess, support, unexplained(cleaned, period))


def unexplained(cleaned: Array, period: int) -> float:
    """Share of the variance of centred `cleaned` (time,) that a mean cycle leaves, corrected for the phases it fitted."""
    n = len(cleaned)
    totals, counts = folded(cleaned, period)
    explained = float(np.sum(totals**2 / counts))
    total = float(cleaned @ cleaned)
    left = (total - explained) / max(n - period, 1)
    return max(left, 0.0) / (total / n or 1.0)
