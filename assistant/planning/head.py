"""The small head: multinomial logistic regression from a sentence's embedding to its intent, in numpy.

Trained by `python -m scripts.train_planner` on the example questions beside it; head.json says how, and how well it does.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import cast

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import load

from assistant.planning.intents import INTENTS, Intent

Embed = Callable[[list[str]], NDArray[np.float32]]
"""Sentences → (batch, 384) unit vectors, no NaN."""


@dataclass(frozen=True)
class Head:
    """weight: (intent, 384) float32. bias: (intent,) float32. intents: what the rows stand for."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]
    intents: tuple[Intent, ...]

    def probabilities(self, embeddings: NDArray[np.float32]) -> NDArray[np.float64]:
        """(batch, 384) → (batch, intent); rows sum to 1."""
        scores = embeddings.astype(np.float64) @ self.weight.T.astype(np.float64) + self.bias
        raised = np.exp(scores - scores.max(axis=1, keepdims=True))
        return cast("NDArray[np.float64]", raised / raised.sum(axis=1, keepdims=True))


def examples() -> dict[str, list[str]]:
    """The example questions, by intent; {a} and {b} stand for names of series."""
    return cast("dict[str, list[str]]", json.loads(files(__package__).joinpath("examples.json").read_text("utf-8")))


def examples_digest() -> str:
    """SHA-256 of the example questions as they are on disk."""
    return hashlib.sha256(files(__package__).joinpath("examples.json").read_bytes()).hexdigest()


@lru_cache(maxsize=1)
def load_head() -> Head:
    """The shipped head. Raises ValueError where its intents are not those of the code."""
    card = json.loads(files(__package__).joinpath("head.json").read_text("utf-8"))
    intents = tuple(card["intents"])
    if set(intents) != set(INTENTS):
        raise ValueError(f"Expected a head for {sorted(INTENTS)}, found {sorted(intents)}; run python -m scripts.train_planner.")
    arrays = load(files(__package__).joinpath("head.safetensors").read_bytes())
    return Head(arrays["weight"], arrays["bias"], cast("tuple[Intent, ...]", intents))
