"""Long-term forecasting on tables of channels: standard splits, z-scores by the training part, every window of the test part.

The split is 12, 4 and 4 months for ETT and 70, 10 and 20 % of the rows for other tables; the windows of a part begin one
context before it. Errors are in units of each channel's deviation in the training part, averaged over windows, steps, channels.
Source: Zhou et al. (2021), Informer; Wu et al. (2021), Autoformer, for the protocol.
"""

from __future__ import annotations

import io
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from models.plain.cycle_linear import PENALTIES, Ridge, centred_windows
from models.plain.season import cycle_profile
from scripts.forecasting.sets import read_text
from scripts.measurements import Measurement

CONTEXTS = (96, 336)
HORIZONS = (96, 192, 336, 720)
MODELS = ("seasonal-naive", "cycle-linear")
INTERCEPT = "with intercept"
_MONTH_HOURS = 30 * 24
_ALL_WINDOWS = 2**62
_DAY, _HOUR = 86_400, 3_600


Windows = Iterator[tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True)
class Task:
    """What is fitted. context, horizon: steps. intercept: a constant beside the past, which the product's model does without."""

    context: int
    horizon: int
    intercept: bool = False


@dataclass(frozen=True)
class Table:
    """values: (time, channel) z-scored by the training rows. train, validation: row counts; test: one past its last row."""

    name: str
    values: np.ndarray
    period: int
    train: int
    validation: int
    test: int

    def windows(self, start: int, stop: int, task: Task) -> Windows:
        """Each channel's centred pasts and futures, the futures within rows `start` to `stop`; the cycle of train is off."""
        for channel in self.values.T:
            profile = cycle_profile(channel[: self.train], self.period)
            flat = channel - np.resize(profile, len(channel))
            rows = flat[max(0, start - task.context) : stop]
            pasts, futures = centred_windows(rows, task.context, task.horizon, _ALL_WINDOWS)
            yield np.column_stack((pasts, np.ones(len(pasts)))) if task.intercept else pasts, futures


@dataclass(frozen=True)
class WindowError:
    """Over every test window. seconds: CPU time of fitting, choosing and measuring."""

    mse: float
    mae: float
    seconds: float


def find_tables(folder: Path) -> dict[str, Path]:
    """Name → path of every CSV under a folder whose header begins with `date,`."""
    paths = sorted(path for path in folder.rglob("*") if path.name.removesuffix(".gz").endswith(".csv"))
    return {path.name.split(".csv")[0]: path for path in paths if _begins_with_date(path)}


def read_table(name: str, path: Path) -> Table:
    """Read, split and scale a table. Errors: ValueError where a channel holds text or the dates have no rhythm."""
    frame = pd.read_csv(io.StringIO(read_text(path)))
    values = frame.drop(columns="date").to_numpy(dtype=np.float64)
    seconds = pd.to_datetime(frame["date"], dayfirst=name == "weather").diff().dt.total_seconds().median()
    if not seconds > 0:
        raise ValueError(f"Expected dates in even steps in {path.name}, found a median step of {seconds} s.")
    train, validation, test = _split(name, len(values), float(seconds))
    scale = values[:train].std(axis=0)
    scaled = (values - values[:train].mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    return Table(name, scaled, _period(float(seconds)), train, validation, test)


def measure_table(
    table: Table, models: Sequence[str], known: Collection[tuple[str, str]], horizons: Sequence[int] = HORIZONS
) -> Iterator[list[Measurement]]:
    """The rows of every model and context that is not known yet, over all horizons and in the mean.

    known: (label of `label_of`, horizon as text) of the rows that are there.
    """
    settings: list[tuple[str, int | None, bool]] = [("seasonal-naive", None, False)]
    settings += [("cycle-linear", context, intercept) for intercept in (False, True) for context in CONTEXTS]
    for model, context, intercept in settings:
        ablation = INTERCEPT if intercept else ""
        label = label_of(table.name, model, context, ablation)
        if model not in models or all((label, str(horizon)) in known for horizon in horizons):
            continue
        errors: dict[int | str, WindowError] = {
            horizon: seasonal_naive(table, horizon) if context is None else cycle_linear(table, Task(context, horizon, intercept))
            for horizon in horizons
        }
        if tuple(horizons) == HORIZONS:
            means = np.mean([(error.mse, error.mae, error.seconds) for error in errors.values()], axis=0)
            errors["mean"] = WindowError(*means.tolist())
        yield [
            Measurement(
                dataset=table.name,
                model=model,
                metric=metric,
                value=getattr(error, metric),
                seed=0,
                seconds=error.seconds,
                horizon=horizon,
                context=context,
                ablation=ablation,
            )
            for horizon, error in errors.items()
            for metric in ("mse", "mae")
        ]


def label_of(dataset: str, model: str, context: float | None, ablation: str) -> str:
    """What tells the rows of one setting from others'. context: None or NaN where there is none."""
    return f"{dataset} {model} {int(context) if context is not None and context == context else ''} {ablation}"


def cycle_linear(table: Table, task: Task) -> WindowError:
    """Fit on the training rows, choose the penalty on the validation rows, measure on every window of the test rows."""
    begun = time.process_time()
    size = task.context + task.intercept
    gram, cross = np.zeros((size, size)), np.zeros((size, task.horizon))
    for pasts, futures in table.windows(0, table.train, task):
        gram += pasts.T @ pasts
        cross += pasts.T @ futures
    solver = Ridge.of_products(gram, cross)
    weights = [solver.solve(penalty) for penalty in PENALTIES]
    middle = table.train + table.validation
    errors = [_errors(table.windows(table.train, middle, task), candidate)[0] for candidate in weights]
    chosen = weights[int(np.argmin(errors))]
    return WindowError(*_errors(table.windows(middle, table.test, task), chosen), time.process_time() - begun)


def seasonal_naive(table: Table, horizon: int) -> WindowError:
    """The last cycle repeated; without a cycle, the last value."""
    begun = time.process_time()
    steps = np.arange(horizon)
    repeated = np.zeros((table.period, horizon))
    repeated[steps % table.period, steps] = 1.0
    windows = table.windows(table.train + table.validation, table.test, Task(table.period, horizon))
    return WindowError(*_errors(windows, repeated), time.process_time() - begun)


def _errors(windows: Windows, weights: np.ndarray) -> tuple[float, float]:
    """Mean squared and mean absolute error. Cycle and centre are off both sides, so the difference is the forecast's error."""
    squared = absolute = count = 0.0
    for pasts, futures in windows:
        missed = futures - pasts @ weights
        squared += float(np.square(missed).sum())
        absolute += float(np.abs(missed).sum())
        count += missed.size
    return squared / count, absolute / count


def _split(name: str, rows: int, seconds: float) -> tuple[int, int, int]:
    if name.startswith("ETT"):
        month = round(_MONTH_HOURS * _HOUR / seconds)
        return 12 * month, 4 * month, 20 * month
    train, test = int(0.7 * rows), int(0.2 * rows)
    return train, rows - train - test, rows


def _period(seconds: float) -> int:
    """Steps in a day; of daily steps in a week, of weekly ones in a year."""
    if seconds < _DAY:
        return round(_DAY / seconds)
    return 7 if seconds == _DAY else 52 if seconds == 7 * _DAY else 1


def _begins_with_date(path: Path) -> bool:
    return read_text(path)[:5] == "date,"
