"""How unlike its training examples a case is: in shape, and in what a comparison of shapes forgets.

Distances between z-normalised cases of one length say nothing of a case's level, size and duration, and in noisy data all of
them are about alike. Each case is therefore also described by a few traits a channel, compared one by one and together, and the
farthest of these views counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.cases import case_lengths, channel_means

# The differences too small to count, one a kind of trait: in units of the channel's own spread, in logarithms, in shares.
SMALLEST = {"level": 0.1, "spread": 0.1, "roughness": 0.1, "reach": 0.1, "rhythm": 0.05, "length": 0.04}
# Waves a case, the ends of each band of the spectrum; what is faster is the last band.
BANDS = (1.5, 3.5, 7.5, 15.5, 31.5, 63.5, 127.5)
QUANTILE = 0.99
FEW, MANY = 20, 30
DEVIATIONS = 4.0
NORMAL = 1.4826
ASKED = 500
# A covariance of more traits would take seconds and say little of a few hundred cases.
MOST_TOGETHER = 1_000
FEWEST_TOGETHER, FOLDS = 10, 5
# In combination smaller differences count: this part of the smallest ones is added to the spread within classes.
SMALLER = 0.2
_KINDS = ("level", "spread", "roughness", "reach", *("rhythm",) * (len(BANDS) + 1))
_TINY = 1e-9


def traits_of(table: np.ndarray, unit: np.ndarray, means: np.ndarray) -> np.ndarray:
    """(batch, channel · 12 + 1) traits of (batch, channel, time) with NaN: what does not change when a case is shifted in time.

    A channel has its level (in `unit`), the logarithms of its spread, of its roughness (steps over spread) and of its farthest
    value (over spread), and the square roots of the shares of its power in bands of the spectrum; a case the logarithm of its
    length. unit: (channel,), the usual spread of values. means: (channel,), for channels that a case lacks. Gaps: straight lines.
    """
    lengths = case_lengths(table)
    rows = np.empty((len(table), len(unit), len(_KINDS)))
    for index, steps in enumerate(lengths):
        values = np.stack([_filled(row[:steps], mean) for row, mean in zip(table[index], means, strict=True)])
        rows[index] = _channel_traits(values, unit)
    return np.concatenate([rows.reshape(len(table), -1), np.log(lengths)[:, None]], axis=1)


def trait_kinds(channels: int) -> tuple[str, ...]:
    """What each column of `traits_of` is about."""
    return (*_KINDS * channels, "length")


def limits_of(distances: np.ndarray, labels: Sequence[str], least: float) -> np.ndarray:
    """(batch,) for each training case: the distance that few new members of its class exceed; at least `least`.

    distances: (batch,), of each training case to its nearest other one, NaN where that was not looked for. A class with fewer
    than `FEW` of them, whose spacing nobody can tell, has the limit of all cases together.
    """
    names = np.array(labels, dtype=object)
    limits = np.full(len(names), _limit(distances[~np.isnan(distances)]))
    for label in sorted(set(labels)):
        own = distances[(names == label) & ~np.isnan(distances)]
        if len(own) >= FEW:
            limits[names == label] = _limit(own)
    return np.asarray(np.maximum(limits, least))


def nearest_others(distances: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(training,) distance of each training case in `rows` to its nearest other one, NaN for the rest.

    distances: (asked, training), of the cases in `rows` to all.
    """
    apart = distances.copy()
    apart[np.arange(len(rows)), rows] = np.inf
    found = np.full(distances.shape[1], np.nan)
    found[rows] = apart.min(axis=1)
    return found


def _limit(distances: np.ndarray) -> float:
    # Of few cases no quantile can tell how far the next one may lie; their usual spacing then helps.
    middle = float(np.median(distances))
    deviation = NORMAL * float(np.median(np.abs(distances - middle)))
    few = middle + DEVIATIONS * deviation if len(distances) < MANY else 0.0
    return float(max(np.quantile(distances, QUANTILE), few) * (1.0 + 1.0 / np.sqrt(len(distances))))


def asked_rows(count: int) -> np.ndarray:
    """The training cases whose neighbours are looked for: all of them, or `ASKED` evenly spaced ones."""
    return np.unique(np.linspace(0, count - 1, min(count, ASKED)).round().astype(int))


