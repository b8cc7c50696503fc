"""Results of training stages on disk: a stopped run goes on where it was, and stages of equal inputs are trained once."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import BadInput

logger = logging.getLogger(__name__)

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class StageCache:
    """Finished stages in a folder; without one, nothing is kept.

    device: what they are trained on, since the same inputs give slightly different weights on another.
    """

    folder: Path | None = None
    device: str = "cpu"

    def get(self, stage: str, inputs: Mapping[str, Any], train: Callable[[], Arrays]) -> Arrays:
        """The stage's arrays: read where the same stage was trained from equal inputs before, else trained and kept.

        inputs: everything the result depends on, as plain JSON values (data by their `fingerprint`).
        A file that cannot be read is trained anew. Errors: BadInput where the training did not converge.
        """
        if self.folder is None:
            return _converged(stage, train())
        from safetensors import SafetensorError
        from safetensors.numpy import load_file, save_file

        name = hashlib.sha256(json.dumps({"device": self.device} | dict(inputs), sort_keys=True).encode()).hexdigest()[:24]
        file = self.folder / f"{stage}-{name}.safetensors"
        if file.is_file():
            try:
                return dict(load_file(file))
            except (OSError, SafetensorError) as error:
                logger.warning("The kept stage %s cannot be read (%s) and is trained anew.", file, error)
        arrays = _converged(stage, train())
        # Two trainings in one process may finish the same stage.
        part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}.part")
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            save_file({key: np.ascontiguousarray(value) for key, value in arrays.items()}, part)
            part.replace(file)
        except (OSError, SafetensorError) as error:
            with suppress(OSError):
                part.unlink(missing_ok=True)
            logger.warning("The stage %s could not be kept (%s); the training goes on.", file, error)
        return arrays


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
