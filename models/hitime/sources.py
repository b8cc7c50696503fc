"""Where tokens come from: the task-specific encoders, the data-specific one, random convolutions, or plain patches.

Each source gives every case the same number of tokens, standardised over the training cases: first what summarises the whole
case (mean and maximum over time), then what happens along it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from models.cases import resample_cases
from models.hitime.preparation import LARGEST, Batch
from models.hitime.random_convolutions import RandomConvolutions
from models.hitime.task_encoder import TaskEncoder, in_batches, pooled

RANDOM, PATCHES, DATA, TASK = "random", "patches", "data", "task"
RANDOM_TOKEN_WIDTH = 64
# The first tokens of an encoder, which summarise a case: their mean and their maximum.
SUMMARY = 2
# Of a source's spread: a feature that hardly varies among the training cases is not blown up by more.
SMALLEST = 0.1


@dataclass(frozen=True)
class SourceShape:
    """tokens: of a case; width: of a token."""

    tokens: int
    width: int


@dataclass(frozen=True)
class Tokens:
    """The sources' tokens of some cases: name → values (case, token, width) and mask (case, token)."""

    parts: Mapping[str, tuple[Tensor, Tensor]]

    def __len__(self) -> int:
        return len(next(iter(self.parts.values()))[0])

    def items(self) -> Iterator[tuple[str, tuple[Tensor, Tensor]]]:
        """Name and (values, mask) of each source, in order."""
        return iter(self.parts.items())

    def values(self) -> Iterator[tuple[Tensor, Tensor]]:
        """(values, mask) of each source, in order."""
        return iter(self.parts.values())

    def rows(self, chosen: Tensor) -> Tokens:
        """The cases at these row numbers, in single precision."""
        return Tokens({name: (values[chosen].float(), mask[chosen]) for name, (values, mask) in self.parts.items()})

    def to(self, device: torch.device | str) -> Tokens:
        """The same on another device."""
        return Tokens({name: (values.to(device), mask.to(device)) for name, (values, mask) in self.parts.items()})

    def half(self) -> Tokens:
        """The same in half precision, to keep many."""
        return Tokens({name: (values.half(), mask) for name, (values, mask) in self.parts.items()})

    def shapes(self) -> dict[str, SourceShape]:
        """How many tokens, and how wide, each source gives."""
        return {name: SourceShape(values.shape[1], values.shape[2]) for name, (values, _) in self.parts.items()}

    @classmethod
    def joined(cls, several: Sequence[Tokens]) -> Tokens:
        """Several lots of cases, one after the other."""
        return cls(
            {
                name: (torch.cat([one.parts[name][0] for one in several]), torch.cat([one.parts[name][1] for one in several]))
                for name in several[0].parts
            }
        )


@dataclass
class Sources:
    """The trained sources of one model. patches: the size of a plain patch, 0 where there are none.

    scales: source → (mean, spread), each (token, width), over the training cases.
    """

    task: list[TaskEncoder] = field(default_factory=list)
    data: nn.Module | None = None
    random: RandomConvolutions | None = None
    patches: int = 0
    scales: dict[str, tuple[Tensor, Tensor]] = field(default_factory=dict)

    def measure(self, batch: Batch) -> None:
        """Take the scales from these cases, in the precision that is kept."""
        self.scales = {}
        for name, (values, mask) in self._raw(batch).items():
            alone = 0 if name == PATCHES else values.shape[1] if name == RANDOM else SUMMARY
            lots = [slice(place, place + 1) for place in range(alone)]
            lots += [slice(alone, None)] if alone < values.shape[1] else []
            measured = [_measured(values[:, lot], mask[:, lot]) for lot in lots]
            mean, spread = (torch.cat([pair[part] for pair in measured]) for part in (0, 1))
            whole = spread.square().mean().sqrt()
            # Principal components say by their size how much they matter.
            spread = torch.full_like(spread, float(whole)) if name == RANDOM else spread.clamp(min=float(SMALLEST * whole))
            self.scales[name] = (mean.half().float(), spread.clamp(1e-3, 6e4).half().float())

    def tokens(self, batch: Batch) -> Tokens:
        """Standardised tokens of all sources."""
        parts = {}
        for name, (values, mask) in self._raw(batch).items():
            mean, spread = self.scales[name]
            standard = ((values - mean) / spread).clamp(-LARGEST, LARGEST)
            parts[name] = (standard * mask[..., None], mask)
        return Tokens(parts)

    def _raw(self, batch: Batch) -> dict[str, tuple[Tensor, Tensor]]:
        parts = {f"{TASK}{number}": _summarised(encoder.tokens, batch) for number, encoder in enumerate(self.task)}
        if self.data is not None:
            parts[DATA] = _summarised(self.data, batch)
        if self.random is not None:
            parts[RANDOM] = _random_tokens(self.random, batch)
        if self.patches:
            parts[PATCHES] = _patches(batch, self.patches)
        return parts


