"""From rows to tables: accuracies by model and set, means and ranks over sets, and rows set apart by what was changed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from scripts.classification.ablations import ABLATIONS, NO_LANGUAGE_MODEL
from scripts.classification.comparisons import ALL_SETS, METRIC, WHOLE, model_of
from scripts.measurements import read_rows

SEVEN = (
    *("ArticularyWordRecognition", "BasicMotions", "Epilepsy", "Handwriting"),
    *("NATOPS", "PenDigits", "UWaveGestureLibrary"),
)
NINE = (*SEVEN, "AtrialFibrillation", "StandWalkJump")
_SMALLEST_P = 0.0001
_TOLD_FROM_CHANCE = 0.05
_GROUPS = {"mean of seven": SEVEN, "mean of nine": NINE}
_COMPARED = (WHOLE, "hitime", model_of(NO_LANGUAGE_MODEL), "hitime-aligned", "minirocket", "chance")
_SIZE = "trainable_parameters"
# What changes how much is trained, so that it is worth telling.
_OF_OTHER_SIZE = ("rank ", "transfer ")
_SHOWN = (
    *(_SIZE, "attention_series", "attention_prompt", "attention_first", "attention_stem", "auc_matched"),
    "accuracy",
)


def accuracy_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Model × set, mean accuracy over seeds; NaN where a model did not run."""
    return _wide(rows, "accuracy", ["model"])


def mean_table(rows: pd.DataFrame) -> pd.DataFrame:
    """Model × its number of sets, mean accuracy over them, over the seven and the nine, mean rank, and seconds a set.

    Means of the seven and the nine are NaN for a model that lacks one of them. Ranks are over the sets that all models have,
    ties share the middle of their places. Best mean of the seven first, then best mean of all.
    """
    accuracy = accuracy_table(rows)
    seconds = rows[rows["metric"] == "accuracy"].pivot_table(index="model", columns="dataset", values="seconds", dropna=False)
    table = pd.DataFrame({"sets": accuracy.notna().sum(axis=1), "accuracy": accuracy.mean(axis=1)})
    for title, names in _GROUPS.items():
        table[title] = accuracy.reindex(columns=list(names)).mean(axis=1, skipna=False)
    table["mean rank"] = accuracy.dropna(axis=1).rank(ascending=False).mean(axis=1)
    table["seconds"] = seconds.mean(axis=1)
    return table.sort_values(["mean of seven", "accuracy"], ascending=False).dropna(axis=1, how="all")


def variant_table(rows: pd.DataFrame, metric: str = "accuracy") -> pd.DataFrame:
    """(Model, what was changed) × set, means over seeds, in the order in which the rows came."""
    table = _wide(rows, metric, ["model", "ablation"])
    order = rows[["model", "ablation"]].drop_duplicates()
    return table.reindex([key for key in order.itertuples(index=False, name=None) if key in table.index])


def summary_text(rows: pd.DataFrame) -> str:
    """What a run ends with: accuracies by set, and last the means by model."""
    if rows.empty:
        return "No rows."
    if (rows["ablation"] == rows["ablation"].iloc[0]).all():
        return f"accuracy\n{_text(accuracy_table(rows))}\n\nover sets\n{_text(mean_table(rows))}"
    metrics = [metric for metric in _SHOWN if (rows["metric"] == metric).any()]
    parts = [f"{metric}\n{_text(variant_table(rows, metric))}" for metric in metrics]
    means = variant_table(rows).mean(axis=1).rename("accuracy").to_frame()
    return "\n\n".join([*parts, f"over sets\n{_text(means)}"])


def markdown_table(path: Path) -> str:
    """The main rows of a results file as Markdown: accuracy by model and set, means, mean rank, seconds; best first."""
    rows = read_rows(path)
    main = rows[rows["ablation"] == ""]
    means = mean_table(main)
    whole = accuracy_table(main).join(means.drop(columns=["sets", "accuracy"])).loc[means.index]
    return _markdown(whole.rename(columns={"seconds": "CPU seconds a set"}))


