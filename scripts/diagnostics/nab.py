"""python -m scripts.diagnostics.nab --data DIR [--max-series N] [--quick] [--out FILE.csv]: windowed F1 on the Numenta benchmark.

python -m scripts.diagnostics.nab --data DIR --quick

DIR: a folder in NAB's layout (`data/GROUP/NAME.csv` or `.csv.gz`, `labels/combined_windows.json`), or one with an `anomaly_nab`.

Windowed F1. Every method gives events: stretches of rows. Detections of one method at most one part in two hundred of the
series apart are one event, for all methods alike. A labelled window is found (a true positive) when a detected row falls in it,
else missed (a false negative). An event no row of which falls in any window is one false positive; further events in a window
found already count neither way. F1 = 2 TP / (2 TP + FP + FN), over all windows and events of a group, or of all series ("all").
A group without windows has no F1; its false positives count in "all". `f1_points` is the harsher count in which each detected
row that has a value and lies outside the windows, not each event, is a false positive.

Tuning. Each method with settings gets the same number of them. For each group the setting with the best pooled F1 on all other
groups is applied (leave one group out): the figures without an ablation. Ablation "best in hindsight" is the best single setting
on the very data, an upper bound. The product's own default has no setting to choose.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from assistant.data.frequency import regularize
from assistant.data.reader import read_dataset
from assistant.data.series import Series
from scripts.diagnostics import nab_methods
from scripts.diagnostics.nab_methods import Event, Setting
from scripts.measurements import Measurement, commit, write_rows

LABELS = Path("labels") / "combined_windows.json"
_MERGE = 200  # detections closer than one part in so many of the series are one event
_QUICK_SERIES = 4
_HINDSIGHT = "best in hindsight"
PREFIX = "nab/"  # of the data sets' names in the rows


@dataclass(frozen=True)
class Labelled:
    """A series of one group and its windows: first and last time of each, both inclusive."""

    group: str
    series: Series
    windows: tuple[tuple[pd.Timestamp, pd.Timestamp], ...]


@dataclass(frozen=True)
class Counts:
    """Windows found and missed, events and rows outside all windows."""

    found: int = 0
    missed: int = 0
    false_events: int = 0
    false_rows: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(
            self.found + other.found,
            self.missed + other.missed,
            self.false_events + other.false_events,
            self.false_rows + other.false_rows,
        )

    @property
    def f1(self) -> float:
        """Windowed F1 as the module defines it; NaN where there are no windows."""
        return self._f1(self.false_events)

    @property
    def f1_points(self) -> float:
        """F1 with every row outside the windows a false positive; NaN where there are no windows."""
        return self._f1(self.false_rows)

    @property
    def precision(self) -> float:
        """Found windows among found windows and false events; NaN where nothing was detected."""
        total = self.found + self.false_events
        return self.found / total if total else float("nan")

    @property
    def recall(self) -> float:
        """Found windows among all; NaN where there are none."""
        total = self.found + self.missed
        return self.found / total if total else float("nan")

    def _f1(self, false: int) -> float:
        if self.found + self.missed == 0:
            return float("nan")
        return 2 * self.found / (2 * self.found + false + self.missed)


def find_folder(directory: Path) -> Path | None:
    """The folder in NAB's layout that `directory` is, or holds as `anomaly_nab`; None where there is none."""
    return next((folder for folder in (directory, directory / "anomaly_nab") if (folder / LABELS).is_file()), None)


def load(folder: Path, max_series: int | None = None) -> tuple[Labelled, ...]:
    """Labelled series of `folder`, read as the product reads a user's file; at most `max_series`, evenly spaced.

    Errors: ValueError where the folder holds no series that the labels name.
    """
    windows: dict[str, list[list[str]]] = json.loads((folder / LABELS).read_text())
    paths = {name: path for name in sorted(windows) if (path := _path(folder / "data", name)) is not None}
    if not paths:
        raise ValueError(f"expected series named in {folder / LABELS} under {folder / 'data'}, found none; check the folder")
    names = list(paths)
    if max_series is not None and max_series < len(names):
        names = [names[int(place)] for place in np.linspace(0, len(names) - 1, max_series)]
    return tuple(
        Labelled(
            name.split("/")[0],
            regularize(read_dataset(paths[name]).series[0]),
            tuple((pd.Timestamp(first), pd.Timestamp(last)) for first, last in windows[name]),
        )
        for name in names
    )


def _path(data: Path, name: str) -> Path | None:
    return next((path for path in (data / name, data / f"{name}.gz") if path.is_file()), None)


