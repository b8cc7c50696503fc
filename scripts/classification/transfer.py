"""What encoders and alignment that learnt from one set make of another set.

The other set's series are first brought to the shape that the model reads, by the plainest means, without labels. Then they are
classified by the texts of their classes without any training, and by a language model whose bridge and adapters alone are
trained on them, encoders and querying transformer left as the source set's training left them.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np
import torch

from models.cases import resample_cases
from models.config import HiTimeConfig, config_from_dict
from models.device import choose_device
from models.hitime.alignment import ClassTexts
from models.hitime.decorrelation import Decorrelation
from models.hitime.preparation import Batch, Scaling
from models.hitime.sources import Sources, whole_cases
from models.hitime.stage_cache import Arrays, StageCache, fingerprint
from models.hitime.stages import TrainingSet, arrays_of, views_of
from models.hitime.system import System, load_naming, naming_arrays
from models.hitime.tuning import NamingModel, embedded_texts, load_backbone, named, new_reader, train_naming
from scripts.classification.contestants import FAMILY, LANGUAGE_HEAD, Fitted, Said, Task, hitime_config, monitor, trained_system
from scripts.classification.probes import LORA_ALONE, ZERO_SHOT, Look
from scripts.classification.scoring import Key, measures, rows_of
from scripts.classification.sets import LabelledSet
from scripts.measurements import Measurement

# The source set is large and is learnt once; further seeds draw anew what is trained on the target.
SOURCE_SEED = 0
ALIGNED = f"{FAMILY}-aligned"
LANGUAGE = f"{FAMILY}-{LANGUAGE_HEAD}"


@dataclass(frozen=True)
class Reshaping:
    """How cases of one set are brought to the shape of another's.

    first: makes the channels comparable. turned: (channel, channel of the model), the mixture that each of the model's channels
    reads. length: of the model's series. last: brings what comes out to one scale. All from training cases, without labels.
    """

    first: Scaling
    turned: np.ndarray
    length: int
    last: Scaling

    @classmethod
    def of(cls, table: np.ndarray, *, channels: int, length: int) -> Reshaping:
        """From training cases (batch, channel, time) with NaN, to a model of so many channels and time steps.

        More channels than the model reads become their first principal components; fewer stay as they are, and the model's
        further channels read zeros. Cases are stretched by straight lines over the model's steps, longer ones averaged into them.
        """
        first = Scaling.of(table)
        turned = _mixture(whole_cases(first.apply(table)), channels)
        return cls(first, turned, length, Scaling.of(_reshaped(first, turned, length, table)))

    def apply(self, table: np.ndarray) -> Batch:
        """Cases (batch, channel, time) with NaN as the model reads them: (batch, length, channel of the model)."""
        return self.last.apply(_reshaped(self.first, self.turned, self.length, table))


def _mixture(table: np.ndarray, channels: int) -> np.ndarray:
    """(channel, `channels`) of standardised cases (batch, channel, time)."""
    own = table.shape[1]
    if own <= channels:
        return np.eye(own, channels)
    flat = table.transpose(1, 0, 2).reshape(own, -1)
    directions = np.linalg.eigh(np.cov(flat))[1][:, ::-1][:, :channels]
    # An axis points either way; the larger part of it shall point up.
    largest = directions[np.abs(directions).argmax(axis=0), np.arange(channels)]
    return np.asarray(directions * np.sign(largest))


def _reshaped(first: Scaling, turned: np.ndarray, length: int, table: np.ndarray) -> np.ndarray:
    """(batch, channel of the model, length) without NaN."""
    mixed = np.einsum("bct,ck->bkt", whole_cases(first.apply(table)), turned)
    times = -(-mixed.shape[2] // length)
    stretched = resample_cases(mixed, times * length, np.zeros(mixed.shape[1]))
    return np.asarray(stretched.reshape(*stretched.shape[:2], length, times).mean(axis=3))


@dataclass(frozen=True)
class Target:
    """The set that is transferred to. config: with its own texts and seed. reshaping: to the source model's shape."""

    chosen: LabelledSet
    config: HiTimeConfig
    reshaping: Reshaping

    @classmethod
    def of(cls, look: Look, *, channels: int, length: int) -> Target:
        """For a model of so many channels and time steps."""
        chosen = look.chosen
        task = Task(chosen.name, chosen.cases, chosen.labels, look.seed, look.config)
        config = config_from_dict(HiTimeConfig, hitime_config(task))
        return cls(chosen, config, Reshaping.of(chosen.cases, channels=channels, length=length))

    @property
    def training(self) -> TrainingSet:
        """The training cases as the model reads them."""
        batch, classes = self.reshaping.apply(self.chosen.cases), self.chosen.classes
        targets = np.array([classes.index(label) for label in self.chosen.labels])
        decorrelation = Decorrelation.of(batch.values, batch.observed)
        return TrainingSet(
            batch, torch.from_numpy(targets), len(classes), decorrelation, fingerprint(batch.values.numpy(), targets)
        )

    def said(self, probabilities: np.ndarray) -> Said:
        """The likeliest classes of (case, class) probabilities."""
        classes = self.chosen.classes
        return Said(tuple(classes[index] for index in probabilities.argmax(1)), probabilities, classes)


