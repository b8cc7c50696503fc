"""Series that only add the others up: a column “Total” of a wide table, an item “All” of a long one."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd

from assistant.data.arrangement import Arrangement, Group
from assistant.data.notes import Notes, listing

_NAME = re.compile(
    r"^(?:grand[ _])?(?:totals?|all|overall|sum|gesamt|insgesamt|summe|totaal|totale|suma|somme|ensemble)\b", re.IGNORECASE
)
_GLUE = " · "
_AGREED = 0.95  # of the times at which the sum must be the total
_PARTS = 3  # of two parts the sum is as often a series of its own: domestic, international, total
_FEWEST = 3  # times at which it is compared
_DECIMALS = 6


def drop_totals(arrangement: Arrangement, notes: Notes) -> Arrangement:
    """The series without those that are called a total and equal the sum of the others within rounding; said in the notes."""
    named = [(group, name) for group in arrangement.groups for name in group.values]
    if len(named) <= _PARTS or not any(_NAME.match(part) for _, name in named for part in name.split(_GLUE)):
        return arrangement
    dropped = [(group, name) for group, name in named if _is_total(group, name, named)]
    if not dropped:
        return arrangement
    names = list(dict.fromkeys(name for _, name in dropped))
    notes.guess(
        "totals", f"{listing(names)} left out", "It equals the sum of the others within rounding.", alternatives=("series",)
    )
    notes.warn(f"Left out because it is the sum of the others: {listing(names)}.")
    gone = {(id(group), name) for group, name in dropped}
    groups = [
        replace(group, values=kept)
        for group in arrangement.groups
        if (kept := {name: values for name, values in group.values.items() if (id(group), name) not in gone})
    ]
    return replace(arrangement, groups=groups)


def _is_total(group: Group, name: str, named: list[tuple[Group, str]]) -> bool:
    parts = name.split(_GLUE)
    place = next((k for k, part in enumerate(parts) if _NAME.match(part)), None)
    if place is None:
        return False
    rest = [*parts[:place], *parts[place + 1 :]]
    others = []
    for other, title in named:
        own = title.split(_GLUE)
        if len(own) == len(parts) and own[place] != parts[place] and [*own[:place], *own[place + 1 :]] == rest:
            others.append(_series(other, title))
    if len(others) < _PARTS:
        return False
    total = _series(group, name)
    if total is None or any(other is None for other in others):
        return False
    table = pd.concat([other for other in others if other is not None], axis=1)
    both = total.index.intersection(table.index)
    whole = table.loc[both].dropna(how="all")
    found = total.loc[whole.index].to_numpy(np.float64)
    summed = whole.sum(axis=1).to_numpy(np.float64)
    known = ~np.isnan(found)
    if known.sum() < max(_FEWEST, 0.5 * len(total.dropna())) or not np.any(found[known] != 0):
        return False
    slack = 0.5 * 10.0 ** -_decimals(np.append(whole.to_numpy(np.float64).ravel(), found)) * (len(others) + 1)
    apart = np.abs(found - summed)[known] <= slack + 1e-9 * np.abs(found[known])
    return bool(apart.mean() >= _AGREED)


def _series(group: Group, name: str) -> pd.Series | None:
    """A series by its times, or None where times repeat."""
    values = group.values[name]
    index = pd.RangeIndex(len(values)) if group.times is None else group.times
    return None if index.has_duplicates else pd.Series(values, index=index)


def _decimals(numbers: np.ndarray) -> int:
    """How many decimals numbers have, at most six."""
    present = numbers[~np.isnan(numbers)]
    return next((d for d in range(_DECIMALS) if np.allclose(present, np.round(present, d), rtol=0, atol=1e-9)), _DECIMALS)
