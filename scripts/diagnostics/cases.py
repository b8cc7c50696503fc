"""Synthetic series drawn from the product of all factors, each with its truth; a seed is a case.

Every effect is sized in sigma, the marginal standard deviation of the noise (of AR(1) noise too, however long it remembers;
beside a change of spread, of the wider side). Sizes mean: season, from trough to peak; level, the step; slope, how far the new
line leaves the old one within as many rows as the shorter side has; spread, the log ratio over the standard error that normal
noise would give it; outlier, its distance in the local sigma.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assistant.data.series import Series

Array = NDArray[np.float64]
Kind = Literal["level", "slope", "variance"]

DEVELOPMENT = 0  # first seed of the cases that may be looked at
REPORT = 10_000  # first seed of the cases that are only counted
STRONG = 5.0  # sigma beyond which an effect must be found
CLEAN_EVERY = 3  # every third case has no effect at all

LENGTHS = (60, 90, 120, 180, 250, 365, 500, 730, 1000, 1500, 2000)
TRENDS = ("none", "none", "up", "down", "damped", "quadratic")
SEASONS = ("none", "none", "7", "12", "24", "24+168", "7+365")
SHAPES = ("sine", "jagged", "sawtooth", "pulse")
OUTLIERS = ("none", "none", "one", "several", "one of 27")
SHIFTS = ("none", "none", "none", "up", "down", "two", "small", "up by 20")
SLOPES = ("none", "none", "none", "change")
SPREADS = ("none", "none", "none", "none", "x3", "x4")
NOISES = ("white", "white", "ar .5", "ar .8", "t3", "heteroscedastic", "uniform")
GAPS = ("none", "none", "scattered", "stretch")
_CALENDAR = {"7": "D", "12": "MS", "24": "h", "24+168": "h", "7+365": "D"}
_CYCLES = 4  # every season is seen at least so often
_BETWEEN = 12  # rows at least between two changes, and between an outlier and a change
_TRIES = 200


@dataclass(frozen=True)
class TrueChange:
    """position: first row of the new regime. effect: in sigma, see above."""

    position: int
    kind: Kind
    effect: float


@dataclass(frozen=True)
class Case:
    """A series and its truth.

    factors: the drawn level of each factor. seasons: period → swing in sigma. outliers: row → size in local sigma, of those put
    in. deviations: (time,) noise and outliers in local sigma. slope: per row of a straight trend, None where the trend is curved
    or has a kink. direction: of the trend, level shifts apart; None where a kink leaves it open.
    """

    seed: int
    series: Series
    factors: dict[str, str]
    seasons: dict[int, float]
    changes: tuple[TrueChange, ...]
    outliers: dict[int, float]
    deviations: Array
    slope: float | None
    direction: str | None

    @property
    def clean(self) -> bool:
        """Whether the series is noise alone."""
        return self.factors["effects"] == "none"


def draw(seed: int) -> Case:
    """The case of `seed`: the same on every machine."""
    random = np.random.default_rng([20_261, seed])
    clean = seed % CLEAN_EVERY == 0
    choose: Callable[[tuple[str, ...]], str] = lambda options: str(random.choice(options))  # noqa: E731
    factors = {
        "effects": "none" if clean else "some",
        "season": "none" if clean else choose(SEASONS),
        "trend": "none" if clean else choose(TRENDS),
        "outliers": "none" if clean else choose(OUTLIERS),
        "level": "none" if clean else choose(SHIFTS),
        "slope": "none" if clean else choose(SLOPES),
        "variance": "none" if clean else choose(SPREADS),
        "noise": choose(NOISES),
        "gaps": choose(GAPS),
        "calendar": choose(("known", "unknown")),
    }
    periods = [int(part) for part in factors["season"].split("+")] if factors["season"] != "none" else []
    n = int(random.choice([length for length in LENGTHS if length >= _CYCLES * max(periods, default=1)]))
    factors["length"] = "to 120" if n <= 120 else "to 365" if n <= 365 else "to 2000"
    places = _places(random, n, factors)
    local = _local_sigma(n, factors, places)
    sigma = float(local.max()) if "variance" in places else 1.0
    noise = _noise(random, n, factors["noise"]) * local
    values = noise.copy()
    slope, direction, curve = _trend(random, n, factors["trend"], sigma)
    values += curve
    seasons: dict[int, float] = {}
    factors["strength"] = choose(("weak", "strong", "strong")) if periods else "none"
    for period in periods:
        swing = float(random.uniform(1.5, 3) if factors["strength"] == "weak" else random.uniform(5.5, 15))
        factors["shape"] = choose(SHAPES)
        values += _season(random, n, period, factors["shape"]) * swing * sigma
        seasons[period] = swing
    factors.setdefault("shape", "none")
    changes = _add_changes(random, values, factors, places, sigma)
    kinked = "slope" in places
    values, outliers = _contaminate(random, values, local, factors, changes)
    deviations = noise / local
    for row, size in outliers.items():
        deviations[row] += size
    unit = float(10 ** random.uniform(-2, 3))
    series = _dated(unit * (values + random.uniform(-50, 50)), factors)
    return Case(
        seed=seed,
        series=series,
        factors=factors,
        seasons=seasons,
        changes=changes,
        outliers=outliers,
        deviations=deviations,
        slope=None if kinked or slope is None else slope * unit,
        direction=None if kinked else direction,
    )


def _places(random: np.random.Generator, n: int, factors: dict[str, str]) -> dict[str, int]:
    """A row for each change, well apart and away from the ends; a change that finds no room is struck from `factors`."""
    wanted = []
    if factors["level"] != "none":
        wanted += ["level", "level again"] if factors["level"] == "two" else ["level"]
    wanted += [kind for kind in ("slope", "variance") if factors[kind] != "none"]
    places: dict[str, int] = {}
    apart = max(_BETWEEN, n // 8)
    for name in wanted:
        edge = {"level": n // 10, "level again": n // 10, "slope": 3 * n // 10, "variance": 3 * n // 10}[name]
        edge = max(edge, _BETWEEN)
        for _ in range(_TRIES):
            row = int(random.integers(edge, n - edge))
            if all(abs(row - other) >= apart for other in places.values()):
                places[name] = row
                break
        else:
            factors["level" if name == "level again" else name] = "up" if name == "level again" else "none"
    return places


def _local_sigma(n: int, factors: dict[str, str], places: dict[str, int]) -> Array:
    """Standard deviation of the noise at each row; its root mean square is 1 unless the spread changes at once."""
    local = np.ones(n)
    if factors["noise"] == "heteroscedastic":
        local = np.linspace(1, 2, n)
        local /= np.sqrt(np.mean(local**2))
    if "variance" in places:
        ratio = float(factors["variance"][1:])
        # An even row narrows, an odd one widens: no draw, so that the same seed keeps all else.
        side = slice(0, places["variance"]) if places["variance"] % 2 == 0 else slice(places["variance"], n)
        local[side] *= ratio
    return local


def _noise(random: np.random.Generator, n: int, kind: str) -> Array:
    """Noise (time,) of standard deviation 1."""
    if kind == "t3":
        return np.asarray(random.standard_t(3, n) / np.sqrt(3))
    if kind == "uniform":
        return random.uniform(-np.sqrt(3), np.sqrt(3), n)
    values = random.normal(size=n + 200)
    if kind.startswith("ar"):
        phi = float(kind[3:])
        for row in range(1, len(values)):
            values[row] += phi * values[row - 1]
        values *= np.sqrt(1 - phi**2)
    return values[200:]


def _trend(random: np.random.Generator, n: int, kind: str, sigma: float) -> tuple[float | None, str, Array]:
    """Slope per row where it is one, direction, and curve (time,)."""
    rise = float(random.uniform(5, 30)) * sigma
    clock = np.arange(n) / n
    if kind == "none":
        return 0.0, "none", np.zeros(n)
    if kind in ("up", "down"):
        sign = 1 if kind == "up" else -1
        return sign * rise / n, kind, sign * rise * clock
    sign = int(random.choice((-1, 1)))
    shape = 1 - np.exp(-4 * clock) if kind == "damped" else clock**2
    return None, "up" if sign > 0 else "down", sign * rise * shape


def _season(random: np.random.Generator, n: int, period: int, shape: str) -> Array:
    """A cycle (time,) of `period` rows whose trough and peak are 1 apart."""
    phase = np.arange(period) / period
    if shape == "jagged":
        # A week of hours and a year of days are uneven by the day and by the month, not by the row.
        step = {168: 24, 365: 28}.get(period, 1)
        profile = np.repeat(random.normal(size=-(-period // step)), step)[:period]
    elif shape == "sawtooth":
        profile = phase
    elif shape == "pulse":
        profile = np.exp(-0.5 * ((phase - 0.5) / 0.08) ** 2)
    else:
        profile = np.sin(2 * np.pi * phase)
    profile = (profile - profile.mean()) / (profile.max() - profile.min())
    start = int(random.integers(period))
    return np.asarray(profile[(np.arange(n) + start) % period])


def _add_changes(
    random: np.random.Generator, values: Array, factors: dict[str, str], places: dict[str, int], sigma: float
) -> tuple[TrueChange, ...]:
    """Put the changes into `values`, in place, and say what they are."""
    n = len(values)
    changes = []
    for name, row in places.items():
        after = np.arange(n) >= row
        sign = float(random.choice((-1, 1)))
        if name.startswith("level"):
            size = float(random.uniform(2, 4.5) if factors["level"] == "small" else random.uniform(6, 20))
            if factors["level"] == "up by 20":
                size = 20.0
            sign = {"up": 1.0, "up by 20": 1.0, "down": -1.0}.get(factors["level"], sign)
            values += sign * size * sigma * after
            changes.append(TrueChange(row, "level", size))
        elif name == "slope":
            departure = float(random.uniform(10, 40))
            values += sign * departure * sigma * np.maximum(np.arange(n) - row, 0) / min(row, n - row)
            changes.append(TrueChange(row, "slope", departure))
        else:
            error = np.sqrt(1 / (2 * row) + 1 / (2 * (n - row)))
            changes.append(TrueChange(row, "variance", float(np.log(float(factors["variance"][1:])) / error)))
    return tuple(sorted(changes, key=lambda change: change.position))


def _contaminate(
    random: np.random.Generator, values: Array, local: Array, factors: dict[str, str], changes: tuple[TrueChange, ...]
) -> tuple[Array, dict[int, float]]:
    """`values` with gaps and outliers, and the outliers' sizes by row."""
    n = len(values)
    values = values.copy()
    if factors["gaps"] == "scattered":
        values[random.choice(n, max(1, n // 20), replace=False)] = np.nan
    near = np.zeros(n, bool)
    for change in changes:
        near[max(0, change.position - _BETWEEN) : change.position + _BETWEEN] = True
    if factors["gaps"] == "stretch":
        length = max(5, int(n * random.uniform(0.04, 0.08)))
        free = [row for row in range(3, n - length - 3) if not near[row : row + length].any()]
        if free:
            start = int(random.choice(free))
            values[start : start + length] = np.nan
        else:
            factors["gaps"] = "none"
    allowed = [int(row) for row in np.flatnonzero(~near & np.isfinite(values)) if 3 <= row < n - 3]
    count = {"none": 0, "one": 1, "one of 27": 1, "several": int(random.integers(3, 7))}[factors["outliers"]]
    outliers: dict[int, float] = {}
    for row in random.permutation(allowed):
        if len(outliers) == count:
            break
        if any(abs(int(row) - other) < 4 for other in outliers):
            continue
        size = 80 / 3 if factors["outliers"] == "one of 27" else float(random.uniform(4, 20)) * float(random.choice((-1, 1)))
        if factors["outliers"] == "one":
            size = float(np.sign(size)) * max(abs(size), 6.0)
        values[int(row)] += size * local[int(row)]
        outliers[int(row)] = size
    return values, outliers


def _dated(values: Array, factors: dict[str, str]) -> Series:
    """The values with the calendar that fits their season, or without times."""
    if factors["calendar"] == "unknown":
        return Series("x", pd.RangeIndex(len(values)), values, None)
    options = ("D", "MS", "h")
    frequency = _CALENDAR.get(factors["season"], options[len(values) % 3])
    if frequency == "MS" and len(values) > 1_000:
        frequency = "D" if factors["season"] == "none" else frequency
    return Series("x", pd.date_range("1900-01-01", periods=len(values), freq=frequency), values, frequency)
