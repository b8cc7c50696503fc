"""How training cases are varied, each draw anew."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.config import AugmentationConfig
from models.hitime.decorrelation import Decorrelation
from models.hitime.preparation import Batch

WARP_KNOTS = 6


@dataclass(frozen=True)
class Augmentation:
    """Cases varied: time warped and cropped, channels scaled and shifted, noise, a gap.

    Sizes, levels and noise vary between uncorrelated mixtures of the channels: where two channels hardly differ, their difference
    is often what tells classes apart, and disturbances of each channel for itself would drown it.
    Sources: Um et al. 2017 (scaling, jitter, warping of time); DeVries & Taylor 2017 (blanking a stretch).
    """

    config: AugmentationConfig
    decorrelation: Decorrelation

    def to(self, device: torch.device | str) -> Augmentation:
        """The same for cases on another device."""
        return Augmentation(self.config, self.decorrelation.to(device))

    def __call__(self, batch: Batch, generator: torch.Generator) -> Batch:
        """Each case of the batch, varied by a draw of its own. The generator is on the cases' device."""
        config, device = self.config, generator.device
        values, observed = _warped(batch, config, generator)
        count, steps, channels = values.shape

        def normal(*shape: int) -> Tensor:
            return torch.randn(*shape, generator=generator, device=device)

        mixed = self.decorrelation.apply(values) * (1 + config.scale * normal(count, 1, channels))
        mixed = mixed + config.shift * normal(count, 1, channels) + config.noise * normal(count, steps, channels)
        values = self.decorrelation.undo(mixed)
        first = torch.randint(0, steps, (count, 1), generator=generator, device=device)
        breadth = (config.gap * steps * torch.rand(count, 1, generator=generator, device=device)).long()
        places = torch.arange(steps, device=device)[None]
        kept = observed & ~((places >= first) & (places < first + breadth))
        # A blank stretch reads as the mean, not as missing: it is a disturbance to live with, not a mask to follow.
        return Batch(values * kept[..., None], observed)


def _warped(batch: Batch, config: AugmentationConfig, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Each case read at places whose speed varies, from a window of it; its length and its end stay."""
    values, observed, device = batch.values, batch.observed, generator.device
    count, steps, _ = values.shape
    if steps < 3 or (config.warp == 0 and config.crop == 0):
        return values, observed
    knots = torch.exp(config.warp * torch.randn(count, WARP_KNOTS, generator=generator, device=device))
    speed = functional.interpolate(knots[:, None], size=steps, mode="linear", align_corners=True)[:, 0]
    places = torch.arange(steps, device=device)
    ends = (observed * places).amax(1, keepdim=True)
    inside = places <= ends
    travelled = (speed * inside).cumsum(1) - speed[:, :1]
    share = travelled / travelled.amax(1, keepdim=True).clamp(min=1e-6)
    low = config.crop * torch.rand(count, 1, generator=generator, device=device)
    high = 1 - config.crop * torch.rand(count, 1, generator=generator, device=device)
    position = ((low + share * (high - low)) * ends).clamp(min=0)
    first = torch.minimum(position.long(), (ends - 1).clamp(min=0))
    weight = (position - first)[..., None]
    rows = torch.arange(count, device=device)[:, None]
    following = (first + 1).clamp(max=steps - 1)
    # What is missing weighs nothing, and a place is as observed as the step nearest to it.
    before = (1 - weight) * observed[rows, first][..., None]
    after = weight * observed[rows, following][..., None]
    blended = (values[rows, first] * before + values[rows, following] * after) / (before + after).clamp(min=1e-6)
    seen = torch.where(weight[..., 0] < 0.5, observed[rows, first], observed[rows, following]) & inside
    return blended * seen[..., None], seen
