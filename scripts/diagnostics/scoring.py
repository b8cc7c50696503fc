"""What counts as found: stated before any method was tried, and the same for all of them.

Season: a claimed period is right within 1 % of a true one of any strength (so equal below 100 rows), each true one once; those
of a swing beyond 5 sigma must be found.
Change: right within max(3, 2 % of n) rows (slope, whose place is known less well: max(5, 5 % of n)) of a true one of the same
kind, each true one once; those beyond 5 sigma must be found. "place" asks for the place alone, so that methods without kinds
compare.
Where the noise itself widens (heteroscedastic), claimed changes of spread are neither right nor wrong.
Anomaly: a claimed event is right where it holds a row that was put in, or one further than 5 sigma from the truth beneath;
between 4 and 5 sigma neither right nor wrong. All rows beyond 5 sigma must be found, those of heavy-tailed noise too.
Trend: direction, where no kink leaves it open; and whether the interval holds the slope, where there is one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from scripts.diagnostics.cases import STRONG, Case, TrueChange

_PERIOD = 0.01  # share by which a claimed period may be off
_NEITHER = 4.0  # sigma from which a claimed point is not held against the method
TASKS = ("season", "change", "place", "anomaly")


@dataclass(frozen=True)
class Claims:
    """What a method says of a series; None where it does not do that task.

    changes: position and kind. kinds: whether the method tells kinds apart ("" where it does not). events: first and last row.
    trend: direction, and low and high per row.
    """

    seasons: tuple[int, ...] | None = None
    changes: tuple[tuple[int, str], ...] | None = None
    kinds: bool = True
    events: tuple[tuple[int, int], ...] | None = None
    trend: tuple[str, float, float] | None = None


@dataclass(frozen=True)
class Outcome:
    """Counts of one case: `task.right`, `.wrong`, `.found` and `.true` (those that must be found).

    misses: words on what went wrong, for the cases that may be looked at.
    """

    seed: int
    model: str
    factors: dict[str, str]
    counts: dict[str, int]
    seconds: float
    misses: list[str] = field(default_factory=list)


def score(case: Case, claims: Claims) -> tuple[Counter[str], list[str]]:
    """Counts and misses of one case."""
    counts: Counter[str] = Counter()
    misses: list[str] = []
    if claims.seasons is not None:
        _score_seasons(case, claims.seasons, counts, misses)
    if claims.changes is not None:
        _score_changes(case, claims.changes, claims.kinds, counts, misses)
    if claims.events is not None:
        _score_events(case, claims.events, counts, misses)
    if claims.trend is not None and case.direction is not None:
        direction, low, high = claims.trend
        counts["trend.true"] += 1
        counts["trend.found"] += direction == case.direction
        if direction != case.direction:
            misses.append(f"trend {direction} for {case.direction}")
        if case.slope is not None:
            counts["interval.true"] += 1
            counts["interval.found"] += low <= case.slope <= high
    return counts, misses


def _score_seasons(case: Case, claimed: tuple[int, ...], counts: Counter[str], misses: list[str]) -> None:
    must = {period for period, swing in case.seasons.items() if swing > STRONG}
    found: set[int] = set()
    for period in claimed:
        meant = [true for true in case.seasons if true not in found and abs(period - true) <= _PERIOD * true]
        if meant:
            found.add(min(meant, key=lambda true: abs(period - true)))
        else:
            misses.append(f"season {period} false")
    counts["season.right"] += len(found)
    counts["season.wrong"] += len(claimed) - len(found)
    counts["season.true"] += len(must)
    counts["season.found"] += len(must & found)
    misses += [f"season {period} missed" for period in sorted(must - found)]


def tolerance(n: int, kind: str) -> float:
    """Rows by which a claimed change may be off."""
    return max(5.0, 0.05 * n) if kind == "slope" else max(3.0, 0.02 * n)


def _score_changes(
    case: Case, claimed: tuple[tuple[int, str], ...], claims_kinds: bool, counts: Counter[str], misses: list[str]
) -> None:
    n = len(case.series)
    if case.factors["noise"] == "heteroscedastic" and not any(true.kind == "variance" for true in case.changes):
        claimed = tuple(claim for claim in claimed if claim[1] != "variance")
    for task, kinds in (("change", True), ("place", False)):
        if kinds and not claims_kinds:
            continue
        pairs = _pairs(case.changes, claimed, kinds, n)
        found: dict[int, TrueChange] = {}
        for _, index, true in pairs:
            if index not in found and true not in found.values():
                found[index] = true
        missed = [true for true in case.changes if true.effect > STRONG and true not in found.values()]
        counts[f"{task}.right"] += len(found)
        counts[f"{task}.wrong"] += len(claimed) - len(found)
        counts[f"{task}.true"] += sum(true.effect > STRONG for true in case.changes)
        counts[f"{task}.found"] += sum(true.effect > STRONG for true in found.values())
        if kinds:
            for true in case.changes:
                if true.effect > STRONG:
                    counts[f"{true.kind}.true"] += 1
                    counts[f"{true.kind}.found"] += true in found.values()
            for index, (position, kind) in enumerate(claimed):
                counts[f"{kind}.right" if index in found else f"{kind}.wrong"] += 1
                if index not in found:
                    misses.append(f"{kind} at {position} false")
            misses += [f"{true.kind} at {true.position} ({true.effect:.1f}) missed" for true in missed]


def _score_events(case: Case, claimed: tuple[tuple[int, int], ...], counts: Counter[str], misses: list[str]) -> None:
    far = np.abs(case.deviations)
    must = {int(row) for row in np.flatnonzero((far > STRONG) & np.isfinite(case.series.values))}
    must |= {row for row, size in case.outliers.items() if abs(size) > STRONG}
    counts.update({"anomaly.true": len(must), "anomaly.right": 0, "anomaly.wrong": 0, "anomaly.found": 0})
    for start, end in claimed:
        rows = range(start, end + 1)
        if any(row in must or row in case.outliers for row in rows):
            counts["anomaly.right"] += 1
        elif max(far[start : end + 1]) < _NEITHER:
            counts["anomaly.wrong"] += 1
            misses.append(f"anomaly {start}-{end} false ({max(far[start : end + 1]):.1f})")
    for row in sorted(must):
        found = any(start <= row <= end for start, end in claimed)
        counts["anomaly.found"] += found
        if not found:
            misses.append(f"anomaly {row} ({far[row]:.1f}) missed")


def _pairs(
    changes: tuple[TrueChange, ...], claimed: tuple[tuple[int, str], ...], kinds: bool, n: int
) -> list[tuple[int, int, TrueChange]]:
    """Every claim that could stand for a true change: distance, index of the claim, the change; the nearest first."""
    pairs = [
        (abs(position - true.position), index, true)
        for index, (position, kind) in enumerate(claimed)
        for true in changes
        if (not kinds or kind == true.kind) and abs(position - true.position) <= tolerance(n, true.kind)
    ]
    return sorted(pairs, key=lambda pair: pair[:2])


def rates(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Precision, recall and how many they are of, over all `outcomes` together; only what is defined."""
    total: Counter[str] = Counter()
    for outcome in outcomes:
        total.update(outcome.counts)
    answer: dict[str, float] = {}
    for task in (*TASKS, "level", "slope", "variance"):
        claimed = total[f"{task}.right"] + total[f"{task}.wrong"]
        if claimed:
            answer[f"{task}_precision"] = total[f"{task}.right"] / claimed
            answer[f"{task}_claimed"] = claimed
        if total[f"{task}.true"]:
            answer[f"{task}_recall"] = total[f"{task}.found"] / total[f"{task}.true"]
            answer[f"{task}_true"] = total[f"{task}.true"]
    for task, name in (("trend", "trend_direction"), ("interval", "trend_interval_coverage")):
        if total[f"{task}.true"]:
            answer[name] = total[f"{task}.found"] / total[f"{task}.true"]
    return answer


def false_alarms(outcomes: Iterable[Outcome]) -> dict[str, float]:
    """Share of series, none of which has an effect, in which something was claimed: of each task, and of any."""
    outcomes = list(outcomes)
    answer: dict[str, float] = {}
    tasks = [task for task in ("season", "change", "place", "anomaly") if any(f"{task}.wrong" in o.counts for o in outcomes)]
    for task in tasks:
        answer[f"{task}_false_alarms"] = float(np.mean([o.counts.get(f"{task}.wrong", 0) > 0 for o in outcomes]))
    if len(tasks) > 1:
        answer["any_false_alarm"] = float(np.mean([any(o.counts.get(f"{t}.wrong", 0) > 0 for t in tasks) for o in outcomes]))
    return answer
