"""The combination: every member's forecast, weighted by how small its held-out errors were.

Choosing the one winner of a noisy backtest loses to combining: over a handful of origins the lowest error is mostly luck, and
the errors of different members cancel. Weights fall with the square of the mean relative error, which is inverse variance
without the correlations that so few origins cannot tell, and with up to its fourth power where hundreds of held-out values
speak; later origins count more. Of a series that is always positive, a member that runs away to more than twice or less than half
the weighted median is drawn in to that bound before the mean is taken: growth compounds, and so do its errors. The combination's
own held-out errors come from weights that have not seen the origin at hand, so its row on the board is as honest as its members'.
Source: Bates & Granger (1969), The combination of forecasts; Stock & Watson (2004) for the inverse error with a discount;
Wang, Hyndman, Li & Kang (2023), Forecast combinations: an over 50-year review; Jose & Winkler (2008), Simple robust averages of
forecasts, for drawing in.
"""

from __future__ import annotations

import numpy as np

from models.backtest import gain_error

COMBINATION = "combination"
LEAST_POWER, MOST_POWER = 2.0, 4.0
# So many held-out values give the most power.
MUCH_EVIDENCE = 200
# Each earlier origin counts this share of the one after it.
DISCOUNT = 0.74
# Shares of the mean error below which errors are all the same: nothing.
NOTHING = 1e-12
# A member of positive forecasts counts as at most so many times the weighted median, and at least its reciprocal.
FARTHEST = 2.0
# A single member forecasts alone only where it is this many standard errors better than the combination.
STANDARD_ERRORS = 3.0
# Fewer origins say too little about how far errors scatter.
FEWEST_ALONE = 5


def combination_weights(errors: np.ndarray, steps: int = 1) -> np.ndarray:
    """(member,) weights that sum to one.

    errors: (member, origin) mean absolute errors, the latest origin first, NaN where unknown. steps: held-out values an origin.
    """
    known = errors[:, np.isfinite(errors).all(axis=0)]
    if known.shape[1] == 0:
        return np.full(len(errors), 1.0 / len(errors))
    typical = known.mean(axis=0)
    relative = known / np.where(typical > 0, typical, 1.0)
    mean = relative @ DISCOUNT ** np.arange(known.shape[1]) / float(np.sum(DISCOUNT ** np.arange(known.shape[1])))
    power = LEAST_POWER + (MOST_POWER - LEAST_POWER) * min(known.shape[1] * steps / MUCH_EVIDENCE, 1.0)
    weights = ((mean + NOTHING) / (float(mean.min()) + NOTHING)) ** -power
    return np.asarray(weights / weights.sum())


def combined(forecasts: np.ndarray, weights: np.ndarray, *, positive: bool) -> np.ndarray:
    """(step,) the weighted mean of forecasts (member, step). positive: those who run away are drawn in first."""
    return np.asarray(weights @ (drawn_in(forecasts, weights) if positive else forecasts))


def drawn_in(forecasts: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(member, step) forecasts, none below zero, none beyond `FARTHEST` times the weighted median or its reciprocal."""
    order = np.argsort(forecasts, axis=0, kind="stable")
    middle = np.argmax(np.cumsum(weights[order], axis=0) >= 0.5 * weights.sum(), axis=0)
    median = np.take_along_axis(np.take_along_axis(forecasts, order, axis=0), middle[None], axis=0)
    return np.clip(forecasts, median / FARTHEST, median * FARTHEST)


def held_out_combination(forecasts: np.ndarray, errors: np.ndarray, *, positive: bool) -> np.ndarray:
    """(origin, step) what the combination would have said, each origin with the weights of all the others.

    forecasts: (member, origin, step); errors: (member, origin) as in `combination_weights`, at least two origins. positive: as in
    `combined`.
    """
    others = (combination_weights(np.delete(errors, origin, axis=1)) for origin in range(forecasts.shape[1]))
    return np.array([combined(forecasts[:, origin], weights, positive=positive) for origin, weights in enumerate(others)])


def stands_alone(single: np.ndarray, combined: np.ndarray) -> bool:
    """Whether a member's errors (origin,) are so much smaller than the combination's that it forecasts alone."""
    gains = combined - single
    gains = gains[np.isfinite(gains)]
    if len(gains) < FEWEST_ALONE or not gains.mean() > 0:
        return False
    return bool(gains.mean() > STANDARD_ERRORS * gain_error(gains))
