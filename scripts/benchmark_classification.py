"""python -m scripts.benchmark_classification --data DIR [--datasets NAME…] [--models NAME…] [--seeds N] [--out CSV]: who wins.

python -m scripts.benchmark_classification --data DIR --quick (under a minute on one core: two small sets, nothing kept)

DIR holds `.npz` sets with both parts and archive pairs `NAME_TRAIN.ts`, `NAME_TEST.ts`, at any depth; where it holds a group
`classification_uea` beside others, that one runs. Models learn from the official training part alone and are tested once on the
official test part. One fit of `hitime` gives a row for each of its heads: `hitime` is the one that validation chose,
`hitime-no-lm` the better of those without a language model. Published accuracies stand beside where `reference_results` is found
in DIR or beside it. `seconds` are CPU seconds of fit and prediction; stages of HiTime that an earlier fit had finished count with
what they took then.

--ablations leaves out one thing of HiTime at a time and compares test case by test case with the whole, each trained once on
the three quarters of the training cases that a trial sees; --study runs it along one quantity, or looks at it otherwise:
`inside` at what it attends to and answers without the series, with a picture beside the rows, and `transfer` at what it makes
of one set after learning from another. A run can be stopped and taken up again: finished rows stay. With --holdout train the
official test parts are dropped and a quarter of the training parts is used in their place.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from assistant.errors import FileRejected
from models.errors import UnknownModel
from scripts.classification import ablations, comparisons, contestants, published, studies
from scripts.classification.ablations import Variant, merged
from scripts.classification.comparisons import labelled
from scripts.classification.probes import Look, Probe
from scripts.classification.scoring import Key, Shelf, measures, rows_of
from scripts.classification.sets import LabelledSet, find_sets, read_set, usual_sets, with_noise
from scripts.classification.summary import summary_text
from scripts.measurements import Measurement, append_rows, commit, machine, read_rows

ROOT = Path(__file__).parent.parent
RESULTS = ROOT / "scripts" / "results"
OUT, OUT_ABLATIONS, OUT_STUDIES = (RESULTS / f"classification{suffix}.csv" for suffix in ("", "-ablations", "-studies"))
PARTS = ROOT / "scratch" / "benchmark_classification"
SEEDS, LARGE_SET = 3, 5_000
QUICK_SETS, QUICK_CASES = 2, 24
QUICK_MODELS = ("nearest-neighbour", "minirocket", contestants.FAMILY)
# A few steps of everything: whether it runs, not how good it is.
QUICK_CONFIG: Mapping[str, Any] = {
    "data": {"tokenizer_steps": 2, "steps": 2, "batch": 8, "kernels": 0},
    "task": {"steps": 2, "batch": 8},
    "alignment": {"steps": 2, "batch": 8},
    "language": {"steps": 2, "batch": 8, "layers": 1},
    "views": 1,
}


@dataclass(frozen=True)
class Plan:
    """What is to run. names: rows asked for. variants: ways to run each contestant. seeds: how many, None for the usual number.
    others: sets that a study learns from besides the one that it is tested on. parts: where finished stages are kept; answers:
    where answers are.

    suffix: what sets all its rows apart from the main ones. config: of HiTime, over its defaults. commit: of the code as it was
    when the run began, since a checkout may move on meanwhile.
    """

    names: tuple[str, ...]
    variants: tuple[Variant, ...]
    datasets: tuple[str, ...]
    seeds: int | None
    out: Path
    parts: Path
    answers: Path
    suffix: str
    config: Mapping[str, Any]
    max_cases: int | None
    holdout: str
    commit: str
    others: Mapping[str, Path]

    @property
    def fitted(self) -> tuple[str, ...]:
        """What is fitted for those names."""
        return tuple(dict.fromkeys(contestants.contestant_of(name) for name in self.names))

    def seeds_of(self, contestant: str, chosen: LabelledSet) -> range:
        """One seed for what draws no random numbers and, unless told otherwise, for large sets."""
        if contestant in contestants.SEEDLESS:
            return range(1)
        return range(self.seeds or (1 if len(chosen.labels) > LARGE_SET else SEEDS))


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for and print the summary."""
    options = _options(arguments)
    try:
        found = find_sets(options.data)
    except OSError as error:
        raise SystemExit(str(error)) from None
    with tempfile.TemporaryDirectory() as folder:
        plan = _plan(options, found, Path(folder))
        failed = run(plan, {name: found[name] for name in plan.datasets})
        if not plan.suffix and options.study is None:
            _add_published(options.data, plan)
        print("\n".join([*failed, ""]))
        _print_summary(plan, options)


