"""Encoders of series: (batch, time, channel) and what was observed → tokens (batch, token, width) and which of them count.

All share one interface, so that a configuration names its encoder by a word. Missing values are zeros under a mask and unequal
lengths are missing values at the end; batch statistics and pooled means are taken over what was observed alone.
Source: Wang, Yan & Oates 2017 (CNN, ResNet); Ismail Fawaz et al. 2020 (Inception); Cheng et al. 2025, ConvTimeNet (deformable
patches, depthwise kernels of two sizes, a learnable scale of the residual).
"""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable
from typing import get_args

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.config import EncoderName

ENCODERS: tuple[EncoderName, ...] = get_args(EncoderName)
EPSILON = 1e-5


class Encoder(nn.Module):
    """What all encoders are. width: of a token."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.width = width

    @abstractmethod
    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """Tokens (batch, token, width), zero where nothing was observed, and their mask (batch, token).

        values: (batch, time, channel), zeros where missing. observed: (batch, time), true where any channel was observed.
        """
        raise NotImplementedError


def build_encoder(name: EncoderName, *, channels: int, length: int, width: int, tokens: int) -> Encoder:
    """An encoder by name. length: of the longest series; tokens: about how many a series of that length becomes."""
    return _BUILDERS[name](channels, length, width, tokens)


def masked_mean(tokens: Tensor, mask: Tensor) -> Tensor:
    """(batch, width): the mean of tokens (batch, token, width) that count, zeros where none does."""
    weights = mask[..., None].to(tokens.dtype)
    return (tokens * weights).sum(1) / weights.sum(1).clamp(min=1)


class MaskedBatchNorm(nn.Module):
    """Batch normalisation of (batch, width, time) whose statistics leave out what was not observed."""

    def __init__(self, width: int, momentum: float = 0.1) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(width)), nn.Parameter(torch.zeros(width))
        self.momentum = momentum
        self.mean: Tensor
        self.variance: Tensor
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("variance", torch.ones(width))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """hidden: (batch, width, time); mask: (batch, 1, time), zeros and ones. The same shape, zero under the mask."""
        # The same by one call where nothing is masked; on a GPU looking would cost more than it saves.
        if mask.device.type == "cpu" and bool(mask.all()):
            return functional.batch_norm(
                hidden, self.mean, self.variance, self.scale, self.shift, self.training, self.momentum, EPSILON
            )
        mean, variance = self.mean, self.variance
        if self.training:
            count = mask.sum().clamp(min=1)
            mean = (hidden * mask).sum((0, 2)) / count
            variance = (((hidden - mean[:, None]) * mask) ** 2).sum((0, 2)) / count
            with torch.no_grad():
                self.mean.lerp_(mean, self.momentum)
                self.variance.lerp_(variance * count / (count - 1).clamp(min=1), self.momentum)
        factor = self.scale * torch.rsqrt(variance + EPSILON)
        return (hidden * factor[:, None] + (self.shift - mean * factor)[:, None]) * mask


class _Convolution(nn.Module):
    """A convolution of the same length, masked batch normalisation, and GELU where wanted."""

    def __init__(self, inputs: int, outputs: int, kernel: int, *, active: bool = True) -> None:
        super().__init__()
        self.convolve = nn.Conv1d(inputs, outputs, kernel, padding="same", bias=False)
        self.normalise = MaskedBatchNorm(outputs)
        self.active = active

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        hidden = self.normalise(self.convolve(hidden), mask)
        return functional.gelu(hidden) if self.active else hidden


class _Pool(nn.Module):
    """(batch, width, time) → tokens: means over equal spans, of what was observed in them."""

    def __init__(self, length: int, tokens: int) -> None:
        super().__init__()
        self.size = max(1, math.ceil(length / tokens))

    def forward(self, hidden: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        spare = -hidden.shape[2] % self.size
        sums = functional.avg_pool1d(functional.pad(hidden * mask, (0, spare)), self.size)
        shares = functional.avg_pool1d(functional.pad(mask, (0, spare)), self.size)
        return (sums / shares.clamp(min=1e-6)).transpose(1, 2), shares[:, 0] > 0


class _Patches(nn.Module):
    """Equal spans of the series as tokens, by one linear map of their values and of what was observed of them."""

    def __init__(self, channels: int, length: int, width: int, tokens: int) -> None:
        super().__init__()
        self.size = max(1, math.ceil(length / tokens))
        self.count = math.ceil(length / self.size)
        self.embed = nn.Linear((channels + 1) * self.size, width)

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        spare = -values.shape[1] % self.size
        known = functional.pad(observed, (0, spare)).reshape(len(values), -1, self.size)
        spans = functional.pad(values, (0, 0, 0, spare)).reshape(*known.shape[:2], -1)
        mask = known.any(2)
        return self.embed(torch.cat([spans, known.to(values.dtype)], 2)) * mask[..., None], mask


class Mlp(Encoder):
    """Each span of the series alone, through two layers: what can be done without looking across spans."""

    def __init__(self, channels: int, length: int, width: int, tokens: int) -> None:
        super().__init__(width)
        self.patches = _Patches(channels, length, width, tokens)
        self.layers = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As in `Encoder`."""
        tokens, mask = self.patches(values, observed)
        return (tokens + self.layers(tokens)) * mask[..., None], mask


