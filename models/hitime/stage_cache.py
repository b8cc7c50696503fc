"""Results of training stages on disk: a stopped run goes on where it was, and stages of equal inputs are trained once."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import BadInput

logger = logging.getLogger(__name__)

Arrays = dict[str, np.ndarray]
SECONDS = "seconds"


@dataclass(frozen=True)
class StageCache:
    """Finished stages in a folder; without one, nothing is kept.

    device: what they are trained on, since the same inputs give slightly different weights on another. spared: the CPU seconds
    that each stage which was read back had taken when it was trained.
    """

    folder: Path | None = None
    device: str = "cpu"
    spared: list[float] = field(default_factory=list, compare=False)

    def get(self, stage: str, inputs: Mapping[str, Any], train: Callable[[], Arrays]) -> Arrays:
        """The stage's arrays: read where the same stage was trained from equal inputs before, else trained and kept.

        inputs: everything the result depends on, as plain JSON values (data by their `fingerprint`).
        A file that cannot be read is trained anew. Errors: BadInput where the training did not converge.
        """
        if self.folder is None:
            return _converged(stage, train())
        from safetensors import SafetensorError
        from safetensors.numpy import save_file

        name = hashlib.sha256(json.dumps({"device": self.device} | dict(inputs), sort_keys=True).encode()).hexdigest()[:24]
        file = self.folder / f"{stage}-{name}.safetensors"
        if file.is_file():
            try:
                arrays, seconds = _read(file)
                self.spared.append(seconds)
                return arrays
            except (OSError, SafetensorError) as error:
                logger.warning("The kept stage %s cannot be read (%s) and is trained anew.", file, error)
        begun = time.process_time()
        arrays = _converged(stage, train())
        taken = {SECONDS: f"{time.process_time() - begun:.2f}"}
        # Two trainings in one process may finish the same stage.
        part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, part, metadata=taken)
            part.replace(file)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            logger.warning("The stage %s could not be kept (%s); the training goes on.", file, error)
        return arrays


def _read(file: Path) -> tuple[Arrays, float]:
    """The arrays of a kept stage and the CPU seconds that it took."""
    from safetensors import safe_open

    with safe_open(file, framework="numpy") as kept:
        seconds = float((kept.metadata() or {}).get(SECONDS, 0.0))
        return {name: kept.get_tensor(name) for name in kept.keys()}, seconds  # noqa: SIM118  (it is no mapping)


def _converged(stage: str, arrays: Arrays) -> Arrays:
    if all(np.isfinite(array).all() for array in arrays.values() if np.issubdtype(array.dtype, np.floating)):
        return arrays
    raise BadInput(f"The training of the stage {stage!r} did not converge; take a lower learning_rate.")


def fingerprint(*arrays: np.ndarray) -> str:
    """A name for the contents of arrays: equal ones have the same, different ones another."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(f"{array.dtype.str}{array.shape}".encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:24]