def run(plan: Plan, found: Mapping[str, Path]) -> list[str]:
    """Add every row that is missing; what could not run is said as it happens and returned."""
    failed: dict[str, None] = {}
    shelf = Shelf(plan.answers)
    for dataset, path in found.items():
        try:
            chosen = _read(plan, dataset, path)
        except (FileRejected, ValueError, OSError) as error:
            _say(failed, f"{dataset}: skipped. {error}")
            continue
        for variant, contestant, seed in _missing(plan, chosen):
            try:
                if variant.probe is not None:
                    _probe(plan, chosen, variant.probe, seed)
                else:
                    _measure(plan, chosen, variant, contestant, seed, shelf)
            except (ImportError, UnknownModel) as error:
                _say(failed, f"{contestant}: skipped, since it is not installed. {error}")
            except Exception as error:
                # A run takes hours over sets nobody has seen: one that a method cannot work with must not end it.
                _say(failed, f"{dataset} {contestant} {variant.label}: failed. {type(error).__name__}: {error}")
    return list(failed)


def _read(plan: Plan, dataset: str, path: Path) -> LabelledSet:
    whole = read_set(dataset, path)
    return (whole.without_test() if plan.holdout == "train" else whole).sample(plan.max_cases)


def _missing(plan: Plan, chosen: LabelledSet) -> Iterator[tuple[Variant, str, int]]:
    rows = read_rows(plan.out)
    rows = rows[(rows["dataset"] == chosen.name) & (rows["metric"] == "accuracy")]
    rows = rows[rows["seed"].notna()]
    finished = {
        (contestants.contestant_of(model), int(seed), label)
        for model, seed, label in zip(rows["model"], rows["seed"], rows["ablation"], strict=True)
    }
    for variant in plan.variants:
        labels = [labelled(label, plan.suffix) for label in variant.tests]
        for contestant in plan.fitted:
            if variant.for_hitime and contestant != contestants.FAMILY:
                continue
            if variant.probe is not None and chosen.name in variant.probe.needs:
                continue
            for seed in plan.seeds_of(contestant, chosen):
                if any((contestant, seed, label) not in finished for label in labels):
                    yield variant, contestant, seed


def _measure(plan: Plan, chosen: LabelledSet, variant: Variant, contestant: str, seed: int, shelf: Shelf) -> None:
    """Fit once, answer every test of the variant, and add the rows of each that is not there."""
    train = chosen if variant.share is None else chosen.few(variant.share, seed)
    config = merged(plan.config, variant.config)
    work = plan.parts / "stages" / chosen.name
    fitted = contestants.fit(contestant, contestants.Task(chosen.name, train.cases, train.labels, seed, config, work))
    device = machine(gpu=contestant == contestants.FAMILY)
    for label, decibels in variant.tests.items():
        cases = chosen.test_cases if decibels is None else with_noise(chosen.test_cases, decibels, seed)
        ablation = labelled(label, plan.suffix)
        rows = []
        for name, answer in fitted.answers(cases).items():
            key, found = Key(chosen.name, name, seed, ablation), measures(chosen.test_labels, answer)
            shelf.put(key, chosen.test_labels, answer.said.labels)
            rows += rows_of(key, found, answer)
        _print_accuracies(rows)
        # All rows of a fit in one go: a run that is stopped leaves either all or none of them.
        append_rows(plan.out, rows, device=device, commit=plan.commit)


