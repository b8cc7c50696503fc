"""Configuration: one frozen dataclass a model, closed choices, strict reading from JSON-like mappings."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar, cast

from annotated_types import Ge, Gt, Le, Lt

from models.errors import BadInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class ModelConfig:
    """Base of all configurations. Fields carry `Literal` choices and ranges, which `config_from_dict` enforces."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"strict": True, "extra": "forbid"}


ConfigT = TypeVar("ConfigT", bound=ModelConfig)
EncoderName = Literal["mlp", "cnn", "resnet", "inception", "transformer", "convtimenet"]


@dataclass(frozen=True)
class SeasonalNaiveConfig(ModelConfig):
    """The last full cycle, repeated. Nothing to choose."""


@dataclass(frozen=True)
class DriftConfig(ModelConfig):
    """The line from the first to the last value, extended. Nothing to choose."""


@dataclass(frozen=True)
class RecentMedianConfig(ModelConfig):
    """recent: how many of the latest points make the median, three seasons at least."""

    recent: Annotated[int, Ge(3)] = 24


@dataclass(frozen=True)
class ThetaConfig(ModelConfig):
    """history: how many of the most recent points are used."""

    history: Annotated[int, Ge(20)] = 1_000


@dataclass(frozen=True)
class DampedConfig(ModelConfig):
    """history: how many of the most recent points are used."""

    history: Annotated[int, Ge(20)] = 1_000


@dataclass(frozen=True)
class AutoregressionConfig(ModelConfig):
    """history: how many of the most recent points are used."""

    history: Annotated[int, Ge(20)] = 2_000


@dataclass(frozen=True)
class TsbConfig(ModelConfig):
    """history: how many of the most recent points are used."""

    history: Annotated[int, Ge(20)] = 1_000


@dataclass(frozen=True)
class CrostonConfig(ModelConfig):
    """history: how many of the most recent points are used. corrected: without the quotient's bias."""

    history: Annotated[int, Ge(20)] = 1_000
    corrected: bool = True


@dataclass(frozen=True)
class HarmonicConfig(ModelConfig):
    """history: how many of the most recent points are used."""

    history: Annotated[int, Ge(20)] = 1_000


@dataclass(frozen=True)
class UnobservedComponentsConfig(ModelConfig):
    """history: most recent points used; the work grows with them. harmonics: waves of the season, at most."""

    history: Annotated[int, Ge(20)] = 400
    harmonics: Annotated[int, Ge(1), Le(24)] = 6


@dataclass(frozen=True)
class StlEtsConfig(ModelConfig):
    """history: most recent points used. robust: the decomposition resists outliers. trend: of the season-free part."""

    history: Annotated[int, Ge(20)] = 1_000
    robust: bool = False
    trend: Literal["damped", "linear", "none"] = "damped"


@dataclass(frozen=True)
class EtsConfig(ModelConfig):
    """history: most recent points used. longest_period: of a season it takes; the work grows with it."""

    history: Annotated[int, Ge(20)] = 1_000
    longest_period: Annotated[int, Ge(2), Le(400)] = 200


@dataclass(frozen=True)
class CycleLinearConfig(ModelConfig):
    """context: past points each forecast reads, None to choose. penalty: ridge strength relative to the mean feature variance,
    None to choose. history: most recent points used. validation: share of the windows, the latest, that the choices are made on.
    """

    context: Annotated[int, Ge(1)] | None = None
    penalty: Annotated[float, Gt(0)] | None = None
    history: Annotated[int, Ge(20)] = 20_000
    validation: Annotated[float, Gt(0), Le(0.5)] = 0.2


@dataclass(frozen=True)
class NearestNeighbourConfig(ModelConfig):
    """shown: how many nearest training examples explain a label. normalise: z-score each case and channel, or not."""

    shown: Annotated[int, Ge(1), Le(100)] = 3
    normalise: Literal["case", "none"] = "case"


