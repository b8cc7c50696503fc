"""All trained parts of one HiTime together: from cases to log probabilities, by any of its heads."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Literal, get_args

import numpy as np
import torch
from torch import Tensor

from models.config import HiTimeConfig
from models.errors import BadInput
from models.hitime.alignment import ClassTexts
from models.hitime.augmentation import Augmentation
from models.hitime.generation import LabelReader
from models.hitime.heads import LinearHead, fitted_logistic, fitted_ridge, log_softmax, own_layers
from models.hitime.preparation import Batch, Scaling
from models.hitime.prompting import describe_series
from models.hitime.sources import RANDOM, TASK, Sources, Tokens, features
from models.hitime.stage_cache import Arrays, StageCache, fingerprint
from models.hitime.stages import (
    TrainingSet,
    align,
    as_tensor,
    kept,
    new_network,
    source_inputs,
    train_sources,
    views_of,
)
from models.hitime.tuning import NamingModel, embedded_texts, load_backbone, named, new_reader, train_naming
from models.monitor import Monitor

Head = Literal["language", "linear", "ridge", "convolutions", "aligned"]
HEADS: tuple[Head, ...] = get_args(Head)
# Those that need the querying transformer, the texts and the language model.
SPOKEN: tuple[Head, ...] = ("language", "aligned")
Stage = Literal["convolutions", "sources", "alignment", "naming"]
# The first is done in a moment.
STAGES: tuple[Stage, ...] = get_args(Stage)[1:]
# Of the time that all stages take.
ENCODERS_SHARE = 0.55


@dataclass
class System:
    """naming: None where only heads without a language model were asked for. linear: head → its layer."""

    scaling: Scaling
    sources: Sources
    config: HiTimeConfig
    linear: dict[str, LinearHead] = field(default_factory=dict)
    naming: NamingModel | None = None
    texts: Tensor | None = None

    @property
    def heads(self) -> tuple[Head, ...]:
        """Those that can be asked."""
        return tuple(head for head in HEADS if head in self.linear or (head in SPOKEN and self.naming is not None))

    def only(self, head: Head) -> System:
        """What one head needs to answer."""
        if head in SPOKEN:
            return self
        sources, linear = self.sources, self.linear[head]
        if head == "linear" and sources.task:
            # The encoders' own layers read these encoders alone.
            scales = {name: scale for name, scale in sources.scales.items() if name.startswith(TASK)}
            sources = Sources(task=sources.task, scales=scales)
            linear = own_layers(sources, len(linear.offsets)) or linear
        if head == "convolutions":
            # They stand last among the features.
            linear = linear.reading(slice(-sources.scales[RANDOM][0].numel(), None))
            sources = Sources(random=sources.random, scales={RANDOM: sources.scales[RANDOM]})
        return System(self.scaling, sources, self.config, {head: linear})

    def tokens(self, batch: Batch) -> Tokens:
        """The cases' standardised tokens."""
        return self.sources.tokens(batch)

    def log_probabilities(self, head: Head, batch: Batch, tokens: Tokens) -> np.ndarray:
        """(case, class), not calibrated. batch and tokens: of the same cases."""
        if head in self.linear:
            return self.linear[head].log_probabilities(features(tokens).numpy().astype(np.float64))
        assert self.naming is not None and self.texts is not None
        if head == "language":
            return named(self.naming, tokens, described(batch, self.config)).double().numpy()
        with torch.no_grad():
            network = self.naming.network
            device = network.queries.device
            found = network.similarities(network(tokens.to(device)), self.texts.to(device))
            return log_softmax(found.double().cpu().numpy())


def described(batch: Batch, config: HiTimeConfig) -> list[str] | None:
    """Each case's computed description, where the prompt has one."""
    if config.language.prompt != "described":
        return None
    return [describe_series(*case) for case in zip(batch.values.numpy(), batch.observed.numpy(), strict=True)]


