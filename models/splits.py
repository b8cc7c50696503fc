"""Stratified splits of labelled cases."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.errors import BadInput

TEST_SHARE = 0.25
# So many say an accuracy to a percent or two; the others are better trained on.
MOST_HELD_OUT = 1_000
# A quarter of fewer cases than this says nothing of an accuracy; in folds, all of them do.
FOLDED_BELOW, FOLDS = 40, 3
ALL_SINGLE = "Every class has a single case, so nothing can be held out to measure accuracy; add cases."


def held_out_share(cases: int, usual: float = TEST_SHARE) -> float:
    """The share of so many cases that is held out to measure a classifier: the usual one, less where that would be very many."""
    return min(usual, MOST_HELD_OUT / cases)


def trials(cases: int) -> int:
    """How many times a classifier is trained to measure it on so many cases: once, or in folds where they are few."""
    return FOLDS if cases < FOLDED_BELOW else 1


def trial_splits(labels: Sequence[str], seed: int, usual: float = TEST_SHARE) -> list[tuple[np.ndarray, np.ndarray]]:
    """What to train on and what to measure on, row numbers (train,), (test,) for each trial; no row is tested twice.

    One stratified split; where cases are few, stratified folds, so that every case of a class with two or more is tested.
    usual: share held out by a single split, as in `held_out_share`. Errors: BadInput when no class has two cases.
    """
    if trials(len(labels)) == 1:
        return [stratified_split(labels, seed, held_out_share(len(labels), usual))]
    generator = np.random.default_rng(seed)
    names = np.array(labels, dtype=object)
    folds: list[list[int]] = [[] for _ in range(FOLDS)]
    dealt = 0
    for label in sorted(set(labels)):
        rows = generator.permutation(np.flatnonzero(names == label))
        if len(rows) > 1:
            for row in rows.tolist():
                folds[dealt % FOLDS].append(row)
                dealt += 1
    tests = [np.array(sorted(fold)) for fold in folds if fold]
    if not tests:
        raise BadInput(ALL_SINGLE)
    return [(np.setdiff1d(np.arange(len(names)), test), test) for test in tests]


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
        raise BadInput(ALL_SINGLE)
    held_out = np.array(sorted(test))
    return np.setdiff1d(np.arange(len(names)), held_out), held_out
