"""Rows of the benchmarks: one shape for every CSV under scripts/results."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

COLUMNS = [
    *["dataset", "model", "seed", "metric", "value", "seconds", "peak_mb"],
    *["device", "commit", "horizon", "context", "ablation"],
]


@dataclass(frozen=True)
class Measurement:
    """One measured value; fields that do not apply stay empty."""

    dataset: str
    model: str
    metric: str
    value: float
    seed: int | None = None
    seconds: float | None = None
    peak_mb: float | None = None
    horizon: int | str | None = None
    context: int | None = None
    ablation: str = ""


def commit() -> str:
    """The short name of the checked-out commit, or "unknown" outside a checkout."""
    outcome = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], capture_output=True, text=True, check=False, cwd=Path(__file__).parent
    )
    return outcome.stdout.strip() or "unknown"


def machine(*, gpu: bool = False) -> str:
    """What this machine is called in the rows. gpu: its GPU is named too, where torch finds one."""
    name = f"{platform.machine()}, {os.cpu_count()} cores"
    if not gpu:
        return name
    import torch

    return f"{name}, {torch.cuda.get_device_name()}" if torch.cuda.is_available() else name


def write_rows(path: Path, rows: Sequence[Measurement], *, device: str, commit: str) -> pd.DataFrame:
    """Write the rows as CSV (replacing the file) and return them as a frame."""
    frame = _frame(rows, device, commit)
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.to_csv(path, index=False, float_format="%.4g")
    return frame


def append_rows(path: Path, rows: Sequence[Measurement], *, device: str, commit: str) -> None:
    """Add the rows to a CSV, which is made where there is none, so that a run can be taken up again."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = not path.is_file()
    _frame(rows, device, commit).to_csv(path, mode="a", index=False, header=fresh, float_format="%.6g")


def read_rows(path: Path) -> pd.DataFrame:
    """The rows that are there, none without a file; text that does not apply is empty, a number that does not is NaN."""
    frame = pd.read_csv(path, dtype={"model": str, "ablation": str}) if path.is_file() else pd.DataFrame(columns=COLUMNS)
    return frame.fillna({"ablation": "", "model": ""})


def _frame(rows: Sequence[Measurement], device: str, commit: str) -> pd.DataFrame:
    return pd.DataFrame([{**asdict(row), "device": device, "commit": commit} for row in rows], columns=COLUMNS)
