"""The stages of HiTime's training, each a function that takes up what an earlier run of equal inputs finished.

(a) `train_sources`: encoders without labels and with them; (b) `align`: queries between their tokens and the classes' texts;
(c) `train_naming`: low-rank adapters of the language model that names the class. Weights pass through half precision between
stages, so that a stage read back, a saved model and the model in memory are the same to the bit.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from models.config import HiTimeConfig, TaskEncoderConfig, config_to_dict
from models.errors import BadInput
from models.hitime.alignment import ClassTexts, QueryingTransformer, mislabelled, train_alignment
from models.hitime.augmentation import Augmentation
from models.hitime.decorrelation import Decorrelation
from models.hitime.masked_codes import build_data_encoder, train_data_encoder
from models.hitime.optimisation import step_size
from models.hitime.preparation import Batch, Scaling
from models.hitime.random_convolutions import RandomConvolutions
from models.hitime.sources import Sources, SourceShape, Tokens, varied_tokens, whole_cases
from models.hitime.stage_cache import Arrays, StageCache, fingerprint
from models.hitime.task_encoder import TaskEncoder, train_task_encoder
from models.monitor import Monitor

# With more cases than this, fewer variations of each are kept in memory.
TOKEN_ROWS = 12_000
# Of what the stages' code makes of equal inputs; a change of it makes kept stages stale.
VERSION = 3


@dataclass(frozen=True)
class TrainingSet:
    """Standardised training cases and their class positions (case,).

    decorrelation: of their channels. name: what the data are called in the stages' cache.
    """

    batch: Batch
    targets: Tensor
    classes: int
    decorrelation: Decorrelation
    name: str

    @classmethod
    def of(cls, scaling: Scaling, table: np.ndarray, targets: np.ndarray, classes: int) -> TrainingSet:
        """From cases (batch, channel, time) with NaN and class positions (batch,)."""
        batch = scaling.apply(table)
        decorrelation = Decorrelation.of(batch.values, batch.observed)
        return cls(batch, torch.from_numpy(targets), classes, decorrelation, fingerprint(table, targets))


def train_sources(
    cases: TrainingSet, config: HiTimeConfig, cache: StageCache, monitor: Monitor, device: str, *, encoders: bool = True
) -> Sources:
    """Stage (a): the encoders that the configuration asks for; without `encoders` the random convolutions alone."""
    sources = Sources()
    if config.sources in ("both", "data") and config.data.kernels:
        sources.random = _fitted_convolutions(cases, config)
    if not encoders:
        sources.measure(cases.batch)
        return sources
    if config.sources == "patches":
        sources.patches = patch_size(cases.batch.values.shape[1], config)
    if config.sources in ("both", "data"):
        _train_data(sources, cases, config, cache, monitor.part(0.0, 0.3), device)
    if config.sources in ("both", "task"):
        _train_task(sources, cases, config, cache, monitor.part(0.3, 1.0), device)
    sources.measure(cases.batch)
    return sources


def patch_size(length: int, config: HiTimeConfig) -> int:
    """Steps of a plain patch, so that there are about as many as encoders give tokens."""
    return max(1, -(-length // config.task.tokens))


def _train_data(
    sources: Sources, cases: TrainingSet, config: HiTimeConfig, cache: StageCache, monitor: Monitor, device: str
) -> None:
    values, observed = cases.batch.values, cases.batch.observed
    # Random convolutions are made in a moment and kept by nobody.
    alone = replace(config.data, masked_codes=True, kernels=0, components=1)
    known = {"data": cases.name, "config": asdict(alone), "seed": config.seed, "version": VERSION}

    def train() -> Arrays:
        return arrays_of(train_data_encoder(values, observed, config.data, seed=config.seed, monitor=monitor, device=device))

    if config.data.masked_codes:
        with torch.random.fork_rng():
            encoder = build_data_encoder(config.data, channels=values.shape[2], length=values.shape[1])
        load(encoder, cache.get("data", known, train))
        sources.data = encoder.to(device)


def _fitted_convolutions(cases: TrainingSet, config: HiTimeConfig) -> RandomConvolutions:
    mixing = cases.decorrelation.forward
    random = RandomConvolutions(
        config.data.kernels, config.data.components, seed=config.seed, mixing=None if mixing is None else mixing.numpy()
    )
    return random.fit(whole_cases(cases.batch))


def task_settings(config: HiTimeConfig, cases: int) -> TaskEncoderConfig:
    """The task-specific encoders' options, with fewer steps where these would show so few cases too often."""
    task = config.task
    return replace(task, steps=min(task.steps, -(-task.epochs * cases // step_size(cases, task.batch))))


def _known(task: TaskEncoderConfig) -> dict[str, Any]:
    """What a task-specific encoder depends on: the steps that are made, whatever limited them."""
    return {name: value for name, value in asdict(task).items() if name not in ("epochs", "other_epochs")}


def _train_task(
    sources: Sources, cases: TrainingSet, config: HiTimeConfig, cache: StageCache, monitor: Monitor, device: str
) -> None:
    length, channels = cases.batch.values.shape[1:]
    settings = task_settings(config, len(cases.batch))
    for number, member in enumerate(config.task.members):
        seed = 1_000 * config.seed + number
        known = {
            "data": cases.name,
            "member": asdict(member),
            "config": _known(replace(settings, members=())),
            "augmentation": asdict(config.augmentation),
            "seed": seed,
            "version": VERSION,
        }
        part = monitor.part(number / len(config.task.members), (number + 1) / len(config.task.members))

        def train(member=member, seed=seed, part=part) -> Arrays:  # type: ignore[no-untyped-def]
            vary = Augmentation(config.augmentation.times(member.strength), cases.decorrelation)
            trained = train_task_encoder(
                member, cases.batch, cases.targets, cases.classes, settings, vary, seed=seed, monitor=part, device=device
            )  # fmt: skip
            return arrays_of(trained)

        with torch.random.fork_rng():
            encoder = TaskEncoder(member, config.task, channels=channels, length=length, classes=cases.classes).eval()
        load(encoder, cache.get("task", known, train))
        sources.task.append(encoder.to(device))


def views_of(sources: Sources, cases: TrainingSet, config: HiTimeConfig) -> tuple[Tokens, Tensor]:
    """Tokens of the cases and of variations of them, in half precision, and the class positions of each row."""
    views = max(1, min(config.views, TOKEN_ROWS // len(cases.batch)))
    generator = torch.Generator().manual_seed(config.seed + 1)
    vary = Augmentation(config.augmentation, cases.decorrelation)
    tokens = varied_tokens(sources, cases.batch, lambda batch: vary(batch, generator), views)
    return tokens, cases.targets.repeat(views)


def align(
    shapes: Mapping[str, SourceShape],
    tokens: Tokens,
    targets: Tensor,
    texts: ClassTexts,
    inputs: Mapping[str, object],
    config: HiTimeConfig,
    cache: StageCache,
    monitor: Monitor,
    device: str,
    *,
    cases: int,
) -> QueryingTransformer:
    """Stage (b): the querying transformer, trained on tokens (row, …) and class positions (row,), of so many cases.

    inputs: what the tokens and texts come from, for the cache.
    """
    network = new_network(shapes, texts, config)
    if config.alignment.losses == "none":
        return network
    known = dict(inputs) | {"config": asdict(config.alignment), "seed": config.seed}

    def train() -> Arrays:
        with torch.random.fork_rng():
            torch.manual_seed(config.seed)
            given = mislabelled(targets, cases, len(texts.embedded), config.alignment.shuffled, config.seed)
            train_alignment(network.to(device), tokens, texts, given, seed=config.seed, monitor=monitor)
        return arrays_of(network.cpu())

    load(network, cache.get("alignment", known, train))
    return network


def new_network(shapes: Mapping[str, SourceShape], texts: ClassTexts, config: HiTimeConfig) -> QueryingTransformer:
    """An untrained querying transformer, the same for the same seed, in evaluation mode."""
    with torch.random.fork_rng():
        torch.manual_seed(config.seed)
        network = QueryingTransformer(shapes, texts.embedded.shape[2], config.alignment)
    load(network, arrays_of(network))
    return network.eval()


def source_inputs(cases: TrainingSet, config: HiTimeConfig) -> dict[str, object]:
    """What tokens depend on, for the cache."""
    whole = config_to_dict(config)
    whole["task"] = _known(task_settings(config, len(cases.batch)))
    return {name: whole[name] for name in ("sources", "data", "task", "augmentation", "views", "seed")} | {
        "cases": cases.name,
        "version": VERSION,
    }


def arrays_of(network: nn.Module) -> Arrays:
    """A network's state in the precision that is kept."""
    return {name: kept(value.detach().cpu().numpy()) for name, value in network.state_dict().items()}


def kept(array: np.ndarray) -> np.ndarray:
    """Half precision for fractions, everything else as it is."""
    if not np.issubdtype(array.dtype, np.floating):
        return array
    return np.clip(array, -65_000, 65_000).astype(np.float16)


def load(network: nn.Module, arrays: Mapping[str, np.ndarray]) -> None:
    """Take a state from arrays, in single precision. Errors: BadInput where names or shapes do not agree."""
    shapes = {name: value.shape for name, value in network.state_dict().items()}
    state = {name: as_tensor(value, shapes.get(name, value.shape)) for name, value in arrays.items()}
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise BadInput(
            f"the weights are not those of a {type(network).__name__} ({str(error).splitlines()[-1].strip()})"
        ) from error


def as_tensor(array: np.ndarray, shape: tuple[int, ...]) -> Tensor:
    """An array as it was kept, fractions in single precision. A file makes a list of one of a single number; `shape` tells."""
    value = np.asarray(array, np.float32) if array.dtype == np.float16 else array
    return torch.tensor(value.reshape(()) if tuple(shape) == () and value.size == 1 else value)
