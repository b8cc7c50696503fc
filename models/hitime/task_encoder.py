"""The task-specific encoders: trained on the labels, each with a linear head of its own. Source: Cheng et al. 2024 (ConvTimeNet)."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from models.config import AugmentationConfig, EncoderName, TaskEncoderConfig
from models.encoders import build_encoder, masked_mean
from models.hitime.preparation import Batch, augmented
from models.monitor import Monitor

logger = logging.getLogger(__name__)

AT_ONCE = 256
LARGEST_BATCH = 128


def pooled(tokens: Tensor, mask: Tensor) -> Tensor:
    """(batch, 2 · width): mean and maximum of tokens (batch, token, width) that count."""
    largest = tokens.masked_fill(~mask[..., None], -torch.inf).amax(1)
    return torch.cat([masked_mean(tokens, mask), torch.where(largest.isinf(), 0.0, largest)], 1)


class TaskEncoder(nn.Module):
    """An encoder and the linear head that trains it. width: of a token; channels, length: of the series."""

    def __init__(self, name: EncoderName, config: TaskEncoderConfig, *, channels: int, length: int, classes: int) -> None:
        super().__init__()
        self.encoder = build_encoder(name, channels=channels, length=length, width=config.width, tokens=config.tokens)
        self.head = nn.Linear(2 * config.width, classes)
        self.dropout = config.dropout

    def forward(self, values: Tensor, observed: Tensor) -> Tensor:
        """(batch, class) logits."""
        features = pooled(*self.encoder(values, observed))
        logits: Tensor = self.head(functional.dropout(features, self.dropout, self.training))
        return logits


def train_task_encoder(
    name: EncoderName,
    batch: Batch,
    targets: Tensor,
    classes: int,
    config: TaskEncoderConfig,
    augmentation: AugmentationConfig,
    *,
    seed: int,
    monitor: Monitor,
    device: str = "cpu",
) -> TaskEncoder:
    """Train one encoder on labelled cases: AdamW, one cycle of the learning rate, smoothed labels, cases varied at every step.

    targets: (batch,) class positions. Returns it in evaluation mode. The same seed gives the same encoder on the same CPU.
    Sources: Smith & Topin 2019 (one cycle), Szegedy et al. 2016 (label smoothing), Zhang et al. 2018 (blending cases).
    """
    generator = torch.Generator().manual_seed(seed)
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = TaskEncoder(name, config, channels=batch.values.shape[2], length=batch.values.shape[1], classes=classes).to(
            device
        )
        optimiser = torch.optim.AdamW(network.parameters(), config.learning_rate, weight_decay=config.weight_decay)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=config.steps, pct_start=0.1)
        size = step_size(len(batch), config.batch)
        for step, rows in enumerate(shuffled_rows(len(batch), size, config.steps, generator)):
            loss = _step_loss(network, batch.rows(rows), targets[rows], config, augmentation, generator, device)
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(network.parameters(), 1.0)
            optimiser.step()
            schedule.step()
            if step % 50 == 0:
                monitor.report(step / config.steps, f"training the {name} encoder")
    logger.info("Task-specific %s: loss %.3f after %d steps.", name, float(loss), config.steps)
    return network.cpu().eval()


def _step_loss(
    network: TaskEncoder,
    cases: Batch,
    targets: Tensor,
    config: TaskEncoderConfig,
    augmentation: AugmentationConfig,
    generator: torch.Generator,
    device: str,
) -> Tensor:
    varied = augmented(cases, augmentation, generator)
    values, observed, other, share = varied.values, varied.observed, targets, 1.0
    if augmentation.mix:
        share = float(torch.distributions.Beta(augmentation.mix, augmentation.mix).sample())
        order = torch.randperm(len(values), generator=generator)
        values, observed, other = share * values + (1 - share) * values[order], observed | observed[order], targets[order]
    logits = network(values.to(device), observed.to(device))

    def entropy(wanted: Tensor) -> Tensor:
        return functional.cross_entropy(logits, wanted.to(device), label_smoothing=config.smoothing)

    return share * entropy(targets) + (1 - share) * entropy(other) if augmentation.mix else entropy(targets)


def step_size(cases: int, usual: int) -> int:
    """Cases a step: the usual number, and more where there are many, so that the same steps see enough of them."""
    return max(2, min(max(usual, cases // 50), LARGEST_BATCH, cases))


def shuffled_rows(cases: int, size: int, steps: int, generator: torch.Generator) -> Sequence[Tensor]:
    """Row numbers of each of `steps` batches: epochs of shuffled cases, a short rest joined to the next epoch."""
    needed = size * steps
    epochs = [torch.randperm(cases, generator=generator) for _ in range(-(-needed // cases))]
    return torch.cat(epochs)[:needed].split(size)


@torch.no_grad()
def in_batches(network: nn.Module, batch: Batch) -> tuple[Tensor, ...]:
    """What a network in evaluation mode gives for all cases, a few at a time; one tensor or a tuple of them."""
    parts = []
    for first in range(0, len(batch), AT_ONCE):
        result = network(batch.values[first : first + AT_ONCE], batch.observed[first : first + AT_ONCE])
        parts.append(result if isinstance(result, tuple) else (result,))
    return tuple(torch.cat(column) for column in zip(*parts, strict=True))
