"""Labelled sets on disk: `.npz` files of both parts, and the archive's pairs `NAME_TRAIN.ts` and `NAME_TEST.ts`.

Source of the format and of the standard splits: Bagnall et al. (2018), The UEA multivariate time series classification archive.
"""

from __future__ import annotations

import zipfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from assistant.data.ts_cases import parse_ts
from scripts.forecasting.sets import read_text

GROUP = "classification_uea"
KEYS = ("X_train", "y_train", "X_test", "y_test")
HOLDOUT_SHARE, HOLDOUT_SEED = 0.25, 0
_TRAIN, _TEST = "_train.ts", "_test.ts"


@dataclass(frozen=True)
class LabelledSet:
    """A set with its official split.

    cases, test_cases: (batch, channel, time) float64, NaN where missing and behind the end of shorter cases.
    labels, test_labels: one class a case.
    """

    name: str
    cases: np.ndarray
    labels: tuple[str, ...]
    test_cases: np.ndarray
    test_labels: tuple[str, ...]

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes of the training part, sorted."""
        return tuple(sorted(set(self.labels)))

    def with_training(self, chosen: np.ndarray) -> LabelledSet:
        """The same with only the training cases at these positions."""
        return replace(self, cases=self.cases[chosen], labels=tuple(self.labels[index] for index in chosen))

    def sample(self, most: int | None) -> LabelledSet:
        """The same with at most that many training cases, evenly spaced within each class; all for None."""
        return self if most is None or most >= len(self.labels) else self.with_training(stratified(self.labels, most))

    def few(self, share: float, seed: int) -> LabelledSet:
        """The same with a share of the training cases, drawn within each class, at least one of each."""
        return self.with_training(stratified(self.labels, round(share * len(self.labels)), np.random.default_rng(seed)))

    def without_test(self) -> LabelledSet:
        """The same with the official test part dropped and a quarter of the training part, drawn within classes, in its place.

        A class with a single case keeps it for training.
        """
        random = np.random.default_rng(HOLDOUT_SEED)
        held_out = np.zeros(len(self.labels), dtype=bool)
        for members in _by_class(self.labels):
            count = max(1, round(HOLDOUT_SHARE * len(members))) if len(members) > 1 else 0
            held_out[random.choice(members, count, replace=False)] = True
        test = np.flatnonzero(held_out)
        kept = self.with_training(np.flatnonzero(~held_out))
        return replace(kept, test_cases=self.cases[test], test_labels=tuple(self.labels[index] for index in test))


def stratified(labels: Sequence[str], count: int, random: np.random.Generator | None = None) -> np.ndarray:
    """Ascending positions of about `count` cases with the classes' shares kept, at least one of each class.

    random: draws within each class; None takes evenly spaced ones. More than `count` where there are more classes than that.
    """
    groups = _by_class(labels)
    exact = [count * len(members) / len(labels) for members in groups]
    quotas = [min(max(1, int(one)), len(members)) for one, members in zip(exact, groups, strict=True)]
    # What rounding down left over goes to the classes that lost most by it.
    for index in sorted(range(len(groups)), key=lambda index: quotas[index] - exact[index]):
        if sum(quotas) >= count:
            break
        quotas[index] += quotas[index] < len(groups[index])
    chosen = [
        members[np.linspace(0, len(members) - 1, quota).round().astype(int)]
        if random is None
        else random.choice(members, quota, replace=False)
        for members, quota in zip(groups, quotas, strict=True)
    ]
    return np.sort(np.concatenate(chosen))


def with_noise(cases: np.ndarray, decibels: float, seed: int) -> np.ndarray:
    """Cases with white Gaussian noise at a signal-to-noise ratio, NaN where they are NaN.

    cases: (batch, channel, time). decibels: the ratio of powers, of each channel of each case about its own mean.
    """
    power = np.nanvar(np.where(np.isnan(cases).all(axis=2, keepdims=True), 0.0, cases), axis=2, keepdims=True)
    noise = np.random.default_rng(seed).standard_normal(cases.shape)
    return np.asarray(cases + noise * np.sqrt(power / 10 ** (decibels / 10)))


def find_sets(folder: Path) -> dict[str, Path]:
    """Name → path of every set under a folder: an `.npz` file, or the training part of a `.ts` pair.

    A name that is there twice is taken once: the first by path, of one folder the `.npz` file.
    Errors: FileNotFoundError where there is no such folder.
    """
    if not folder.is_dir():
        raise FileNotFoundError(f"Expected a folder of labelled sets, found none at {folder}. Give its path with --data.")
    found: dict[str, Path] = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        name = _set_name(path)
        if name is not None:
            found.setdefault(name, path)
    return found


def usual_sets(found: dict[str, Path]) -> list[str]:
    """The names that run where none are given: the multivariate archive's where the folder holds it beside others, else all."""
    group = [name for name, path in found.items() if GROUP in path.parts]
    return group or list(found)


