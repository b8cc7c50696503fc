"""A trained system as arrays for a checkpoint, and back."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch

from models.config import HiTimeConfig
from models.hitime.heads import LinearHead
from models.hitime.masked_codes import build_data_encoder
from models.hitime.preparation import Batch, Scaling
from models.hitime.random_convolutions import RandomConvolutions
from models.hitime.sources import Sources, scale_arrays, scales_from
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
    scaling = Scaling.from_arrays(_below("scaling", arrays))
    sources = Sources(scales=scales_from(_below("scales", arrays)))
    if config.sources in ("both", "task"):
        for number, member in enumerate(config.task.members):
            encoder = TaskEncoder(member, config.task, channels=channels, length=scaling.length, classes=len(classes)).eval()
            load(encoder, _below(f"task{number}", arrays))
            sources.task.append(encoder)
    if config.sources in ("both", "data"):
        sources.data = build_data_encoder(config.data, channels=channels, length=scaling.length)
        load(sources.data, _below("data", arrays))
        if config.data.kernels:
            sources.random = RandomConvolutions.from_arrays(_below("random", arrays))
    if config.sources == "patches":
        sources.patches = patch_size(scaling.length, config)
    heads = {name: LinearHead(arrays[f"{name}.weights"], arrays[f"{name}.offsets"]) for name in ("linear", "ridge")}
    system = System(scaling, sources, config, heads)
    if config.head in ("auto", "language"):
        empty = Batch(torch.zeros(1, scaling.length, channels), torch.ones(1, scaling.length, dtype=torch.bool))
        system.naming = restored_naming(
            sources.tokens(empty),
            classes,
            config,
            _below("naming", arrays),
            channels=channels,
            length=scaling.length,
            device=device,
        )
        system.texts = torch.from_numpy(np.asarray(arrays["texts"]))
    return system


def _under(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    return {f"{prefix}.{name}": value for name, value in arrays.items()}


def _below(prefix: str, arrays: Mapping[str, np.ndarray]) -> Arrays:
    start = f"{prefix}."
    return {name.removeprefix(start): value for name, value in arrays.items() if name.startswith(start)}
