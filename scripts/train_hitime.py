"""python -m scripts.train_hitime --data DIR --dataset NAME [--out FOLDER] [--stage NAME] [--config JSON]: train HiTime.

python -m scripts.train_hitime --data DIR --dataset NAME --quick (a minute on one core: few steps of everything, nothing kept)

DIR holds labelled sets as `scripts.benchmark_classification` reads them; only the training part is used. Stages that are finished
wait in `--work`, so a stopped run goes on where it was, and a stage with equal inputs is trained once: `--stage sources` trains
the encoders and stops, `--stage alignment` goes on to the queries, `--stage naming` to the language model. Without `--stage`
everything is run, first on a part of the training cases to choose a head and calibrate it, then on all of them, beside the plain
classifiers on the same split, and the checkpoint is written to FOLDER.
"""

from __future__ import annotations

import argparse
import json
import logging
import shlex
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from tqdm import tqdm

from assistant.errors import FileRejected
from models.checkpoint import TrainingRecord
from models.config import HiTimeConfig, config_from_dict
from models.device import choose_device
from models.errors import BadInput, ModelError
from models.hitime.classifier import HiTime
from models.hitime.stage_cache import StageCache
from models.hitime.system import STAGES, train_system
from models.hitime.trials import validation_splits
from models.monitor import Monitor
from models.registry import create_classifier
from models.selection import held_out_score
from scripts.classification.ablations import merged
from scripts.classification.sets import LabelledSet, find_sets, read_set
from scripts.classification.texts import class_name, class_texts, domain
from scripts.measurements import commit

WORK = Path(__file__).parent.parent / "scratch" / "train_hitime"
PLAIN = ("nearest-neighbour", "minirocket")
QUICK = {
    "data": {"tokenizer_steps": 20, "steps": 20},
    "task": {"members": [{"encoder": "cnn"}], "steps": 40},
    "alignment": {"steps": 20},
    "language": {"layers": 2, "steps": 10},
    "views": 2,
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train what is asked for."""
    options = _options(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    labelled = _read(options)
    try:
        config = _configuration(labelled, options)
        _run(labelled, config, options)
    except ModelError as error:
        raise SystemExit(str(error)) from None


def _read(options: argparse.Namespace) -> LabelledSet:
    """The set that was asked for, its classes by their names; stops the program where it is not there or damaged."""
    try:
        found = find_sets(options.data)
    except OSError as error:
        raise SystemExit(str(error)) from None
    if options.dataset not in found:
        raise SystemExit(f"There is no set {options.dataset!r} in {options.data}; there are: {', '.join(found) or 'none'}.")
    path = found[options.dataset]
    try:
        found_set = read_set(options.dataset, path)
    except (FileRejected, ValueError, OSError) as error:
        raise SystemExit(f"{path} cannot be read as a labelled set. {error}") from None
    return replace(found_set, labels=tuple(class_name(found_set.name, label) for label in found_set.labels))


def _configuration(labelled: LabelledSet, options: argparse.Namespace) -> HiTimeConfig:
    """Of what is known of the set and what was asked for. Errors: BadInput; stops the program where `--stage` has no work."""
    try:
        asked = json.loads(options.config)
    except json.JSONDecodeError as error:
        raise BadInput(f"--config takes options of HiTimeConfig as JSON, such as '{{\"views\": 4}}'; {error}.") from None
    if not isinstance(asked, dict):
        raise BadInput(f"--config takes a JSON object, such as '{{\"views\": 4}}'; found {options.config}.")
    texts = {"domain": domain(labelled.name), "class_texts": class_texts(labelled.name, labelled.classes), "seed": options.seed}
    config = config_from_dict(HiTimeConfig, merged(texts, QUICK if options.quick else {}, asked))
    if options.stage in ("alignment", "naming") and config.head not in ("auto", "language"):
        raise SystemExit(
            f"The head {config.head!r} needs no language model, so there is no stage {options.stage!r}; "
            "leave --stage out, or take the head 'auto' or 'language'."
        )
    return config


def _run(labelled: LabelledSet, config: HiTimeConfig, options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory() as passing, tqdm(total=100, unit="%", disable=not sys.stderr.isatty()) as bar:
        options.work = Path(passing) if options.quick else options.work
        monitor = Monitor(lambda share, words: _show(bar, share, words))
        if options.stage:
            targets = np.array([labelled.classes.index(label) for label in labelled.labels])
            device = choose_device()
            cache = StageCache(options.work, device)
            train_system(labelled.cases, targets, labelled.classes, config, cache, monitor, device, until=options.stage)
        else:
            _train(labelled, config, options, monitor)


def _train(labelled: LabelledSet, config: HiTimeConfig, options: argparse.Namespace, monitor: Monitor) -> None:
    model = HiTime(config)
    model.work = options.work
    model.fit(labelled.cases, labelled.labels, monitor=monitor)
    print(
        json.dumps({"head": model.head, "head_accuracies": model.head_scores, "validation_accuracy": model.validation_accuracy})
    )
    if options.quick or options.out is None:
        return
    plain = {name: _plain_accuracy(name, labelled, config) for name in PLAIN}
    record = TrainingRecord(
        command=shlex.join(["python", "-m", "scripts.train_hitime", *_said(options)]),
        data=f"{labelled.name}, training part, {_counted(model.trained_on, len(labelled.labels))} cases",
        licence=options.licence,
        seed=config.seed,
        commit=commit(),
        figures={
            "accuracy": model.validation_accuracy or 0.0,
            "plain_accuracy": plain["nearest-neighbour"],
            "minirocket_accuracy": plain["minirocket"],
            "held_out": float(model.held_out),
            "time_steps": float(labelled.cases.shape[2]),
        },
    )
    print(model.save(options.out, training=record, replace=True))


def _plain_accuracy(name: str, labelled: LabelledSet, config: HiTimeConfig) -> float:
    """Of a plain classifier, on the cases that HiTime with this configuration holds out."""
    splits = validation_splits(labelled.labels, config)
    return held_out_score(lambda: create_classifier(name), labelled.cases, labelled.labels, splits).accuracy


def _counted(learnt: int | None, cases: int) -> str:
    """Of how many cases a model has learnt: with many, those that chose its head are not among them."""
    return f"{cases}" if learnt in (None, cases) else f"{learnt} of {cases}"


def _said(options: argparse.Namespace) -> list[str]:
    """The arguments that matter, without this machine's folders."""
    said = ["--data", "DIR", "--dataset", options.dataset, "--seed", str(options.seed)]
    return said + (["--config", options.config] if json.loads(options.config) else [])


def _show(bar: tqdm, share: float, words: str) -> None:  # type: ignore[type-arg]
    bar.set_description(words)
    bar.update(round(100 * share) - bar.n)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="a folder with labelled sets")
    parser.add_argument("--dataset", required=True, help="the set to train on")
    parser.add_argument("--out", type=Path, help="where the checkpoint goes; nothing is kept without it")
    parser.add_argument("--stage", choices=STAGES, help="stop after this stage of the training on all cases")
    parser.add_argument("--config", default="{}", help="options of HiTimeConfig as JSON")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--licence", default="", help="of the data, for the checkpoint's record")
    parser.add_argument("--work", type=Path, default=WORK, help="where finished stages are kept")
    parser.add_argument("--quick", action="store_true")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    main()