def read_set(name: str, path: Path) -> LabelledSet:
    """Read one set that `find_sets` found. No file is ever unpickled.

    Errors: FileRejected for a damaged `.ts` file; ValueError where parts, labels or shapes do not fit together; OSError.
    """
    return _read_ts(name, path) if path.name.lower().endswith(_TRAIN) else _read_npz(name, path)


def _set_name(path: Path) -> str | None:
    if path.name.lower().endswith(_TRAIN):
        return path.name[: -len(_TRAIN)]
    return path.stem if path.suffix == ".npz" and _holds_a_set(path) else None


def _holds_a_set(path: Path) -> bool:
    """Whether an archive has the keys of a set; its arrays are not read. A damaged file counts, so that reading it says so."""
    try:
        with zipfile.ZipFile(path) as archive:
            return {f"{key}.npy" for key in KEYS} <= set(archive.namelist())
    except zipfile.BadZipFile:
        return True


def _read_npz(name: str, path: Path) -> LabelledSet:
    try:
        # numpy leaves a file that it cannot read open, so it is opened here.
        with path.open("rb") as stream, np.load(stream, allow_pickle=False) as archive:
            arrays = {key: archive[key] for key in KEYS}
    except (zipfile.BadZipFile, EOFError, KeyError) as error:
        raise ValueError(f"Expected an .npz file with {', '.join(KEYS)} at {path}; {error}. Fetch the file again.") from None
    return _checked(name, arrays["X_train"], arrays["y_train"].tolist(), arrays["X_test"], arrays["y_test"].tolist())


def _read_ts(name: str, path: Path) -> LabelledSet:
    beside = next((one for one in path.parent.iterdir() if one.name.lower() == f"{name}{_TEST}".lower()), None)
    if beside is None:
        raise ValueError(f"Expected the test part {name}_TEST.ts beside {path.name}, found none. Put it there.")
    parts = [parse_ts(read_text(part), source=part.name) for part in (path, beside)]
    if parts[0].labels is None or parts[1].labels is None:
        raise ValueError(f"Expected a class for each case (@classLabel true) in {path.name} and {beside.name}, found none.")
    return _checked(name, parts[0].cases, parts[0].labels, parts[1].cases, parts[1].labels)


def _checked(
    name: str, cases: np.ndarray, labels: Sequence[object], tests: np.ndarray, test_labels: Sequence[object]
) -> LabelledSet:
    train, test = (np.asarray(part, dtype=np.float64) for part in (cases, tests))
    train, test = (part[:, None] if part.ndim == 2 else part for part in (train, test))
    if train.ndim != 3 or test.ndim != 3 or train.shape[1] != test.shape[1]:
        raise ValueError(
            f"Expected both parts of {name} as (case, channel, time) with the same channels, "
            f"found {cases.shape} and {tests.shape}."
        )
    if (len(train), len(test)) != (len(labels), len(test_labels)) or not len(train) or not len(test):
        raise ValueError(
            f"Expected cases and one label for each in both parts of {name}, found {len(train)} and {len(labels)} to train, "
            f"{len(test)} and {len(test_labels)} to test."
        )
    return LabelledSet(name, train, tuple(map(str, labels)), test, tuple(map(str, test_labels)))


def _by_class(labels: Sequence[str]) -> list[np.ndarray]:
    """Positions of each class's cases, classes sorted."""
    names = np.array(labels)
    return [np.flatnonzero(names == name) for name in sorted(Counter(labels))]
