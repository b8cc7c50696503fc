"""Which classifier is used: the one named, else one that fits the cases, the user's own before those that are shipped."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.agents.base import AgentContext
from assistant.errors import BadRequest

if TYPE_CHECKING:
    from models.checkpoint import TrainingRecord

_NAMED = 6
SAME_LENGTH = 0.2


@dataclass(frozen=True)
class KnownClassifier:
    """A saved classifier. method: its registry name. channels, steps: of the cases it was trained on, None where not recorded.

    head: which of its heads validation chose to name the class, "" where there was no choice.
    """

    name: str
    folder: Path
    method: str
    channels: int | None
    steps: int | None
    training: TrainingRecord
    shipped: bool
    head: str = ""

    @property
    def words(self) -> str:
        """Its name and what its cases look like."""
        channels = _counted(self.channels) if self.channels else "cases of its own kind"
        return f"{self.name} ({channels}{f', about {self.steps:,} time steps' if self.steps else ''})"


def known_classifiers(wanted: str | None, context: AgentContext) -> list[KnownClassifier]:
    """The classifier called `wanted`, or all there are, the user's own first and the latest of them first.

    Errors: BadRequest when there is none, or none of that name; CheckpointError when the named one is damaged. Damaged ones
    that nobody named are left out with a warning.
    """
    from models.errors import CheckpointError

    shipped = context.tools.shipped()
    folders = shipped | context.tools.trained()
    order = list(dict.fromkeys([*context.tools.trained(), *shipped]))
    if wanted is not None:
        if wanted not in folders:
            raise BadRequest(_nothing_called(wanted, order))
        found = _described(wanted, folders[wanted], shipped)
        if found is None:
            raise BadRequest(f"{wanted} is a forecaster, not a classifier. Name another model.")
        return [found]
    classifiers = []
    for name in order:
        try:
            found = _described(name, folders[name], shipped)
        except CheckpointError as error:
            context.warnings.append(f"The model {name} was left out: {error}")
            continue
        classifiers += [found] if found is not None else []
    if not classifiers:
        raise BadRequest(_none_yet())
    return classifiers


def choose(known: Sequence[KnownClassifier], channels: int, steps: int) -> KnownClassifier:
    """The classifier for cases of so many channels and time steps: the user's latest that fits, or the only shipped one.

    One trained on cases of about that length, even a shipped one, comes before those of other lengths.
    Errors: BadRequest where none takes so many channels, and where it cannot be told which shipped one is meant.
    """
    near = _fitting(known, channels, steps)
    own = [one for one in near if not one.shipped]
    if own:
        return own[0]
    if len(near) == 1:
        return near[0]
    count = _counted(channels)
    listed = ", ".join(one.words for one in (near or known)[:_NAMED])
    if near:
        raise BadRequest(f"Several classifiers take cases of {count}: {listed}. Name the one to use.")
    raise BadRequest(
        f"No classifier takes cases of {count}; there {'is' if len(known) == 1 else 'are'} {listed}. "
        "Give cases like those, or train a classifier on a labelled table."
    )


def fitting_too(known: Sequence[KnownClassifier], chosen: KnownClassifier, channels: int, steps: int) -> str:
    """A sentence on the user's other classifiers that such cases fit as well, "" where there is none."""
    others = [one.name for one in _fitting(known, channels, steps) if not one.shipped and one.name != chosen.name]
    if not others or chosen.shipped:
        return ""
    listed = ", ".join(others[:_NAMED]) + (" and others" if len(others) > _NAMED else "")
    return f"{chosen.name} was used, your latest; such cases fit {listed} too. Name a model to use it."


def is_near(model: KnownClassifier, steps: int) -> bool:
    """Whether it was trained on cases of about so many time steps, or on nobody knows how many."""
    return model.steps is None or abs(model.steps - steps) <= SAME_LENGTH * model.steps


def _fitting(known: Sequence[KnownClassifier], channels: int, steps: int) -> list[KnownClassifier]:
    """Those that take so many channels, and of these those of about that length where there are any."""
    fitting = [one for one in known if one.channels in (channels, None)]
    return [one for one in fitting if is_near(one, steps)] or fitting


def check_channels(model: KnownClassifier, channels: int) -> None:
    """Raises BadRequest where the cases have other channels than those that the classifier was trained on."""
    if model.channels not in (channels, None):
        raise BadRequest(
            f"{model.name} was trained on cases of {_counted(model.channels)}, and these have {_counted(channels)}. "
            f"{_told_together(model.channels)}Name another classifier, or train one on a labelled table of cases like these."
        )


def _told_together(channels: int | None) -> str:
    """How several series become one case; nothing for a classifier of single ones."""
    if channels is None or channels == 1:
        return ""
    return f"Series of the same times are taken for the channels of one case where exactly {channels} are named. "


def _counted(channels: int | None) -> str:
    return f"{channels} channel{'s' if channels != 1 else ''}"


def _described(name: str, folder: Path, shipped: dict[str, Path]) -> KnownClassifier | None:
    """What a saved folder says of itself; None where it is no classifier."""
    from models.checkpoint import read_summary
    from models.registry import available

    saved = read_summary(folder)
    if saved.model in {entry.name for entry in available("forecaster")}:
        return None
    steps = saved.training.figures.get("time_steps")
    channels = saved.details.get("channels")
    return KnownClassifier(
        name=name,
        folder=folder,
        method=str(saved.model),
        channels=channels if isinstance(channels, int) else None,
        steps=int(steps) if steps else None,
        training=saved.training,
        shipped=shipped.get(name) == folder,
        head=str(saved.details.get("head", "")) if saved.config.get("head") == "auto" else "",
    )


def _none_yet() -> str:
    return (
        "There is no trained classifier yet. Upload a labelled table (one case a row, its class in one text column) "
        "and ask me to train a classifier on it."
    )


def _nothing_called(wanted: str, names: Sequence[str]) -> str:
    listed = f"There {'is' if len(names) == 1 else 'are'} {', '.join(names)}."
    return f"There is no classifier called {wanted!r}. {listed}" if names else _none_yet()
