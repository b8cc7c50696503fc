"""Measures of forecasts and labels. All skip time steps whose actual value is NaN and return NaN where nothing is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from models.types import Recalls


def seasonal_scale(history: np.ndarray, period: int) -> float:
    """Mean absolute difference to the value one season earlier, over `history` (time,), NaN pairs skipped.

    With no full season in the history the step before is used instead. NaN when no pair is left.
    Source: Hyndman & Koehler (2006), Another look at measures of forecast accuracy, eq. for q_t.
    """
    lag = period if len(history) > period else 1
    differences = np.abs(history[lag:] - history[:-lag])
    return _mean(differences)


def mase(actual: np.ndarray, forecast: np.ndarray, history: np.ndarray, period: int) -> float:
    """Mean absolute scaled error; below 1 means smaller errors than one-step seasonal naive made in the history.

    actual, forecast: (horizon,); history: (time,), what the forecast was made from. NaN when the scale is zero or unknown.
    Source: Hyndman & Koehler (2006).
    """
    scale = seasonal_scale(history, period)
    return float("nan") if not scale > 0 else _mean(np.abs(actual - forecast)) / scale


def smape(actual: np.ndarray, forecast: np.ndarray) -> float:
    """Symmetric mean absolute percentage error, 0 to 200; a step where both are zero counts as no error.

    actual, forecast: (horizon,). Source: Makridakis (1993), in the M4 competition's form.
    """
    total = np.abs(actual) + np.abs(forecast)
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = np.where(total == 0, 0.0, 200.0 * np.abs(actual - forecast) / total)
    return _mean(shares)


def pinball(actual: np.ndarray, quantile: np.ndarray, probability: float) -> np.ndarray:
    """Quantile loss of each step, (horizon,). Source: Koenker & Bassett (1978)."""
    error = actual - quantile
    return np.asarray(np.maximum(probability * error, (probability - 1.0) * error))


def wql(actual: np.ndarray, quantiles: Mapping[float, np.ndarray]) -> float:
    """Weighted quantile loss: twice the pinball loss over sum |actual|, averaged over the given quantiles.

    actual: (horizon,); quantiles: probability → (horizon,). NaN when all actual values are zero.
    Source: Park et al. (2022); the "CRPS" of the GIFT-Eval and M5-style leaderboards, with nine quantiles .1 … .9.
    """
    weight = float(np.nansum(np.abs(actual)))
    if weight == 0 or not quantiles:
        return float("nan")
    losses = [2.0 * float(np.nansum(pinball(actual, values, probability))) for probability, values in quantiles.items()]
    return float(np.mean(losses)) / weight


def coverage(actual: np.ndarray, low: np.ndarray, high: np.ndarray) -> float:
    """Share of the actual values inside [low, high]; all (horizon,)."""
    observed = ~np.isnan(actual)
    inside = (actual >= low) & (actual <= high)
    return float(np.mean(inside[observed])) if observed.any() else float("nan")


def accuracy(labels: Sequence[str], predicted: Sequence[str]) -> float:
    """Share of equal labels. Raises ValueError when the lengths differ or nothing is given."""
    if len(labels) != len(predicted) or not labels:
        raise ValueError(f"Expected two label lists of one length above zero, found {len(labels)} and {len(predicted)}.")
    return float(np.mean([true == guess for true, guess in zip(labels, predicted, strict=True)]))


def recalls(labels: Sequence[str], predicted: Sequence[str]) -> Recalls:
    """Class, sorted → how many of its cases were given it, and how many there are; `labels` are the true ones."""
    found: dict[str, tuple[int, int]] = {}
    for label in sorted(set(labels)):
        named = [guess for true, guess in zip(labels, predicted, strict=True) if true == label]
        found[label] = (named.count(label), len(named))
    return found


def _mean(values: np.ndarray) -> float:
    observed = values[~np.isnan(values)]
    return float(observed.mean()) if len(observed) else float("nan")