def train_system(
    table: np.ndarray,
    targets: np.ndarray,
    classes: tuple[str, ...],
    config: HiTimeConfig,
    cache: StageCache,
    monitor: Monitor,
    device: str,
    *,
    until: Stage = "naming",
) -> System:
    """Run the stages on cases (batch, channel, time) with NaN and class positions (batch,), up to one of them.

    A system without its last stage has the heads that do without it. Errors: BadInput, Stopped.
    """
    if config.head == "convolutions":
        until = "convolutions"
    scaling = Scaling.of(table)
    cases = TrainingSet.of(scaling, table, targets, len(classes))
    spoken = config.head in ("auto", "language") and until in ("alignment", "naming")
    # What is wrong with the language model is found before minutes go into the encoders.
    reader = _reader(scaling, classes, config, device) if spoken else None
    part = monitor.part(0.0, ENCODERS_SHARE if spoken else 1.0)
    encoders = until != "convolutions"
    sources = train_sources(cases, config, cache, part, device, encoders=encoders)
    system = System(scaling, sources, config)
    tokens, repeated = views_of(sources, cases, config)
    rows, views = repeated.numpy(), len(repeated) // len(targets)
    if encoders:
        system.linear["linear"] = own_layers(sources, len(classes)) or fitted_logistic(tokens, rows, len(classes))
        system.linear["ridge"] = fitted_ridge(tokens, rows, len(classes), views)
    if sources.random is not None:
        system.linear["convolutions"] = fitted_ridge(tokens, rows, len(classes), views, alone=RANDOM)
    if reader is not None:
        _train_naming(system, reader, cases, classes, tokens, repeated, cache, monitor.part(ENCODERS_SHARE, 1.0), device, until)
    return system


def _reader(scaling: Scaling, classes: tuple[str, ...], config: HiTimeConfig, device: str) -> LabelReader:
    """The language model with untrained adapters, and what its prompt says of these series."""
    backbone = load_backbone(config.language, device, config.seed)
    return new_reader(backbone, classes, config, channels=len(scaling.means), length=scaling.length * scaling.span)


def _train_naming(
    system: System,
    reader: LabelReader,
    cases: TrainingSet,
    classes: tuple[str, ...],
    tokens: Tokens,
    targets: Tensor,
    cache: StageCache,
    monitor: Monitor,
    device: str,
    until: Stage,
) -> None:
    """Stages (b) and (c)."""
    config = system.config
    texts = embedded_texts(reader.backbone, classes, config.class_texts)
    inputs = source_inputs(cases, config) | {"classes": list(classes), "texts": dict(config.class_texts)}
    inputs |= {"embeddings": fingerprint(texts.embedded.numpy(), texts.mask.numpy())}
    network = align(
        tokens.shapes(), tokens, targets, texts, inputs, config, cache, monitor.part(0.0, 0.3), device, cases=len(cases.batch)
    )
    if until == "alignment":
        return
    naming = NamingModel(network, reader, seed=config.seed).to(device)
    known = inputs | {"alignment": asdict(config.alignment), "language": asdict(config.language), "domain": config.domain}

    def train() -> Arrays:
        train_naming(
            naming,
            tokens,
            targets,
            config.language,
            descriptions=_described_views(cases, config, len(targets)),
            seed=config.seed,
            monitor=monitor.part(0.3, 1.0),
        )
        return naming_arrays(naming)

    load_naming(naming, cache.get("naming", known, train))
    # What aligned the network stays comparable with the texts only as far as tuning left it; the texts follow it.
    with torch.no_grad():
        system.texts = torch.from_numpy(kept(naming.network.texts(texts.to(device)).cpu().numpy())).float()
    system.naming = naming.eval()


def _described_views(cases: TrainingSet, config: HiTimeConfig, rows: int) -> list[str] | None:
    """Descriptions of the cases and of the variations that `views_of` made of them, by the same draws."""
    if config.language.prompt != "described":
        return None
    generator = torch.Generator().manual_seed(config.seed + 1)
    batches, vary = [cases.batch], Augmentation(config.augmentation, cases.decorrelation)
    batches += [vary(cases.batch, generator) for _ in range(rows // len(cases.batch) - 1)]
    return [text for batch in batches for text in described(batch, config) or []]


def naming_arrays(naming: NamingModel) -> Arrays:
    """What training changed, in the precision that is kept."""
    return {name: kept(parameter.detach().float().cpu().numpy()) for name, parameter in naming.trained().items()}


@torch.no_grad()
def load_naming(naming: NamingModel, arrays: Arrays) -> None:
    """Take over what `naming_arrays` gave. Errors: KeyError, BadInput where it belongs to another model."""
    for name, parameter in naming.trained().items():
        value = as_tensor(arrays[name], parameter.shape)
        if value.shape != parameter.shape:
            raise BadInput(f"{name} should have the shape {tuple(parameter.shape)} and has {tuple(value.shape)}")
        parameter.copy_(value)


def restored_naming(
    shapes_from: Tokens, scaling: Scaling, classes: tuple[str, ...], config: HiTimeConfig, arrays: Arrays, device: str
) -> NamingModel:
    """The naming model of a checkpoint. shapes_from: any case's tokens, for their shapes."""
    reader = _reader(scaling, classes, config, device)
    texts: ClassTexts = embedded_texts(reader.backbone, classes, config.class_texts)
    network = new_network(shapes_from.shapes(), texts, config)
    naming = NamingModel(network, reader, seed=config.seed).to(device)
    load_naming(naming, arrays)
    return naming.eval()
