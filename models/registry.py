"""Names → model classes, imported only when asked for."""

from __future__ import annotations

import difflib
import importlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, cast

from models.base import Classifier, Forecaster
from models.checkpoint import CONFIG, MANIFEST, read_checkpoint
from models.config import config_from_dict
from models.device import DeviceSetting
from models.errors import BadInput, CheckpointError, UnknownModel

SHIPPED = Path(__file__).parent / "checkpoints"
Kind = Literal["forecaster", "classifier"]


@dataclass(frozen=True)
class ModelEntry:
    """A registered model. place: "module:class". summary: one line for people. Entries of a kind stand simplest first.

    on_request: it takes part in a tournament only where it is asked for by name.
    """

    name: str
    kind: Kind
    place: str
    summary: str
    on_request: bool = False


_ENTRIES = {
    entry.name: entry
    for entry in (
        ModelEntry("seasonal-naive", "forecaster", "models.plain.naive:SeasonalNaive", "the last full season, repeated"),
        ModelEntry("drift", "forecaster", "models.plain.naive:Drift", "the line from the first to the last value"),
        ModelEntry("recent-median", "forecaster", "models.plain.naive:RecentMedian", "the median of the recent past"),
        ModelEntry(
            "tsb",
            "forecaster",
            "models.plain.intermittent:Tsb",
            "how often a demand comes, times how much comes then",
            on_request=True,
        ),
        ModelEntry(
            "croston",
            "forecaster",
            "models.plain.intermittent:Croston",
            "how much comes, over the wait for it",
            on_request=True,
        ),
        ModelEntry("theta", "forecaster", "models.plain.theta:Theta", "smoothing, and a share of the trend line"),
        ModelEntry("damped", "forecaster", "models.plain.exponential:Damped", "smoothing with a trend that fades out"),
        ModelEntry(
            "autoregression", "forecaster", "models.plain.autoregression:Autoregression", "each step from the steps before"
        ),
        ModelEntry("harmonic", "forecaster", "models.plain.harmonic:Harmonic", "waves of the season, and memory around them"),
        ModelEntry("stl-ets", "forecaster", "models.plain.exponential:StlEts", "season taken off by STL, the rest smoothed"),
        ModelEntry("cycle-linear", "forecaster", "models.plain.cycle_linear:CycleLinear", "ridge regression around the cycle"),
        ModelEntry("ets", "forecaster", "models.plain.exponential:Ets", "exponential smoothing, many structures averaged"),
        ModelEntry(
            "unobserved-components",
            "forecaster",
            "models.plain.unobserved:UnobservedComponents",
            "level, slope and season that wander",
            on_request=True,
        ),
        ModelEntry("nearest-neighbour", "classifier", "models.plain.neighbour:NearestNeighbour", "the label of the nearest case"),
        ModelEntry("minirocket", "classifier", "models.plain.minirocket:MiniRocket", "random convolutions and ridge regression"),
        ModelEntry(
            "hitime", "classifier", "models.hitime.classifier:HiTime", "encoders, and a language model that names the class"
        ),
    )
}


def available(kind: Kind | None = None) -> tuple[ModelEntry, ...]:
    """The registered models, of one kind or all, simplest first."""
    return tuple(entry for entry in _ENTRIES.values() if kind in (None, entry.kind))


def model_class(name: str) -> type[Forecaster[Any]] | type[Classifier[Any]]:
    """The class behind a name, imported now.

    Errors: UnknownModel lists the names that come nearest.
    """
    entry = _ENTRIES.get(name)
    if entry is None:
        near = difflib.get_close_matches(name, _ENTRIES, n=3) or list(_ENTRIES)
        raise UnknownModel(f"No model is called {name!r}; did you mean {', '.join(near)}?")
    module, _, attribute = entry.place.partition(":")
    return cast("type[Forecaster[Any]] | type[Classifier[Any]]", getattr(importlib.import_module(module), attribute))


def classifier_class(name: str) -> type[Classifier[Any]]:
    """The classifier's class behind a name. Errors: UnknownModel; BadInput when the name is a forecaster's."""
    return cast("type[Classifier[Any]]", _class_of(name, Classifier))


def create_forecaster(name: str, **config: Any) -> Forecaster[Any]:
    """A new, unfitted forecaster; `config` as in the model's dataclass in `models.config`.

    Errors: UnknownModel; BadInput for a wrong option or when the name is a classifier's.
    """
    return cast("Forecaster[Any]", _create(name, Forecaster, config))


def create_classifier(name: str, **config: Any) -> Classifier[Any]:
    """A new, unfitted classifier; `config` as in the model's dataclass in `models.config`.

    Errors: UnknownModel; BadInput for a wrong option or when the name is a forecaster's.
    """
    return cast("Classifier[Any]", _create(name, Classifier, config))


def _class_of(name: str, kind: type[Any]) -> Any:
    found = model_class(name)
    if not issubclass(found, kind):
        raise BadInput(f"{name!r} is a {_ENTRIES[name].kind}, not a {kind.__name__.lower()}.")
    return found


def _create(name: str, kind: type[Any], config: dict[str, Any]) -> Any:
    found = _class_of(name, kind)
    return found(config_from_dict(found.config_class, config))


def load_model(folder: Path | str, *, device: DeviceSetting = "auto") -> Forecaster[Any] | Classifier[Any]:
    """Load a saved folder as the model it names; only registered classes are ever loaded. device: where it is to run.

    Errors: CheckpointError; UnknownModel.
    """
    checkpoint = read_checkpoint(folder)
    if not isinstance(checkpoint.model, str):
        raise CheckpointError(f"{folder} does not name its model; it is damaged.")
    return model_class(checkpoint.model).load(folder, device=device)


@dataclass(frozen=True)
class ShippedCheckpoint:
    """A trained model that comes with the package. document: its config.json."""

    name: str
    folder: Path
    document: dict[str, Any]


def shipped_checkpoints() -> tuple[ShippedCheckpoint, ...]:
    """The trained models under models/checkpoints, by name; `load_model(entry.folder)` verifies and loads one."""
    folders = sorted(path.parent for path in SHIPPED.glob(f"*/{MANIFEST}"))
    return tuple(ShippedCheckpoint(path.name, path, json.loads((path / CONFIG).read_text(encoding="utf-8"))) for path in folders)
