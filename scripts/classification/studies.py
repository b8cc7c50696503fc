"""Series of runs along one quantity: training cases, ranks, queries, temperature, wrong texts, noise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.classification.ablations import Variant
from scripts.classification.contestants import FAMILY

USUAL_SETS = ("Epilepsy", "NATOPS")
SHARES = (0.05, 0.10, 0.20)
RANKS = (4, 8, 16, 32, 64)
QUERIES = (2, 4, 8, 16, 32)
TEMPERATURES = (0.02, 0.07, 0.2)
SHUFFLED = (0.0, 0.2)
DECIBELS = (10, 5, 0)


@dataclass(frozen=True)
class Study:
    """variants: along the quantity. models: those that run where none are named."""

    variants: tuple[Variant, ...]
    models: tuple[str, ...] = (FAMILY,)


STUDIES: Mapping[str, Study] = {
    "few-shot": Study(
        tuple(Variant(f"few-shot {100 * share:.0f} %", share=share) for share in SHARES), models=(FAMILY, "minirocket")
    ),
    # The adapters' scale, alpha over rank, stays as in the default, so that only their capacity changes.
    "ranks": Study(tuple(Variant(f"rank {rank}", {"language": {"rank": rank, "alpha": 2 * rank}}) for rank in RANKS)),
    "queries": Study(tuple(Variant(f"queries {count}", {"alignment": {"queries": count}}) for count in QUERIES)),
    "temperature": Study(tuple(Variant(f"temperature {value}", {"alignment": {"temperature": value}}) for value in TEMPERATURES)),
    "shuffled": Study(
        tuple(Variant(f"shuffled texts {100 * share:.0f} %", {"alignment": {"shuffled": share}}) for share in SHUFFLED)
    ),
    "noise": Study(
        (Variant("noise", noises={"noise none": None} | {f"noise {level} dB": float(level) for level in DECIBELS}),),
        models=(FAMILY, "minirocket"),
    ),
}
