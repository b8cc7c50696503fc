"""python -m scripts.benchmark_forecasting --data DIR [--datasets NAME…] [--models NAME…] [--max-series N] [--out CSV]: who wins.

python -m scripts.benchmark_forecasting --data DIR --quick (under a minute on one core: two short series a set, nothing kept)

DIR holds `.tsf(.gz)` files and M4-style `{Weekly,…}-{train,test}.csv(.gz)` pairs, at any depth. Every series' last horizon is
forecast once from what lies before it: by the tournament as the product runs it (`tidings`), by each of its members, and by
statsforecast's AutoETS, AutoTheta and MSTL in an environment of their own (`make bench`). Measures are means over series; MASE is
scaled by the in-sample seasonal naive; WQL is over nine deciles, series by series; `seconds` are CPU seconds of one series.

CSV tables whose first column is `date` (ETT and the like) are run where they are named, or where DIR holds nothing else: every
window of the test part at the usual horizons, by cycle-linear with and without an intercept and by the seasonal naive.

A run can be stopped and taken up again: finished rows stay, and the scores of unfinished sets wait in `--parts`. With
`--holdout train` the official test parts are dropped and the last horizon of the training parts is forecast instead.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from assistant.errors import FileRejected
from scripts.forecasting import contestants, windows
from scripts.forecasting.scoring import METRICS, Score, Shelf, score
from scripts.forecasting.sets import Case, ForecastSet, find_sets, read_set
from scripts.forecasting.summary import summary_text, window_table
from scripts.forecasting.throughput import HORIZON, LENGTH, time_many
from scripts.measurements import Measurement, append_rows, commit, machine, read_rows

ROOT = Path(__file__).parent.parent
OUT_TABLES = ROOT / "scripts" / "results" / "forecasting-ett.csv"
OUT = ROOT / "scripts" / "results" / "forecasting.csv"
PARTS = ROOT / "scratch" / "benchmark_forecasting"
QUICK_SERIES, QUICK_HISTORY = 2, 300
QUICK_MODELS = ("tidings", "seasonal-naive", "cycle-linear", "statsforecast-autotheta")
Scores = dict[str, dict[str, dict[str, Score]]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print the summary."""
    options = _options(arguments)
    with tempfile.TemporaryDirectory() as folder:
        if options.quick:
            # Scores of shortened series must not wait among the others.
            options.out, options.parts = options.out or Path(folder) / OUT.name, Path(folder)
        if options.throughput:
            _run_throughput(options)
        if options.data:
            run(options)


def run(options: argparse.Namespace) -> None:
    """Every set and model that is missing in the rows, then the tables."""
    sets, tables = find_sets(options.data), windows.find_tables(options.data)
    wanted = _chosen(options.datasets, (*sets, *tables), "data set") if options.datasets else list(sets or tables)
    names = _chosen(options.models or contestants.usual(), contestants.everyone(), "model")
    if any(name in sets for name in wanted):
        _run_sets({name: sets[name] for name in wanted if name in sets}, _with_library(names, options.python), options)
    if any(name in tables for name in wanted):
        _run_tables({name: tables[name] for name in wanted if name in tables}, names, options)


def _run_sets(found: dict[str, Path], names: Sequence[str], options: argparse.Namespace) -> None:
    out = options.out or OUT
    scores: Scores = {}
    for dataset, path in found.items():
        try:
            whole = read_set(dataset, path)
        except (FileRejected, ValueError) as error:
            print(f"{dataset}: skipped. {error}", flush=True)
            continue
        whole = whole.without_test() if options.holdout == "train" else whole
        if whole.left_out:
            print(f"{dataset}: {whole.left_out} series are too short to be split and left out", flush=True)
        chosen = whole.sample(options.max_series)
        scores[dataset] = _run_set(chosen.latest(QUICK_HISTORY) if options.quick else chosen, names, out, options)
    rows = read_rows(out)
    asked = rows["dataset"].isin(scores) & rows["model"].isin(names) & (rows["ablation"] == _ablation(options))
    print(summary_text(rows[asked], scores))


