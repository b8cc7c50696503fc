"""The task-specific encoders: trained on the labels, each with a linear head of its own.

Source: Cheng et al. 2025, ConvTimeNet (a supervised encoder of deformable patches), and Tao et al. 2024, HiTime (its place).
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.config import MemberConfig, TaskEncoderConfig
from models.encoders import build_encoder, masked_mean
from models.hitime.augmentation import Augmentation
from models.hitime.optimisation import one_cycle, shuffled_rows, step_size, take_step
from models.hitime.preparation import Batch
from models.monitor import Monitor

logger = logging.getLogger(__name__)

AT_ONCE = 256
# Steps between neighbouring values are smaller than the values.
DIFFERENCE_SCALE = 2.0


def pooled(tokens: Tensor, mask: Tensor) -> Tensor:
    """(batch, 2 · width): mean and maximum of tokens (batch, token, width) that count."""
    largest = tokens.masked_fill(~mask[..., None], -torch.inf).amax(1)
    return torch.cat([masked_mean(tokens, mask), torch.where(largest.isinf(), 0.0, largest)], 1)


class TaskEncoder(nn.Module):
    """An encoder and the linear head that trains it. channels, length: of the series."""

    def __init__(self, member: MemberConfig, config: TaskEncoderConfig, *, channels: int, length: int, classes: int) -> None:
        super().__init__()
        self.differences = member.differences
        self.mixing: Tensor | None
        self.register_buffer("mixing", torch.eye(channels) if member.decorrelated else None)
        channels = 2 * channels if member.differences else channels
        self.encoder = build_encoder(member.encoder, channels=channels, length=length, width=config.width, tokens=config.tokens)
        self.head = nn.Linear(2 * config.width, classes)
        self.dropout = config.dropout

    def tokens(self, values: Tensor, observed: Tensor) -> tuple[Tensor, Tensor]:
        """The encoder's tokens (batch, token, width) and their mask (batch, token)."""
        if self.mixing is not None:
            values = values @ self.mixing
        if self.differences:
            steps = functional.pad(values[:, 1:] - values[:, :-1], (0, 0, 1, 0))
            known = observed & functional.pad(observed[:, :-1], (1, 0), value=False)
            values = torch.cat([values, DIFFERENCE_SCALE * steps * known[..., None]], 2)
        found: tuple[Tensor, Tensor] = self.encoder(values, observed)
        return found

    def forward(self, values: Tensor, observed: Tensor) -> Tensor:
        """(batch, class) logits."""
        features = pooled(*self.tokens(values, observed))
        logits: Tensor = self.head(functional.dropout(features, self.dropout, self.training))
        return logits


def train_task_encoder(
    member: MemberConfig,
    batch: Batch,
    targets: Tensor,
    classes: int,
    config: TaskEncoderConfig,
    augmentation: Augmentation,
    *,
    seed: int,
    monitor: Monitor,
    device: str = "cpu",
) -> TaskEncoder:
    """Train one encoder on labelled cases: AdamW, one cycle of the learning rate, smoothed labels, cases varied at every step.

    targets: (batch,) class positions. Returns it in evaluation mode. The same seed gives the same encoder on the same CPU.
    Sources: Smith & Topin 2019 (one cycle), Szegedy et al. 2016 (label smoothing), Zhang et al. 2018 (blending cases).
    """
    # All of it lies where the network does: nothing goes back and forth at every step.
    generator = torch.Generator(device).manual_seed(seed)
    batch, targets, vary = batch.to(device), targets.to(device), augmentation.to(device)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        steps, channels = batch.values.shape[1:]
        network = TaskEncoder(member, config, channels=channels, length=steps, classes=classes)
        if network.mixing is not None and augmentation.decorrelation.forward is not None:
            network.mixing.copy_(augmentation.decorrelation.forward)
        network.to(device)
        parameters = list(network.parameters())
        optimiser, schedule = one_cycle(parameters, config.learning_rate, config.steps, weight_decay=config.weight_decay)
        size = step_size(len(batch), config.batch)
        for step, rows in enumerate(shuffled_rows(len(batch), size, config.steps, generator)):
            varied = vary(batch.rows(rows), generator)
            loss = _step_loss(network, varied, targets[rows], config.smoothing, member.blend, generator)
            take_step(loss, parameters, optimiser, schedule)
            if step % 50 == 0:
                monitor.report(step / config.steps, f"training the {member.encoder} encoder")
    logger.info("Task-specific %s: loss %.3f after %d steps.", member.encoder, float(loss.detach()), config.steps)
    return network.cpu().eval()


def _step_loss(
    network: TaskEncoder,
    cases: Batch,
    targets: Tensor,
    smoothing: float,
    blend: float,
    generator: torch.Generator,
) -> Tensor:
    values, observed, other, share = cases.values, cases.observed, targets, 1.0
    if blend:
        share = float(torch.distributions.Beta(blend, blend).sample())
        order = torch.randperm(len(values), generator=generator, device=generator.device)
        values, observed, other = share * values + (1 - share) * values[order], observed | observed[order], targets[order]
    logits = network(values, observed)
    losses = [functional.cross_entropy(logits, wanted, label_smoothing=smoothing) for wanted in (targets, other)]
    return share * losses[0] + (1 - share) * losses[1]


@torch.no_grad()
def in_batches(network: Callable[[Tensor, Tensor], Tensor | tuple[Tensor, ...]], batch: Batch) -> tuple[Tensor, ...]:
    """What a network in evaluation mode gives for all cases, a few at a time, on the CPU; one tensor or a tuple of them.

    network: a module, a module's method, or any function; cases go to where the module is, and only results come back.
    """
    module = getattr(network, "__self__", network)
    weight = next(module.parameters(), None) if isinstance(module, nn.Module) else None
    device = batch.values.device if weight is None else weight.device
    parts = []
    for first in range(0, len(batch), AT_ONCE):
        few = slice(first, first + AT_ONCE)
        result = network(batch.values[few].to(device), batch.observed[few].to(device))
        parts.append(tuple(part.cpu() for part in (result if isinstance(result, tuple) else (result,))))
    return tuple(torch.cat(column) for column in zip(*parts, strict=True))
