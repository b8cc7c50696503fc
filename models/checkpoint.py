"""A saved model is a folder one can read.

config.json        model (registry name), class, config, training record, details (what the model adds, e.g. its classes)
arrays.safetensors the numbers
manifest.json      format version, and for every other file its size and sha256

Folders are written beside their place, flushed to the disk and renamed, so a crash leaves no half-written model: the old
one, the new one or, between the two renames of a replacement, the old one under a dotted name beside its place.
Reading checks every byte against the manifest first; nothing in a folder is ever executed or unpickled.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from models.errors import CheckpointError

FORMAT = 1
CONFIG = "config.json"
ARRAYS = "arrays.safetensors"
MANIFEST = "manifest.json"
ALLOWED_SUFFIXES = frozenset({".json", ".safetensors", ".txt", ".md", ".jinja"})


@dataclass(frozen=True)
class TrainingRecord:
    """Where a model comes from. command: what trained it. data: on what. licence: of the data. seed: of every random choice.

    figures: measured numbers that travel with the model, e.g. {"accuracy": 0.93}. commit: of the code that trained it.
    channels: what the channels of its cases were called, in order; empty where they had no names.
    """

    command: str = ""
    data: str = ""
    licence: str = ""
    seed: int | None = None
    figures: Mapping[str, float] = field(default_factory=dict)
    commit: str = ""
    channels: Sequence[str] = ()

    def __post_init__(self) -> None:
        # A file gives a list.
        object.__setattr__(self, "channels", tuple(map(str, self.channels)))


@dataclass(frozen=True)
class Checkpoint:
    """What a folder holds. arrays: name → array; details: plain JSON values that the model added."""

    model: str
    class_name: str
    config: Mapping[str, Any]
    arrays: Mapping[str, np.ndarray]
    details: Mapping[str, Any]
    training: TrainingRecord


def write_checkpoint(folder: Path | str, checkpoint: Checkpoint, *, replace: bool = False) -> Path:
    """Write a checkpoint to `folder`, which must not exist unless `replace`; returns the folder.

    Errors: CheckpointError when the folder exists and `replace` is false, or when it holds something else than a saved model.
    """
    from safetensors.numpy import save_file

    with new_folder(folder, replace=replace) as work:
        document = {
            "model": checkpoint.model,
            "class": checkpoint.class_name,
            "config": dict(checkpoint.config),
            "training": dataclasses.asdict(checkpoint.training),
            "details": dict(checkpoint.details),
        }
        (work / CONFIG).write_text(json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False), encoding="utf-8")
        save_file({name: np.ascontiguousarray(array) for name, array in checkpoint.arrays.items()}, work / ARRAYS)
    return Path(folder)


def read_checkpoint(folder: Path | str) -> Checkpoint:
    """Verify and read a folder.

    Errors: CheckpointError for a missing, partial, truncated, altered or foreign folder, and for files no manifest names.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    place = verify_folder(folder)
    try:
        arrays = load_file(place / ARRAYS)
    except (SafetensorError, OSError) as error:
        raise _foreign(place, error) from error
    return _described(place, arrays)


def read_summary(folder: Path | str) -> Checkpoint:
    """Verify a folder and read what describes its model; `arrays` is empty.

    Errors: as `read_checkpoint`.
    """
    place = verify_folder(folder)
    return _described(place, {})


def known_classes(folders: Iterable[Path]) -> tuple[str, ...]:
    """The classes that saved classifiers name, each once; folders that cannot be read, and forecasters, have none."""
    found: dict[str, None] = {}
    for folder in folders:
        with suppress(CheckpointError, KeyError, TypeError):
            found |= dict.fromkeys(map(str, _json_object(folder / CONFIG)["details"]["classes"]))
    return tuple(found)


def _described(place: Path, arrays: Mapping[str, np.ndarray]) -> Checkpoint:
    document = _json_object(place / CONFIG)
    try:
        training = TrainingRecord(**document["training"])
        return Checkpoint(document["model"], document["class"], document["config"], arrays, document["details"], training)
    except (KeyError, TypeError) as error:
        raise _foreign(place, error) from error


def _foreign(place: Path, error: Exception) -> CheckpointError:
    return CheckpointError(
        f"{place} passes its checksums but is not a model of this version ({error!r}); train or download it again."
    )


