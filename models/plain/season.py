"""The season of a history: its profile, how far it can be trusted, a longer cycle behind it, and how it is taken off.

A profile is shrunk towards zero by the share of its variance that noise alone would give, so that a season which is not there
leaves (almost) nothing behind and no yes-or-no test is needed.
Source: Hyndman & Athanasopoulos (2021), FPP3 §3.4, classical decomposition; James & Stein (1961); Miller & Williams (2003),
Shrinkage estimators of time series seasonal factors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

LONGEST_MULTIPLE = 8
# A longer cycle has to show in the autocorrelation of what the shorter one leaves, and stand out from its neighbours.
CLEAR_CORRELATION, CLEAR_PEAK = 0.25, 0.1
LARGEST_LOGARITHM = 230.0


def recent_part(values: np.ndarray, history: int, period: int) -> np.ndarray:
    """The last `history` points, or three seasons where those are longer."""
    return values[-max(history, 3 * period) :]


def cycle_profile(values: np.ndarray, period: int) -> np.ndarray:
    """(period,) mean of each phase after the moving mean over one season is taken off; sums to zero.

    values: (time,) without NaN, phase 0 first. Zeros where the history is shorter than two seasons or period is 1.
    """
    if period < 2 or len(values) < 2 * period:
        return np.zeros(max(period, 1))
    return _phase_means(*_distances(values, period), period)


def seasonal_profile(values: np.ndarray, period: int) -> np.ndarray:
    """(period,) the cycle's profile, shrunk by the share of its variance that noise alone would give."""
    profile = cycle_profile(values, period)
    between = float(profile @ profile) / max(period - 1, 1)
    if between == 0:
        return profile
    distances, phases = _distances(values, period)
    within = float(np.sum((distances - profile[phases]) ** 2)) / max(len(distances) - period, 1)
    by_chance = within * float(np.mean(1.0 / np.bincount(phases, minlength=period)))
    return np.asarray(profile * max(0.0, 1.0 - by_chance / between))


def _distances(values: np.ndarray, period: int) -> tuple[np.ndarray, np.ndarray]:
    """Each value's distance from the moving mean over one season around it, and its phase; half a season shorter at both ends."""
    weights = np.ones(period) if period % 2 else np.concatenate(([0.5], np.ones(period - 1), [0.5]))
    level = np.convolve(values, weights / period, mode="valid")
    start = len(weights) // 2
    return values[start : start + len(level)] - level, (start + np.arange(len(level))) % period


def _phase_means(distances: np.ndarray, phases: np.ndarray, period: int) -> np.ndarray:
    """(period,) mean distance of each phase, less the mean of all."""
    profile = np.bincount(phases, distances, period) / np.bincount(phases, minlength=period)
    return np.asarray(profile - profile.mean())


def longer_season(values: np.ndarray, period: int) -> int | None:
    """A multiple of the period, at most eightfold, after which the rest repeats: the week behind the day. None without one.

    values: (time,) without NaN, at least two and a half of the longer cycles.
    """
    most = min(LONGEST_MULTIPLE + 1, int(len(values) / (2.5 * period))) if period > 3 else 0
    if most < 3:
        return None
    rest = values - seasonal_profile(values, period)[np.arange(len(values)) % period]
    steps = np.linspace(-1.0, 1.0, len(rest))
    rest = rest - rest.mean()
    rest -= steps * float(steps @ rest) / float(steps @ steps)
    total = float(rest @ rest)
    if total <= 0:
        return None
    found = np.array([float(rest[k * period :] @ rest[: -k * period]) / total for k in range(1, most + 1)])
    # Fewer pairs at a longer lag: the sums shrink with the overlap, not with the likeness.
    found *= len(rest) / (len(rest) - period * np.arange(1, most + 1))
    inner = found[1:-1]
    peaks = np.minimum(inner - found[:-2], inner - found[2:])
    best = int(np.argmax(peaks))
    return (best + 2) * period if inner[best] >= CLEAR_CORRELATION and peaks[best] >= CLEAR_PEAK else None


def nested_profile(values: np.ndarray, period: int, longer: int | None) -> np.ndarray:
    """(longer or period,) the season's profile, and on top of it what the longer cycle adds."""
    profile = seasonal_profile(values, period)
    if longer is None:
        return profile
    rest = values - profile[np.arange(len(values)) % period]
    return np.asarray(np.tile(profile, longer // period) + seasonal_profile(rest, longer))


@dataclass(frozen=True)
class SeasonFree:
    """A history without its season. values: (time,); profile: (cycle,) phase 0 first, of logarithms where multiplicative."""

    values: np.ndarray
    profile: np.ndarray
    multiplicative: bool

    @classmethod
    def of(cls, history: np.ndarray, period: int, longer: int | None = None) -> SeasonFree:
        """Takes the season off (time,): as factors from a positive history, as differences from any other one."""
        multiplicative = bool(history.min() > 0)
        scaled = np.log(history) if multiplicative else history
        profile = nested_profile(scaled, period, longer)
        season = profile[np.arange(len(history)) % len(profile)]
        return cls(history / np.exp(season) if multiplicative else history - season, profile, multiplicative)

    def ahead(self, horizon: int) -> np.ndarray:
        """(horizon,) of the profile after the history's end."""
        return np.asarray(self.profile[(len(self.values) + np.arange(horizon)) % len(self.profile)])

    def put_back(self, forecast: np.ndarray) -> np.ndarray:
        """A season-free forecast (horizon,) with its season."""
        season = self.ahead(len(forecast))
        return np.asarray(forecast * np.exp(season) if self.multiplicative else forecast + season)


def exponential(logarithms: np.ndarray) -> np.ndarray:
    """exp that stays finite: a runaway forecast is then large, refused or voted down, but never an overflow."""
    return np.asarray(np.exp(np.clip(logarithms, -LARGEST_LOGARITHM, LARGEST_LOGARITHM)))
