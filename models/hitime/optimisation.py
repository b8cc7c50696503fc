"""How all stages are optimised: AdamW, one cycle of the learning rate, limited gradients, and who is in which batch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.optim.lr_scheduler import LRScheduler, OneCycleLR

LARGEST_BATCH = 128
LARGEST_GRADIENT = 1.0


def one_cycle(
    parameters: Iterable[nn.Parameter],
    learning_rate: float,
    steps: int,
    *,
    weight_decay: float,
    apart: Sequence[nn.Parameter] = (),
    times: float = 1.0,
) -> tuple[Optimizer, LRScheduler]:
    """An optimiser of these parameters, and a learning rate that rises and falls once. Source: Smith & Topin 2019.

    apart: those of the parameters that learn so many times as fast, and without weight decay, which is for weights.
    """
    marked = {id(parameter) for parameter in apart}
    groups: list[dict[str, Any]] = [{"params": [parameter for parameter in parameters if id(parameter) not in marked]}]
    rates = [learning_rate]
    if apart:
        groups.append({"params": list(apart), "weight_decay": 0.0})
        rates.append(times * learning_rate)
    optimiser = AdamW(groups, learning_rate, weight_decay=weight_decay, fused=True)
    # A rise needs two steps at least.
    steps = max(steps, 4)
    return optimiser, OneCycleLR(optimiser, rates, total_steps=steps, pct_start=max(0.1, 2 / steps))


def take_step(loss: Tensor, parameters: Iterable[nn.Parameter], optimiser: Optimizer, schedule: LRScheduler) -> None:
    """One step down the loss, its gradient limited."""
    optimiser.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]
    nn.utils.clip_grad_norm_(parameters, LARGEST_GRADIENT)
    optimiser.step()
    schedule.step()


def step_size(cases: int, usual: int) -> int:
    """Cases a step: the usual number, and more where there are many, so that the same steps see enough of them."""
    return max(2, min(max(usual, cases // 50), LARGEST_BATCH, cases))


def shuffled_rows(cases: int, size: int, steps: int, generator: torch.Generator) -> Sequence[Tensor]:
    """Row numbers of each of `steps` batches, on the generator's device: epochs of shuffled cases.

    A short rest is joined to the next epoch.
    """
    needed = size * steps
    epochs = [torch.randperm(cases, generator=generator, device=generator.device) for _ in range(-(-needed // cases))]
    return list(torch.cat(epochs)[:needed].reshape(steps, size))
