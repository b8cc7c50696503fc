"""What is left out of HiTime or replaced in it, one thing at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from scripts.classification.probes import Probe

# The better of the heads without a language model, of the same fit.
NO_LANGUAGE_MODEL = "no-lm"


@dataclass(frozen=True)
class Variant:
    """One way to run a contestant.

    label: what its rows are called. config: of HiTime, where it differs from the defaults; nested as `HiTimeConfig` is.
    share: of the training cases. noises: label → decibels of the noise in the test cases, none for None; one fit gives them all.
    probe: what looks at HiTime in its own way, in place of a fit that answers the test cases.
    """

    label: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    share: float | None = None
    noises: Mapping[str, float | None] = field(default_factory=dict)
    probe: Probe | None = None

    @property
    def for_hitime(self) -> bool:
        """Whether it says something of HiTime alone."""
        return bool(self.config) or self.probe is not None

    @property
    def tests(self) -> Mapping[str, float | None]:
        """Label of the rows → decibels, of every test this variant's fit is put to."""
        return dict.fromkeys(self.probe.labels) if self.probe is not None else self.noises or {self.label: None}


# Where variations of one model are compared, each is trained once, on the cases that a trial sees, in half of the time.
ONCE: Mapping[str, Any] = {"refit": False}
ABLATIONS: Mapping[str, Mapping[str, Any]] = {
    # The encoder and the random convolutions; the two that follow leave out one of them.
    "no-data-encoder": {"sources": "task"},
    "no-masked-codes": {"data": {"masked_codes": False}},
    "no-task-encoder": {"sources": "data"},
    "no-random-convolutions": {"data": {"kernels": 0}},
    "raw-patches": {"sources": "patches"},
    "coarse-only": {"alignment": {"losses": "coarse"}},
    "fine-only": {"alignment": {"losses": "fine"}},
    "equal-weights": {"alignment": {"weighting": "equal"}},
    "no-alignment": {"alignment": {"losses": "none"}},
    "no-prompt": {"language": {"prompt": "none"}},
    "random-lm": {"language": {"weights": "random"}},
    "described": {"language": {"prompt": "described"}},
}


def names() -> tuple[str, ...]:
    """Every ablation."""
    return (*ABLATIONS, NO_LANGUAGE_MODEL)


def variants(chosen: list[str]) -> list[Variant]:
    """The whole model first, which every ablation is compared with, then the chosen ones that need a fit of their own."""
    return [Variant(), *(Variant(name, ABLATIONS[name]) for name in chosen if name in ABLATIONS)]


def merged(*configs: Mapping[str, Any]) -> dict[str, Any]:
    """The configurations over each other, later ones winning, nested ones key by key."""
    result: dict[str, Any] = {}
    for config in configs:
        for key, value in config.items():
            before = result.get(key)
            result[key] = merged(before, value) if isinstance(before, Mapping) and isinstance(value, Mapping) else value
    return result
