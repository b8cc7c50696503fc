"""Uncorrelated mixtures of the channels."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

# Of the mean variance, added to that of every mixture: one that hardly varies is enlarged ten times at most.
RIDGE = 0.01
# A mean variance below this, of standardised values, is no variation.
SMALLEST = 1e-6


@dataclass(frozen=True)
class Decorrelation:
    """forward, backward: (channel, channel), each the other's inverse; None for a single channel, or where none varies."""

    forward: Tensor | None = None
    backward: Tensor | None = None

    @classmethod
    def of(cls, values: Tensor, observed: Tensor) -> Decorrelation:
        """From standardised values (batch, time, channel) where observed (batch, time).

        The mixtures have nearly unit variance and are as near to the channels as uncorrelated ones can be.
        Source: Kessy, Lewin & Strimmer 2018, Optimal Whitening (zero-phase components).
        """
        if values.shape[2] == 1:
            return cls()
        flat = values[observed].double()
        flat = flat - flat.mean(0)
        covariance = flat.T @ flat / max(len(flat), 1)
        variances, directions = torch.linalg.eigh(covariance)
        variances = variances.clamp(min=0)
        if float(variances.mean()) < SMALLEST:
            return cls()
        sizes = (variances + RIDGE * variances.mean()).sqrt()
        forward = directions @ torch.diag(1 / sizes) @ directions.T
        # What is kept in a checkpoint is half of single precision, and the inverse is that of what is kept.
        forward = forward.half().double()
        return cls(forward.float(), torch.linalg.inv(forward).float())

    def to(self, device: torch.device | str) -> Decorrelation:
        """The same on another device."""
        return Decorrelation(*(None if part is None else part.to(device) for part in (self.forward, self.backward)))

    def apply(self, values: Tensor) -> Tensor:
        """The mixtures of values (batch, time, channel)."""
        return values if self.forward is None else values @ self.forward

    def undo(self, mixed: Tensor) -> Tensor:
        """The values of mixtures (batch, time, channel)."""
        return mixed if self.backward is None else mixed @ self.backward
