"""Who takes part: the product's classifiers, aeon's beside them, and HiTime with each head that one fit of it has trained."""

from __future__ import annotations

import functools
import importlib
import resource
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from models.monitor import SILENT, Monitor
from models.registry import available, create_classifier
from models.types import Classification
from scripts.classification.ablations import NO_LANGUAGE_MODEL, merged
from scripts.classification.texts import class_texts, domain

FAMILY = "hitime"
LANGUAGE_HEAD, PLAIN_HEADS = "language", ("linear", "ridge", "convolutions")
HITIME_ROWS = tuple(
    f"{FAMILY}{head}" for head in ("", "-language", f"-{NO_LANGUAGE_MODEL}", *(f"-{head}" for head in PLAIN_HEADS), "-aligned")
)
AEON = {
    "aeon-minirocket": "convolution_based:MiniRocketClassifier",
    "aeon-multirocket-hydra": "convolution_based:MultiRocketHydraClassifier",
    "aeon-1nn-dtw": "distance_based:KNeighborsTimeSeriesClassifier",
}
# Names the largest class, whatever it sees.
CHANCE = "chance"
ON_REQUEST = ("aeon-1nn-dtw", CHANCE)
# Without random numbers: one seed says it all.
SEEDLESS = ("nearest-neighbour", "aeon-1nn-dtw", CHANCE)
SHORTEST = 9
_CLEAR_PEAK, _STATUS = Path("/proc/self/clear_refs"), Path("/proc/self/status")


@dataclass(frozen=True)
class Task:
    """What a contestant learns from. cases: (batch, channel, time), NaN where missing; labels: one a case.

    config: of HiTime, over the set's texts. work: where HiTime keeps its finished stages.
    """

    dataset: str
    cases: np.ndarray
    labels: tuple[str, ...]
    seed: int
    config: Mapping[str, Any] = field(default_factory=dict)
    work: Path | None = None


@dataclass(frozen=True)
class Said:
    """Answers for test cases. probabilities: (case, class) with `classes` as columns; None from a method that gives none."""

    labels: tuple[str, ...]
    probabilities: np.ndarray | None
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Answer:
    """seconds: CPU time of fit and prediction, all threads. seconds_per_case: of batched prediction, on the wall's clock.

    peak_mb: the process's largest memory while fitting and predicting. details: further measures of the fit.
    """

    said: Said
    seconds: float
    seconds_per_case: float
    peak_mb: float
    details: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Fitted:
    """A fitted contestant.

    heads: row name → what answers under it. aliases: further row name → the head that it stands for. details: row name →
    measures known before any test. spared: of what had been finished before, CPU time.
    """

    heads: Mapping[str, Callable[[np.ndarray], Said]]
    seconds: float
    peak_mb: float
    aliases: Mapping[str, str] = field(default_factory=dict)
    details: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    spared: float = 0.0

    def answers(self, cases: np.ndarray) -> dict[str, Answer]:
        """Row name → what its head says to (batch, channel, time) test cases; each head is asked once."""
        found = {name: self._answer(head, cases) for name, head in self.heads.items()}
        found |= {name: found[head] for name, head in self.aliases.items()}
        return {name: replace(answer, details=self.details.get(name, {})) for name, answer in found.items()}

    def _answer(self, head: Callable[[np.ndarray], Said], cases: np.ndarray) -> Answer:
        begun, begun_wall = time.process_time(), time.perf_counter()
        said = head(cases)
        wall, seconds = time.perf_counter() - begun_wall, self.seconds + time.process_time() - begun
        return Answer(said, seconds, wall / len(cases), max(self.peak_mb, _peak_mb()))


def everyone() -> tuple[str, ...]:
    """Every name that can be asked for; asking for one of HiTime's heads runs the whole family."""
    return (*_plain(), *AEON, CHANCE, *HITIME_ROWS)


def usual() -> tuple[str, ...]:
    """The contestants that run where none are named."""
    return tuple(name for name in (*_plain(), *AEON, FAMILY) if name not in ON_REQUEST)


def contestant_of(name: str) -> str:
    """What is fitted for a row of this name."""
    return FAMILY if name in HITIME_ROWS else name


def fit(name: str, task: Task) -> Fitted:
    """Fit a contestant by name on a task.

    Errors: ImportError where its library is missing; UnknownModel where the registry does not have it; whatever its fit raises.
    """
    if name != FAMILY:
        _warm_up(name, task.cases.shape[1] == 1)
    _forget_peak()
    begun = time.process_time()
    fitted = _heads_of_hitime(task) if name == FAMILY else Fitted({name: _fit_plain(name, task)}, 0.0, 0.0)
    return replace(fitted, seconds=time.process_time() - begun + fitted.spared, peak_mb=_peak_mb())


def _plain() -> tuple[str, ...]:
    return tuple(entry.name for entry in available("classifier") if entry.name != FAMILY)


def _fit_plain(name: str, task: Task) -> Callable[[np.ndarray], Said]:
    if name in AEON:
        return _fit_aeon(name, task)
    if name == CHANCE:
        return _fit_chance(task)
    config = {} if name in SEEDLESS else {"seed": task.seed}
    model = create_classifier(name, **config).fit(task.cases, task.labels)
    return lambda cases: _said(model.predict(cases))


