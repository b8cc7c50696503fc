"""Trials of HiTime on held-out cases: which head answers, how sure it may be, and where cases are few how long encoders train."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models.calibration import fitted_temperature
from models.config import HiTimeConfig
from models.hitime.heads import held_out_loss
from models.hitime.stage_cache import StageCache
from models.hitime.stages import task_settings
from models.hitime.system import ENCODERS_SHARE, Head, Stage, System, train_system
from models.monitor import Monitor
from models.splits import held_out_share, stratified_split, trial_splits

Split = tuple[np.ndarray, np.ndarray]
# The limit of epochs that the encoders were trained to, and a head on them.
Attempt = tuple[int, Head]


@dataclass(frozen=True)
class HeadScore:
    """How a head did on the validation cases. temperature: what its logits are divided by; loss: log loss at it."""

    accuracy: float
    loss: float
    temperature: float

    @classmethod
    def of(cls, found: np.ndarray, targets: np.ndarray) -> HeadScore:
        """From log probabilities (case, class), not calibrated, and class positions (case,)."""
        temperature = fitted_temperature(found, targets)
        return cls(float((found.argmax(1) == targets).mean()), held_out_loss(found, targets, temperature), temperature)


@dataclass(frozen=True)
class Trials:
    """targets: class positions of all held-out cases (case,). answers: log probabilities of each attempt (case, class). last: the
    system of the last trial with the usual epochs."""

    targets: np.ndarray
    answers: Mapping[Attempt, np.ndarray]
    last: System

    def scores(self) -> dict[Attempt, HeadScore]:
        """Of every attempt."""
        return {attempt: HeadScore.of(found, self.targets) for attempt, found in self.answers.items()}

    def named_by_choosing(self, config: HiTimeConfig) -> np.ndarray:
        """Class positions (case,) that the attempt which one half of the held-out cases chooses gives the other half; both ways.

        The best of several on the very cases that chose it would look better than it is.
        """
        order = np.argsort(self.targets, kind="stable")
        halves = (order[::2], order[1::2])
        named = np.empty(len(self.targets), dtype=np.int64)
        for choosing, measuring in (halves, halves[::-1]):
            rows = choosing if len(choosing) else measuring
            half = {attempt: HeadScore.of(found[rows], self.targets[rows]) for attempt, found in self.answers.items()}
            named[measuring] = self.answers[best_attempt(half, config)][measuring].argmax(1)
        return named


def best_attempt(scores: Mapping[Attempt, HeadScore], config: HiTimeConfig) -> Attempt:
    """Of the head asked for or of all, the most accurate on the validation cases, the smaller loss deciding between equals."""
    asked = [attempt for attempt in scores if config.head in ("auto", attempt[1])]
    return max(asked, key=lambda attempt: (scores[attempt].accuracy, -scores[attempt].loss))


def validation_splits(labels: Sequence[str], config: HiTimeConfig) -> list[Split]:
    """Rows to train on and rows to validate on, of each trial; BadInput where no class has two cases.

    Folds would leave no single trial to keep, so there are none where nothing is trained on all cases afterwards.
    """
    if not config.refit:
        return [stratified_split(labels, config.seed, held_out_share(len(labels), config.validation))]
    return trial_splits(labels, config.seed, config.validation)


def with_epochs(config: HiTimeConfig, epochs: int) -> HiTimeConfig:
    """The same with the task-specific encoders trained to this limit."""
    return replace(config, task=replace(config.task, epochs=epochs))


def run_trials(
    cases: np.ndarray,
    targets: np.ndarray,
    classes: tuple[str, ...],
    splits: Sequence[Split],
    config: HiTimeConfig,
    cache: StageCache,
    monitor: Monitor,
    device: str,
) -> Trials:
    """Train on each split's first rows and answer its others; in folds with fewer epochs too, for the heads on encoders alone.

    cases: (batch, channel, time). targets: class positions (batch,). The language model is trained with the usual epochs only.
    Errors: BadInput, Stopped.
    """
    lengths = _lengths(splits, config)
    done, whole = 0.0, sum(lengths.values()) * len(splits)
    answers: dict[Attempt, np.ndarray] = {}
    for epochs, length in lengths.items():
        usual = epochs == config.task.epochs
        until: Stage = "naming" if usual else "sources"
        found = []
        for train, held_out in splits:
            part = monitor.part(done / whole, min((done + length) / whole, 1.0))
            system = train_system(
                cases[train], targets[train], classes, with_epochs(config, epochs), cache, part, device, until=until
            )
            found.append(_answers(system, cases[held_out]))
            done += length
        answers |= {(epochs, head): np.concatenate([one[head] for one in found]) for head in found[0]}
        if usual:
            last = system
    return Trials(targets[np.concatenate([rows for _, rows in splits])], answers, last)


def _lengths(splits: Sequence[Split], config: HiTimeConfig) -> dict[int, float]:
    """Limit of epochs → how long a trial with it takes, as a share of one with the usual limit, which comes first.

    Others are tried in folds, where they make a difference, unless the head asked for does not need encoders or is the language
    model's, which would have to be trained for each.
    """
    task = config.task
    lengths = {task.epochs: 1.0}
    if len(splits) == 1 or config.sources not in ("both", "task") or config.head not in ("auto", "linear", "ridge"):
        return lengths
    most = max(len(train) for train, _ in splits)
    steps = {limit: task_settings(with_epochs(config, limit), most).steps for limit in (task.epochs, *task.other_epochs)}
    for limit in task.other_epochs:
        if steps[limit] not in {steps[known] for known in lengths}:
            lengths[limit] = ENCODERS_SHARE * steps[limit] / steps[task.epochs]
    return lengths


def _answers(system: System, cases: np.ndarray) -> dict[Head, np.ndarray]:
    """Each head's log probabilities (case, class), not calibrated."""
    batch = system.scaling.apply(cases)
    tokens = system.tokens(batch)
    return {head: system.log_probabilities(head, batch, tokens) for head in system.heads}
