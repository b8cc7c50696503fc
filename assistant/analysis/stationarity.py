"""Whether a series keeps its level and spread: two tests with opposite null hypotheses, read together."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np

from assistant.analysis.prepare import Array, fill

Verdict = Literal["stationary", "not stationary", "trend stationary", "undecided"]

_LEVEL = 0.05
_LONGEST = 2_000
_SHORTEST = 12


@dataclass(frozen=True)
class Stationarity:
    """ADF's null is a unit root, KPSS's is stationarity; KPSS p-values are bounded to 0.01–0.10 by its table.

    stationary: True only for the verdict "stationary", None where undecided or too short to tell. The trend p-values come
    from the same tests around a straight line; agree: whether the two tests around a constant tell the same story.
    block: values averaged into one before testing (1: none), for long series.
    """

    stationary: bool | None
    verdict: Verdict
    adf_p: float
    kpss_p: float
    adf_trend_p: float
    kpss_trend_p: float
    agree: bool
    block: int


def block_means(values: Array, longest: int) -> tuple[Array, int]:
    """`values` (time,) averaged over blocks so that at most `longest` remain, and the block's length; a last part block drops."""
    block = -(-len(values) // longest)
    whole = len(values) // block * block
    return values[:whole].reshape(-1, block).mean(axis=1), block


def test_stationarity(values: Array) -> Stationarity:
    """Augmented Dickey–Fuller and KPSS together, around a constant and around a line.

    values: (time,), NaN interpolated. Series over 2,000 points are averaged into blocks first: averages of a stationary
    series are stationary and those of a random walk are not, and the tests stay fast. Below 12 points: undecided.

    Source: Dickey & Fuller 1979; Kwiatkowski, Phillips, Schmidt & Shin 1992; both as in statsmodels.
    """
    nan = float("nan")
    if np.isfinite(values).sum() < _SHORTEST:
        return Stationarity(None, "undecided", nan, nan, nan, nan, False, 1)
    tested, block = block_means(fill(values), _LONGEST)
    if np.std(tested) <= 1e-12 * np.abs(tested).max():
        return Stationarity(True, "stationary", nan, nan, nan, nan, True, block)
    # Tests compare sums of squares: units must not matter.
    tested = (tested - tested.mean()) / np.std(tested)
    adf, kpss = _both(tested, "c")
    adf_trend, kpss_trend = _both(tested, "ct")
    verdict = _read(adf < _LEVEL, kpss < _LEVEL, adf_trend < _LEVEL, kpss_trend < _LEVEL)
    if np.isnan([adf, kpss, adf_trend, kpss_trend]).any():
        verdict = "undecided"
    stationary = None if verdict == "undecided" else verdict == "stationary"
    return Stationarity(stationary, verdict, adf, kpss, adf_trend, kpss_trend, (adf < _LEVEL) != (kpss < _LEVEL), block)


test_stationarity.__test__ = False  # type: ignore[attr-defined]  # the name is no test of pytest's


def _both(values: Array, regression: Literal["c", "ct"]) -> tuple[float, float]:
    """p-values of ADF and KPSS; NaN for a test that a sequence without any noise leaves undefined."""
    from statsmodels.tools.sm_exceptions import CollinearityWarning, InterpolationWarning, SingularMatrixWarning
    from statsmodels.tsa.stattools import adfuller, kpss

    lags = min(int(12 * (len(values) / 100) ** 0.25), len(values) // 4)
    with warnings.catch_warnings(), np.errstate(divide="ignore", invalid="ignore"):
        # KPSS p-values outside its table are reported at the table's edge, as Stationarity says; a sequence that its own past
        # explains exactly (a line, 0 1 2 0 1 2) makes the regression singular, and the p-value NaN or 0.
        for category in (InterpolationWarning, SingularMatrixWarning, CollinearityWarning):
            warnings.simplefilter("ignore", category)
        try:
            unit_root = float(adfuller(values, maxlag=lags, regression=regression, result_object=True).pvalue)
        except (ValueError, np.linalg.LinAlgError):
            unit_root = float("nan")
        try:
            steady = float(kpss(values, regression=regression, nlags="auto", result_object=True).pvalue)
        except (ValueError, OverflowError, ZeroDivisionError):
            steady = float("nan")
    return unit_root, steady


def _read(adf: bool, kpss: bool, adf_trend: bool, kpss_trend: bool) -> Verdict:
    """Each argument: whether that test rejects its null."""
    if adf and not kpss:
        return "stationary"
    if adf_trend and not kpss_trend:
        return "trend stationary"
    if not adf and kpss:
        return "not stationary"
    return "undecided"
