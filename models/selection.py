"""Held-out comparison of classifiers on one labelled table, and the winner fitted to it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np

from models.base import Classifier, check_labels
from models.cases import Cases, as_cases
from models.device import DeviceSetting
from models.errors import ModelError, Stopped, UnknownModel
from models.metrics import accuracy, recalls
from models.monitor import SILENT, Monitor
from models.registry import available, classifier_class, create_classifier
from models.splits import held_out_share, trial_splits, trials
from models.training_costs import first_seconds, training_seconds
from models.types import Recalls

PLAIN = "nearest-neighbour"
AUTO = "auto"
# An automatic choice tries no classifier that would train for longer than this.
AUTO_SECONDS = 900.0
_New = Callable[[str], Classifier[Any]]
_Splits = Sequence[tuple[np.ndarray, np.ndarray]]


@runtime_checkable
class Staged(Protocol):
    """A classifier that trains in stages. work: a folder for finished ones, so that a stopped training goes on where it was."""

    work: Path | None


@dataclass(frozen=True)
class ClassifierScore:
    """One classifier's held-out accuracy (0–1), the seconds its training and test took, and what became of each class's cases."""

    model: str
    accuracy: float
    seconds: float
    recalls: Recalls = field(default_factory=dict)


@dataclass(frozen=True)
class Comparison:
    """Classifiers on one split, and the best of them (or the one that was asked for) fitted to the table.

    model: fitted; of the `cases` it has learnt from `model.trained_on`. scores: best first, the plain nearest neighbour always
    among them. held_out: how many cases the accuracies were measured on, in so many folds (1: a single split). majority: accuracy
    of always naming the commonest class. singles: classes with one case, which no test holds. failed: (model, why)
    for each that could not be trained on these cases.
    """

    model: Classifier[Any]
    scores: tuple[ClassifierScore, ...]
    cases: int
    held_out: int
    majority: float
    singles: tuple[str, ...]
    seed: int
    folds: int = 1
    failed: tuple[tuple[str, str], ...] = ()

    @property
    def accuracy(self) -> float:
        """Held-out accuracy of the chosen classifier."""
        return self.score(self.model.name).accuracy

    @property
    def recalls(self) -> Recalls:
        """Of each class, how many held-out cases the chosen classifier named rightly, and how many there were."""
        return self.score(self.model.name).recalls

    @property
    def plain_accuracy(self) -> float:
        """Held-out accuracy of the nearest neighbour on the same split."""
        return self.score(PLAIN).accuracy

    def score(self, name: str) -> ClassifierScore:
        """The score of one of the compared models."""
        return next(score for score in self.scores if score.model == name)


def members_for(choice: str, shape: tuple[int, int, int], classes: int, limit_seconds: float = AUTO_SECONDS) -> tuple[str, ...]:
    """The classifiers to compare, the plain one first: all that train within `limit_seconds` for "auto", else the chosen one.

    shape: (batch, channel, time) of the cases. Errors: UnknownModel.
    """
    names = [entry.name for entry in available("classifier")]
    if choice == AUTO:
        # The limit is for a trial and a training on all cases; more trials may take as much more.
        longest = limit_seconds * (trials(shape[0]) + 1) / 2
        chosen = [name for name in names if estimate_seconds(name, shape, classes) <= longest]
    elif choice in names:
        chosen = [choice]
    else:
        raise UnknownModel(f"No classifier is called {choice!r}. There are {', '.join(names)}, and {AUTO!r} tries them.")
    return (PLAIN, *(name for name in chosen if name != PLAIN))


def estimate_seconds(name: str, shape: tuple[int, int, int], classes: int) -> float:
    """How long one training of a classifier on cases of `shape` (batch, channel, time) takes, on one CPU core."""
    return training_seconds(name, shape, classes)


def comparison_seconds(models: Sequence[str], shape: tuple[int, int, int], classes: int) -> float:
    """How long `compare_classifiers` takes: each model in every trial, and the slowest, if it wins, on all cases."""
    cases, channels, steps = shape
    times = trials(cases)
    share = held_out_share(cases) if times == 1 else 1 / times
    part = (max(1, round((1 - share) * cases)), channels, steps)
    once = [name for name in models if classifier_class(name).holds_out]
    twice = [name for name in models if name not in once]
    tried = times * sum(estimate_seconds(name, part, classes) for name in twice)
    tried += sum(estimate_seconds(name, shape, classes) for name in once)
    tried -= times * sum(first_seconds(name) for name in twice)
    return tried + max((estimate_seconds(name, shape, classes) for name in twice), default=0.0)


def trains_in_stages(name: str) -> bool:
    """Whether a training of that classifier which was stopped goes on from its finished stages. Errors: UnknownModel."""
    return isinstance(create_classifier(name), Staged)


def compare_classifiers(
    cases: Cases,
    labels: Sequence[str],
    *,
    seed: int = 0,
    models: Sequence[str] | None = None,
    keep: str | None = None,
    monitor: Monitor = SILENT,
    work: Path | None = None,
    device: DeviceSetting = "auto",
) -> Comparison:
    """Train each model on a stratified part of the cases, measure it on the rest, and train the best on all of them.

    Where cases are few, all of them are measured on, in folds (`trial_splits`). A model that holds out the same
    cases itself is fitted once, and may keep what it learnt from the others alone.

    cases: (batch, channel, time), NaN where missing, or a list of (channel, time). models: None for `members_for("auto")`; the
    plain one always takes part. Ties go to the earlier of them. keep: train this one in the end, whichever was the best.
    work: for the stages of models that train in stages (`Staged`). device: where models that run on torch are to run.
    A model other than the plain or the kept one that cannot be trained on these cases is left out and named in `failed`.
    Errors: BadInput for one class, no class with two cases, or unusable cases; Stopped when the monitor's caller said so.
    """
    table = as_cases(cases)
    names = check_labels(labels, len(table))
    splits = trial_splits(names, seed)
    if models is None:
        models = members_for(AUTO, table.shape, len(set(names)))
    members = [PLAIN, *(name for name in models if name != PLAIN)]
    fitted: dict[str, Classifier[Any]] = {}

    def new(name: str) -> Classifier[Any]:
        model = create_classifier(name, **_seeded(name, seed))
        model.device = device
        if isinstance(model, Staged):
            model.work = work
        return model

    scores, failed = _scored(members, keep, table, names, splits, new, monitor, fitted)
    best = keep or scores[0].model
    last = monitor.part(len(members) / (len(members) + 1), 1.0)
    if best not in fitted:
        last.report(0.0, f"training {best} on all cases")
        fitted[best] = new(best).fit(table, names, monitor=last)
    # Whoever stopped during the last of it wants nothing kept either.
    last.report(1.0, f"trained {best}")
    return Comparison(
        model=fitted[best],
        scores=scores,
        cases=len(names),
        held_out=sum(len(test) for _, test in splits),
        majority=_majority(names, splits),
        singles=tuple(sorted(label for label in set(names) if names.count(label) == 1)),
        seed=seed,
        folds=len(splits),
        failed=failed,
    )


def _scored(
    members: Sequence[str],
    keep: str | None,
    table: np.ndarray,
    names: Sequence[str],
    splits: _Splits,
    new: _New,
    monitor: Monitor,
    fitted: dict[str, Classifier[Any]],
) -> tuple[tuple[ClassifierScore, ...], tuple[tuple[str, str], ...]]:
    """The members' scores, best first, and those that failed with the reason; who needs no second training is `fitted`."""
    scores, failed = [], []
    for index, name in enumerate(members):
        part = monitor.part(index / (len(members) + 1), (index + 1) / (len(members) + 1))
        try:
            if classifier_class(name).holds_out:
                fitted[name], score = _own_score(new(name), table, names, part)
            else:
                score = held_out_score(partial(new, name), table, names, splits, part)
            scores.append(score)
        except Stopped:
            raise
        except ModelError as error:
            if name in (PLAIN, keep):
                raise
            failed.append((name, str(error)))
    return tuple(sorted(scores, key=lambda score: -score.accuracy)), tuple(failed)


