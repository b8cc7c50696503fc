"""What stands behind a class: how sure it is, how familiar the case, which stretch decided, and an example to compare with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from assistant.agents.base import AgentContext
from assistant.agents.classifier_cases import AskedCases
from assistant.data.series import Series

if TYPE_CHECKING:
    from models.base import Classifier
    from models.occlusion import Saliency
    from models.types import Classification, Neighbour

# So many cases are told one by one, each with the stretch that decided; so many more are told with their classes alone.
TOLD, LISTED = 12, 40
# So many are classified between two looks at whether the user gave up.
TOGETHER = 250
LIKELIER_THAN_NOT, TIMES_AS_LIKELY = 0.5, 2.0
SHORTEST = 3


@dataclass(frozen=True)
class Verdict:
    """What was found of one case. shares: the probability of each class. second: the next likely class and its probability;
    saliency: None where not looked for."""

    title: str
    label: str
    probability: float
    shares: dict[str, float]
    second: tuple[str, float]
    unsure: bool
    strangeness: float
    unlike: str
    neighbours: tuple[Neighbour, ...]
    saliency: Saliency | None
    values: np.ndarray
    series: Series | None

    @property
    def strange(self) -> bool:
        """Whether the case is unlike anything the model was trained on."""
        return self.strangeness > 1.0

    @property
    def decisive(self) -> Saliency | None:
        """The stretch that decided, where one did."""
        return self.saliency if self.saliency is not None and self.saliency.decides else None

    @property
    def example(self) -> Neighbour | None:
        """The nearest training example to compare with: of the same class where one is among the nearest."""
        alike = [near for near in self.neighbours if near.label == self.label]
        return next(iter([*alike, *self.neighbours]), None)


def verdicts(model: Classifier[Any], asked: AskedCases, context: AgentContext) -> tuple[Verdict, ...]:
    """Classify the cases, with the probability of each class. Errors: BadInput for another number of channels."""
    found: list[Verdict] = []
    for start in range(0, len(asked.cases), TOGETHER):
        context.stop_if_cancelled()
        context.progress(start / len(asked.cases), "classifying")
        part = asked.rows(range(start, min(start + TOGETHER, len(asked.cases))))
        outcome = model.predict(list(part.cases))
        found += [_verdict(outcome, part, row) for row in range(len(part.titles))]
    return tuple(found)


def explained(model: Classifier[Any], found: Sequence[Verdict], context: AgentContext) -> tuple[Verdict, ...]:
    """The same with the stretch that decided each."""
    told = []
    for row, verdict in enumerate(found):
        context.stop_if_cancelled()
        context.progress(row / len(found), f"looking for what decided {verdict.title}")
        told.append(replace(verdict, saliency=_saliency(model, verdict)))
    return tuple(told)


def is_unsure(first: float, second: float) -> bool:
    """Whether a class with this probability, the next likely one having the second, is not to be relied on."""
    return first < LIKELIER_THAN_NOT or first < TIMES_AS_LIKELY * second


def _saliency(model: Classifier[Any], verdict: Verdict) -> Saliency | None:
    from models.occlusion import occlusion

    observed = np.flatnonzero(~np.isnan(verdict.values).all(axis=0))
    # Nothing decides on what the model does not know.
    if verdict.strange or observed[-1] + 1 < SHORTEST:
        return None
    return occlusion(model, verdict.values)


def _verdict(outcome: Classification, asked: AskedCases, row: int) -> Verdict:
    shares = outcome.probabilities[row]
    first = outcome.classes.index(outcome.labels[row])
    second = max((column for column in range(len(shares)) if column != first), key=lambda column: shares[column])
    return Verdict(
        title=asked.titles[row],
        label=outcome.labels[row],
        probability=float(shares[first]),
        shares=dict(zip(outcome.classes, shares.tolist(), strict=True)),
        second=(outcome.classes[second], float(shares[second])),
        unsure=is_unsure(float(shares[first]), float(shares[second])),
        strangeness=float(outcome.strangeness[row]),
        unlike=outcome.oddities[row],
        neighbours=outcome.neighbours[row],
        saliency=None,
        values=asked.cases[row],
        series=asked.series[row] if asked.series else None,
    )
