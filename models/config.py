"""Configuration: one frozen dataclass a model, closed choices, strict reading from JSON-like mappings."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, TypeVar, cast

from annotated_types import Ge, Gt, Le

from models.errors import BadInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter


@dataclass(frozen=True)
class ModelConfig:
    """Base of all configurations. Fields carry `Literal` choices and ranges, which `config_from_dict` enforces."""

    __pydantic_config__: ClassVar[dict[str, Any]] = {"strict": True, "extra": "forbid"}


ConfigT = TypeVar("ConfigT", bound=ModelConfig)


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
        wrong = "; ".join(f"{'.'.join(str(part) for part in item['loc'])}: {item['msg']}" for item in error.errors())
        raise BadInput(f"{kind.__name__} cannot be read. {wrong}.") from None
    except (TypeError, ValueError) as error:
        raise BadInput(f"{kind.__name__} takes plain finite JSON values: {error}.") from None
    return read


@functools.cache
def _reader(kind: Hashable) -> TypeAdapter[Any]:
    """What reads a configuration; made once a kind, since making it takes longer than a short forecast."""
    from pydantic import TypeAdapter

    return TypeAdapter(cast("Any", kind))


def config_to_dict(config: ModelConfig) -> dict[str, Any]:
    """The configuration as plain JSON values; `config_from_dict` reads it back equal."""
    return dataclasses.asdict(config)