def ablations_markdown(path: Path) -> str:
    """A results file of ablations as Markdown: what was left out, by set the language head's accuracy, the p-value over all sets.

    A star stands where the paired test on that set alone tells the difference from chance. Without a language model it is the
    accuracy of the best head of those that have none, in the whole model.
    """
    rows = read_rows(path)
    plain = rows[(rows["model"] == model_of(NO_LANGUAGE_MODEL)) & (rows["ablation"] == "")]
    own = rows[rows["model"] == WHOLE]
    table = _wide(pd.concat([own, plain.assign(ablation=NO_LANGUAGE_MODEL)]), "accuracy", ["ablation"])
    tests = _wide(rows, METRIC, ["ablation"])
    order = [name for name in ("", NO_LANGUAGE_MODEL, *ABLATIONS) if name in table.index]
    tests = tests.reindex(index=table.index, columns=[*table.columns, ALL_SETS])
    single = tests[list(table.columns)]
    shown = table.map("{:.4f}".format).where(~(single < _TOLD_FROM_CHANCE), table.map("{:.4f} *".format)).where(table.notna(), "")
    shown = shown.loc[order].join(tests[ALL_SETS].rename("p")).rename(index={"": "the whole"})
    return _markdown(shown.rename_axis("left out or replaced"))


def studies_markdown(path: Path) -> str:
    """A results file of studies as Markdown: accuracies by what was varied and model, the sets beside each other in a cell; and
    what else was measured."""
    rows = read_rows(path)
    sets = sorted(rows["dataset"].unique())
    beside = f"{' / '.join(sets)}: "
    accuracies = rows[rows["metric"] == "accuracy"]
    models = [model for model in _COMPARED if (accuracies["model"] == model).any()]
    parts = [_beside(accuracies, sets, "model", models, f"{beside}accuracy")]
    sized = rows["ablation"].str.startswith(_OF_OTHER_SIZE)
    inside = rows[(rows["model"] == WHOLE) & (sized | (rows["metric"] != _SIZE))]
    metrics = [metric for metric in _SHOWN if metric != "accuracy" and (inside["metric"] == metric).any()]
    if metrics:
        parts.append(_beside(inside, sets, "metric", metrics, f"{beside}inside `{WHOLE}`"))
    return "\n\n".join(parts)


def _beside(rows: pd.DataFrame, sets: Sequence[str], by: str, columns: Sequence[str], title: str) -> str:
    """A row for each label of the ablation column in the order of the file, the sets' means over seeds in one cell."""
    rows = rows[rows[by].isin(columns)]
    means = rows.groupby(["ablation", by, "dataset"])["value"].mean()
    lines = [f"| {' | '.join([title, *columns])} |", "|---" * (1 + len(columns)) + "|"]
    for label in dict.fromkeys(rows["ablation"]):
        cells = []
        for column in columns:
            values = [means.get((label, column, name), math.nan) for name in sets]
            shown = " / ".join(
                "–" if math.isnan(value) else f"{value:.3f}" if value < 10 else f"{value:,.0f}" for value in values
            )
            cells.append("" if all(map(math.isnan, values)) else shown)
        lines.append(f"| {' | '.join([label, *cells])} |")
    return "\n".join(lines)


def _wide(rows: pd.DataFrame, metric: str, index: list[str]) -> pd.DataFrame:
    measured = rows[rows["metric"] == metric]
    return measured.pivot_table(index=index, columns="dataset", values="value")


def _text(table: pd.DataFrame) -> str:
    return str(table.rename_axis(columns=None).to_string(float_format="{:.4f}".format, na_rep="-"))


def _markdown(table: pd.DataFrame) -> str:
    indexed = table.reset_index()
    lines = [f"| {' | '.join(map(str, indexed.columns))} |", "|---" * len(indexed.columns) + "|"]
    for row in indexed.itertuples(index=False, name=None):
        lines.append(f"| {' | '.join(_cell(str(title), value) for title, value in zip(indexed.columns, row, strict=True))} |")
    return "\n".join(lines)


def _cell(title: str, value: object) -> str:
    if not isinstance(value, float):
        return str(value)
    if value != value:
        return ""
    if title == "p" and value < _SMALLEST_P:
        return f"< {_SMALLEST_P:.4f}"
    return f"{value:.1f}" if "seconds" in title else f"{value:.2f}" if "rank" in title else f"{value:.4f}"
