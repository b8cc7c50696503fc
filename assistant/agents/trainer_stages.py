"""Where a training keeps its finished stages, so that one that was stopped goes on where it was, and when they are deleted."""

from __future__ import annotations

import logging
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

_LOG = logging.getLogger(__name__)

FOLDER = "trainings"
KEPT_SECONDS = 7 * 24 * 3_600.0


def stages_folder(cases: np.ndarray, labels: Sequence[str]) -> Path:
    """The folder for the stages of trainings on these cases (batch, channel, time): one a table, in the user's cache folder.

    No training of another table then deletes what this one still needs.
    """
    from models.backbone import cache_folder
    from models.hitime.stage_cache import fingerprint

    return cache_folder() / FOLDER / fingerprint(cases, np.array(labels))


def finished_stages(folder: Path | None) -> tuple[Path, ...]:
    """The stages that lie in such a folder, in no order."""
    return tuple(folder.glob("*.safetensors")) if folder is not None else ()


@contextmanager
def kept_stages(cases: np.ndarray, labels: Sequence[str]) -> Iterator[Path | None]:
    """The folder for a training's stages: they are deleted when the block ends well, and kept when it is left by an error.

    What nobody went on with for `KEPT_SECONDS` is deleted at the beginning. None where the cache folder cannot be written to.
    """
    folder = stages_folder(cases, labels)
    try:
        # Weights tell something of the cases that they were learnt from.
        folder.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _forget_old(folder.parent, time.time() - KEPT_SECONDS)
    except OSError as error:
        _LOG.warning("Finished stages of a training cannot be kept in %s: %s", folder.parent, error)
        yield None
        return
    yield folder
    # The folder itself stays until it is old: another training of the same cases may be about to write into it.
    for stage in finished_stages(folder):
        stage.unlink(missing_ok=True)


def forget_stages() -> None:
    """Delete all that stopped trainings have left: whose cases they come from is not known, and a training can begin anew."""
    from models.backbone import cache_folder

    shutil.rmtree(cache_folder() / FOLDER, ignore_errors=True)


def _forget_old(place: Path, before: float) -> None:
    """Delete the folders in `place` that nothing was written into since `before`, in seconds since 1970."""
    for folder in place.iterdir():
        written = [path.stat().st_mtime for path in (folder, *folder.iterdir())]
        if max(written) < before:
            shutil.rmtree(folder, ignore_errors=True)