def _seeded(name: str, seed: int) -> dict[str, Any]:
    fields = getattr(create_classifier(name).config, "__dataclass_fields__", {})
    return {"seed": seed} if "seed" in fields else {}


def _own_score(
    model: Classifier[Any], table: np.ndarray, names: Sequence[str], monitor: Monitor
) -> tuple[Classifier[Any], ClassifierScore]:
    """Of a classifier that holds out the same cases by itself; the model is fitted."""
    monitor.report(0.0, f"training {model.name}")
    begun = time.monotonic()
    model.fit(table, names, monitor=monitor)
    assert model.validation_accuracy is not None
    return model, ClassifierScore(model.name, model.validation_accuracy, time.monotonic() - begun, model.recalls)


def held_out_score(
    new: Callable[[], Classifier[Any]], table: np.ndarray, names: Sequence[str], splits: _Splits, monitor: Monitor = SILENT
) -> ClassifierScore:
    """Of a classifier trained anew for each of the trials (`trial_splits`), on all that they hold out."""
    begun = time.monotonic()
    right: list[str] = []
    predicted: list[str] = []
    for place, (train, test) in enumerate(splits):
        model = new()
        part = monitor.part(place / len(splits), (place + 1) / len(splits))
        part.report(0.0, f"training {model.name}")
        model.fit(table[train], [names[row] for row in train], monitor=part)
        predicted += model.predict(table[test]).labels
        right += [names[row] for row in test]
    return ClassifierScore(model.name, accuracy(right, predicted), time.monotonic() - begun, recalls(right, predicted))


def _majority(names: Sequence[str], splits: _Splits) -> float:
    """Accuracy of always naming the commonest class. Of all cases: in folds it is the rarer where it is tested the more."""
    tested = [names[row] for _, test in splits for row in test]
    return accuracy(tested, [max(sorted(set(names)), key=list(names).count)] * len(tested))
