"""HiTime: two kinds of encoders, queries aligned with the classes' texts, and a language model that names the class.

Source: Tao et al. 2024, HiTime (arXiv 2410.18686). What is different here: validation cases come from the training cases alone,
the feed-forward parts of the encoder are used, the answer is decoded among the classes' names and so is always one of them,
and heads without a language model are trained beside it on the same features; the best on the validation cases answers.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, final

import numpy as np

from models.base import Classifier
from models.cases import Cases
from models.config import HiTimeConfig
from models.device import choose_device, with_memory_fallback
from models.errors import BadInput
from models.hitime.heads import calibrated
from models.hitime.stage_cache import StageCache
from models.hitime.state import read_system, system_arrays
from models.hitime.system import SPOKEN, Head, Stage, System, train_system
from models.hitime.trials import HeadScore, best_attempt, run_trials, validation_splits, with_epochs
from models.metrics import accuracy, recalls
from models.monitor import Monitor
from models.plain.explain import Examples
from models.types import Classification

logger = logging.getLogger(__name__)

# A trial that saw so many cases is as good as a model trained on all of them.
ENOUGH = 1_000
EXAMPLES = 500
# Of a channel's spread.
ROUNDING = 1e-3
# How much longer the training on all cases takes than a trial on most of them.
WHOLE = 1.2


@final
class HiTime(Classifier[HiTimeConfig]):
    """A language model that names the class of a series, beside heads without one on what the same encoders found.

    Unequal lengths and gaps are masked. Training first holds out cases to choose a head and calibrate it, in folds where cases
    are few, which then choose the encoders' epochs too; and trains on all of them afterwards (not so where there are many, or
    `refit` is off). work: a folder for finished stages, so that a stopped training goes on where it was. every_head: keep also
    the heads that validation did not choose, to compare them; the language model takes half of the time. spared_seconds: what
    the stages that the fit found finished had taken, CPU time.
    """

    name = "hitime"
    config_class = HiTimeConfig
    holds_out = True
    work: Path | None = None
    every_head: bool = False
    spared_seconds: float = 0.0

    def _fit(self, cases: np.ndarray, labels: tuple[str, ...], monitor: Monitor) -> None:
        with_memory_fallback(
            lambda device: self._fit_on(device, cases, labels, monitor),
            choose_device(self.device),
            lambda words: monitor.report(0.0, words),
        )

    def _fit_on(self, device: str, cases: np.ndarray, labels: tuple[str, ...], monitor: Monitor) -> None:
        classes = tuple(sorted(set(labels)))
        targets = np.array([classes.index(label) for label in labels])
        cache = StageCache(self.work, device)
        splits = validation_splits(labels, self.config)
        refit = self.config.refit and len(splits[0][0]) < ENOUGH
        tried = len(splits) / (len(splits) + WHOLE) if refit else 1.0
        trials = run_trials(cases, targets, classes, splits, self.config, cache, monitor.part(0.0, tried), device)
        attempts = trials.scores()
        epochs, chosen = best_attempt(attempts, self.config)
        usual = self.config.task.epochs
        scores = {head: attempts.get((epochs, head), score) for (limit, head), score in attempts.items() if limit == usual}
        system, held_out = trials.last, len(trials.targets)
        logger.info("Validation by epochs and head: %s; chosen: %s, %s.", attempts, epochs, chosen)
        spoken = self.every_head or chosen in SPOKEN
        if refit:
            rest = monitor.part(tried, 1.0)
            # An encoder that no answer comes from is not trained again.
            until: Stage = "naming" if spoken else "convolutions" if chosen == "convolutions" else "sources"
            config = with_epochs(self.config, epochs)
            system = train_system(cases, targets, classes, config, cache, rest, device, until=until)
        if not self.every_head:
            system = system.only(chosen)
        # All at once, so that a fit which was stopped leaves the model as it was.
        self._example_rows = np.unique(np.linspace(0, len(labels) - 1, min(len(labels), EXAMPLES)).round().astype(int))
        names = [labels[row] for row in self._example_rows]
        self._examples = _examples(cases[self._example_rows], names, system.scaling.spreads)
        self._system, self._scores, self._head, self._held_out = system, scores, chosen, held_out
        self._unseen = 0 if refit else held_out
        self.spared_seconds = sum(cache.spared)
        true, named = ([classes[place] for place in rows] for rows in (trials.targets, trials.named_by_choosing(self.config)))
        self.validation_accuracy, self.recalls = accuracy(true, named), recalls(true, named)

    def _predict(self, cases: np.ndarray) -> Classification:
        return self._classified(self._head, cases)

    def _probabilities(self, cases: np.ndarray) -> np.ndarray:
        return self._calibrated(self._head, self._log_probabilities(self._head, cases))

    def predict_with(self, head: Head, cases: Cases) -> Classification:
        """As `predict`, by one of `heads`. Errors: BadInput for a head that was not trained; as for `predict`."""
        table = self._checked(cases)
        if head not in self._system.heads:
            raise BadInput(f"This model has the heads {', '.join(self._system.heads)}; found {head!r}.")
        return self._classified(head, table)

    @property
    def head_scores(self) -> dict[str, float]:
        """Validation accuracy by head."""
        return {head: score.accuracy for head, score in self._scores.items()}

    @property
    def system(self) -> System:
        """The trained parts. Errors: NotFitted."""
        self._require_fit()
        return self._system

    @property
    def head(self) -> Head:
        """The head that answers."""
        return self._head

    @property
    def head_losses(self) -> dict[str, float]:
        """Validation log loss by head, calibrated."""
        return {head: score.loss for head, score in self._scores.items()}

    @property
    def held_out(self) -> int:
        """How many cases the validation accuracies were measured on."""
        return self._held_out

    @property
    def trainable_parameters(self) -> int:
        """How many numbers training sets, encoders included and the language model's own weights not."""
        sources, naming = self._system.sources, self._system.naming
        count = sum(part.numel() for encoder in sources.task for part in encoder.parameters())
        count += sum(part.numel() for part in sources.data.parameters()) if sources.data is not None else 0
        return count + (sum(part.numel() for part in naming.trained().values()) if naming is not None else 0)

    def _classified(self, head: Head, cases: np.ndarray) -> Classification:
        scores = self._log_probabilities(head, cases)
        reasons = self._examples.explain(cases, self._named(scores), self.config.shown)
        # Examples are some of the training cases; a neighbour is named by its place among all.
        neighbours = tuple(
            tuple(replace(one, index=int(self._example_rows[one.index])) for one in near) for near in reasons.neighbours
        )
        return self._answer(scores, self._calibrated(head, scores), replace(reasons, neighbours=neighbours))

    def _log_probabilities(self, head: Head, cases: np.ndarray) -> np.ndarray:
        """(batch, class) of (batch, channel, time), not calibrated."""
        batch = self._system.scaling.apply(cases)
        return self._system.log_probabilities(head, batch, self._system.tokens(batch))

    def _calibrated(self, head: Head, scores: np.ndarray) -> np.ndarray:
        return calibrated(scores, self._scores[head].temperature, self._held_out)

    def _state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        scores = {head: [score.accuracy, score.loss, score.temperature] for head, score in self._scores.items()}
        details = {"classes": list(self.classes), "channels": self._channels, "head": self._head, "scores": scores}
        examples = self._examples.state(self.classes) | {"example_rows": self._example_rows}
        return system_arrays(self._system) | examples, details | {
            "held_out": self._held_out,
            "validation_accuracy": self.validation_accuracy,
        }

    def _restore(self, arrays: Mapping[str, np.ndarray], details: Mapping[str, Any]) -> None:
        classes = tuple(details["classes"])
        system = read_system(arrays, classes, details["channels"], self.config, choose_device(self.device))
        self._scores = {head: HeadScore(*(float(value) for value in values)) for head, values in details["scores"].items()}
        self._held_out, self._head = int(details["held_out"]), details["head"]
        self.validation_accuracy = float(details["validation_accuracy"])
        if self._head not in system.heads or self._head not in self._scores:
            raise BadInput(f"the head {self._head!r} is not among {system.heads}")
        self._system = system
        self._examples = Examples.from_state(arrays, classes, "case")
        self._example_rows = arrays["example_rows"]
        if len(self._example_rows) != len(self._examples.cases):
            raise BadInput(f"{len(self._example_rows)} places of {len(self._examples.cases)} examples")
        self._take_classes(classes, details["channels"])


def _examples(cases: np.ndarray, labels: Sequence[str], spreads: np.ndarray) -> Examples:
    """Of training cases (batch, channel, time), in half precision where that leaves their shapes as they are.

    spreads: (channel,) of the values.
    """
    with np.errstate(over="ignore"):
        rounded = cases.astype(np.float16).astype(np.float64)
        known = ~np.isnan(cases)
        squares = np.where(known, rounded - cases, 0.0) ** 2
    error = np.sqrt(squares.sum(axis=(0, 2)) / np.maximum(known.sum(axis=(0, 2)), 1))
    if (error > ROUNDING * spreads).any():
        return Examples.of(cases, labels, "case")
    examples = Examples.of(rounded, labels, "case")
    return replace(examples, cases=examples.cases.astype(np.float16))
