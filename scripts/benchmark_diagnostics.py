"""python -m scripts.benchmark_diagnostics [--seeds N] [--first-seed K] [--data DIR] [--models NAME…] [--out CSV]: right or wrong.

python -m scripts.benchmark_diagnostics --quick (under a minute on one core: 60 cases, written nowhere unless --out is given)

Seasons, changes, anomalies and trends of series whose truth is known (scripts/diagnostics/cases.py says what is drawn,
scoring.py what counts), beside the usual plain methods. Precision and recall are over all cases with effects, false alarms over
those without; then the same for each level of each factor, so that weak spots show. Cases from seed 0 on are for development:
`--show` lists their errors. Those from 10,000 on are reported and only ever counted. With --data, a folder that holds the
anomaly_nab group (or is it), the labelled series of that group are scored too.

A run that was broken off goes on where it stopped, as long as the commit is the same.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

import pandas as pd

from scripts.diagnostics import nab
from scripts.diagnostics.cases import REPORT, draw
from scripts.diagnostics.methods import METHODS
from scripts.diagnostics.scoring import Outcome, false_alarms, rates, score
from scripts.measurements import Measurement, commit, write_rows

RESULTS = Path(__file__).parent / "results"
SEEDS = 900
QUICK = 60
HEADLINE = (
    *["season_precision", "season_recall", "change_precision", "change_recall", "place_precision", "place_recall"],
    *["anomaly_precision", "anomaly_recall", "trend_direction", "trend_interval_coverage"],
    *["season_false_alarms", "change_false_alarms", "place_false_alarms", "anomaly_false_alarms", "any_false_alarm"],
)


def measure(seed: int, model: str) -> Outcome:
    """One method on one case."""
    case = draw(seed)
    started = time.perf_counter()
    claims = METHODS[model](case.series)
    seconds = time.perf_counter() - started
    counts, misses = score(case, claims)
    return Outcome(seed, model, case.factors, dict(counts), seconds, misses)


def outcomes_of(seeds: range, models: Sequence[str], partial: Path | None) -> list[Outcome]:
    """All methods on all cases; `partial` keeps what is done until the end."""
    done: dict[tuple[int, str], Outcome] = {}
    if partial is not None and partial.exists():
        head, *lines = partial.read_text(encoding="utf-8").splitlines()
        if json.loads(head) == {"commit": commit()}:
            kept = [Outcome(**json.loads(line)) for line in lines]
            done = {(outcome.seed, outcome.model): outcome for outcome in kept}
    if partial is not None and not done:
        partial.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(json.dumps({"commit": commit()}) + "\n", encoding="utf-8")
    outcomes = []
    for seed in seeds:
        for model in models:
            outcome = done.get((seed, model)) or measure(seed, model)
            outcomes.append(outcome)
            if partial is not None and (seed, model) not in done:
                with partial.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(asdict(outcome)) + "\n")
    return outcomes


def rows_of(outcomes: Sequence[Outcome], first_seed: int) -> list[Measurement]:
    """The measurements: all cases first, then each level of each factor."""
    rows: list[Measurement] = []
    for model in dict.fromkeys(outcome.model for outcome in outcomes):
        own = [outcome for outcome in outcomes if outcome.model == model]
        effects = [outcome for outcome in own if outcome.factors["effects"] == "some"]
        clean = [outcome for outcome in own if outcome.factors["effects"] == "none"]
        seconds = sum(outcome.seconds for outcome in own) / len(own)
        groups = {"all": (effects, clean)}
        for factor in own[0].factors:
            for level in sorted({outcome.factors[factor] for outcome in own}):
                if factor != "effects":
                    groups[f"{factor}={level}"] = (
                        [outcome for outcome in effects if outcome.factors[factor] == level],
                        [outcome for outcome in clean if outcome.factors[factor] == level],
                    )
        for name, (some, none) in groups.items():
            found = rates(some) | (false_alarms(none) if none else {})
            found |= {"cases": float(len(some)), "clean_cases": float(len(none))}
            rows += [
                Measurement(name, model, metric, value, seed=first_seed, seconds=seconds if name == "all" else None)
                for metric, value in found.items()
            ]
    return rows


def table(frame: pd.DataFrame) -> str:
    """The headline figures by model."""
    chosen = frame[(frame["dataset"] == "all") & frame["metric"].isin(HEADLINE)]
    wide = chosen.pivot_table(index="metric", columns="model", values="value", sort=False)
    return str(wide.reindex([metric for metric in HEADLINE if metric in wide.index]).to_string(float_format="%.3f", na_rep=""))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, write the rows, print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=SEEDS, help="how many cases, a third of them without effects")
    parser.add_argument("--first-seed", type=int, default=REPORT)
    parser.add_argument("--data", type=Path, help="a folder with the anomaly_nab group; without it only the synthetic cases run")
    parser.add_argument("--models", nargs="+", choices=list(METHODS), default=list(METHODS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--show", action="store_true", help="list the errors, case by case; only for development seeds")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args(arguments)
    if options.data is not None and nab.find_folder(options.data) is None:
        parser.error(f"--data expects a folder with {nab.LABELS}, or with an anomaly_nab that has it; {options.data} has neither")
    count = min(options.seeds, QUICK) if options.quick else options.seeds
    seeds = range(options.first_seed, options.first_seed + count)
    if options.show and seeds.stop > REPORT:
        parser.error(f"--show expects seeds below {REPORT}, found {seeds.start}-{seeds.stop - 1}; the others are only counted")
    out = options.out or (None if options.quick or options.show else RESULTS / "diagnostics.csv")
    partial = out.with_suffix(".partial.jsonl") if out is not None else None
    measured = commit()
    outcomes = outcomes_of(seeds, options.models, partial)
    rows = rows_of(outcomes, options.first_seed)
    if options.data is not None:
        labelled = nab.measure(options.data, quick=options.quick)
        rows += labelled
        print(nab.table(labelled))
    if options.show:
        for outcome in outcomes:
            if outcome.misses:
                print(outcome.seed, outcome.model, _in_words(outcome.factors), "|", "; ".join(outcome.misses))
    frame = pd.DataFrame([asdict(row) for row in rows]) if out is None else write_rows(out, rows, device="cpu", commit=measured)
    if partial is not None:
        partial.unlink(missing_ok=True)
    print(f"{count} cases from seed {options.first_seed}, {sum(o.seconds for o in outcomes):.0f} s in the methods")
    print(table(frame))


def _in_words(factors: dict[str, str]) -> str:
    return ", ".join(f"{name} {level}" for name, level in factors.items() if level != "none")


if __name__ == "__main__":
    main()
