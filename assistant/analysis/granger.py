"""Whether the past of one series helps to predict another: Granger's test on data made steady first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from assistant.analysis.autocorrelation import calmed, holm, remainder_of
from assistant.analysis.prepare import Array
from assistant.analysis.relations import aligned, without_seasons
from assistant.analysis.stationarity import judge_stationarity
from assistant.data.series import Series

Treatment = Literal["as it is", "line taken out", "differenced"]

_SHORTEST = 40
_MOST_LAGS = 24
_ROWS_PER_LAG = 12
_LONGEST = 20_000


@dataclass(frozen=True)
class Steady:
    """A series on its full grid without seasons, and without its trend or as its changes where it does not keep its level.

    seasonless: the series without seasons, before anything else was done to it.
    """

    series: Series
    seasonless: Series
    seasonal: bool
    treatment: Treatment


@dataclass(frozen=True)
class Help:
    """Whether the last `lags` values of one series help to predict the next value of another beyond that one's own last values.

    n: rows of the regression. statistic: F with `lags` and n − 2·lags − 1 degrees of freedom. p_value: of that test; corrected:
    by Holm for all tests made together. gain: share of the one-step error's variance that the help removes, 0–1, in sample.
    """

    helper: str
    target: str
    n: int
    lags: int
    statistic: float
    p_value: float
    corrected: float
    gain: float

    @property
    def helps(self) -> bool:
        """Whether the help is beyond chance at 5 % after correction."""
        return self.corrected < 0.05


def make_steady(series: Series) -> Steady:
    """`series` in the form that Granger's test is valid for; outlying values drawn in.

    Around a line: the line is taken out. A unit root, or a verdict that leaves one possible: differenced. A contradictory verdict
    denies a unit root, and differencing would then make helpers of those that only follow.
    """
    plain = without_seasons(series)
    values = plain.values
    seasonal = len(values) == len(series) and not np.array_equal(values, series.values, equal_nan=True)
    verdict = judge_stationarity(values).verdict
    treatment: Treatment = "as it is"
    if verdict == "trend stationary":
        values, treatment = remainder_of(values, np.zeros(len(values))), "line taken out"
    elif verdict in ("unit root", "undecided", "stationary between level shifts"):
        values, treatment = np.concatenate([[np.nan], np.diff(values)]), "differenced"
    return Steady(replace(plain, values=calmed(values)), plain, seasonal, treatment)


def helps_to_predict(helper: Steady, target: Steady) -> Help | None:
    """Granger's F-test; None with fewer than 40 usable rows, or where either series does not move.

    The number of lags (at most 24, and one for each twelve rows) is the one with the least BIC of the larger regression. Rows
    with a gap in any lag take no part. Without gaps statistic and p-value are those of statsmodels' `ssr_ftest`.

    Source: Granger 1969; Schwarz 1978.
    """
    from scipy.stats import f

    frame = aligned(target.series, helper.series).iloc[-_LONGEST:]
    own, other = frame["a"].to_numpy(np.float64), frame["b"].to_numpy(np.float64)
    both = int((np.isfinite(own) & np.isfinite(other)).sum())
    if both < _SHORTEST or not np.nanstd(own) or not np.nanstd(other):
        return None
    lags = _lags(own, other, max(1, min(_MOST_LAGS, both // _ROWS_PER_LAG)))
    goal, design = _regression(own, other, lags)
    n = len(goal)
    degrees = n - 2 * lags - 1
    if degrees < 10:
        return None
    whole, alone = _rest(goal, design), _rest(goal, design[:, : lags + 1])
    if whole <= 0:
        return None
    statistic = (alone - whole) / lags / (whole / degrees)
    p_value = float(f.sf(statistic, lags, degrees))
    gain = float(np.clip(1 - whole / alone, 0.0, 1.0))
    return Help(helper.series.name, target.series.name, n, lags, float(statistic), p_value, p_value, gain)


def corrected(found: list[Help]) -> list[Help]:
    """The same tests with their p-values corrected for their number (Holm 1979)."""
    chances = holm(np.array([one.p_value for one in found]))
    return [replace(one, corrected=float(chance)) for one, chance in zip(found, chances, strict=True)]


def _lags(own: Array, other: Array, most: int) -> int:
    """The number of lags with the least BIC, all judged on the rows that the longest leaves."""
    goal, design = _regression(own, other, most)
    best, chosen = np.inf, 1
    for lags in range(1, most + 1):
        columns = [0, *range(1, lags + 1), *range(most + 1, most + 1 + lags)]
        rest = _rest(goal, design[:, columns])
        score = len(goal) * np.log(max(rest, 1e-300) / len(goal)) + len(columns) * np.log(len(goal))
        if score < best:
            best, chosen = score, lags
    return chosen


def _regression(own: Array, other: Array, lags: int) -> tuple[Array, Array]:
    """Goal (row,) and design (row, 1 + 2·lags): a constant, own lags 1 …, the other's lags 1 …; rows without gaps."""
    n = len(own)
    columns = [np.ones(n - lags)]
    for values in (own, other):
        columns += [values[lags - lag : n - lag] for lag in range(1, lags + 1)]
    design, goal = np.stack(columns, axis=1), own[lags:]
    whole = np.isfinite(goal) & np.isfinite(design).all(axis=1)
    return goal[whole], design[whole]


def _rest(goal: Array, design: Array) -> float:
    """Residual sum of squares of a least-squares fit."""
    left = goal - design @ np.linalg.lstsq(design, goal, rcond=None)[0]
    return float(left @ left)
