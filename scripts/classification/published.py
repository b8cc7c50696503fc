"""Published accuracies on the standard split, to stand beside our own.

Layout: `reference_results/{uea,ucr}_accuracy/ALGORITHM_accuracy.csv`, sets in the first column, resamples in the others; the
one named `0` is the standard split. Source: tsml-eval, results of Ruiz et al. (2021) and Middlehurst et al. (2024).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path

import pandas as pd

from scripts.measurements import Measurement

FOLDER = "reference_results"
DEVICE = "tsml-eval"
# Our name → the beginnings of the file names it goes by.
ALGORITHMS = {
    "hc2": ("HC2",),
    "rocket": ("ROCKET",),
    "inceptiontime": ("InceptionT", "InceptionTime"),
    "resnet": ("ResNet",),
}
MODELS = tuple(f"{name} (published)" for name in ALGORITHMS)
_STANDARD_SPLIT = "0"


def find_published(folder: Path) -> Path | None:
    """The folder of published accuracies in a data folder or beside it; None where there is none."""
    places = (folder / FOLDER, folder.resolve().parent / FOLDER)
    return next((place for place in places if place.is_dir()), None)


def published_rows(folder: Path, datasets: Collection[str]) -> Iterator[Measurement]:
    """One row a set and algorithm, as far as it was published; seconds and seed stay empty."""
    for model, stems in zip(MODELS, ALGORITHMS.values(), strict=True):
        for path in sorted(path for stem in stems for path in folder.glob(f"*/{stem}_accuracy.csv")):
            table = pd.read_csv(path, index_col=0)
            values = table[_STANDARD_SPLIT].dropna()
            for dataset in values.index.intersection(sorted(datasets)):
                yield Measurement(dataset=dataset, model=model, metric="accuracy", value=float(values[dataset]))
