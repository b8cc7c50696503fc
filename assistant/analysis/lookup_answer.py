"""What a look-up's answer holds, and the tests and names that its parts share."""

from __future__ import annotations

import operator
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from assistant.analysis.prepare import split_frequency
from assistant.errors import BadRequest
from assistant.plan import Condition

_OPERATORS: dict[str, Callable[[pd.Series, float], pd.Series]] = {
    ">": operator.gt, ">=": operator.ge, "<": operator.lt, "<=": operator.le, "==": operator.eq,
}  # fmt: skip
_ROW_NAMES = {
    "D": "days", "B": "business days", "C": "business days", "W": "weeks", "MS": "months", "ME": "months", "M": "months",
    "QS": "quarters", "QE": "quarters", "Q": "quarters", "YS": "years", "YE": "years", "Y": "years", "h": "hours", "H": "hours",
    "min": "minutes", "s": "seconds",
}  # fmt: skip


@dataclass(frozen=True)
class LookupAnswer:
    """what: e.g. "max", "count > 30". value in `unit` (the series' own, "%", or what was counted, e.g. "days").

    position: the row of the whole series where it was, if at one moment; positions and values: of every row asked for ("top 3").
    groups: each group's label and value in calendar order; group: the picked one's label. n: rows it was computed from.
    detail: what else belongs to the answer, by name (start and end of a change as row numbers and values, the other span …).
    """

    what: str
    value: float
    unit: str | None
    n: int
    position: int | None = None
    positions: tuple[int, ...] = ()
    values: tuple[float, ...] = ()
    group: str | None = None
    groups: tuple[tuple[str, float], ...] = ()
    detail: dict[str, Any] = field(default_factory=dict)


def condition_text(condition: Condition | None) -> str:
    """A condition in signs: "> 30", "between 10 and 20"; empty for none."""
    if condition is None:
        return ""
    if condition.op == "between":
        return f"between {condition.threshold:g} and {condition.upper:g}" if condition.upper is not None else "between"
    return f"{condition.op} {condition.threshold:g}"


def condition_words(condition: Condition | None) -> str:
    """A condition in words: "above 30". Signs such as < and > do not survive in every place where an answer is shown."""
    words = {">": "above", ">=": "at or above", "<": "below", "<=": "at or below", "==": "equal to"}
    if condition is None or condition.op == "between":
        return condition_text(condition)
    return f"{words[condition.op]} {condition.threshold:g}"


def rows_name(frequency: str | None) -> str:
    """What one row of a series stands for, in the plural: "days" for D, "values" where rows are no calendar unit."""
    multiple, base = split_frequency(frequency)
    return _ROW_NAMES.get(base, "values") if multiple == 1 else "values"


def meets(values: pd.Series, condition: Condition) -> pd.Series:
    """Which of the values meet a condition, as flags with the same index. Raises BadRequest for half a "between"."""
    if condition.op != "between":
        return _OPERATORS[condition.op](values, condition.threshold)
    if condition.upper is None:
        raise BadRequest('A condition "between" needs two limits; only one was given. Give both.')
    return values.between(min(condition.threshold, condition.upper), max(condition.threshold, condition.upper))