def look_at_transfer(look: Look) -> list[Measurement]:
    """Accuracies on the look's set of a model that learnt from the other set, without and with training on this one.

    `seconds` are those spent on this set; the source's training is not in them.
    Errors: ValueError where the configuration has no language head.
    """
    (source,) = look.others.values()
    task = Task(source.name, source.cases, source.labels, SOURCE_SEED, look.config, look.stages / source.name)
    system: System = trained_system(task)
    if system.naming is None:
        raise ValueError(f"Transfer needs the alignment; this configuration has the heads {', '.join(system.heads)}.")
    begun = time.process_time()
    target = Target.of(look, channels=source.cases.shape[1], length=system.scaling.length)
    answers = [(f"{ZERO_SHOT} {source.name}", Fitted({ALIGNED: zero_shot(target, system)}, time.process_time() - begun, 0.0))]
    begun = time.process_time()
    naming = lora_alone(target, system, StageCache(look.stages / target.chosen.name, choose_device()))
    count = sum(part.numel() for part in naming.trained().values() if part.requires_grad)
    head = by_language_model(target, system.sources, naming)
    details = {LANGUAGE: {"trainable_parameters": float(count)}}
    answers.append((f"{LORA_ALONE} {source.name}", Fitted({LANGUAGE: head}, time.process_time() - begun, 0.0, details=details)))
    truth = target.chosen.test_labels
    return [
        row
        for label, fitted in answers
        for model, answer in fitted.answers(target.chosen.test_cases).items()
        for row in rows_of(Key(target.chosen.name, model, look.seed, label), measures(truth, answer), answer)
    ]


def zero_shot(target: Target, system: System) -> Callable[[np.ndarray], Said]:
    """Names the class whose text is nearest to a case; nothing learns from the target's labels."""
    assert system.naming is not None
    network, device = system.naming.network, system.naming.bridge.weight.device
    embedded = embedded_texts(system.naming.reader.backbone, target.chosen.classes, target.config.class_texts)
    with torch.no_grad():
        texts = network.texts(ClassTexts(embedded.embedded.to(device), embedded.mask.to(device)))

    @torch.no_grad()
    def head(cases: np.ndarray) -> Said:
        tokens = system.tokens(target.reshaping.apply(cases)).to(device)
        return target.said(network.similarities(network(tokens), texts).double().softmax(1).cpu().numpy())

    return head


def lora_alone(target: Target, system: System, cache: StageCache) -> NamingModel:
    """A new bridge and new adapters of the language model, trained on the target's cases; everything before them is frozen.

    Start, steps and variations of the cases are those of a training from scratch.
    """
    assert system.naming is not None
    config, chosen, device = target.config, target.chosen, choose_device()
    backbone = load_backbone(config.language, device, config.seed)
    network = copy.deepcopy(system.naming.network).requires_grad_(False)
    # What the prompt says of channels and steps is true of the target, not of what the model reads of it.
    channels, length = chosen.cases.shape[1], target.reshaping.first.length
    reader = new_reader(backbone, chosen.classes, config, channels=channels, length=length)
    naming = NamingModel(network, reader, seed=config.seed).to(device)
    tokens, targets = views_of(system.sources, target.training, config)

    def train() -> Arrays:
        words = monitor(f"{chosen.name} seed {config.seed}, adapters alone")
        train_naming(naming, tokens, targets, config.language, descriptions=None, seed=config.seed, monitor=words)
        return naming_arrays(naming)

    before = [values.numpy() for values, _ in tokens.values()] + list(arrays_of(network).values())
    known = {
        "inputs": fingerprint(*before, targets.numpy()),
        "language": asdict(config.language),
        "domain": config.domain,
        "texts": dict(config.class_texts),
        "classes": list(chosen.classes),
        "seed": config.seed,
    }
    load_naming(naming, cache.get("transfer", known, train))
    return naming.eval()


def by_language_model(target: Target, sources: Sources, naming: NamingModel) -> Callable[[np.ndarray], Said]:
    """Names classes by the language model over the source's encoders."""

    def head(cases: np.ndarray) -> Said:
        tokens = sources.tokens(target.reshaping.apply(cases))
        return target.said(named(naming, tokens).double().exp().numpy())

    return head
