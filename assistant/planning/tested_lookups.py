"""Look-ups whose one number is tested against a limit: "was the mean above 340", "did it fall by more than 20 % in 2008"."""

from __future__ import annotations

import re
from typing import Literal

from assistant.plan import AnalystArgs, Condition, Lookup, Statistic
from assistant.planning.move_lookups import recurring_fields
from assistant.planning.moves import PERCENT, read_moved_by
from assistant.planning.rhythm import Rhythm
from assistant.planning.slots import read_group, read_statistics
from assistant.planning.times import Times, is_coarser
from assistant.planning.yesno import is_yes_no

_NAMED_EXTREME = re.compile(r"\b(?:max(?:imum)?|min(?:imum)?|highest|lowest|peak|record|largest|smallest|biggest)\b")
_AT_PRESENT = re.compile(r"^(?:is|are|isn't|aren't) .*\b(?:still|now|currently|today|at present|at the moment|right now)\b")


def tested_step(
    text: str, rest: str, condition: Condition | None, series: tuple[str, ...], times: Times, rhythm: Rhythm
) -> AnalystArgs | None:
    """ "Was the mean above 340", "did it fall by more than 20 % in 2008", "is it still above 100": one number against a limit."""
    if condition is None or not is_yes_no(text) or read_group(rest) is not None:
        return None
    moved = read_moved_by(text)
    if moved is not None:
        return _tested_move(text, moved, condition, series, times)
    shared = recurring_fields(times)
    found = read_statistics(rest).found
    named = found[0] if len(found) == 1 and found[0] in {"mean", "median", "sum", "std", "range", "max", "min"} else None
    if named is not None and (named not in {"max", "min"} or _NAMED_EXTREME.search(rest)):
        lookup = Lookup(statistic=named, limit=condition, **shared)
        return AnalystArgs(task="lookup", series=series, span=times.span, lookup=lookup)
    if _AT_PRESENT.search(text) and not found:
        return AnalystArgs(task="lookup", series=series, lookup=Lookup(statistic="last", limit=condition))
    period = times.periods[0] if len(times.periods) == 1 else None
    if period is not None and not is_coarser(period, rhythm) and not any(shared.values()) and not found:
        return AnalystArgs(task="lookup", series=series, lookup=Lookup(statistic="value", time=period.first, limit=condition))
    return None


def _tested_move(
    text: str, moved: Literal["max", "min"], condition: Condition, series: tuple[str, ...], times: Times
) -> AnalystArgs | None:
    """A change over a stretch against a limit, that of a fall counted downwards; None for a limit of another kind."""
    if condition.op not in (">", ">="):
        return None
    if moved == "min":
        condition = Condition(op="<" if condition.op == ">" else "<=", threshold=-condition.threshold)
    statistic: Statistic = "growth" if re.search(PERCENT, text) else "change"
    lookup = Lookup(statistic=statistic, limit=condition, **recurring_fields(times))
    return AnalystArgs(task="lookup", series=series, span=times.span, lookup=lookup)
