"""Series of runs along one quantity (training cases, ranks, queries, temperature, wrong texts, noise), and looks at what a
fitted HiTime attends to, answers without the series, and makes of one set after learning from another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from scripts.classification.ablations import ONCE, Variant
from scripts.classification.contestants import CHANCE, FAMILY
from scripts.classification.probes import ANSWERS_INSIDE, LORA_ALONE, ZERO_SHOT, Look, Probe
from scripts.measurements import Measurement

USUAL_SETS = ("Epilepsy", "NATOPS")
SHARES = (0.05, 0.10, 0.20)
RANKS = (4, 8, 16, 32, 64)
QUERIES = (2, 4, 8, 16, 32)
TEMPERATURES = (0.02, 0.07, 0.2)
SHUFFLED = (0.0, 0.2)
# How fast the weight between the losses is learnt; at the slowest it hardly leaves 1 : 1.
GATE_RATES = (1, 30, 300)
DECIBELS = (10, 5, 0)
LARGE_SOURCES = ("PenDigits", "CharacterTrajectories")


@dataclass(frozen=True)
class Study:
    """variants: along the quantity. models: those that run where none are named."""

    variants: tuple[Variant, ...]
    models: tuple[str, ...] = (FAMILY,)


def _look_inside(look: Look) -> list[Measurement]:
    # Imported when it runs, since it brings torch.
    from scripts.classification.inside import look_inside

    return look_inside(look)


def _look_at_transfer(look: Look) -> list[Measurement]:
    from scripts.classification.transfer import look_at_transfer

    return look_at_transfer(look)


def _once(label: str, **config: Mapping[str, object]) -> Variant:
    return Variant(label, {**ONCE, **config})


def _transfer(source: str) -> Variant:
    labels = (f"{ZERO_SHOT} {source}", f"{LORA_ALONE} {source}")
    return Variant(f"transfer from {source}", probe=Probe(_look_at_transfer, labels, needs=(source,)))


STUDIES: Mapping[str, Study] = {
    "few-shot": Study(
        tuple(Variant(f"few-shot {100 * share:.0f} %", share=share) for share in SHARES), models=(FAMILY, "minirocket")
    ),
    # The adapters' scale, alpha over rank, stays as in the default, so that only their capacity changes.
    "ranks": Study(tuple(_once(f"rank {rank}", language={"rank": rank, "alpha": 2 * rank}) for rank in RANKS)),
    "queries": Study(tuple(_once(f"queries {count}", alignment={"queries": count}) for count in QUERIES)),
    "temperature": Study(tuple(_once(f"temperature {value}", alignment={"temperature": value}) for value in TEMPERATURES)),
    "gate": Study(tuple(_once(f"gate rate {rate}", alignment={"gate_rate": rate}) for rate in GATE_RATES)),
    "shuffled": Study(tuple(_once(f"shuffled texts {100 * share:.0f} %", alignment={"shuffled": share}) for share in SHUFFLED)),
    "noise": Study(
        (Variant("noise", noises={"noise none": None} | {f"noise {level} dB": float(level) for level in DECIBELS}),),
        models=(FAMILY, "minirocket"),
    ),
    "inside": Study(
        (Variant("inside", probe=Probe(_look_inside, ANSWERS_INSIDE, others=("layer ", "evenly spread", "pairs "))),)
    ),
    "transfer": Study((Variant("from scratch"), *(_transfer(source) for source in LARGE_SOURCES)), models=(FAMILY, CHANCE)),
}
