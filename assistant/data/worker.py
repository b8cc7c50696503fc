"""Reading an upload in a process of its own, under limits on memory, processor time and elapsed time.

Run as `python -m assistant.data.worker FOLDER`: it reads `request.json` there and writes `result.json`, `series.parquet`
and `table.parquet` back. Nothing is pickled.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from assistant.data.content import first_bytes, kind_of
from assistant.data.limits import check_size
from assistant.data.reader import read_dataset
from assistant.data.series import Dataset, Guess, Limits, ReadOptions, Series, display_name
from assistant.errors import BadRequest, FileRejected, InputError

_PLAIN_BYTES = 5_000_000  # plain text up to this size is read in-process: starting another process costs more than it protects
_GRACE_SECONDS = 10
_ERRORS: dict[str, type[InputError]] = {"FileRejected": FileRejected, "BadRequest": BadRequest}


def read_dataset_safely(
    path: Path, options: ReadOptions = ReadOptions(), limits: Limits = Limits(), *, name: str | None = None
) -> Dataset:
    """Like `read_dataset`; large and compressed files are read in a process that is stopped at the limits.

    Errors: as `read_dataset`; FileRejected also when time (`parse_seconds`) or memory (`parse_memory_bytes`) runs out.
    """
    size = check_size(path, limits)
    kind = kind_of(first_bytes(path), display_name(path))
    if kind in ("text", "json") and size <= _PLAIN_BYTES:
        return read_dataset(path, options, limits, name=name)
    with tempfile.TemporaryDirectory(prefix="tidings-read-") as folder:
        request = {"path": str(path.resolve()), "options": asdict(options), "limits": asdict(limits), "name": name}
        Path(folder, "request.json").write_text(json.dumps(request), encoding="utf-8")
        _run(Path(folder), path, limits)
        return _load(Path(folder), options)


def _run(folder: Path, path: Path, limits: Limits) -> None:
    root = str(Path(__file__).resolve().parents[2])
    known = os.environ.get("PYTHONPATH")
    environment = {**os.environ, "PYTHONPATH": f"{root}{os.pathsep}{known}" if known else root, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-P", "-m", "assistant.data.worker", str(folder)]
    advice = "Upload a shorter span or fewer columns."
    try:
        done = subprocess.run(
            command, env=environment, capture_output=True, timeout=limits.parse_seconds + _GRACE_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise FileRejected(
            f"Expected a file that is read within {limits.parse_seconds} s (parse_seconds), "
            f"“{display_name(path)}” took longer. {advice}"
        ) from error
    if not (folder / "result.json").is_file():
        raise FileRejected(
            f"Expected a file that is read within {limits.parse_seconds} s and {limits.parse_memory_bytes / 1e9:.1f} GB, reading "
            f"“{display_name(path)}” was stopped (status {done.returncode}). {advice}"
        )


def _load(folder: Path, options: ReadOptions) -> Dataset:
    document = json.loads((folder / "result.json").read_text(encoding="utf-8"))
    if "error" in document:
        raise _ERRORS.get(document["error"], FileRejected)(document["message"])
    values = pd.read_parquet(folder / "series.parquet")["value"].to_numpy(np.float64)
    stamps = np.load(folder / "times.npy", allow_pickle=False)
    indices = [_index(entry, stamps) for entry in document["indices"]]
    series, start = [], 0
    for entry in document["series"]:
        stop = start + entry["n"]
        series.append(Series(entry["name"], indices[entry["index"]], values[start:stop], entry["frequency"], entry["unit"]))
        start = stop
    return Dataset(
        name=document["name"],
        series=tuple(series),
        guesses=tuple(map(_guess, document["guesses"])),
        warnings=tuple(document["warnings"]),
        questions=tuple(map(_guess, document["questions"])),
        options=options,
        table=pd.read_parquet(folder / "table.parquet"),
        label_column=document["label_column"],
        recording_column=document["recording_column"],
        empty_rows=tuple(document["empty_rows"]),
        unlabelled=document["unlabelled"],
    )


def _guess(entry: dict[str, Any]) -> Guess:
    return Guess(entry["what"], entry["chosen"], tuple(entry["alternatives"]), entry["why"], entry["flag"])


def _index(entry: dict[str, Any], stamps: np.ndarray) -> pd.DatetimeIndex | pd.RangeIndex:
    if entry["start"] is None:
        return pd.RangeIndex(entry["n"])
    times = pd.DatetimeIndex(stamps[entry["start"] : entry["start"] + entry["n"]].view("datetime64[us]"))
    return times if entry["zone"] is None else times.tz_localize("UTC").tz_convert(entry["zone"])


def save(dataset: Dataset, folder: Path) -> None:
    """Write a data set so that `read_dataset_safely` can load it: arrays as Parquet and npy, the rest as JSON."""
    indices: dict[int, int] = {}
    entries: list[dict[str, Any]] = []
    stamps: list[np.ndarray] = []
    position = 0
    for series in dataset.series:
        if id(series.times) in indices:
            continue
        indices[id(series.times)] = len(entries)
        if isinstance(series.times, pd.DatetimeIndex):
            zone = str(series.times.tz) if series.times.tz is not None else None
            entries.append({"start": position, "n": len(series), "zone": zone})
            stamps.append(series.times.as_unit("us").asi8)
            position += len(series)
        else:
            entries.append({"start": None, "n": len(series), "zone": None})
    listed = [
        {"name": s.name, "n": len(s), "index": indices[id(s.times)], "frequency": s.frequency, "unit": s.unit}
        for s in dataset.series
    ]
    values = np.concatenate([s.values for s in dataset.series]) if dataset.series else np.empty(0)
    pd.DataFrame({"value": values}).to_parquet(folder / "series.parquet")
    np.save(folder / "times.npy", np.concatenate(stamps) if stamps else np.empty(0, dtype=np.int64), allow_pickle=False)
    dataset.table.to_parquet(folder / "table.parquet")
    document = {
        "name": dataset.name,
        "series": listed,
        "indices": entries,
        "guesses": [asdict(guess) for guess in dataset.guesses],
        "questions": [asdict(guess) for guess in dataset.questions],
        "warnings": list(dataset.warnings),
        "label_column": dataset.label_column,
        "recording_column": dataset.recording_column,
        "empty_rows": list(dataset.empty_rows),
        "unlabelled": dataset.unlabelled,
    }
    _write(folder, document)


def _write(folder: Path, document: dict[str, Any]) -> None:
    partial = folder / "result.partial"
    partial.write_text(json.dumps(document), encoding="utf-8")
    partial.replace(folder / "result.json")


def _restrict(limits: Limits) -> None:
    """Bound this process's memory and processor time, where the system can."""
    try:
        import resource
    except ImportError:
        return
    resource.setrlimit(resource.RLIMIT_AS, (limits.parse_memory_bytes, limits.parse_memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (limits.parse_seconds, limits.parse_seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main(folder: Path) -> None:
    """Serve the one request in `folder`."""
    request = json.loads((folder / "request.json").read_text(encoding="utf-8"))
    limits = Limits(**request["limits"])
    options = dict(request["options"])
    if options["value_columns"] is not None:
        options["value_columns"] = tuple(options["value_columns"])
    _restrict(limits)
    try:
        save(read_dataset(Path(request["path"]), ReadOptions(**options), limits, name=request["name"]), folder)
    except InputError as error:
        _write(folder, {"error": type(error).__name__, "message": str(error)})
    except MemoryError:
        bound = limits.parse_memory_bytes / 1e9
        message = (
            f"Expected a file that is read within {bound:.1f} GB (parse_memory_bytes), it needs more. Upload a shorter span."
        )
        _write(folder, {"error": "FileRejected", "message": message})


if __name__ == "__main__":
    main(Path(sys.argv[1]))