def merged(events: Sequence[Event], n: int) -> list[list[Event]]:
    """Events (first and last row) of a series of `n` rows, joined where they are close, in order of time."""
    groups: list[list[Event]] = []
    reach = -1
    for event in sorted(events):
        if groups and event[0] - reach <= max(1, n // _MERGE):
            groups[-1].append(event)
        else:
            groups.append([event])
        reach = max(reach, event[1])
    return groups


def count(events: Sequence[Event], labelled: Labelled) -> Counts:
    """How `events` (first and last row, both inclusive) of a series compare with its windows."""
    times = labelled.series.times
    n = len(times)
    inside = np.zeros(n, bool)
    detected = np.zeros(n, bool)
    for first, last in events:
        detected[first : last + 1] = True
    found = 0
    for start, end in labelled.windows:
        rows = slice(int(times.searchsorted(start, "left")), int(times.searchsorted(end, "right")))
        inside[rows] = True
        found += bool(detected[rows].any())
    false_events = sum(not any(inside[a : b + 1].any() for a, b in group) for group in merged(events, n))
    return Counts(
        found, len(labelled.windows) - found, false_events, int((detected & ~inside & np.isfinite(labelled.series.values)).sum())
    )


def pooled(counts: Mapping[int, Counts], chosen: NDArray[np.bool_]) -> Counts:
    """The sum of the counts of the chosen series."""
    return sum((counts[int(k)] for k in np.flatnonzero(chosen)), Counts())


def held_out(by_setting: Sequence[Mapping[int, Counts]], groups: NDArray[np.str_]) -> tuple[dict[int, Counts], dict[str, int]]:
    """Counts of each series under the setting that is best on the other groups, and the setting of each group."""
    counts: dict[int, Counts] = {}
    choice: dict[str, int] = {}
    for group in np.unique(groups):
        others = groups != group if (groups != group).any() else groups == group
        scores = [np.nan_to_num(pooled(each, others).f1) for each in by_setting]
        choice[str(group)] = int(np.argmax(scores))
        counts |= {int(k): by_setting[choice[str(group)]][int(k)] for k in np.flatnonzero(groups == group)}
    return counts, choice


def measure(directory: Path, max_series: int | None = None, quick: bool = False) -> list[Measurement]:
    """Rows for every method: F1 and what it comes from, of each group and of all; the ratio to the better baseline.

    Errors: ValueError where `directory` holds no benchmark in NAB's layout.
    """
    folder = find_folder(directory)
    if folder is None:
        raise ValueError(f"expected {LABELS} in {directory} or in its anomaly_nab, found none; give the benchmark's folder")
    corpus = load(folder, _QUICK_SERIES if quick and max_series is None else max_series)
    groups = np.array([labelled.group for labelled in corpus])
    rows: list[Measurement] = []
    overall: dict[str, float] = {}
    for name, method in nab_methods.METHODS.items():
        settings = nab_methods.SETTINGS[name]
        began = time.perf_counter()
        by_setting = _count_all(method, settings, corpus)
        seconds = (time.perf_counter() - began) / len(corpus) / len(settings)
        chosen, choice = held_out(by_setting, groups)
        rows += _rows(name, "", chosen, groups, seconds)
        overall[name] = pooled(chosen, np.ones(len(groups), bool)).f1
        if len(settings) > 1:
            rows.append(Measurement(f"{PREFIX}all", name, "settings", len(settings)))
            print(f"{name}: {len(settings)} settings, chosen " + ", ".join(f"{g}: {settings[k]}" for g, k in choice.items()))
            everywhere = np.ones(len(groups), bool)
            best = max(by_setting, key=lambda each: np.nan_to_num(pooled(each, everywhere).f1))
            rows += _rows(name, _HINDSIGHT, best, groups, None)
    better = max(overall[name] for name in nab_methods.BASELINES)
    for name in nab_methods.METHODS:
        if name not in nab_methods.BASELINES:
            rows.append(Measurement(f"{PREFIX}all", name, "f1_ratio", overall[name] / better if better else float("nan")))
    return rows


def _count_all(
    method: Callable[[Series, Sequence[Setting]], list[list[Event]]], settings: Sequence[Setting], corpus: Sequence[Labelled]
) -> list[dict[int, Counts]]:
    by_setting: list[dict[int, Counts]] = [{} for _ in settings]
    for position, labelled in enumerate(corpus):
        for counts, events in zip(by_setting, method(labelled.series, settings), strict=True):
            counts[position] = count(events, labelled)
    return by_setting


def _rows(
    name: str, ablation: str, counts: Mapping[int, Counts], groups: NDArray[np.str_], seconds: float | None
) -> list[Measurement]:
    rows = []
    for group in ("all", *np.unique(groups)):
        total = pooled(counts, (groups == group) | (group == "all"))
        values = {"f1": total.f1, "precision": total.precision, "recall": total.recall, "f1_points": total.f1_points}
        values |= {"windows": total.found + total.missed, "false_events": total.false_events}
        rows += [
            Measurement(f"{PREFIX}{group}", name, metric, float(value), seconds=seconds, ablation=ablation)
            for metric, value in values.items()
            if not np.isnan(value)
        ]
    return rows


def table(rows: Sequence[Measurement]) -> str:
    """F1 by group and method, as chosen on other groups and as best in hindsight; the other metrics over all groups."""
    frame = pd.DataFrame(
        [(r.dataset.removeprefix(PREFIX), f"{r.model}{' *' if r.ablation else ''}", r.metric, r.value) for r in rows]
    )
    frame.columns = pd.Index(["group", "model", "metric", "value"])
    scores = frame[frame["metric"] == "f1"].pivot_table(index="group", columns="model", values="value", sort=False)
    totals = frame[(frame["group"] == "all") & (frame["metric"] != "f1")]
    totals = totals.pivot_table(index="metric", columns="model", values="value", sort=False)
    footer = f"* {_HINDSIGHT}: one setting for all, chosen on the same data"
    return f"F1\n{scores.to_string(float_format='%.3f')}\n\nall groups\n{totals.to_string(float_format='%.3f')}\n{footer}"


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the rows, print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--max-series", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    try:
        rows = measure(options.data, options.max_series, options.quick)
    except ValueError as error:
        parser.error(str(error))
    if options.out is not None:
        write_rows(options.out, rows, device="cpu", commit=commit())
    print(table(rows))


if __name__ == "__main__":
    main()
