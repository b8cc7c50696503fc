"""Whether a series keeps its level and spread: two tests with opposite null hypotheses, read together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.analysis.prepare import Array, fill

Verdict = Literal["stationary", "stationary between level shifts", "trend stationary", "unit root", "contradictory", "undecided"]
Ruling = Literal["both", "ADF", "KPSS", "neither"]

_LEVEL = 0.05
_STRONG = 0.01
_LONGEST = 2_000
_SHORTEST = 12
# What ADF's statistic must fall below once so many level shifts were estimated and taken out, at 5 %: each makes a random walk
# look steadier. One shift as Zivot & Andrews 1992; two as Lumsdaine & Papell 1997, and beyond that a step on for each.
_AFTER_SHIFTS = (-2.86, -4.80, -6.16)
_PER_FURTHER_SHIFT = -0.75


@dataclass(frozen=True)
class Stationarity:
    """ADF's null is a unit root, KPSS's is stationarity; KPSS p-values are bounded to 0.01–0.10 by its table.

    stationary: True only for the verdict "stationary", None where contradictory, undecided or too short to tell. The trend
    p-values come from the same tests around a straight line, the shift ones after the level shifts were taken out; both are NaN
    where nobody had to ask. agree: whether the two tests around a constant tell the same story; rules: the test
    that decided where they do not. deseasonalised: whether seasons were taken out first. block: values averaged into one before
    testing (1: none), for long series.
    """

    stationary: bool | None
    verdict: Verdict
    adf_p: float
    kpss_p: float
    adf_trend_p: float
    kpss_trend_p: float
    adf_shift_p: float
    kpss_shift_p: float
    agree: bool
    rules: Ruling
    deseasonalised: bool
    block: int


@dataclass(frozen=True)
class _Tests:
    """One pair of tests; a p-value is NaN where the sequence leaves the test undefined."""

    adf_statistic: float
    adf: float
    kpss: float

    @property
    def defined(self) -> bool:
        return bool(np.isfinite(self.adf) and np.isfinite(self.kpss))

    @property
    def steady(self) -> bool:
        """No unit root, and nothing that speaks against a steady level."""
        return self.adf < _LEVEL <= self.kpss


_UNTESTED = _Tests(float("nan"), float("nan"), float("nan"))


def block_means(values: Array, longest: int) -> tuple[Array, int]:
    """`values` (time,) averaged over blocks so that at most `longest` remain, and the block's length; a last part block drops."""
    block = -(-len(values) // longest)
    whole = len(values) // block * block
    return values[:whole].reshape(-1, block).mean(axis=1), block


def judge_stationarity(values: Array, seasonal: Array | None = None, steps: Array | None = None) -> Stationarity:
    """Augmented Dickey–Fuller and KPSS together: around a constant, around a line, and between level shifts where there are any.

    values: (time,), NaN interpolated. seasonal: (time,) taken out first, since a season moves the level without a unit root.
    steps: (time,) staircase of the level shifts found: a shift looks like a unit root to ADF and unsteady to KPSS, so where they
    do not call the series stationary it is tested without its shifts too, against stricter limits. Series over 2,000 points are
    averaged into blocks first: averages of a stationary series are stationary and those of a random walk are not, and the tests
    stay fast. Below 12 points: undecided.

    Source: Dickey & Fuller 1979; Kwiatkowski, Phillips, Schmidt & Shin 1992, both as in statsmodels; shifts, Perron 1989.
    """
    known = int(np.isfinite(values).sum())
    seasonless = fill(values) if seasonal is None else fill(values - seasonal)
    deseasonalised = seasonal is not None and bool(np.any(seasonal))
    tested, block = block_means(seasonless, _LONGEST)
    if known < _SHORTEST:
        return _outcome("undecided", "neither", _UNTESTED, _UNTESTED, _UNTESTED, deseasonalised, 1)
    if np.std(tested) <= 1e-12 * np.abs(tested).max():
        return _outcome("stationary", "both", _UNTESTED, _UNTESTED, _UNTESTED, deseasonalised, block)
    level = _test(tested, "c")
    # Each test costs as much as all the rest of a description, so the later ones are asked only what the earlier left open.
    if level.steady:
        return _outcome("stationary", "both", level, _UNTESTED, _UNTESTED, deseasonalised, block)
    shifted = _UNTESTED
    shifts = 0 if steps is None else int(np.count_nonzero(np.diff(steps)))
    if steps is not None and shifts:
        shifted = _test(block_means(_levelled(seasonless, steps), _LONGEST)[0], "c")
        if level.defined and shifted.steady and shifted.adf_statistic < _limit(shifts):
            return _outcome("stationary between level shifts", "both", level, _UNTESTED, shifted, deseasonalised, block)
    line = _test(tested, "ct")
    if not (level.defined and line.defined):
        return _outcome("undecided", "neither", level, line, shifted, deseasonalised, block)
    return _outcome(*_read(level, line), level, line, shifted, deseasonalised, block)


def _outcome(
    verdict: Verdict, rules: Ruling, level: _Tests, line: _Tests, shifted: _Tests, deseasonalised: bool, block: int
) -> Stationarity:
    stationary = None if verdict in ("contradictory", "undecided") else verdict == "stationary"
    agree = (level.adf < _LEVEL) != (level.kpss < _LEVEL) if level.defined else verdict == "stationary"
    return Stationarity(
        stationary=stationary,
        verdict=verdict,
        adf_p=level.adf,
        kpss_p=level.kpss,
        adf_trend_p=line.adf,
        kpss_trend_p=line.kpss,
        adf_shift_p=shifted.adf,
        kpss_shift_p=shifted.kpss,
        agree=agree,
        rules=rules,
        deseasonalised=deseasonalised,
        block=block,
    )


def _levelled(values: Array, steps: Array) -> Array:
    """`values` (time,) less the mean of each stretch between two steps: what is left of a shift that was measured a little off
    would look like a slow return."""
    labels = np.concatenate([[0], np.cumsum(np.diff(steps) != 0)])
    return np.asarray(values - (np.bincount(labels, weights=values) / np.bincount(labels))[labels])


def _limit(shifts: int) -> float:
    known = len(_AFTER_SHIFTS) - 1
    return _AFTER_SHIFTS[min(shifts, known)] + _PER_FURTHER_SHIFT * max(shifts - known, 0)


def _test(values: Array, regression: Literal["c", "ct"]) -> _Tests:
    """ADF and KPSS on values that are neither constant nor full of gaps."""
    from statsmodels.tools.sm_exceptions import CollinearityWarning, InterpolationWarning, SingularMatrixWarning
    from statsmodels.tsa.stattools import adfuller, kpss

    spread = float(np.std(values))
    if spread == 0:
        return _UNTESTED
    # Tests compare sums of squares: units must not matter.
    values = (values - values.mean()) / spread
    lags = min(int(12 * (len(values) / 100) ** 0.25), len(values) // 4)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # KPSS p-values outside its table are reported at the table's edge, as Stationarity says; a sequence that its own past
        # explains exactly (a line, 0 1 2 0 1 2) makes the regression singular, and the p-value NaN or 0.
        for category in (InterpolationWarning, SingularMatrixWarning, CollinearityWarning):
            warnings.simplefilter("ignore", category)
        try:
            unit_root = adfuller(values, maxlag=lags, regression=regression, result_object=True)
            statistic, adf = float(unit_root.statistic), float(unit_root.pvalue)
        except (ValueError, np.linalg.LinAlgError):
            statistic = adf = float("nan")
        try:
            steady = float(kpss(values, regression=regression, nlags="auto", result_object=True).pvalue)
        except (ValueError, OverflowError, ZeroDivisionError):
            steady = float("nan")
    return _Tests(statistic, adf, steady)


def _read(level: _Tests, line: _Tests) -> tuple[Verdict, Ruling]:
    """The verdict where the tests around a constant do not both say "stationary", and which test decided if they disagree."""
    if level.adf < _STRONG < level.kpss:
        # Both nulls are rejected, and ADF is by far the surer: KPSS alone rejects one steady series in twenty.
        return "stationary", "ADF"
    if line.steady:
        return "trend stationary", "both"
    if level.adf >= _LEVEL:
        if level.kpss < _LEVEL:
            return "unit root", "both"
        # Neither null is rejected. ADF misses a slow return to the level in short series, so where it nearly rejects, KPSS rules.
        return ("stationary", "KPSS") if level.adf < 2 * _LEVEL else ("undecided", "neither")
    if level.kpss <= _STRONG <= level.adf:
        return "unit root", "KPSS"
    return "contradictory", "neither"
