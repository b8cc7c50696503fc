"""Answers about moves from value to value, and about one value's place among the others."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd

from assistant.analysis.lookup_answer import LookupAnswer, condition_text, meets, rows_name
from assistant.analysis.spells import longest, spells_of
from assistant.analysis.steps import Move, largest_steps, largest_swing, step_sizes, usual_step
from assistant.data.series import Series
from assistant.errors import BadRequest
from assistant.plan import Lookup


def answer_moves(series: Series, rows: pd.Series, lookup: Lookup) -> LookupAnswer:
    """The largest moves from one known value to the next; value: the largest's change, 0 where none goes that way.

    For "usual_step" the value is the median size of all of them.
    """
    typical = usual_step(rows)
    if typical is None:
        raise BadRequest(f"{series.name!r} has no two neighbouring values there, and a move needs them. Choose a wider span.")
    found = largest_steps(rows, lookup.pick, lookup.top, relative=lookup.relative)
    swing = None if lookup.pick is None else largest_swing(rows, lookup.pick)
    detail: dict[str, Any] = {"typical": typical, "moves": [_move_detail(move) for move in found]}
    if swing is not None and (not found or (swing.first, swing.last) != (found[0].first, found[0].last)):
        detail["swing"] = _move_detail(swing)
    what = {"max": "largest rise", "min": "largest fall", None: "largest move"}[lookup.pick]
    if lookup.condition is not None:
        sizes = step_sizes(rows, lookup.pick, relative=lookup.relative)
        counted = int(meets(sizes, lookup.condition).sum())
        detail |= {"of": len(sizes), "share": 100 * counted / len(sizes) if len(sizes) else 0.0}
        return LookupAnswer(f"{what} {condition_text(lookup.condition)}", float(counted), "times", len(rows), detail=detail)
    if lookup.statistic == "usual_step":
        return LookupAnswer("usual move", typical, series.unit, len(rows), detail=detail)
    if not found:
        return LookupAnswer(what, 0.0, series.unit, len(rows), detail=detail)
    places, values = tuple(move.last for move in found), tuple(move.change for move in found)
    return LookupAnswer(what, values[0], series.unit, len(rows), places[0], places, values, detail=detail)


def answer_run(series: Series, rows: pd.Series, direction: Literal["max", "min"]) -> LookupAnswer:
    """The longest unbroken run of rises or falls from each value to the next; value: how many of them."""
    sizes = step_sizes(rows, direction)
    counted = rows_name(series.frequency)
    found = spells_of(sizes, (sizes > 0).to_numpy(bool))
    what = f"longest run of {'rises' if direction == 'max' else 'falls'}"
    if not found:
        return LookupAnswer(what, 0.0, counted, len(rows), detail={"run": None})
    most = longest(found)
    start = most.first - 1
    detail = {"run": [start, most.last], "before": float(rows.loc[start]), "after": float(rows.loc[most.last])}
    return LookupAnswer(what, float(most.rows), counted, len(rows), start, detail=detail)


def answer_rank(series: Series, rows: pd.Series, lookup: Lookup) -> LookupAnswer:
    """Which share of the known values, in percent, lies at or below a value; equal values count by half."""
    if lookup.condition is None:
        raise BadRequest(
            f"Asking how usual a value of {series.name!r} is needs the value. Ask for example whether 100 is normal."
        )
    known, threshold = rows.to_numpy(np.float64), lookup.condition.threshold
    below, equal = float((known < threshold).mean()), float((known == threshold).mean())
    detail = {
        "below": 100 * below,
        "above": 100 * (1 - below - equal),
        "lower_quartile": float(np.percentile(known, 25)),
        "upper_quartile": float(np.percentile(known, 75)),
    }
    return LookupAnswer("rank", 100 * (below + equal / 2), "%", len(rows), detail=detail)


def _move_detail(move: Move) -> dict[str, Any]:
    return {
        "first_at": move.first,
        "last_at": move.last,
        "before": move.before,
        "after": move.after,
        "change": move.change,
        "percent": move.percent if np.isfinite(move.percent) else None,
    }