@dataclass(frozen=True)
class UsualTraits:
    """The traits of the training cases and how near they lie to each other.

    traits: (batch, trait) float16, centred and scaled by `centre` and `scale` (trait,). unit, means: (channel,). limits:
    (batch,), see `limits_of`.
    """

    traits: np.ndarray
    centre: np.ndarray
    scale: np.ndarray
    unit: np.ndarray
    means: np.ndarray
    limits: np.ndarray

    @classmethod
    def of(cls, table: np.ndarray, labels: Sequence[str]) -> UsualTraits:
        """From the training cases (batch, channel, time), NaN where missing."""
        means = channel_means(table)
        squares = channel_means((table - means[:, None]) ** 2)
        unit = np.maximum(np.sqrt(squares), _TINY * np.maximum(np.abs(means), 1.0))
        traits = traits_of(table, unit, means)
        smallest = np.array([SMALLEST[kind] for kind in trait_kinds(len(unit))])
        centre, scale = traits.mean(axis=0), np.maximum(traits.std(axis=0), smallest)
        known = ((traits - centre) / scale).astype(np.float16)
        rows = asked_rows(len(known))
        # One smallest difference in every trait is never strange, however alike the training cases are.
        least = float(np.sqrt(np.mean((smallest / scale) ** 2)))
        among = nearest_others(_distances(known[rows].astype(np.float64), known), rows)
        return cls(known, centre, scale, unit, means, limits_of(among, labels, least))

    @property
    def smallest(self) -> np.ndarray:
        """(trait,) differences too small to count, on the scale of `traits`."""
        return np.asarray([SMALLEST[kind] for kind in trait_kinds(len(self.unit))] / self.scale)

    def scaled(self, table: np.ndarray) -> np.ndarray:
        """(batch, trait) of cases (batch, channel, time), on the scale of `traits`."""
        return np.asarray((traits_of(table, self.unit, self.means) - self.centre) / self.scale)

    def ratios(self, asked: np.ndarray) -> np.ndarray:
        """(batch,) distance to the nearest training case over its limit, of traits (batch, trait) as `scaled` gives them."""
        return np.asarray((_distances(asked, self.traits) / self.limits).min(axis=1))

    def oddest(self, asked: np.ndarray) -> str:
        """In what a case's traits (trait,), as `scaled`, differ most from its nearest training case: a key of `SMALLEST`."""
        nearest = self.traits[int(np.argmin(_distances(asked[None], self.traits)[0] / self.limits))]
        return trait_kinds(len(self.unit))[int(np.argmax(np.abs(asked - nearest)))]

    def state(self) -> dict[str, np.ndarray]:
        """Arrays for a checkpoint."""
        return {
            "usual_traits": self.traits,
            "usual_centre": self.centre,
            "usual_scale": self.scale,
            "usual_unit": self.unit,
            "usual_limits": self.limits,
        }

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], means: np.ndarray) -> UsualTraits:
        """What `state` gave, read back."""
        names = ("usual_traits", "usual_centre", "usual_scale", "usual_unit")
        traits, centre, scale, unit = (arrays[name] for name in names)
        return cls(traits, centre, scale, unit, means, arrays["usual_limits"])