def hitime_config(task: Task) -> dict[str, Any]:
    """HiTime's configuration for a task: what is known of the set and its classes, and over it what the task asks for."""
    classes = tuple(sorted(set(task.labels)))
    base = {"domain": domain(task.dataset), "class_texts": class_texts(task.dataset, classes), "seed": task.seed}
    return merged(base, task.config)


def fit_hitime(task: Task) -> Any:
    """HiTime, fitted; stages that it finished before are taken up."""
    model: Any = create_classifier(FAMILY, **hitime_config(task))
    model.work, model.every_head = task.work, True
    return model.fit(task.cases, task.labels, monitor=monitor(f"{task.dataset} seed {task.seed}"))


def trained_system(task: Task) -> Any:
    """All trained parts of HiTime, fitted to a task: a `models.hitime.system.System`."""
    return fit_hitime(task).system


def _heads_of_hitime(task: Task) -> Fitted:
    """One fit, a row for every head that it trained; `hitime` is the head that validation chose. Not timed yet.

    Of the heads without a language model the one that HiTime would choose among them: the more accurate on the validation cases,
    the smaller loss deciding between equals.
    """
    model = fit_hitime(task)
    scores: Mapping[str, float] = model.head_scores
    losses: Mapping[str, float] = model.head_losses
    aliases = {FAMILY: model.head}
    plain = [head for head in PLAIN_HEADS if head in scores]
    if plain:
        aliases[f"{FAMILY}-{NO_LANGUAGE_MODEL}"] = max(plain, key=lambda head: (scores[head], -losses[head]))
    rows = {f"{FAMILY}-{head}": head for head in scores}
    details = {row: {"validation_accuracy": float(scores[head])} for row, head in (rows | aliases).items()}
    # The best of several heads on the cases that chose it would look better than it is.
    details[FAMILY] = {"validation_accuracy": float(model.validation_accuracy)}
    # Counted over the whole model, so it is said where the whole model answers.
    for row in {FAMILY, f"{FAMILY}-{LANGUAGE_HEAD}"} & details.keys():
        details[row]["trainable_parameters"] = float(model.trainable_parameters)
    return Fitted(
        spared=float(model.spared_seconds),
        heads={row: functools.partial(_predict_with, model, head) for row, head in rows.items()},
        seconds=0.0,
        peak_mb=0.0,
        aliases={row: f"{FAMILY}-{head}" for row, head in aliases.items()},
        details=details,
    )


def _predict_with(model: Any, head: str, cases: np.ndarray) -> Said:
    return _said(model.predict_with(head, cases))


def _said(found: Classification) -> Said:
    return Said(found.labels, found.probabilities, found.classes)


def _fit_aeon(name: str, task: Task) -> Callable[[np.ndarray], Said]:
    """aeon's classifier as it comes. Its ridge regressions give no probabilities beyond 0 and 1, so none are taken."""
    length = task.cases.shape[2]
    module, _, attribute = AEON[name].partition(":")
    kind = getattr(importlib.import_module(f"aeon.classification.{module}"), attribute)
    model = kind() if name in SEEDLESS else kind(random_state=task.seed)
    model.fit(_without_gaps(task.cases, length), np.array(task.labels))
    classes = tuple(sorted(set(task.labels)))
    return lambda cases: Said(tuple(map(str, model.predict(_without_gaps(cases, length)))), None, classes)


def _fit_chance(task: Task) -> Callable[[np.ndarray], Said]:
    """The largest class for every case, the first of equals; as probabilities, the classes' shares."""
    classes = tuple(sorted(set(task.labels)))
    shares = np.array([task.labels.count(name) for name in classes]) / len(task.labels)
    largest = classes[int(shares.argmax())]
    return lambda cases: Said((largest,) * len(cases), np.tile(shares, (len(cases), 1)), classes)


def _without_gaps(cases: np.ndarray, length: int) -> np.ndarray:
    """(batch, channel, at least 9): cut or filled up to `length`, NaN → 0, each step repeated where that is too short."""
    table = np.zeros((*cases.shape[:2], length))
    shared = min(length, cases.shape[2])
    table[:, :, :shared] = np.nan_to_num(cases[:, :, :shared])
    return np.repeat(table, -(-SHORTEST // length), axis=2)


@functools.cache
def _warm_up(name: str, univariate: bool) -> None:
    """Load and compile what this contestant runs: that is not a set's own time."""
    cases = np.random.default_rng(0).standard_normal((6, 1 if univariate else 3, 16))
    _fit_plain(name, Task("", cases, ("a", "b") * 3, 0))(cases)


def monitor(words: str) -> Monitor:
    """Progress on a terminal, nothing into a log."""
    if not sys.stderr.isatty():
        return SILENT
    return Monitor(
        progress=lambda share, doing: print(f"\r\033[K{words}: {share:4.0%} {doing}", end="", file=sys.stderr, flush=True)
    )


def _forget_peak() -> None:
    """Start the kernel's record of this process's largest memory anew, where it lets us; otherwise it covers earlier work too."""
    try:
        _CLEAR_PEAK.write_text("5")
    except OSError:
        return


def _peak_mb() -> float:
    try:
        line = next(line for line in _STATUS.read_text().splitlines() if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return int(line.split()[1]) / 1024
