"""Effects of known covariates: what a driver or the calendar adds to a series, taken off before and put back after a forecast.

The effect is linear in the covariates, on the values or (log scale) on their logarithm. It is fitted beside a season and a
bending trend, so that it explains only what these leave; with first-order prewhitening, so that a wandering level is no
evidence; with Huber weights against outliers; and with a ridge penalty chosen by generalised cross-validation.
Sources: Frisch & Waugh (1933) for partialling out; Cochrane & Orcutt (1949) for prewhitening; Huber (1964) for the weights;
Golub, Heath & Wahba (1979) for the penalty.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models import metrics
from models.backtest import BacktestPlan, gain_error
from models.errors import BadInput
from models.paired import PointForecaster

PENALTIES = np.geomspace(1e-3, 1e3, 13)
ROUNDS = 4
HUBER = 1.345
MOST_KNOTS = 20
LONGEST_DUMMIES, HARMONICS = 24, 8
STRONGEST_MEMORY = 0.98
FEWEST_ROWS = 10
FEWEST_ORIGINS = 3
# An effect has to lower the backtest's error by this share, and by more than its standard error over the origins.
WORTHWHILE = 0.02
# A fitted effect whose spread is a smaller share of the series' own changes nothing.
NEGLIGIBLE = 0.01

FeaturesAt = Callable[[int, int], np.ndarray]
"""origin and steps → covariates (origin + steps, feature) as they are known at that origin; NaN where unknown."""


@dataclass(frozen=True)
class Effect:
    """coefficients: (feature,) change of the value, or of its logarithm (`log`), for one unit of the feature from `centre`."""

    coefficients: np.ndarray
    centre: np.ndarray
    log: bool

    def of(self, features: np.ndarray) -> np.ndarray:
        """(time,) effect of (time, feature) on the fitted scale; an unknown feature counts as its centre."""
        return np.asarray(np.where(np.isnan(features), 0.0, features - self.centre) @ self.coefficients)

    def matters(self, values: np.ndarray, features: np.ndarray) -> bool:
        """Whether the features move the series at all: by a share of how much it varies, over (time,) and (time, feature)."""
        seen = values[~np.isnan(values)]
        spread = float(np.std(np.log(seen) if self.log else seen))
        return float(np.std(self.of(features))) > NEGLIGIBLE * spread

    def remove(self, values: np.ndarray, features: np.ndarray) -> np.ndarray:
        """(time,) values as they would be with every feature at its centre; NaN stays."""
        effect = self.of(features)
        return np.asarray(values / np.exp(effect) if self.log else values - effect)

    def restore(self, values: np.ndarray, features: np.ndarray) -> np.ndarray:
        """The reverse of `remove`."""
        effect = self.of(features)
        return np.asarray(values * np.exp(effect) if self.log else values + effect)


@dataclass(frozen=True)
class EffectTrial:
    """One forecaster with and without an effect, at the same rolling origins.

    without, with_effect: (origin,) MASE where it is defined. residuals: (origin, step) actual minus forecast with the effect, of
    the training lengths in origins. helps: whether the effect is worth keeping.
    """

    without: np.ndarray
    with_effect: np.ndarray
    residuals: np.ndarray
    origins: tuple[int, ...]
    helps: bool

    @property
    def wins(self) -> int:
        """Origins at which the effect lowered the error."""
        return int((self.with_effect < self.without).sum())


def fit_effect(values: np.ndarray, features: np.ndarray, period: int) -> Effect:
    """The effect of features on a series.

    values: (time,), NaN where missing. features: (time, feature), NaN where unknown. period: samples in a season, 1 for none.
    Errors: BadInput where fewer than ten rows are known, or no feature ever changes.
    """
    known = ~np.isnan(values) & ~np.isnan(features).any(axis=1)
    if known.sum() < max(FEWEST_ROWS, features.shape[1] + 2):
        raise BadInput(f"An effect needs at least {FEWEST_ROWS} rows in which the series and its drivers are known.")
    centre, spread = features[known].mean(axis=0), features[known].std(axis=0)
    if not (spread > 0).any():
        raise BadInput("The drivers never change in the history, so their effect cannot be seen.")
    log = _multiplicative(values, period)
    target = np.log(np.where(known, values, 1.0)) if log else np.where(known, values, 0.0)
    scaled = np.where(known[:, None], (features - centre) / np.where(spread > 0, spread, 1.0), 0.0)
    coefficients = _regress(target, scaled, _background(len(values), period), known)
    return Effect(np.where(spread > 0, coefficients / np.where(spread > 0, spread, 1.0), 0.0), centre, log)


def try_effect(
    values: np.ndarray,
    features_at: FeaturesAt,
    forecaster: PointForecaster,
    *,
    period: int,
    plan: BacktestPlan,
    stop: Callable[[], None] = lambda: None,
) -> EffectTrial | None:
    """Backtest a forecaster with and without the effect, which is fitted anew at every origin to what lay before it.

    features_at: the covariates as known at an origin: what the future brings only where it is known beforehand. plan: the
    origins and how far each forecast is followed. stop: called between fits; may raise. None where the history is too short to
    tell.
    """
    if len(plan.origins) < FEWEST_ORIGINS:
        return None
    without, with_effect, residuals = [], [], []
    for origin in plan.origins:
        stop()
        history, actual = values[:origin], values[origin : origin + plan.steps]
        features = features_at(origin, plan.steps)
        try:
            plain = forecaster(history, plan.steps)
            driven = forecast_with(history, features, forecaster, period)
        except BadInput:
            return None
        without.append(metrics.mase(actual, plain, history, period))
        with_effect.append(metrics.mase(actual, driven, history, period))
        residuals.append(actual - driven)
    return _judged(np.array(without), np.array(with_effect), np.array(residuals), plan)


def forecast_with(history: np.ndarray, features: np.ndarray, forecaster: PointForecaster, period: int) -> np.ndarray:
    """(step,) forecast of the history without the effect, with the effect of the coming features put back.

    features: (time + step, feature), the history's rows first. Errors: BadInput.
    """
    count = len(history)
    effect = fit_effect(history, features[:count], period)
    return effect.restore(forecaster(effect.remove(history, features[:count]), len(features) - count), features[count:])


def _judged(without: np.ndarray, with_effect: np.ndarray, residuals: np.ndarray, plan: BacktestPlan) -> EffectTrial | None:
    scored = np.isfinite(without) & np.isfinite(with_effect)
    if scored.sum() < FEWEST_ORIGINS:
        return None
    gains = (without - with_effect)[scored]
    helps = gains.mean() > max(WORTHWHILE * float(without[scored].mean()), gain_error(gains))
    return EffectTrial(without[scored], with_effect[scored], residuals.reshape(-1, plan.steps), plan.origins, bool(helps))


def _multiplicative(values: np.ndarray, period: int) -> bool:
    """Whether a positive series moves in proportion to its level: spread and level of its stretches rise together."""
    seen = values[~np.isnan(values)]
    if not len(seen) or seen.min() <= 0:
        return False
    length = period if 1 < period <= len(seen) // 4 else max(5, len(seen) // 12)
    stretches = len(seen) // length
    if stretches < 4:
        return False
    table = seen[: stretches * length].reshape(stretches, length)
    level, spread = table.mean(axis=1), table.std(axis=1)
    if level.max() < 1.5 * level.min() or (spread == 0).any():
        return False
    return bool(np.corrcoef(np.log(level), np.log(spread))[0, 1] > 0.5)


def _background(count: int, period: int) -> np.ndarray:
    """(time, column): a trend that may bend, and the season as one column a phase, or as harmonics where it is long."""
    places = np.arange(count, dtype=np.float64)
    knots = min(count // max(2 * period, 12), MOST_KNOTS)
    bends = [np.maximum(places - knot, 0.0) / count for knot in np.linspace(0, count, knots + 2)[1:-1]]
    columns = [np.ones(count), places / count, *bends]
    if 1 < period <= LONGEST_DUMMIES:
        columns += [(places % period == phase).astype(np.float64) for phase in range(1, period)]
    elif period > LONGEST_DUMMIES and count > period:
        angles = 2 * np.pi * places / period
        columns += [wave(order * angles) for order in range(1, HARMONICS + 1) for wave in (np.sin, np.cos)]
    return np.column_stack(columns)


def _regress(target: np.ndarray, features: np.ndarray, background: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(feature,) coefficients by partialled-out ridge regression, reweighted and prewhitened over a few rounds."""
    memory = 0.0
    weights = np.ones(len(target))
    coefficients = np.zeros(features.shape[1])
    pairs = known & np.roll(known, 1)
    pairs[0] = False
    for _ in range(ROUNDS):
        rows = pairs if memory > 0 else known
        root = np.sqrt(weights[rows])[:, None]
        stable = _whitened(background, memory)[rows] * root
        y = _partialled(_whitened(target[:, None], memory)[rows] * root, stable)[:, 0]
        x = _partialled(_whitened(features, memory)[rows] * root, stable)
        coefficients = _ridge(x, y)
        remainder = target - features @ coefficients
        level = background @ np.linalg.lstsq(stable, _whitened(remainder[:, None], memory)[rows] * root, rcond=None)[0][:, 0]
        errors = np.where(known, remainder - level, 0.0)
        previous = np.roll(errors, 1)
        scale = float((previous[pairs] ** 2).sum())
        memory = float(np.clip((errors[pairs] * previous[pairs]).sum() / scale, 0.0, STRONGEST_MEMORY)) if scale > 0 else 0.0
        shocks = errors - memory * previous * pairs
        spread = 1.4826 * float(np.median(np.abs(shocks[known])))
        with np.errstate(divide="ignore"):
            weights = np.minimum(1.0, HUBER * spread / np.abs(shocks)) if spread > 0 else np.ones(len(target))
    return coefficients


