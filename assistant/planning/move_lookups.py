"""Look-ups that are about moves: their runs, those that meet a limit, and changes since a peak; and a value among the others."""

from __future__ import annotations

import re

from assistant.errors import BadRequest
from assistant.plan import Condition, Lookup
from assistant.planning.moves import PERCENT, check_reach, counts_moves, read_move, read_ranked, read_run, read_since, tests_moves
from assistant.planning.rhythm import UNIT
from assistant.planning.slots import read_statistics
from assistant.planning.times import Times
from assistant.planning.yesno import direction, is_yes_no


def recurring_fields(times: Times) -> dict[str, tuple[int, ...]]:
    """The recurring times as fields of a look-up."""
    return {"months": times.months, "weekdays": times.weekdays, "hours": times.hours}


# "How many rainy days": neither their number nor any total is what is asked, unless it is told what makes a day so.
_QUALIFIED = re.compile(rf"\bhow many ((?!of\b|more\b|fewer\b|less\b|different\b)\w+y) ({UNIT})\b")


def _check_qualified(text: str) -> None:
    """Raises BadRequest for "how many windy days": nothing here says from which value on a day is windy."""
    match = _QUALIFIED.search(text)
    if match is not None:
        raise BadRequest(
            f"I do not know which values make it “{match.group(1)}”; please give a limit, for example “how many {match.group(2)} "
            "above 10”."
        )


def move_lookup(text: str, condition: Condition | None, times: Times) -> Lookup | None:
    """A look-up of runs of moves, of moves that meet a limit, or of a value's place among the others; None for any other."""
    run = read_run(text) if condition is None else None
    if run is not None:
        return Lookup(statistic="longest", pick=run, **recurring_fields(times))
    check_reach(text)
    if condition is None:
        _check_qualified(text)
        said, since = set(read_statistics(text).found), read_since(text)
        moved = is_yes_no(text) and direction(text) is not None  # "has it dropped since its peak"
        if since is not None and (moved or said & {"change", "growth", "max", "min"}):
            return Lookup(statistic="growth" if "growth" in said else "change", since=since)
    if condition is None and counts_moves(text):
        return Lookup(statistic="step", pick=read_move(text), condition=Condition(op=">", threshold=0), **recurring_fields(times))
    if condition is not None and tests_moves(text):
        relative = re.search(PERCENT, text) is not None
        return Lookup(statistic="step", pick=read_move(text), condition=condition, relative=relative, **recurring_fields(times))
    ranked = read_ranked(text)
    if ranked is None or times.months or times.weekdays or times.hours:
        return None
    return Lookup(statistic="rank", condition=Condition(op="<=", threshold=ranked))