class Transformer(Encoder):
    """Spans as tokens with learnt places, and attention between them."""

    def __init__(self, channels: int, length: int, width: int, tokens: int, layers: int = 3, heads: int = 4) -> None:
        super().__init__(width)
        self.patches = _Patches(channels, length, width, tokens)
        self.places = nn.Parameter(0.02 * torch.randn(self.patches.count, width))
        block = nn.TransformerEncoderLayer(width, heads, 2 * width, 0.1, "gelu", batch_first=True, norm_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As in `Encoder`."""
        tokens, mask = self.patches(values, observed)
        # Attention over nothing is NaN; a series without any value looks at all of its (empty) tokens.
        ignored = ~mask & mask.any(1, keepdim=True)
        tokens = self.blocks(tokens + self.places[: tokens.shape[1]], src_key_padding_mask=ignored)
        return tokens * mask[..., None], mask


class _Convolutional(Encoder):
    """Encoders that convolve at full resolution and pool into tokens at the end."""

    def __init__(self, length: int, width: int, tokens: int) -> None:
        super().__init__(width)
        self.pool = _Pool(length, tokens)

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        mask = observed[:, None].to(values.dtype)
        tokens, counted = self.pool(self.convolved(values.transpose(1, 2), mask), mask)
        return tokens, counted

    @abstractmethod
    def convolved(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, channel, time) → (batch, width, time)."""
        raise NotImplementedError


class Cnn(_Convolutional):
    """Three convolutions, the kernels shrinking: the fully convolutional network."""

    def __init__(self, channels: int, length: int, width: int, tokens: int) -> None:
        super().__init__(length, width, tokens)
        sizes = ((channels, width, 7), (width, 2 * width, 5), (2 * width, width, 3))
        self.layers = nn.ModuleList(_Convolution(inputs, outputs, kernel) for inputs, outputs, kernel in sizes)

    def convolved(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, channel, time) → (batch, width, time)."""
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return hidden


class _Residual(nn.Module):
    """Layers beside a shortcut that one convolution of a single step brings to the same width."""

    def __init__(self, inputs: int, outputs: int, layers: nn.ModuleList) -> None:
        super().__init__()
        self.layers = layers
        self.shortcut = _Convolution(inputs, outputs, 1, active=False)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        kept = self.shortcut(hidden, mask)
        for layer in self.layers:
            hidden = layer(hidden, mask)
        return functional.gelu(hidden + kept)


class ResNet(_Convolutional):
    """Three residual blocks of three convolutions each."""

    def __init__(self, channels: int, length: int, width: int, tokens: int) -> None:
        super().__init__(length, width, tokens)
        self.blocks = nn.ModuleList(
            _Residual(
                inputs,
                width,
                nn.ModuleList(
                    _Convolution(first, width, kernel, active=kernel > 3)
                    for first, kernel in ((inputs, 7), (width, 5), (width, 3))
                ),
            )
            for inputs in (channels, width, width)
        )

    def convolved(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, channel, time) → (batch, width, time)."""
        for block in self.blocks:
            hidden = block(hidden, mask)
        return hidden


class _InceptionLayer(nn.Module):
    """Parallel kernels of several lengths over a bottleneck, and a maximum over neighbours, side by side."""

    def __init__(self, inputs: int, width: int, kernels: tuple[int, ...]) -> None:
        super().__init__()
        each = width // (len(kernels) + 1)
        self.bottleneck = nn.Conv1d(inputs, each, 1, bias=False)
        self.branches = nn.ModuleList(nn.Conv1d(each, each, kernel, padding="same", bias=False) for kernel in kernels)
        self.beside = nn.Conv1d(inputs, width - each * len(kernels), 1, bias=False)
        self.normalise = MaskedBatchNorm(width)

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        narrow = self.bottleneck(hidden)
        largest = functional.max_pool1d(hidden.masked_fill(mask == 0, -torch.inf), 3, stride=1, padding=1)
        largest = largest.masked_fill(mask == 0, 0.0)
        joined = torch.cat([*(branch(narrow) for branch in self.branches), self.beside(largest)], 1)
        return functional.gelu(self.normalise(joined, mask))


class Inception(_Convolutional):
    """Six layers of parallel kernels, with a shortcut around every three."""

    def __init__(self, channels: int, length: int, width: int, tokens: int) -> None:
        super().__init__(length, width, tokens)
        kernels = tuple(max(3, min(kernel, length // 2 * 2 - 1)) for kernel in (39, 19, 9))
        self.blocks = nn.ModuleList(
            _Residual(
                inputs,
                width,
                nn.ModuleList(_InceptionLayer(inputs if layer == 0 else width, width, kernels) for layer in range(3)),
            )
            for inputs in (channels, width)
        )

    def convolved(self, hidden: Tensor, mask: Tensor) -> Tensor:
        """(batch, channel, time) → (batch, width, time)."""
        for block in self.blocks:
            hidden = block(hidden, mask)
        return hidden


class _DeformablePatches(nn.Module):
    """Patches whose place and breadth are predicted from what they cover, read by linear interpolation.

    Half of a patch lies between neighbouring ones. A small network over each usual patch moves its middle by d and widens its
    half by s, in time steps; `size` points between the ends are interpolated and embedded by one linear map.
    """

    def __init__(self, channels: int, width: int, size: int) -> None:
        super().__init__()
        self.size, self.stride = size, max(1, size // 2)
        moves = nn.Conv1d(64, 2, 1)
        # Patches begin where they usually lie: moving them is learnt from there.
        for parameter in moves.parameters():
            nn.init.zeros_(parameter)
        self.offsets = nn.Sequential(nn.Conv1d(channels, 64, size, self.stride), nn.GELU(), moves)
        self.embed = nn.Linear(channels * size, width)
        self.normalise = MaskedBatchNorm(width)

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        # A patch begins at every stride of the series, so that a series has the same ones alone and padded in company.
        spare = (math.ceil(values.shape[1] / self.stride) - 1) * self.stride + self.size - values.shape[1]
        values, observed = functional.pad(values, (0, 0, 0, spare)), functional.pad(observed, (0, spare))
        moved, widened = self.offsets(values.transpose(1, 2)).unbind(1)
        anchors = torch.arange(moved.shape[1], device=values.device) * self.stride + (self.size - 1) / 2
        half = functional.relu(widened + (self.size - 1) / 2)[..., None]
        grid = torch.linspace(-1, 1, self.size, device=values.device) if self.size > 1 else values.new_zeros(1)
        places = (anchors + moved)[..., None] + half * grid
        last = (observed * torch.arange(observed.shape[1], device=values.device)).amax(1)[:, None, None]
        points = _interpolated(values, torch.minimum(places.clamp(min=0), last.to(places.dtype)))
        mask = observed.unfold(1, self.size, self.stride).any(2)
        tokens = self.normalise(self.embed(points.flatten(2)).transpose(1, 2), mask[:, None].to(values.dtype))
        return functional.gelu(tokens), mask


def _interpolated(values: Tensor, places: Tensor) -> Tensor:
    """Values (batch, time, channel) at places (batch, patch, point) between time steps: (batch, patch, point, channel)."""
    low = places.floor()
    share = (places - low)[..., None]
    first = low.long()
    second = (first + 1).clamp(max=values.shape[1] - 1)
    rows = torch.arange(len(values), device=values.device)[:, None, None]
    return values[rows, first] * (1 - share) + values[rows, second] * share


class _ConvTimeBlock(nn.Module):
    """A depthwise convolution of a large and a small kernel, then a feed-forward part, each behind a residual of learnt scale.

    The two kernels are added before they convolve, which is the same as adding what they give, at the cost of one.
    """

    def __init__(self, width: int, kernel: int, dropout: float) -> None:
        super().__init__()
        self.large = nn.Parameter(torch.empty(width, 1, kernel).uniform_(-1, 1) / math.sqrt(kernel))
        self.small = nn.Parameter(torch.empty(width, 1, 3).uniform_(-1, 1) / math.sqrt(3))
        self.bias = nn.Parameter(torch.zeros(width))
        self.forward_part = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU(), nn.Dropout(dropout), nn.Linear(2 * width, width)
        )
        self.shares = nn.Parameter(torch.full((2,), 0.5))
        self.normalise = nn.ModuleList((MaskedBatchNorm(width), MaskedBatchNorm(width)))

    def forward(self, hidden: Tensor, mask: Tensor) -> Tensor:
        kernel, reach = self.large.shape[2], self.large.shape[2] // 2
        kernels = self.large + functional.pad(self.small, (reach - 1, kernel - reach - 2))
        mixed = functional.gelu(_convolved_by_channel(hidden, kernels[:, 0]) + self.bias[:, None])
        hidden = self.normalise[0](hidden + self.shares[0] * mixed, mask)
        fed = self.forward_part(hidden.transpose(1, 2)).transpose(1, 2)
        result: Tensor = self.normalise[1](hidden + self.shares[1] * fed, mask)
        return result


def _convolved_by_channel(hidden: Tensor, kernels: Tensor) -> Tensor:
    """Each channel of (batch, width, time) convolved with its own kernel (width, step), an odd number of steps, to equal length.

    As a product with a banded matrix a channel: for a few dozen places that is several times faster than a convolution.
    """
    steps, reach = hidden.shape[2], kernels.shape[1] // 2
    # Row t of a channel's matrix holds the kernel around place t; rows are windows that slide over the padded kernel.
    windows = functional.pad(kernels, (steps, steps)).unfold(1, steps, 1)
    banded = windows[:, reach + 1 : steps + reach + 1].flip(1)
    return torch.einsum("bcs,cts->bct", hidden, banded)


class ConvTimeNet(Encoder):
    """Deformable patches and six blocks of depthwise convolutions whose kernels grow from block to block."""

    def __init__(self, channels: int, length: int, width: int, tokens: int) -> None:
        super().__init__(width)
        self.patches = _DeformablePatches(channels, width, max(1, min(2 * math.ceil(length / tokens), length)))
        kernels = (7, 7, 13, 13, 19, 19)
        self.blocks = nn.ModuleList(_ConvTimeBlock(width, kernel, 0.1) for kernel in kernels)

    def forward(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """As in `Encoder`."""
        hidden, mask = self.patches(values, observed)
        weights = mask[:, None].to(values.dtype)
        for block in self.blocks:
            hidden = block(hidden, weights)
        return hidden.transpose(1, 2), mask


_BUILDERS: dict[EncoderName, Callable[[int, int, int, int], Encoder]] = {
    "mlp": Mlp,
    "cnn": Cnn,
    "resnet": ResNet,
    "inception": Inception,
    "transformer": Transformer,
    "convtimenet": ConvTimeNet,
}