def _whitened(block: np.ndarray, memory: float) -> np.ndarray:
    """(time, column) minus `memory` times the row before; the first row is not to be used where memory is above zero."""
    return np.asarray(block - memory * np.roll(block, 1, axis=0)) if memory > 0 else block


def _partialled(block: np.ndarray, background: np.ndarray) -> np.ndarray:
    """What the background leaves of a block of rows."""
    return np.asarray(block - background @ np.linalg.lstsq(background, block, rcond=None)[0])


def _ridge(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """(feature,) ridge coefficients; of the penalties, relative to the features' mean variance, the best cross-validated."""
    u, sizes, v = np.linalg.svd(x, full_matrices=False)
    if not (sizes > 0).any():
        return np.zeros(x.shape[1])
    projected, count = u.T @ y, len(y)
    rest = float(y @ y - projected @ projected)
    best, chosen = np.inf, np.zeros(x.shape[1])
    for penalty in PENALTIES * float((sizes**2).mean()):
        shrink = sizes**2 / (sizes**2 + penalty)
        error = (rest + float((((1 - shrink) * projected) ** 2).sum())) / count
        score = error / max(1.0 - float(shrink.sum()) / count, 1e-6) ** 2
        if score < best:
            best, chosen = score, v.T @ (np.where(sizes > 0, shrink / np.where(sizes > 0, sizes, 1.0), 0.0) * projected)
    return chosen