@dataclass(frozen=True)
class MiniRocketConfig(ModelConfig):
    """kernels: convolution features, rounded down to a multiple of 84. shown: nearest training examples. seed: of the biases."""

    kernels: Annotated[int, Ge(84)] = 10_000
    shown: Annotated[int, Ge(1), Le(100)] = 3
    seed: Annotated[int, Ge(0)] = 0


@dataclass(frozen=True)
class AugmentationConfig(ModelConfig):
    """How training cases are varied, each draw anew. All zero: not at all.

    warp: spread (log) of the local speed of time. crop: share that may be cut off at either end. scale: relative spread of the
    size of each uncorrelated mixture of the channels. shift: spread of its level, noise: of each value, both in its standard
    deviations.
    gap: longest share of the time that is blanked.
    """

    warp: Annotated[float, Ge(0)] = 0.35
    crop: Annotated[float, Ge(0), Le(0.4)] = 0.08
    scale: Annotated[float, Ge(0)] = 0.15
    shift: Annotated[float, Ge(0)] = 0.1
    noise: Annotated[float, Ge(0)] = 0.03
    gap: Annotated[float, Ge(0), Le(0.9)] = 0.1

    def times(self, strength: float) -> AugmentationConfig:
        """The same, this much stronger, as far as each may go."""
        stronger = {name: strength * value for name, value in dataclasses.asdict(self).items()}
        return AugmentationConfig(**stronger | {"crop": min(0.4, stronger["crop"]), "gap": min(0.9, stronger["gap"])})


@dataclass(frozen=True)
class DataEncoderConfig(ModelConfig):
    """The data-specific encoder, trained without labels.

    codes: of the tokenizer's codebook, each code_width wide. masked: share of the tokens to be guessed from the others. layers,
    heads, width, tokens: of the transformer over codes. tokenizer_steps, steps: optimiser steps of the two trainings.
    masked_codes: whether there is such an encoder. kernels: random convolutions whose principal `components` become further
    tokens (0: none).
    """

    masked_codes: bool = True
    codes: Annotated[int, Ge(2), Le(4096)] = 128
    code_width: Annotated[int, Ge(2)] = 32
    masked: Annotated[float, Gt(0), Lt(1)] = 0.3
    layers: Annotated[int, Ge(1)] = 2
    heads: Annotated[int, Ge(1)] = 4
    width: Annotated[int, Ge(8)] = 64
    tokens: Annotated[int, Ge(1), Le(256)] = 16
    tokenizer_steps: Annotated[int, Ge(1)] = 300
    steps: Annotated[int, Ge(1)] = 300
    batch: Annotated[int, Ge(2)] = 32
    learning_rate: Annotated[float, Gt(0)] = 2e-3
    kernels: Annotated[int, Ge(0)] = 1_008
    components: Annotated[int, Ge(1)] = 64

    def __post_init__(self) -> None:
        _check_heads(self.width, self.heads)
        if not self.masked_codes and not self.kernels:
            raise BadInput(
                "Without masked codes and random convolutions nothing is learnt without labels; take the sources 'task'."
            )


@dataclass(frozen=True)
class MemberConfig(ModelConfig):
    """One task-specific encoder. differences: it also reads the steps from value to value.

    decorrelated: it reads uncorrelated mixtures of the channels, by which what hardly differs between channels becomes visible.
    blend: parameter of the beta distribution by which its training cases are blended in pairs; 0 for none. strength: by how much
    more, or less, than the others' its training cases are varied.
    """

    encoder: EncoderName = "convtimenet"
    differences: bool = False
    decorrelated: bool = False
    blend: Annotated[float, Ge(0)] = 0.0
    strength: Annotated[float, Ge(0), Le(10)] = 1.0


