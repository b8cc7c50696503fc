"""Nearest training examples: what a classifier shows as its reason, and how it knows a case that is unlike all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from models.cases import case_lengths, channel_means, resample_cases
from models.plain.strangeness import TraitsTogether, UsualTraits, asked_rows, limits_of, nearest_others
from models.types import Neighbour, Reasons

ROWS_AT_ONCE = 64
# So small a part of the usual spread of values is no difference of shape, however alike the training cases are.
SMALLEST_SHAPE = 0.05


@dataclass(frozen=True)
class Examples:
    """The training cases at one length. cases: (batch, channel, time) float32, resampled, not normalised; no NaN.

    means: (channel,) of the training cases, for channels that a case lacks. usual: their traits. limits: (batch,), how far in
    shape the nearest case usually lies at most (see `models.plain.strangeness.limits_of`). spacing: how far it usually lies.
    """

    cases: np.ndarray
    labels: tuple[str, ...]
    means: np.ndarray
    normalise: Literal["case", "none"]
    usual: UsualTraits
    limits: np.ndarray
    spacing: float

    @classmethod
    def of(cls, table: np.ndarray, labels: Sequence[str], normalise: Literal["case", "none"], shortest: int = 1) -> Examples:
        """From (batch, channel, time) with NaN; every case is stretched to the longest one's length, at least `shortest`."""
        means = channel_means(table)
        length = max(shortest, int(case_lengths(table).max()))
        cases = resample_cases(table, length, means).astype(np.float32)
        return cls._measured(cases, tuple(labels), means, normalise, UsualTraits.of(table, labels))

    @classmethod
    def _measured(
        cls,
        cases: np.ndarray,
        labels: tuple[str, ...],
        means: np.ndarray,
        normalise: Literal["case", "none"],
        usual: UsualTraits,
    ) -> Examples:
        """Examples with the distances among them measured."""
        unmeasured = cls(cases, labels, means, normalise, usual, np.ones(len(labels)), 1.0)
        rows = asked_rows(len(labels))
        among = nearest_others(unmeasured.distances(cases[rows]), rows)
        least = SMALLEST_SHAPE * (1.0 if normalise == "case" else float(np.sqrt(np.mean(usual.unit**2))))
        return replace(unmeasured, limits=limits_of(among, labels, least), spacing=float(np.nanmedian(among)))

    def match(self, table: np.ndarray) -> np.ndarray:
        """New cases (batch, channel, time) with NaN, stretched to the training length: float32 without NaN."""
        return resample_cases(table, self.cases.shape[2], self.means).astype(np.float32)

    def distances(self, matched: np.ndarray) -> np.ndarray:
        """(new, training) Euclidean distances per time step and channel, between (z-normalised) cases."""
        known = self._vectors(self.cases)
        result = np.empty((len(matched), len(known)))
        for start in range(0, len(matched), ROWS_AT_ONCE):
            rows = self._vectors(matched[start : start + ROWS_AT_ONCE])
            for offset, row in enumerate(rows):
                result[start + offset] = np.sqrt(np.mean((known - row) ** 2, axis=1))
        return result

    def explain(self, table: np.ndarray, named: Sequence[str], shown: int, distances: np.ndarray | None = None) -> Reasons:
        """The `shown` nearest training cases of new cases (batch, channel, time) with NaN, and how strange these are.

        named: the classes that they were given. distances: where they are known, see `distances`.
        """
        distances = self.distances(self.match(table)) if distances is None else distances
        scaled = self.usual.scaled(table)
        shapes, traits = (distances / self.limits).min(axis=1), self.usual.ratios(scaled)
        # Of any class: what a case is unlike then says more than its class does.
        anything = np.maximum(shapes, traits)
        own = np.zeros(len(table)) if self._together is None else self._together.ratios(scaled, named)
        of_class = (anything <= 1.0) & (own > 1.0)
        oddities = tuple(
            "class" if foreign else "" if far <= 1.0 else "shape" if shape == far else self.usual.oddest(case)
            for foreign, far, shape, case in zip(of_class, anything, shapes, scaled, strict=True)
        )
        return Reasons(self.nearest(distances, shown), np.where(of_class, own, anything), oddities)

    @cached_property
    def _together(self) -> TraitsTogether | None:
        # Not kept in a folder: it is learnt from the traits in a moment, and would be large for many channels.
        return TraitsTogether.of(self.usual, self.labels)

    def nearest(self, distances: np.ndarray, count: int) -> tuple[tuple[Neighbour, ...], ...]:
        """For each row of (new, training) distances, the `count` nearest training cases, nearest first."""
        order = np.argsort(distances, axis=1, kind="stable")[:, :count]
        return tuple(
            tuple(Neighbour(int(index), self.labels[index], float(row[index]), self.cases[index]) for index in indices)
            for row, indices in zip(distances, order, strict=True)
        )

    def state(self, classes: Sequence[str]) -> dict[str, np.ndarray]:
        """Arrays for a checkpoint; labels as positions in `classes`."""
        codes = np.array([classes.index(label) for label in self.labels], dtype=np.int32)
        measured = {"example_limits": self.limits, "example_spacing": np.array([self.spacing])}
        return {"examples": self.cases, "example_labels": codes, "channel_means": self.means, **measured, **self.usual.state()}

    @classmethod
    def from_state(cls, arrays: Mapping[str, np.ndarray], classes: Sequence[str], normalise: Literal["case", "none"]) -> Examples:
        """What `state` gave, read back. A folder of an earlier version lacks what is usual: that is then measured anew."""
        labels = tuple(classes[code] for code in arrays["example_labels"])
        cases, means = arrays["examples"], arrays["channel_means"]
        if "example_limits" not in arrays:
            return cls._measured(cases, labels, means, normalise, UsualTraits.of(cases.astype(np.float64), labels))
        usual = UsualTraits.from_state(arrays, means)
        return cls(cases, labels, means, normalise, usual, arrays["example_limits"], float(arrays["example_spacing"][0]))

    def _vectors(self, cases: np.ndarray) -> np.ndarray:
        """(batch, channel · time) float64; z-normalised a case and channel if asked, constant channels as zeros."""
        values = cases.astype(np.float64)
        if self.normalise == "case":
            spread = values.std(axis=2, keepdims=True)
            centred = values - values.mean(axis=2, keepdims=True)
            # float32 keeps seven digits: a spread below that is rounding, not shape.
            flat = spread <= 1e-6 * np.abs(values).max(axis=2, keepdims=True)
            values = np.where(flat, 0.0, centred / np.where(flat, 1.0, spread))
        return values.reshape(len(values), -1)