def _probe(plan: Plan, chosen: LabelledSet, probe: Probe, seed: int) -> None:
    """Take one look and add its rows."""
    look = Look(
        chosen=chosen,
        seed=seed,
        config=plan.config,
        others={name: _read(plan, name, plan.others[name]) for name in probe.needs},
        stages=plan.parts / "stages",
        figures=plan.out.parent / "figures",
    )
    rows = [replace(row, ablation=labelled(row.ablation, plan.suffix)) for row in probe.measure(look)]
    _print_accuracies(rows)
    append_rows(plan.out, rows, device=machine(gpu=True), commit=plan.commit)


def _print_accuracies(rows: Sequence[Measurement]) -> None:
    for row in rows:
        if row.metric == "accuracy":
            words = f"{row.dataset:26s} {row.model:24s} {row.ablation:22s} seed {row.seed}"
            print(f"{words}  accuracy {row.value:.4f}  {row.seconds or 0:.3g} s", flush=True)


def _say(failed: dict[str, None], line: str) -> None:
    if line not in failed:
        print(line, flush=True)
        failed[line] = None


def _add_published(data: Path, plan: Plan) -> None:
    folder = published.find_published(data)
    if folder is None:
        return
    rows = read_rows(plan.out)
    known = set(zip(rows["dataset"], rows["model"], strict=True))
    fresh = [row for row in published.published_rows(folder, plan.datasets) if (row.dataset, row.model) not in known]
    if fresh:
        append_rows(plan.out, fresh, device=published.DEVICE, commit="")


def _print_summary(plan: Plan, options: argparse.Namespace) -> None:
    if options.ablations:
        found = comparisons.compare_ablations(Shelf(plan.answers), read_rows(plan.out), plan.suffix)
        fresh = comparisons.comparison_rows(found, plan.suffix)
        comparisons.drop_comparisons(plan.out, fresh)
        if fresh:
            append_rows(plan.out, fresh, device=machine(), commit=plan.commit)
            print(comparisons.comparison_text(found), end="\n\n")
    print(summary_text(_asked(read_rows(plan.out), plan)))


def _asked(rows: pd.DataFrame, plan: Plan) -> pd.DataFrame:
    labels = [labelled(label, plan.suffix) for variant in plan.variants for label in variant.tests]
    beginnings = tuple(one for variant in plan.variants if variant.probe is not None for one in variant.probe.others)
    models = rows["model"].map(contestants.contestant_of)
    of_these = models.isin(plan.fitted) | rows["model"].isin(published.MODELS)

    def so_changed(label: str) -> bool:
        bare = label.partition(", ")[0]
        return label in labels or (bare.startswith(beginnings) and label == labelled(bare, plan.suffix))

    changed = rows["ablation"].map(so_changed).astype(bool)
    return rows[rows["dataset"].isin(plan.datasets) & of_these & changed]


def _plan(options: argparse.Namespace, found: Mapping[str, Path], temporary: Path) -> Plan:
    names = tuple(_chosen(options.models, contestants.everyone(), "model")) if options.models else contestants.usual()
    variants: list[Variant] = [Variant()]
    out, usual = OUT, usual_sets(dict(found))
    if options.quick:
        usual = sorted(usual, key=lambda name: found[name].stat().st_size)[:QUICK_SETS]
        names = names if options.models else QUICK_MODELS
    if options.ablations:
        options.ablations = _chosen([] if options.ablations == ["all"] else options.ablations, ablations.names(), "ablation")
        names, variants, out = (contestants.FAMILY,), ablations.variants(options.ablations), OUT_ABLATIONS
    if options.study:
        asked = [studies.STUDIES[name] for name in _chosen(options.study, tuple(studies.STUDIES), "study")]
        names = names if options.models else tuple(dict.fromkeys(name for study in asked for name in study.models))
        variants, out = _with_their_sets([variant for study in asked for variant in study.variants], found), OUT_STUDIES
    if (options.study or options.ablations) and not options.quick:
        usual = [name for name in studies.USUAL_SETS if name in found] or usual
    parts = temporary if options.quick else options.parts
    suffix = {
        "quick": options.quick,
        f"{options.max_cases} cases": options.max_cases and not options.quick,
        "holdout train": options.holdout == "train",
    }
    return Plan(
        names=names,
        variants=tuple(variants),
        datasets=tuple(_chosen(options.datasets, tuple(found), "data set") if options.datasets else usual),
        seeds=1 if options.quick and options.seeds is None else options.seeds,
        out=options.out or (temporary / out.name if options.quick else out),
        parts=parts,
        # A main run may be of other code than the whole model which ablations are compared with.
        answers=parts / "ablations" if options.ablations else parts,
        suffix=labelled(*(words for words, wanted in suffix.items() if wanted)),
        config=merged(ablations.ONCE if options.ablations else {}, QUICK_CONFIG if options.quick else {}),
        max_cases=min(options.max_cases or QUICK_CASES, QUICK_CASES) if options.quick else options.max_cases,
        holdout=options.holdout,
        commit=commit(),
        others={name: found[name] for variant in variants if variant.probe is not None for name in variant.probe.needs},
    )


