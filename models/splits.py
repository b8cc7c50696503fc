"""Stratified splits of labelled cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.errors import BadInput

TEST_SHARE = 0.25
# So many say an accuracy to a percent or two; the others are better trained on.
MOST_HELD_OUT = 1_000


def held_out_share(cases: int, usual: float = TEST_SHARE) -> float:
    """The share of so many cases that is held out to measure a classifier: the usual one, less where that would be very many."""
    return min(usual, MOST_HELD_OUT / cases)


def stratified_split(labels: Sequence[str], seed: int, test_share: float = TEST_SHARE) -> tuple[np.ndarray, np.ndarray]:
    """Row numbers (train,), (test,), ascending; each class with two cases or more is in both, one with a single case in train.

    Errors: BadInput when no class has two cases.
    """
    generator = np.random.default_rng(seed)
    names = np.array(labels, dtype=object)
    test: list[int] = []
    for label in sorted(set(labels)):
        rows = generator.permutation(np.flatnonzero(names == label))
        count = min(max(1, round(test_share * len(rows))), len(rows) - 1)
        test.extend(rows[:count].tolist())
    if not test:
        raise BadInput("Every class has a single case, so nothing can be held out to measure accuracy; add cases.")
    held_out = np.array(sorted(test))
    return np.setdiff1d(np.arange(len(names)), held_out), held_out
