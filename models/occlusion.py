"""Which stretch of a case decided its class: what the probability loses when a stretch is hidden.

Source: Zeiler & Fergus (2014), Visualizing and understanding convolutional networks, on sensitivity to occlusion.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from models.base import Classifier
from models.cases import as_cases, case_lengths
from models.errors import BadInput

WINDOWS = 40
# Of the case: a stretch that decides is looked for among the narrow windows first.
SHARES = (0.12, 0.3)
DECIDES = 0.05
LEAST_STEPS = 3
MOST_CHANNELS = 6


@dataclass(frozen=True)
class Saliency:
    """What hiding parts of one case does to the probability of its class.

    label: the class. probability: of the whole case. drops: (time,) float64, the mean drop of the probability over the windows
    that hide a time step; negative where hiding makes the class more probable; NaN beyond the last observed step. start, end:
    first and last time step of the window whose hiding costs most, inclusive; drop: what it costs. channel_drops: (channel,),
    what hiding a single channel in that window costs; empty for a single channel or too many.
    """

    label: str
    probability: float
    drops: np.ndarray
    start: int
    end: int
    drop: float
    channel_drops: tuple[float, ...]

    @property
    def decides(self) -> bool:
        """Whether hiding any one stretch costs enough to say that it decided."""
        return self.drop >= DECIDES


def occlusion(model: Classifier[Any], case: np.ndarray, *, windows: int = WINDOWS) -> Saliency:
    """Hide window after window of a case behind a straight line between the window's edges, and ask the model again.

    case: (channel, time), NaN where missing: what is missing stays so. windows: about how many, each over an eighth of the
    case, evenly spaced and overlapping; where none of these costs anything, windows over a third count. All are asked in one
    batch, and those of single channels in a second one, for their probabilities alone.
    Errors: BadInput for another shape, fewer than three time steps, or fewer than one window; NotFitted.
    """
    if windows < 1:
        raise BadInput(f"Occlusion needs at least one window; found {windows}.")
    table = as_cases([case])
    steps = int(case_lengths(table)[0])
    if steps < LEAST_STEPS:
        raise BadInput(f"A case has at least {LEAST_STEPS} time steps to find the one that decided; found {steps}.")
    whole, channels = table[0], table.shape[1]
    spans = [_windows(steps, share, windows) for share in SHARES]
    hidden = [_hidden(whole, start, length, range(channels), steps) for starts, length in spans for start in starts]
    (label,) = model.predict(table).labels
    column = model.classes.index(label)
    asked = model.probabilities(np.stack([whole, *hidden]))[:, column]
    probability = float(asked[0])
    narrow, wide = np.split(probability - asked[1:], [len(spans[0][0])])
    costs, (starts, length) = (narrow, spans[0]) if narrow.max() >= DECIDES or wide.max() < DECIDES else (wide, spans[1])
    best = int(np.argmax(costs))
    start = int(starts[best])
    return Saliency(
        label=label,
        probability=probability,
        drops=_spread(costs, starts, length, steps, whole.shape[1]),
        start=start,
        end=start + length - 1,
        drop=float(costs[best]),
        channel_drops=_by_channel(model, whole, start, length, steps, column, probability),
    )


def _windows(steps: int, share: float, count: int) -> tuple[np.ndarray, int]:
    """The starts of about `count` evenly spaced windows over a share of a case of so many steps, and their length."""
    length = min(max(LEAST_STEPS, round(share * steps)), steps)
    return np.unique(np.linspace(0, steps - length, min(count, steps - length + 1)).round().astype(int)), length


def _by_channel(
    model: Classifier[Any], whole: np.ndarray, start: int, length: int, steps: int, column: int, probability: float
) -> tuple[float, ...]:
    if not 1 < len(whole) <= MOST_CHANNELS:
        return ()
    hidden = np.stack([_hidden(whole, start, length, [channel], steps) for channel in range(len(whole))])
    return tuple(float(probability - share) for share in model.probabilities(hidden)[:, column])


def _hidden(whole: np.ndarray, start: int, length: int, channels: Iterable[int], steps: int) -> np.ndarray:
    """The case with a straight line from just before to just after the window; at an end of the case, the level beside it."""
    covered = whole.copy()
    for channel in channels:
        values = whole[channel, :steps]
        inside = np.zeros(steps, dtype=bool)
        inside[start : start + length] = True
        outside = np.flatnonzero(~inside & ~np.isnan(values))
        places = np.flatnonzero(inside & ~np.isnan(values))
        if not len(places):
            continue
        around = outside if len(outside) else places
        level = values[around] if len(outside) else np.full(len(places), values[places].mean())
        covered[channel, places] = np.interp(places, around, level)
    return covered


def _spread(costs: np.ndarray, starts: np.ndarray, length: int, steps: int, whole: int) -> np.ndarray:
    """(time,) mean cost of the windows over each time step, NaN beyond `steps`."""
    total, count = np.zeros(steps), np.zeros(steps)
    for cost, start in zip(costs, starts, strict=True):
        total[start : start + length] += cost
        count[start : start + length] += 1
    drops = np.full(whole, np.nan)
    drops[:steps] = np.where(count > 0, total / np.maximum(count, 1), 0.0)
    return drops