@dataclass(frozen=True)
class TaskEncoderConfig(ModelConfig):
    """The task-specific encoders, trained on the labels; several are a small ensemble.

    steps: optimiser steps of each, fewer where they would show a case more than `epochs` times. other_epochs: limits that are
    tried beside it where cases are so few that they are validated in folds; the one that does best there is taken. batch: cases
    a step, more for more than a thousand cases. dropout: before the linear head that trains an encoder. smoothing: of the
    labels. tokens: about how many a series becomes.
    """

    members: tuple[MemberConfig, ...] = (
        MemberConfig(),
        MemberConfig(decorrelated=True, differences=True),
        MemberConfig(decorrelated=True, strength=1.5),
    )
    width: Annotated[int, Ge(8)] = 64
    tokens: Annotated[int, Ge(1), Le(256)] = 16
    steps: Annotated[int, Ge(1)] = 3_000
    epochs: Annotated[int, Ge(1)] = 600
    other_epochs: tuple[Annotated[int, Ge(1)], ...] = (60, 200)
    batch: Annotated[int, Ge(2)] = 16
    learning_rate: Annotated[float, Gt(0)] = 2e-3
    weight_decay: Annotated[float, Ge(0)] = 0.02
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.2
    smoothing: Annotated[float, Ge(0), Lt(1)] = 0.1


@dataclass(frozen=True)
class AlignmentConfig(ModelConfig):
    """The querying transformer between series and class texts.

    losses: coarse is queries against texts, fine is the matching of pairs; `none` leaves the queries untrained until the next
    stage. coarse_weight, fine_weight: of the two. weighting: whether the fine one's is also learnt, as a gate. temperature: its
    start; it is learnt. gate_rate: how many times as fast as weights the gate, the temperature and the bias learn: with the same
    rate the few steps hardly move them. shuffled: share of the training cases that are given a wrong text, to measure how much
    the texts matter.
    """

    losses: Literal["both", "coarse", "fine", "none"] = "both"
    weighting: Literal["learnt", "equal"] = "learnt"
    coarse_weight: Annotated[float, Gt(0)] = 1.0
    fine_weight: Annotated[float, Gt(0)] = 1.0
    queries: Annotated[int, Ge(1), Le(64)] = 8
    width: Annotated[int, Ge(8)] = 96
    layers: Annotated[int, Ge(1)] = 2
    heads: Annotated[int, Ge(1)] = 4
    temperature: Annotated[float, Gt(0)] = 0.07
    steps: Annotated[int, Ge(1)] = 400
    batch: Annotated[int, Ge(2)] = 32
    learning_rate: Annotated[float, Gt(0)] = 1e-3
    gate_rate: Annotated[float, Gt(0)] = 1.0
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.1
    shuffled: Annotated[float, Ge(0), Le(1)] = 0.0

    def __post_init__(self) -> None:
        _check_heads(self.width, self.heads)


@dataclass(frozen=True)
class LanguageConfig(ModelConfig):
    """The language model that names the class, and its low-rank adapters.

    source: as in `models.backbone`. layers: the first ones kept, None for all. weights: `random` keeps the shape alone, as a
    control. prompt: the whole prompt, none, or the whole and behind the series a computed description of it.
    rank, alpha, targets, dropout: of LoRA. objective: the next token of the label among the whole vocabulary, or among those
    that lead to a class. gradient_checkpointing: train in less memory and more time, activations being computed again.
    """

    source: str = "smollm2"
    layers: Annotated[int, Ge(1)] | None = 6
    weights: Literal["pretrained", "random"] = "pretrained"
    prompt: Literal["full", "none", "described"] = "full"
    rank: Annotated[int, Ge(1)] = 8
    alpha: Annotated[int, Ge(1)] = 16
    targets: tuple[str, ...] = ("q_proj", "v_proj")
    dropout: Annotated[float, Ge(0), Lt(1)] = 0.05
    objective: Literal["vocabulary", "classes"] = "classes"
    steps: Annotated[int, Ge(1)] = 100
    batch: Annotated[int, Ge(2)] = 32
    learning_rate: Annotated[float, Gt(0)] = 2e-3
    gradient_checkpointing: bool = False


