"""A line with steps and hinges, fitted under AR(1) noise: how change points are weighed against each other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.analysis.noise import robust_scale
from assistant.analysis.prepare import Array

Kind = Literal["level", "slope"]


@dataclass(frozen=True)
class Term:
    """A step up, or a hinge to a new slope, from `position` on."""

    position: int
    kind: Kind


@dataclass(frozen=True)
class Fitted:
    """line: (time,) fitted values. slope: per sample before the first hinge. sizes, scores: (term,) sizes and t-values.

    loss: sum of squares of the whitened, clipped residuals.
    """

    line: Array
    slope: float
    sizes: Array
    scores: Array
    loss: float


def column(n: int, term: Term) -> Array:
    """A term as a regressor (time,)."""
    return _columns(n, term.kind, np.array([term.position]))[:, 0]


def _columns(n: int, kind: Kind, positions: NDArray[np.int64]) -> Array:
    """Terms of one kind as regressors (time, position)."""
    rows = np.arange(n)[:, None]
    if kind == "level":
        return (rows >= positions).astype(np.float64)
    since = rows.astype(np.float64) - positions
    return np.maximum(since, 0.0, out=since)


def fit_terms(
    values: Array,
    terms: Sequence[Term],
    phi: float,
    power: int = 1,
    spread: Array | None = None,
    beside: Array | None = None,
) -> Fitted:
    """Least squares of `values` (time,) on a polynomial of degree `power` and the terms, whitened by 1 − φB.

    spread: (time,) standard deviation of the noise where it is known to change; rows weigh by its inverse. beside: (time, column)
    regressors that count towards the line, but not as terms. Two rounds of clipping the residuals at four robust deviations keep
    outliers from mattering.
    """
    n = len(values)
    clock = np.arange(n) / n
    columns = [clock**k for k in range(power + 1)] + [column(n, term) for term in terms]
    columns += [] if beside is None else list(beside.T)
    plain = np.column_stack(columns)
    scales = np.maximum(np.abs(plain).max(axis=0), 1e-12)
    regressors = whiten(plain / scales, phi, spread)
    target = whiten(values, phi, spread)
    inverse = np.linalg.pinv(regressors.T @ regressors)
    coefficients = inverse @ (regressors.T @ target)
    residual = target - regressors @ coefficients
    for _ in range(2):
        bound = 4 * robust_scale(residual)
        target = regressors @ coefficients + np.clip(residual, -bound, bound)
        coefficients = inverse @ (regressors.T @ target)
        residual = target - regressors @ coefficients
    loss = float(residual @ residual)
    sigma = max(np.sqrt(loss / max(n - len(columns), 1)), robust_scale(residual))
    errors = np.sqrt(np.maximum(np.diag(inverse), 1e-300)) * max(sigma, 1e-300)
    scores = coefficients / errors
    sizes = coefficients / scales
    told = slice(power + 1, power + 1 + len(terms))
    return Fitted(plain @ sizes, float(sizes[1]) / n, sizes[told], scores[told], loss)


def whiten(values: NDArray[np.float64], phi: float, spread: Array | None = None) -> NDArray[np.float64]:
    """values[t] − φ·values[t−1] along the first axis, over `spread` (time,); the first row, scaled to that variance, is kept."""
    white = values.astype(np.float64)
    white[:1] *= np.sqrt(max(1 - phi**2, 0.0))
    white[1:] -= phi * values[:-1]
    return white if spread is None else np.asarray(white / (spread[:, None] if white.ndim == 2 else spread))


def scan(
    values: Array,
    terms: Sequence[Term],
    phi: float,
    kind: Kind,
    positions: NDArray[np.int64],
    power: int = 1,
    spread: Array | None = None,
    beside: Array | None = None,
) -> Array:
    """(position,) t-values that one more term would have at each of `positions`, all other terms kept; as in `fit_terms`."""
    n = len(values)
    clock = np.arange(n) / n
    base = np.column_stack([*(clock**k for k in range(power + 1)), *(column(n, term) for term in terms)])
    base = base if beside is None else np.hstack([base, beside])
    basis, _ = np.linalg.qr(whiten(base, phi, spread))
    more = whiten(_columns(n, kind, positions), phi, spread)
    more -= basis @ (basis.T @ more)
    target = whiten(values, phi, spread)
    residual = target - basis @ (basis.T @ target)
    bound = 4 * robust_scale(residual)
    residual = np.clip(residual, -bound, bound)
    norms = np.sqrt(np.maximum(np.sum(more**2, axis=0), 1e-12))
    gains = np.abs(more.T @ residual) / norms
    left = np.sqrt(np.maximum(residual @ residual - gains**2, 1e-300) / max(n - base.shape[1] - 1, 1))
    return np.asarray(gains / left)