def _with_their_sets(variants: Sequence[Variant], found: Mapping[str, Path]) -> list[Variant]:
    """Those that can run on these sets; the others are named."""
    able = []
    for variant in variants:
        lacking = [name for name in (variant.probe.needs if variant.probe is not None else ()) if name not in found]
        if lacking:
            print(f"{variant.label}: skipped, since the set {lacking[0]} is not in the folder given with --data.", flush=True)
        else:
            able.append(variant)
    return able


def _chosen(asked: Sequence[str], known: Sequence[str], what: str) -> list[str]:
    """The known names that were asked for, whatever their case, all for none; stops the program for an unknown one."""
    by_lower = {name.lower(): name for name in known}
    unknown = [name for name in asked if name.lower() not in by_lower]
    if unknown:
        raise SystemExit(f"No {what} is called {unknown[0]!r}; there are: {', '.join(known) or 'none'}.")
    return list(dict.fromkeys(by_lower[name.lower()] for name in asked)) if asked else list(known)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder of labelled sets, searched at any depth")
    parser.add_argument("--datasets", nargs="+", metavar="NAME", help="all found by default, or the multivariate archive's")
    parser.add_argument("--models", nargs="+", metavar="NAME", help=f"by default {', '.join(contestants.usual())}")
    parser.add_argument(
        "--seeds", type=_positive, metavar="N", help=f"0 … N-1; by default {SEEDS}, 1 above {LARGE_SET:,} training cases"
    )
    parser.add_argument("--ablations", nargs="+", metavar="NAME", help=f"all, or of {', '.join(ablations.names())}")
    parser.add_argument("--study", nargs="+", metavar="NAME", help=f"of {', '.join(studies.STUDIES)}")
    parser.add_argument(
        "--max-cases",
        "--max-series",
        type=_positive,
        metavar="N",
        help="at most N training cases a set, evenly spaced in classes",
    )
    parser.add_argument("--quick", action="store_true", help=f"{QUICK_SETS} small sets, few steps; no rows kept without --out")
    parser.add_argument("--holdout", choices=("test", "train"), default="test", help="train: never touch the official test parts")
    parser.add_argument(
        "--out", type=Path, metavar="CSV", help=f"default scripts/results/{OUT.name}, {OUT_ABLATIONS.name} or {OUT_STUDIES.name}"
    )
    parser.add_argument(
        "--parts", type=Path, metavar="DIR", default=PARTS, help="where answers and HiTime's finished stages are kept"
    )
    options = parser.parse_args(arguments)
    if options.ablations and options.study:
        parser.error("expected --ablations or --study, found both; run them one after the other")
    return options


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number above 0, found {text}")
    return int(text)


if __name__ == "__main__":
    # numba sets OpenMP's number of threads for the whole process, torch's with it: both shall keep to what was asked for.
    os.environ.setdefault("NUMBA_NUM_THREADS", os.environ.get("OMP_NUM_THREADS", str(os.cpu_count())))
    main()
