"""Paired comparisons of HiTime with what was left out of it, over test cases and seeds."""

from __future__ import annotations

import csv
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from scripts.classification.ablations import NO_LANGUAGE_MODEL, names
from scripts.classification.scoring import Key, Shelf
from scripts.measurements import Measurement

METRIC = "p_value"
ALL_SETS = "all"
WHOLE = "hitime-language"


@dataclass(frozen=True)
class Comparison:
    """Test cases that only the first and only the second answers rightly, at more seeds where there are several.

    p_value: of the exact test that both counts come from a fair coin; for one seed it is McNemar's.
    """

    first: int
    second: int

    @property
    def p_value(self) -> float:
        """Two-sided; 1 where the two never differ."""
        from scipy.stats import binomtest

        return float(binomtest(self.first, self.first + self.second).pvalue) if self.first + self.second else 1.0


def compare(pairs: Sequence[tuple[np.ndarray, np.ndarray]]) -> Comparison:
    """Compare two models on the same test cases.

    pairs: a seed each, both (case,) bool, in one order of cases. A case counts once however many seeds there are: the seeds
    answer it much alike, so counting each of them would claim more evidence than there is.
    Source: McNemar (1947), in its exact form; over seeds the sign test of each case's right answers.
    """
    differences = np.sum([first.astype(int) - second.astype(int) for first, second in pairs], axis=0)
    return Comparison(int((differences > 0).sum()), int((differences < 0).sum()))


def compare_ablations(shelf: Shelf, rows: pd.DataFrame, suffix: str = "") -> dict[tuple[str, str], Comparison]:
    """(set or `all`, ablation) → the whole model's language head against the same without one thing.

    rows: the results file that the answers on the shelf belong to. Of every set and ablation in it, the seeds that have rows and
    answers of both sides are compared, whatever the latest run was asked for. suffix: of the ablation column.
    """
    accuracies = rows[(rows["metric"] == "accuracy") & rows["seed"].notna()]
    known = {Key(*row) for row in accuracies[["dataset", "model", "seed", "ablation"]].itertuples(index=False, name=None)}
    found: dict[tuple[str, str], Comparison] = {}
    for ablation in names():
        for dataset in accuracies["dataset"].unique():
            pairs = []
            for seed in sorted(int(seed) for seed in accuracies[accuracies["dataset"] == dataset]["seed"].unique()):
                sides = _sides(dataset, ablation, seed, suffix)
                answers = [shelf.correct(key) for key in sides if key in known]
                if len(answers) == len(sides) and (pair := _alike(*answers)) is not None:
                    pairs.append(pair)
            if pairs:
                found[dataset, ablation] = compare(pairs)
        parts = [comparison for (_, name), comparison in found.items() if name == ablation]
        if parts:
            found[ALL_SETS, ablation] = Comparison(sum(one.first for one in parts), sum(one.second for one in parts))
    return found


def comparison_rows(found: dict[tuple[str, str], Comparison], suffix: str = "") -> list[Measurement]:
    """The p-values as rows of a results file."""
    return [
        Measurement(
            dataset=dataset,
            model=model_of(ablation),
            metric=METRIC,
            value=comparison.p_value,
            ablation=labelled(ablation, suffix),
        )
        for (dataset, ablation), comparison in found.items()
    ]


def comparison_text(found: dict[tuple[str, str], Comparison]) -> str:
    """A line a comparison."""
    lines = ["whole model against the same without one thing: cases only the one, only the other gets right, p"]
    lines += [
        f"{dataset:26s} {ablation:18s} {comparison.first:5d} {comparison.second:5d}  p {comparison.p_value:.4f}"
        for (dataset, ablation), comparison in found.items()
    ]
    return "\n".join(lines)


def model_of(ablation: str) -> str:
    """The row whose answers stand for an ablation."""
    return f"hitime-{NO_LANGUAGE_MODEL}" if ablation == NO_LANGUAGE_MODEL else WHOLE


def labelled(*parts: str) -> str:
    """The ablation column: what is set apart, by commas."""
    return ", ".join(part for part in parts if part)


def drop_comparisons(path: Path, fresh: Sequence[Measurement]) -> None:
    """Take out of a results file the p-values that there are fresh ones for; other rows stay byte for byte."""
    if not path.is_file():
        return
    stale = {(row.dataset, row.model, row.metric, row.ablation) for row in fresh}
    with path.open(newline="", encoding="utf-8") as stream:
        rows = list(csv.reader(stream))
    columns = [rows[0].index(name) for name in ("dataset", "model", "metric", "ablation")]
    part = path.with_suffix(".csv.part")
    with part.open("w", newline="", encoding="utf-8") as stream:
        kept = (row for row in rows if tuple(row[column] for column in columns) not in stale)
        csv.writer(stream, lineterminator="\n").writerows(kept)
    os.replace(part, path)


def _sides(dataset: str, ablation: str, seed: int, suffix: str) -> tuple[Key, Key]:
    """Whose answers are compared: the whole model's, and the same without one thing."""
    own_fit = "" if ablation == NO_LANGUAGE_MODEL else ablation
    return Key(dataset, WHOLE, seed, suffix), Key(dataset, model_of(ablation), seed, labelled(own_fit, suffix))


def _alike(first: np.ndarray | None, second: np.ndarray | None) -> tuple[np.ndarray, np.ndarray] | None:
    return None if first is None or second is None or len(first) != len(second) else (first, second)