@dataclass(frozen=True)
class HiTimeConfig(ModelConfig):
    """A language model that names the class of a series.

    domain: one sentence on where the series come from. class_texts: class → one sentence on it; a class without one gets a
    general sentence with its name. sources: whose tokens are aligned, of both encoders, one, or neither (plain patches). head:
    what names the class: the language model; linear, the mean of the linear layers that the task-specific encoders were trained
    with (logistic regression on all features where there are none); ridge regression on all features; ridge regression on the
    random convolutions alone, which saw no labels and can be ahead where cases are few; or whichever of these and the nearness to
    the classes' texts did best on the validation split. views: augmented copies of each case whose tokens train
    the later stages. validation: share of the training cases held out while choosing and calibrating. refit: train once more on
    all cases afterwards; otherwise, and with many cases, the model that was validated stays. shown: nearest training examples.
    seed: of everything.
    """

    domain: str = ""
    class_texts: Mapping[str, str] = field(default_factory=dict)
    sources: Literal["both", "data", "task", "patches"] = "both"
    head: Literal["auto", "language", "linear", "ridge", "convolutions"] = "auto"
    augmentation: AugmentationConfig = field(default_factory=AugmentationConfig)
    data: DataEncoderConfig = field(default_factory=DataEncoderConfig)
    task: TaskEncoderConfig = field(default_factory=TaskEncoderConfig)
    alignment: AlignmentConfig = field(default_factory=AlignmentConfig)
    language: LanguageConfig = field(default_factory=LanguageConfig)
    views: Annotated[int, Ge(1), Le(100)] = 12
    validation: Annotated[float, Gt(0), Le(0.5)] = 0.25
    refit: bool = True
    shown: Annotated[int, Ge(1), Le(100)] = 3
    seed: Annotated[int, Ge(0)] = 0

    def __post_init__(self) -> None:
        if self.sources in ("both", "task") and not self.task.members:
            raise BadInput(
                f"The sources {self.sources!r} need at least one of task.members; name one, or take the sources 'data'."
            )
        if self.head == "convolutions" and (self.sources not in ("both", "data") or not self.data.kernels):
            raise BadInput(
                f"The head 'convolutions' needs random convolutions; found the sources {self.sources!r} and {self.data.kernels} "
                "of data.kernels. Take the sources 'both' or 'data' and at least 84 kernels."
            )


def _check_heads(width: int, heads: int) -> None:
    """BadInput where attention's heads cannot share a width evenly."""
    if heads < 1 or width % heads:
        raise BadInput(f"The width {width} cannot be shared evenly by {heads} heads; take a multiple of the heads.")


def config_from_dict(kind: type[ConfigT], values: Mapping[str, Any]) -> ConfigT:
    """Read a configuration strictly: no unknown keys, no conversions, choices and ranges checked.

    Errors: BadInput names each key that is wrong and lists the keys that exist.
    """
    from pydantic import ValidationError

    known = [field.name for field in dataclasses.fields(kind)]
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise BadInput(f"{kind.__name__} has no option {', '.join(unknown)}; it has: {', '.join(known) or 'none'}.")
    try:
        # JSON mode: a list stands for a tuple, an integer for a float, and nothing else for anything else.
        read: ConfigT = _reader(cast("Hashable", kind)).validate_json(json.dumps(dict(values), allow_nan=False))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {_reason(item)}" for item in error.errors())
        raise BadInput(f"{kind.__name__} cannot be read. {wrong}.") from None
    except (TypeError, ValueError) as error:
        raise BadInput(f"{kind.__name__} takes plain finite JSON values: {error}.") from None
    return read


def _reason(item: Mapping[str, Any]) -> str:
    """What pydantic found wrong, or what a configuration's own check said."""
    return str(item["ctx"]["error"]).removesuffix(".") if item["type"] == "value_error" else str(item["msg"])


@functools.cache
def _reader(kind: Hashable) -> TypeAdapter[Any]:
    """What reads a configuration; made once a kind, since making it takes longer than a short forecast."""
    from pydantic import TypeAdapter

    return TypeAdapter(cast("Any", kind))


def config_to_dict(config: ModelConfig) -> dict[str, Any]:
    """The configuration as plain JSON values; `config_from_dict` reads it back equal."""
    return dataclasses.asdict(config)