@dataclass(frozen=True)
class TraitsTogether:
    """Traits compared together with those of one class: unusual in combination, or like another class's, though none is alone.

    Mahalanobis distances to the nearest training case of the class that a case is given, by the covariance of traits within
    classes, shrunk (Ledoit & Wolf 2004, A well-conditioned estimator for large-dimensional covariance matrices). whitening:
    (trait, trait). known: class → (case, trait) training cases, whitened. limits: class → what few new cases of it exceed, from
    folds, since a case that a covariance was learnt from lies too near.
    """

    whitening: np.ndarray
    known: Mapping[str, np.ndarray]
    limits: Mapping[str, float]

    @classmethod
    def of(cls, usual: UsualTraits, labels: Sequence[str]) -> TraitsTogether | None:
        """From the training cases' traits; None where there are fewer than `FEWEST_TOGETHER` cases or more than `MOST_TOGETHER`
        traits, and where no class has two cases."""
        traits, names = usual.traits.astype(np.float64), np.array(labels, dtype=object)
        if len(names) < FEWEST_TOGETHER or traits.shape[1] > MOST_TOGETHER:
            return None
        folds, asked = _folds(names), np.zeros(len(names), dtype=bool)
        asked[asked_rows(len(names))] = True
        found = np.full(len(names), np.nan)
        for fold in range(FOLDS):
            out = asked & (folds == fold)
            if out.any():
                learnt = cls._learnt(traits[folds != fold], names[folds != fold], usual.smallest)
                found[out] = learnt.distances(traits[out], names[out].tolist())
        if np.isnan(found).all():
            return None
        # The class's own limit or that of all cases: a class of wide spread would let anything pass, and so would one outlier.
        limits = np.minimum(limits_of(found, labels, 0.0), _limit(found[~np.isnan(found)]))
        # What lies within the usual spread of its class is never strange, however near to each other some of its cases are.
        by_class = {name: max(float(limit), 1.0) for name, limit in zip(labels, limits, strict=True)}
        return replace(cls._learnt(traits, names, usual.smallest), limits=by_class)

    @classmethod
    def _learnt(cls, traits: np.ndarray, names: np.ndarray, smallest: np.ndarray) -> TraitsTogether:
        from sklearn.covariance import ledoit_wolf

        groups = {name: traits[names == name] for name in sorted(set(names))}
        within = np.concatenate([rows - rows.mean(axis=0) for rows in groups.values()])
        covariance, _ = ledoit_wolf(within, assume_centered=True)
        sizes, directions = np.linalg.eigh(covariance + np.diag((SMALLER * smallest) ** 2))
        whitening = directions / np.sqrt(sizes)
        return cls(whitening, {name: rows @ whitening for name, rows in groups.items()}, {})

    def ratios(self, asked: np.ndarray, named: Sequence[str]) -> np.ndarray:
        """(asked,) distance to the nearest training case of the named class over its limit; 0 where the class has no case here.

        asked: (asked, trait), as `UsualTraits.scaled`. named: their classes.
        """
        return np.asarray(np.nan_to_num(self.distances(asked, named)) / [self.limits.get(name, 1.0) for name in named])

    def distances(self, asked: np.ndarray, named: Sequence[str]) -> np.ndarray:
        """(asked,) to the nearest training case of the named class, NaN where it has none."""
        # One at a time, so that a case is as strange alone as in company.
        return np.array(
            [
                _distances((traits @ self.whitening)[None], self.known[name]).min() if name in self.known else np.nan
                for traits, name in zip(asked, named, strict=True)
            ]
        )


def _folds(names: np.ndarray) -> np.ndarray:
    """(batch,) the fold of each case, dealt out within classes."""
    generator, dealt = np.random.default_rng(0), np.empty(len(names), dtype=int)
    order = np.concatenate([generator.permutation(np.flatnonzero(names == name)) for name in sorted(set(names))])
    dealt[order] = np.arange(len(names)) % FOLDS
    return dealt


def _distances(asked: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(asked, known) root mean squares of the differences of traits."""
    exact = known.astype(np.float64)
    return np.stack([np.sqrt(np.mean((exact - row) ** 2, axis=1)) for row in asked])


def _filled(values: np.ndarray, mean: float) -> np.ndarray:
    known = np.flatnonzero(~np.isnan(values))
    return np.interp(np.arange(len(values)), known, values[known]) if len(known) else np.full(len(values), mean)


def _channel_traits(values: np.ndarray, unit: np.ndarray) -> np.ndarray:
    """(channel, kind) of (channel, time) without NaN; nothing where a channel does not move."""
    level = values.mean(axis=1)
    spread = values.std(axis=1)
    flat = spread <= _TINY * np.maximum(np.abs(values).max(axis=1), unit)
    safe = np.where(flat, 1.0, spread)
    steps = np.sqrt(np.mean(np.diff(values, axis=1) ** 2, axis=1)) if values.shape[1] > 1 else np.zeros(len(values))
    reach = np.abs(values - level[:, None]).max(axis=1)
    power = np.abs(np.fft.rfft(values - level[:, None], axis=1)[:, 1:]) ** 2
    band = np.searchsorted(BANDS, np.arange(1, power.shape[1] + 1))
    shares = np.stack([power[:, band == index].sum(axis=1) for index in range(len(BANDS) + 1)], axis=1)
    whole = shares.sum(axis=1, keepdims=True)
    shares = np.sqrt(np.where(flat[:, None], 0.0, shares / np.where(whole > 0, whole, 1.0)))
    logs = [
        np.log(np.maximum(spread / unit, 1e-4)),
        np.log1p(np.where(flat, 0.0, steps / safe)),
        np.log1p(np.where(flat, 0.0, reach / safe)),
    ]
    return np.concatenate([(level / unit)[:, None], np.stack(logs, axis=1), shares], axis=1)
