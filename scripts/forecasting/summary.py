"""Means by model and set, ranks, and how methods compare over sets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from scripts.forecasting.contestants import BASELINE, PRODUCT
from scripts.forecasting.scoring import Score

DRAWS = 2_000
SEED = 20_261


@dataclass(frozen=True)
class Standing:
    """One model over sets. rank: mean rank by MASE; relative: geometric mean of MASE over the seasonal naive's."""

    model: str
    rank: float
    relative: float


def mean_table(rows: pd.DataFrame, metric: str) -> pd.DataFrame:
    """(model × dataset) values of one metric from measurement rows; NaN where a model has none."""
    chosen = rows[rows["metric"] == metric]
    return chosen.pivot_table(index="model", columns="dataset", values="value", aggfunc="mean")


def standings(mase: pd.DataFrame) -> list[Standing]:
    """Models by mean rank, best first, from a (model × dataset) table of MASE; without those that lack a value on some set."""
    complete = mase.dropna(axis=0)
    if BASELINE not in complete.index or complete.empty:
        return []
    ranks = complete.rank(axis=0).mean(axis=1)
    relative = np.exp(np.log(complete / complete.loc[BASELINE]).mean(axis=1))
    found = [Standing(str(model), float(ranks[model]), float(relative[model])) for model in complete.index]
    return sorted(found, key=lambda standing: (standing.rank, standing.relative))


def best_single(found: list[Standing]) -> Standing | None:
    """The single method with the lowest geometric mean; the tournament is none."""
    singles = [standing for standing in found if standing.model != PRODUCT]
    return min(singles, key=lambda standing: standing.relative, default=None)


def bootstrap_relative(
    scores: Mapping[str, Mapping[str, Mapping[str, Score]]], model: str, against: str
) -> tuple[float, float] | None:
    """A 95 % interval of the geometric mean over sets of mean MASE of `model` over that of `against`.

    scores: dataset → model → series → score. Series are drawn with replacement within each set, the same for both models.
    None where a set lacks one of the two.
    """
    random = np.random.default_rng(SEED)
    logs = np.zeros(DRAWS)
    for by_model in scores.values():
        if model not in by_model or against not in by_model:
            return None
        ours, theirs = by_model[model], by_model[against]
        both = [name for name in ours if name in theirs and np.isfinite(ours[name].mase) and np.isfinite(theirs[name].mase)]
        if not both:
            return None
        pairs = np.array([(ours[name].mase, theirs[name].mase) for name in both])
        for draw in range(DRAWS):
            sums = pairs[random.integers(0, len(pairs), len(pairs))].sum(axis=0)
            logs[draw] += np.log(sums[0] / sums[1])
    low, high = np.quantile(np.exp(logs / len(scores)), (0.025, 0.975))
    return float(low), float(high)


def summary_text(rows: pd.DataFrame, scores: Mapping[str, Mapping[str, Mapping[str, Score]]]) -> str:
    """The tables a run ends with. rows: as in the CSV; scores: per series, for the intervals, as far as they are at hand."""
    parts = []
    for metric in ("cov80", "wql", "smape", "mase"):
        table = mean_table(rows, metric)
        if not table.empty:
            parts.append(f"{metric}\n{table.to_string(float_format='{:.4f}'.format, na_rep='-')}")
    found = standings(mean_table(rows, "mase"))
    if not found:
        return "\n\n".join(parts)
    lines = ["over sets: mean rank by mase, geometric mean of mase relative to the seasonal naive (95 % interval over series)"]
    for standing in found:
        interval = bootstrap_relative(scores, standing.model, BASELINE)
        around = f"  [{interval[0]:.4f}, {interval[1]:.4f}]" if interval else ""
        lines.append(f"{standing.model:26s} {standing.rank:5.2f}  {standing.relative:.4f}{around}")
    single = best_single(found)
    ours = next((standing for standing in found if standing.model == PRODUCT), None)
    if single and ours:
        interval = bootstrap_relative(scores, PRODUCT, single.model)
        around = f" [{interval[0]:.4f}, {interval[1]:.4f}]" if interval else ""
        lines.append(f"{PRODUCT} / best single method ({single.model}): {ours.relative / single.relative:.4f}{around}")
    return "\n\n".join([*parts, "\n".join(lines)])


def markdown_table(rows: pd.DataFrame) -> str:
    """MASE by model and set, mean rank and relative MASE over sets, and coverage, as Markdown; best mean rank first."""
    main = rows[rows["ablation"] == ""]
    mase, coverage = mean_table(main, "mase"), mean_table(main, "cov80")
    titles = ["MASE", *(str(name).replace("_", " ") for name in mase), "mean rank", "over the seasonal naive's", "cover of 80 %"]
    lines = [f"| {' | '.join(titles)} |", "|---" * len(titles) + "|"]
    for standing in standings(mase):
        values = " | ".join(f"{value:.3f}" for value in mase.loc[standing.model])
        covered = f"{coverage.loc[standing.model].min():.3f} to {coverage.loc[standing.model].max():.3f}"
        lines.append(f"| {standing.model} | {values} | {standing.rank:.2f} | {standing.relative:.3f} | {covered} |")
    return "\n".join(lines)


def window_table(rows: pd.DataFrame) -> str:
    """Errors of long-term forecasting: a line per table, model, context and ablation; "mse/mae" per horizon."""
    keys = ["dataset", "model", "context", "ablation"]
    wide = rows.fillna({"context": ""}).pivot_table(index=[*keys, "horizon"], columns="metric", values="value").reset_index()
    wide["errors"] = wide["mse"].map("{:.4f}".format) + "/" + wide["mae"].map("{:.4f}".format)
    wide["horizon"] = wide["horizon"].astype(str)
    table = wide.pivot(index=keys, columns="horizon", values="errors")
    order = sorted(table.columns, key=lambda horizon: (horizon == "mean", int(horizon) if horizon.isdecimal() else 0))
    return str(table[order].to_string(na_rep="-"))
