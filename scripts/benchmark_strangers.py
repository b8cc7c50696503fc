"""python -m scripts.benchmark_strangers --data DIR [--datasets NAME …] [--seeds N] [--out CSV]: is a stranger known for one?

Of the training part of each set alone, three quarters train a classifier (`--model`, by default MiniRocket, which is the fastest;
others measure alike, but from the class that they would say and the examples that they keep). It is then asked about the other
quarter, and about made cases at the levels and sizes of the set's own channels. Rows are the share that is called unlike
anything it was trained on: `usual` should be near 0, the others near 1. Test parts are never read.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from models.cases import case_lengths, channel_means
from models.registry import create_classifier
from models.splits import stratified_split
from scripts.classification.sets import LabelledSet, find_sets, read_set, usual_sets
from scripts.measurements import Measurement, commit, machine, write_rows

OUT = Path(__file__).parent / "results" / "strangers.csv"
USUAL = "usual"
MOST, MADE = 600, 40
Maker = Callable[[np.random.Generator, np.ndarray], np.ndarray]


def _wave(random: np.random.Generator, cases: np.ndarray) -> np.ndarray:
    """A sine of one frequency in all channels, each at its own phase."""
    count, channels, steps = cases.shape
    cycles = random.uniform(1, max(steps / 4, 1.5), (count, 1, 1))
    return np.sqrt(2) * np.sin(2 * np.pi * cycles * np.arange(steps) / steps + random.uniform(0, 2 * np.pi, (count, channels, 1)))


def _walk(random: np.random.Generator, cases: np.ndarray) -> np.ndarray:
    steps = random.normal(size=cases.shape).cumsum(axis=2)
    return np.asarray((steps - steps.mean(axis=2, keepdims=True)) / steps.std(axis=2, keepdims=True))


def _trend(random: np.random.Generator, cases: np.ndarray) -> np.ndarray:
    """A straight line, up or down in all channels."""
    line = np.sqrt(3) * np.linspace(-1, 1, cases.shape[2])
    return np.broadcast_to(line, cases.shape) * random.choice([-1, 1], (len(cases), 1, 1))


# Kind → values of mean 0 and size 1, of the shape of the cases.
STANDARD: Mapping[str, Maker] = {
    "noise": lambda random, cases: random.normal(size=cases.shape),
    "walk": _walk,
    "trend": _trend,
    "wave": _wave,
    "rectangles": lambda random, cases: np.sign(_wave(random, cases)),
}
# Kind → cases made of the training cases.
OF_CASES: Mapping[str, Maker] = {
    "shuffled in time": lambda random, cases: cases[:, :, random.permutation(cases.shape[2])],
    "one channel of noise": lambda random, cases: _noisy_channel(random, cases),
}


def _noisy_channel(random: np.random.Generator, cases: np.ndarray) -> np.ndarray:
    means, sizes = _level_and_size(cases)
    chosen = np.arange(cases.shape[1])[None, :, None] == random.integers(cases.shape[1], size=(len(cases), 1, 1))
    return np.where(chosen, means + sizes * random.normal(size=cases.shape), cases)


def _level_and_size(cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    means = channel_means(cases)[:, None]
    return means, np.sqrt(channel_means((cases - means) ** 2))[:, None]


def strangers(cases: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Kind → made cases (batch, channel, time) at the levels, the sizes and the usual length of (batch, channel, time) cases."""
    random = np.random.default_rng(seed)
    steps = int(np.median(case_lengths(cases)))
    whole = cases[case_lengths(cases) >= steps][:, :, :steps]
    some = whole[random.permutation(len(whole))[:MADE]]
    means, sizes = _level_and_size(cases)
    shape = np.empty((MADE, cases.shape[1], steps))
    made = {kind: means + sizes * maker(random, shape) for kind, maker in STANDARD.items()}
    return made | {kind: maker(random, some) for kind, maker in OF_CASES.items()}


def measured(one: LabelledSet, model: str, seed: int) -> list[Measurement]:
    """The share of each kind that is called strange, after training on three quarters of the set's training part."""
    one = one.sample(MOST)
    train, held_out = stratified_split(one.labels, seed)
    begun = time.process_time()
    classifier = create_classifier(model).fit(one.cases[train], [one.labels[row] for row in train])
    asked = {USUAL: one.cases[held_out]} | strangers(one.cases[train], seed)
    shares = {kind: float((classifier.predict(cases).strangeness > 1).mean()) for kind, cases in asked.items()}
    seconds = time.process_time() - begun
    return [
        Measurement(one.name, model, "strange", share, seed=seed, seconds=seconds, ablation=kind)
        for kind, share in shares.items()
    ]


def markdown(path: Path) -> str:
    """What is called strange by kind: means over sets and seeds, and the least and the most of a set."""
    rows = pd.read_csv(path)
    shares = rows.groupby(["ablation", "dataset"])["value"].mean().unstack("dataset")
    order = sorted(shares.index, key=lambda kind: (kind != USUAL, -shares.loc[kind].mean()))
    lines = [f"| called strange, of {shares.shape[1]} sets | mean | least | most |", "|---|---|---|---|"]
    for kind in order:
        values = shares.loc[kind]
        title = "usual cases" if kind == USUAL else kind
        lines.append(f"| {title} | {values.mean():.2f} | {values.min():.2f} ({values.idxmin()}) | {values.max():.2f} |")
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, metavar="DIR", required=True, help="a folder of labelled sets")
    parser.add_argument("--datasets", nargs="+", metavar="NAME", help="default: all of the folder's group")
    parser.add_argument("--model", default="minirocket", help="a classifier by name")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--out", type=Path, default=OUT, metavar="CSV")
    options = parser.parse_args(arguments)
    try:
        found = find_sets(options.data)
    except FileNotFoundError as error:
        raise SystemExit(str(error)) from error
    names = options.datasets or usual_sets(found)
    if unknown := [name for name in names if name not in found]:
        raise SystemExit(f"No data set is called {unknown[0]!r}; there are: {', '.join(found)}.")
    rows = []
    for name in names:
        for seed in range(options.seeds):
            rows += measured(read_set(name, found[name]), options.model, seed)
        print(name, {row.ablation: round(row.value, 2) for row in rows[-1 - len(STANDARD) - len(OF_CASES) :]}, flush=True)
    write_rows(options.out, rows, device=machine(), commit=commit())
    print(markdown(options.out))


if __name__ == "__main__":
    main()
