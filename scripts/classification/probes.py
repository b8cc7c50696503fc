"""Studies that look at a fitted HiTime otherwise than by running it along one quantity."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.classification.sets import LabelledSet
from scripts.measurements import Measurement

# What rows are called.
KEPT, REMOVED, MEAN, SHUFFLED, NO_PROMPT = "series kept", "series removed", "series mean", "series shuffled", "prompt removed"
ANSWERS_INSIDE = (KEPT, REMOVED, MEAN, SHUFFLED, NO_PROMPT)
ZERO_SHOT, LORA_ALONE = "transfer zero-shot from", "transfer LoRA alone from"


@dataclass(frozen=True)
class Look:
    """What a probe works with.

    chosen: the set, to train on and to be tested on. others: name → sets that it learns from besides. config: of HiTime, over
    its defaults. stages: where finished stages are kept, a folder for each set. figures: where pictures go.
    """

    chosen: LabelledSet
    seed: int
    config: Mapping[str, Any]
    others: Mapping[str, LabelledSet]
    stages: Path
    figures: Path


@dataclass(frozen=True)
class Probe:
    """measure: gives all rows of one look.

    labels: what the rows with accuracies are called; a look is finished once they are there. others: beginnings of what its
    further rows are called. needs: names of sets that it learns from besides; without them it cannot run.
    """

    measure: Callable[[Look], list[Measurement]]
    labels: tuple[str, ...]
    others: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