@contextmanager
def new_folder(folder: Path | str, *, replace: bool = False) -> Iterator[Path]:
    """A working folder that becomes `folder`, with a manifest over its files, when the block ends without an error.

    replace: an existing saved model is moved aside and deleted after the new one is in place.
    Errors: CheckpointError when `folder` exists and may not be replaced.
    """
    target = Path(folder)
    _check_target(target, replace)
    target.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{target.name}.writing-", dir=target.parent))
    try:
        yield work
        _seal(work)
        _move_into_place(work, target, replace)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def verify_folder(folder: Path | str) -> Path:
    """Check a folder's files against its manifest; returns the folder.

    Errors: CheckpointError names the file and what is wrong with it.
    """
    place = Path(folder)
    if not place.is_dir():
        raise CheckpointError(f"No saved model at {place}: expected a folder with {CONFIG}, {ARRAYS} and {MANIFEST}.")
    if not (place / MANIFEST).is_file():
        raise CheckpointError(f"{place} has no {MANIFEST}: it was not written to the end, or is not a saved model.")
    manifest = _json_object(place / MANIFEST)
    if manifest.get("format") != FORMAT:
        raise CheckpointError(
            f"{place} has format {manifest.get('format')!r}; this version reads format {FORMAT}. Train it again."
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or not files:
        raise CheckpointError(f"{place / MANIFEST} lists no files; the folder is damaged.")
    found = {path.relative_to(place).as_posix() for path in place.rglob("*") if not path.is_dir() or path.is_symlink()}
    for extra in sorted(found - set(files) - {MANIFEST}):
        raise CheckpointError(f"{place} holds {extra!r}, which its manifest does not name; remove it if you trust the rest.")
    for name, expected in files.items():
        _verify_file(place, name, expected)
    return place


def file_sha256(path: Path) -> str:
    """The file's sha256 as 64 hex digits."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _verify_file(place: Path, name: str, expected: Any) -> None:
    path = place / name
    if Path(name).is_absolute() or ".." in Path(name).parts or path.suffix not in ALLOWED_SUFFIXES:
        raise CheckpointError(f"{place / MANIFEST} names {name!r}, which has no place in a saved model.")
    if path.is_symlink() or not path.is_file():
        raise CheckpointError(f"{place} lacks {name}: it was copied in part; copy the whole folder again.")
    if not isinstance(expected, dict) or path.stat().st_size != expected.get("bytes"):
        raise CheckpointError(f"{path} has {path.stat().st_size} bytes, not those the manifest states; copy the folder again.")
    if file_sha256(path) != expected.get("sha256"):
        raise CheckpointError(f"{path} was changed: its sha256 is not the one in the manifest. Do not use it; get it again.")


def _json_object(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise CheckpointError(f"{path} is not readable JSON ({error}); the folder is damaged.") from error
    if not isinstance(document, dict):
        raise CheckpointError(f"{path} should hold a JSON object, not {type(document).__name__}.")
    return document


def _check_target(target: Path, replace: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    if not replace:
        raise CheckpointError(f"{target} exists already; choose another folder, or ask to replace it.")
    if target.is_symlink() or not (target / MANIFEST).is_file():
        raise CheckpointError(f"{target} is not a saved model, so it is not replaced; choose another folder.")


def _seal(work: Path) -> None:
    """Write the manifest over all files and flush everything to the disk."""
    names = sorted(path.relative_to(work).as_posix() for path in work.rglob("*") if path.is_file())
    files = {name: {"bytes": (work / name).stat().st_size, "sha256": file_sha256(work / name)} for name in names}
    (work / MANIFEST).write_text(json.dumps({"format": FORMAT, "files": files}, indent=2), encoding="utf-8")
    for name in [*names, MANIFEST]:
        (work / name).chmod(0o644)
        _flush(work / name)
    work.chmod(0o755)
    _flush(work)


def _move_into_place(work: Path, target: Path, replace: bool) -> None:
    if replace and target.exists():
        previous = work.with_name(work.name.replace(".writing-", ".previous-"))
        target.rename(previous)
        work.rename(target)
        shutil.rmtree(previous, ignore_errors=True)
    else:
        try:
            work.rename(target)
        except OSError as error:
            raise CheckpointError(f"{target} appeared while it was being written; choose another folder.") from error
    _flush(target.parent)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
