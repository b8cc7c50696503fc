"""What a model said about one series, its scores, and where scores wait until a set is finished."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np

from models import metrics
from scripts.forecasting.sets import Case

# The four central intervals whose ends, with the mean in the middle, are the nine deciles.
LEVELS = (20, 40, 60, 80)
METRICS = ("mase", "smape", "wql", "cov80", "mse", "mae")


@dataclass(frozen=True)
class Prediction:
    """mean: (horizon,). low, high: level in percent → (horizon,), for LEVELS. seconds: CPU time of fit and forecast.

    fallback: why another method had to stand in, or empty. peak_mb: the process's largest memory so far, where known.
    """

    mean: np.ndarray
    low: Mapping[int, np.ndarray]
    high: Mapping[int, np.ndarray]
    seconds: float
    fallback: str = ""
    peak_mb: float = float("nan")

    def quantiles(self) -> dict[float, np.ndarray]:
        """probability → (horizon,) for .1, .2, … .9."""
        ends = {0.5: self.mean}
        for level in LEVELS:
            tail = round((100 - level) / 200, 1)
            ends[tail], ends[round(1 - tail, 1)] = self.low[level], self.high[level]
        return ends


@dataclass(frozen=True)
class Score:
    """One model on one series. Measures are NaN where they are not defined (a history that never changes has no MASE)."""

    series: str
    mase: float
    smape: float
    wql: float
    cov80: float
    mse: float
    mae: float
    seconds: float
    peak_mb: float
    fallback: str


def score(case: Case, prediction: Prediction) -> Score:
    """Measure a prediction; MASE is scaled by the seasonal naive's one-step errors within the history."""
    errors = case.future - prediction.mean
    return Score(
        series=case.name,
        mase=metrics.mase(case.future, prediction.mean, case.history, case.season),
        smape=metrics.smape(case.future, prediction.mean),
        wql=metrics.wql(case.future, prediction.quantiles()),
        cov80=metrics.coverage(case.future, prediction.low[80], prediction.high[80]),
        mse=_mean(errors**2),
        mae=_mean(np.abs(errors)),
        seconds=prediction.seconds,
        peak_mb=prediction.peak_mb,
        fallback=prediction.fallback,
    )


class Shelf:
    """Scores of unfinished and finished sets: one CSV a set and model, a line a series, so that a run can be taken up again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def read(self, dataset: str, model: str) -> dict[str, Score]:
        """The scores so far, by series."""
        path = self._path(dataset, model)
        if not path.is_file():
            return {}
        _cut_unfinished(path)
        with path.open(newline="", encoding="utf-8") as stream:
            scores = [Score(**{name: _cell(name, row[name]) for name in _NAMES}) for row in csv.DictReader(stream)]  # type: ignore[arg-type]
        return {one.series: one for one in scores}

    def add(self, dataset: str, model: str, scores: Iterable[Score]) -> None:
        """Append scores."""
        path = self._path(dataset, model)
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = not path.exists() or path.stat().st_size == 0
        with path.open("a", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, _NAMES, lineterminator="\n")
            if fresh:
                writer.writeheader()
            writer.writerows(asdict(one) for one in scores)

    def _path(self, dataset: str, model: str) -> Path:
        return self._folder / dataset / f"{model}.csv"


def _cut_unfinished(path: Path) -> None:
    """Take off the part of a line that a killed run left at the end."""
    content = path.read_bytes()
    if not content.endswith(b"\n"):
        path.write_bytes(content[: content.rfind(b"\n") + 1])


_NAMES = [field.name for field in fields(Score)]


def _cell(name: str, text: str) -> str | float:
    return text if name in ("series", "fallback") else float(text)


def _mean(values: np.ndarray) -> float:
    observed = values[~np.isnan(values)]
    return float(observed.mean()) if len(observed) else float("nan")