def _run_tables(found: dict[str, Path], names: Sequence[str], options: argparse.Namespace) -> None:
    out = options.out or OUT_TABLES
    rows = read_rows(out)
    labels = [
        windows.label_of(*key) for key in zip(rows["dataset"], rows["model"], rows["context"], rows["ablation"], strict=True)
    ]
    known = set(zip(labels, rows["horizon"].astype(str), strict=True))
    horizons = windows.HORIZONS[:1] if options.quick else windows.HORIZONS
    for name, path in found.items():
        for measured in windows.measure_table(windows.read_table(name, path), names, known, horizons):
            append_rows(out, measured, device=machine(), commit=commit())
    rows = read_rows(out)
    print(window_table(rows[rows["dataset"].isin(found) & rows["model"].isin(names)]))


def _run_throughput(options: argparse.Namespace) -> None:
    seconds, failed = time_many(options.throughput, options.workers)
    dataset = f"{options.throughput} made series of {LENGTH}"
    row = Measurement(dataset=dataset, model=contestants.PRODUCT, metric="seconds", value=seconds, seed=0, horizon=HORIZON)
    append_rows(options.out or OUT, [row], device=machine(), commit=commit())
    print(f"{dataset} points, {options.workers} processes: {seconds:.1f} s in all, {failed} failed", flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data sets, searched at any depth")
    parser.add_argument("--throughput", type=int, metavar="N", help="time N made series of 120 points, forecast at once")
    parser.add_argument("--datasets", nargs="+", metavar="NAME", help="all found by default")
    parser.add_argument("--models", nargs="+", metavar="NAME", help=f"by default {', '.join(contestants.usual())}")
    parser.add_argument("--seeds", type=int, default=1, help="no method here draws random numbers: more than one changes nothing")
    parser.add_argument("--max-series", type=int, metavar="N", help="at most N evenly spaced series of a set")
    parser.add_argument(
        "--quick", action="store_true", help=f"{QUICK_SERIES} series a set, {QUICK_HISTORY} values; no rows kept without --out"
    )
    parser.add_argument(
        "--out", type=Path, metavar="CSV", help=f"default scripts/results/{OUT.name}, of tables {OUT_TABLES.name}"
    )
    parser.add_argument("--parts", type=Path, metavar="DIR", default=PARTS, help="where the scores of unfinished sets wait")
    parser.add_argument("--workers", type=int, default=2, help="processes for the product's own models")
    parser.add_argument("--holdout", choices=("test", "train"), default="test", help="train: never touch the official test parts")
    parser.add_argument("--season", type=int, metavar="N", help="tell the models this season; the scale of MASE stays as it is")
    parser.add_argument("--python", type=Path, help="Python of the environment with statsforecast; default .venv-bench's")
    options = parser.parse_args(arguments)
    if options.data is None and options.throughput is None:
        parser.error("expected --data DIR, --throughput N or both, found neither")
    if options.quick:
        options.max_series = min(options.max_series or QUICK_SERIES, QUICK_SERIES)
        options.models = options.models or QUICK_MODELS
    return options


def _chosen(asked: Sequence[str] | None, known: Sequence[str], what: str) -> list[str]:
    """The known names that were asked for, whatever their case; stops the program for an unknown one."""
    by_lower = {name.lower(): name for name in known}
    unknown = [name for name in asked or () if name.lower() not in by_lower]
    if unknown:
        raise SystemExit(f"No {what} is called {unknown[0]!r}; there are: {', '.join(known) or 'none'}.")
    return list(dict.fromkeys(by_lower[name.lower()] for name in (asked or known)))


def _with_library(names: list[str], python: Path | None) -> list[str]:
    """The names whose library is there; the others are reported."""
    elsewhere = [name for name in names if name in contestants.STATSFORECAST]
    if not elsewhere or contestants.statsforecast_python(python):
        return names
    print(f"skipped, since statsforecast is not installed in .venv-bench (make bench): {', '.join(elsewhere)}", flush=True)
    return [name for name in names if name not in elsewhere]


def _ablation(options: argparse.Namespace) -> str:
    """What sets the rows apart from the main ones: a sample of the series, no official test, another season."""
    parts = {
        f"{options.max_series} series": options.max_series,
        f"history {QUICK_HISTORY}": options.quick,
        "holdout train": options.holdout == "train",
        f"season {options.season}": options.season,
    }
    return ", ".join(words for words, wanted in parts.items() if wanted)


def _told(case: Case, options: argparse.Namespace) -> Case:
    """The case as the models see it."""
    return replace(case, season=options.season) if options.season else case


def _run_set(chosen: ForecastSet, names: Sequence[str], out: Path, options: argparse.Namespace) -> dict[str, dict[str, Score]]:
    """Score what is missing, add the rows of each finished model, and return the scores at hand: model → series → score."""
    shelf = Shelf(options.parts / (f"{options.holdout}-season-{options.season}" if options.season else options.holdout))
    rows = read_rows(out)
    mine = rows[(rows["dataset"] == chosen.name) & (rows["ablation"] == _ablation(options))]
    finished = set(mine["model"])
    wanted = {case.name for case in chosen.cases}
    missing = {name: [case for case in chosen.cases if case.name not in shelf.read(chosen.name, name)] for name in names}
    todo = {name: [] if name in finished else cases for name, cases in missing.items()}
    _score_here(chosen, {name: cases for name, cases in todo.items() if name not in contestants.STATSFORECAST}, shelf, options)
    for name in names:
        if name in contestants.STATSFORECAST and todo[name]:
            python = contestants.statsforecast_python(options.python)
            assert python is not None
            told = [_told(case, options) for case in todo[name]]
            predicted = contestants.predict_elsewhere(told, name, chosen.horizon, python)
            _keep(chosen.name, predicted, todo[name], shelf)
    at_hand = {name: {k: v for k, v in shelf.read(chosen.name, name).items() if k in wanted} for name in names}
    for name in names:
        if name not in finished and len(at_hand[name]) == len(wanted):
            found = _measurements(chosen, name, list(at_hand[name].values()), _ablation(options))
            append_rows(out, found, device=machine(), commit=commit())
            mase = next((f"mase {row.value:.4f}" for row in found if row.metric == "mase"), "cannot forecast any of the series")
            print(f"{chosen.name:20s} {name:26s} {mase}  {found[0].seconds:.3g} s a series", flush=True)
    return at_hand


def _score_here(chosen: ForecastSet, todo: dict[str, list[Case]], shelf: Shelf, options: argparse.Namespace) -> None:
    """The product's own models, all that a series lacks in one go."""
    lacking: dict[str, tuple[str, ...]] = {}
    for name, cases in todo.items():
        for case in cases:
            lacking[case.name] = (*lacking.get(case.name, ()), name)
    work = [(case, lacking[case.name]) for case in chosen.cases if case.name in lacking]
    if work:
        told = [(_told(case, options), names) for case, names in work]
        predicted = contestants.predict_here(told, chosen.horizon, options.workers)
        _keep(chosen.name, predicted, [case for case, _ in work], shelf)


def _keep(dataset: str, predicted: contestants.Predicted, cases: Sequence[Case], shelf: Shelf) -> None:
    for index, by_model in predicted:
        for name, prediction in by_model.items():
            shelf.add(dataset, name, [score(cases[index], prediction)])


def _measurements(chosen: ForecastSet, model: str, scores: Sequence[Score], ablation: str) -> list[Measurement]:
    """Means over series, of the series where a measure is defined; and how many series another method had to stand in for.

    A model that could not forecast any series has no measures, only these counts.
    """
    seconds = float(np.mean([one.seconds for one in scores]))
    memory = max(one.peak_mb for one in scores)
    fallbacks = sum(bool(one.fallback) for one in scores)
    values = {"series": float(len(scores)), "fallbacks": float(fallbacks)}
    if fallbacks < len(scores) or model in contestants.STATSFORECAST:
        values |= {metric: _mean([getattr(one, metric) for one in scores]) for metric in METRICS}
    return [
        Measurement(
            dataset=chosen.name,
            model=model,
            metric=metric,
            value=value,
            seed=0,
            seconds=seconds,
            peak_mb=memory,
            horizon=chosen.horizon,
            ablation=ablation,
        )
        for metric, value in values.items()
    ]


def _mean(values: Sequence[float]) -> float:
    finite = [value for value in values if np.isfinite(value)]
    return float(np.mean(finite)) if finite else float("nan")


if __name__ == "__main__":
    main()