def _measured(values: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and spread, (token, width), of each feature over all cases and tokens: tokens that few cases reach tell too little."""
    weights = mask[..., None].float()
    count = weights.sum().clamp(min=1)
    mean = (values * weights).sum((0, 1)) / count
    spread = (((values - mean) ** 2 * weights).sum((0, 1)) / count).sqrt()
    return mean.expand(values.shape[1:]), spread.expand(values.shape[1:])


def features(tokens: Tokens) -> Tensor:
    """(case, feature) float32: what summarises a case, of all sources: what a head without a language model reads."""
    return torch.cat([_summary(name, values) for name, (values, _) in tokens.items()], 1).float()


def places(tokens: Tokens, source: str) -> slice:
    """Where among the `features` one source's stand. Errors: KeyError."""
    first = 0
    for name, (values, _) in tokens.items():
        width = _summary(name, values[:1]).shape[1]
        if name == source:
            return slice(first, first + width)
        first += width
    raise KeyError(source)


def _summary(name: str, values: Tensor) -> Tensor:
    # Patches have no summary; the plain series is their feature, as for a linear model on raw values.
    return values.flatten(1) if name in (PATCHES, RANDOM) else values[:, :SUMMARY].flatten(1)


def varied_tokens(sources: Sources, batch: Batch, vary: Callable[[Batch], Batch], views: int) -> Tokens:
    """Tokens of the cases as they are and of `views` − 1 variations of them, one lot after the other, in half precision."""
    lots = [sources.tokens(batch).half(), *(sources.tokens(vary(batch)).half() for _ in range(views - 1))]
    return Tokens.joined(lots)


def _summarised(encoder: Callable[[Tensor, Tensor], tuple[Tensor, ...]], batch: Batch) -> tuple[Tensor, Tensor]:
    values, mask = in_batches(encoder, batch)
    summary = pooled(values, mask).reshape(len(values), 2, -1)
    return torch.cat([summary, values], 1), functional.pad(mask, (2, 0), value=True)


def _random_tokens(convolutions: RandomConvolutions, batch: Batch) -> tuple[Tensor, Tensor]:
    components = torch.from_numpy(convolutions.transform(whole_cases(batch)))
    spare = -components.shape[1] % RANDOM_TOKEN_WIDTH
    values = functional.pad(components, (0, spare)).reshape(len(components), -1, RANDOM_TOKEN_WIDTH)
    return values.float(), torch.ones(values.shape[:2], dtype=torch.bool)


def whole_cases(batch: Batch) -> np.ndarray:
    """(batch, channel, time) float64: shorter cases stretched to the common length, gaps bridged, for what takes no mask."""
    table = torch.where(batch.observed[..., None], batch.values, torch.nan).transpose(1, 2).double().numpy()
    return resample_cases(table, table.shape[2], np.zeros(table.shape[1])) if np.isnan(table).any() else table


def _patches(batch: Batch, size: int) -> tuple[Tensor, Tensor]:
    spare = -batch.values.shape[1] % size
    observed = functional.pad(batch.observed, (0, spare)).reshape(len(batch), -1, size)
    values = functional.pad(batch.values, (0, 0, 0, spare)).reshape(*observed.shape[:2], -1)
    return values, observed.any(2)


def scale_arrays(scales: Mapping[str, tuple[Tensor, Tensor]]) -> dict[str, np.ndarray]:
    """For a checkpoint: source.mean and source.spread."""
    arrays = {}
    for name, (mean, spread) in scales.items():
        arrays[f"{name}.mean"], arrays[f"{name}.spread"] = mean.numpy(), spread.numpy()
    return arrays


def scales_from(arrays: Mapping[str, np.ndarray]) -> dict[str, tuple[Tensor, Tensor]]:
    """What `scale_arrays` gave, read back."""
    names = [name.removesuffix(".mean") for name in arrays if name.endswith(".mean")]
    return {
        name: (
            torch.tensor(np.asarray(arrays[f"{name}.mean"], np.float32)),
            torch.tensor(np.asarray(arrays[f"{name}.spread"], np.float32)),
        )
        for name in names
    }
