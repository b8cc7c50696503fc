"""A trained system as arrays for a checkpoint, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from models.config import HiTimeConfig
from models.errors import BadInput
from models.hitime.heads import LinearHead
from models.hitime.masked_codes import build_data_encoder
from models.hitime.preparation import LONGEST, Batch, Scaling
from models.hitime.random_convolutions import RandomConvolutions
from models.hitime.sources import Sources, Tokens, features, scale_arrays, scales_from
from models.hitime.stage_cache import Arrays
from models.hitime.stages import arrays_of, load, patch_size
from models.hitime.system import System, naming_arrays, restored_naming
from models.hitime.task_encoder import TaskEncoder


def system_arrays(system: System) -> Arrays:
    """Everything that training found, by dotted names; the language model's own weights are not among it."""
    arrays = _under("scaling", system.scaling.arrays()) | _under("scales", scale_arrays(system.sources.scales))
    for number, encoder in enumerate(system.sources.task):
        arrays |= _under(f"task{number}", arrays_of(encoder))
    if system.sources.data is not None:
        arrays |= _under("data", arrays_of(system.sources.data))
    if system.sources.random is not None:
        arrays |= _under("random", system.sources.random.arrays())
    for name, head in system.linear.items():
        arrays |= {f"{name}.weights": head.weights, f"{name}.offsets": head.offsets}
    if system.naming is not None and system.texts is not None:
        arrays |= _under("naming", naming_arrays(system.naming)) | {"texts": system.texts.numpy()}
    return arrays


def read_system(
    arrays: Mapping[str, np.ndarray], classes: tuple[str, ...], channels: int, config: HiTimeConfig, device: str
) -> System:
    """What `system_arrays` gave. Raises KeyError or BadInput where arrays are missing or of other shapes."""
    scaling = _checked_scaling(Scaling.from_arrays(_below("scaling", arrays)), channels)
    sources = Sources(scales=scales_from(_below("scales", arrays)))
    if config.sources in ("both", "task"):
        for number, member in enumerate(config.task.members):
            if not any(name.startswith(f"task{number}.") for name in arrays):
                continue
            encoder = TaskEncoder(member, config.task, channels=scaling.width, length=scaling.length, classes=len(classes)).eval()
            load(encoder, _below(f"task{number}", arrays))
            sources.task.append(encoder.to(device))
    if any(name.startswith("data.") for name in arrays):
        sources.data = build_data_encoder(config.data, channels=scaling.width, length=scaling.length)
        load(sources.data, _below("data", arrays))
        sources.data.to(device)
    if any(name.startswith("random.") for name in arrays):
        sources.random = RandomConvolutions.from_arrays(_below("random", arrays))
    if config.sources == "patches":
        sources.patches = patch_size(scaling.length, config)
    if not sources.scales or not (sources.task or sources.data or sources.random or sources.patches):
        raise BadInput("there is nothing that reads a series")
    heads = {
        name: LinearHead(arrays[f"{name}.weights"], arrays[f"{name}.offsets"])
        for name in ("linear", "ridge", "convolutions")
        if f"{name}.weights" in arrays
    }
    system = System(scaling, sources, config, heads)
    tokens = _tokens_of_zeros(sources, scaling.length, scaling.width)
    for name, head in heads.items():
        _agree(f"{name}.weights", head.weights, (len(classes), features(tokens).shape[1]))
        _agree(f"{name}.offsets", head.offsets, (len(classes),))
    if "texts" in arrays:
        system.naming = restored_naming(tokens, scaling, classes, config, _below("naming", arrays), device)
        system.texts = torch.from_numpy(np.asarray(arrays["texts"]))
        _agree("texts", arrays["texts"], (len(classes), config.alignment.width))
    return system


def _checked_scaling(scaling: Scaling, channels: int) -> Scaling:
    """The scaling; BadInput where it is not one of so many channels."""
    _agree("scaling.means", scaling.means, (channels,))
    _agree("scaling.spreads", scaling.spreads, (channels,))
    if scaling.length > LONGEST or not (scaling.spreads > 0).all():
        raise BadInput(f"scaling has at most {LONGEST:,} steps and spreads above 0; found {scaling.length:,} steps")
    return scaling


def _tokens_of_zeros(sources: Sources, length: int, channels: int) -> Tokens:
    """One case's tokens; BadInput where the scales are not those of these sources."""
    batch = Batch(torch.zeros(1, length, channels), torch.ones(1, length, dtype=torch.bool))
    # Scales of a wrong shape may still broadcast, so they are held against some that were measured.
    measured = replace(sources, scales={})
    measured.measure(batch)
    for name, (mean, spread) in measured.scales.items():
        _agree(f"scales.{name}.mean", sources.scales[name][0], mean.shape)
        _agree(f"scales.{name}.spread", sources.scales[name][1], spread.shape)
    return sources.tokens(batch)


def _agree(name: str, array: np.ndarray | Tensor, shape: Sequence[int]) -> None:
    if tuple(array.shape) != tuple(shape):
        raise BadInput(f"{name} should have the shape {tuple(shape)} and has {tuple(array.shape)}")


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {f"{prefix}.{name}": value for name, value in arrays.items()}


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)}
