"""What a search may find: the owner's and the public episodes, not the query itself, not its future, no near-duplicates."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from retrieval.clock import ZONE_MARGIN, Moment, moment_of
from retrieval.episode import PUBLIC_OWNER, Episode, ExcludeRule
from retrieval.index import Ids


def allowed_ids(connection: sqlite3.Connection, owner: str, rule: ExcludeRule, collections: Sequence[str] | None = None) -> Ids:
    """(n,) int64 ids that `owner` may see and `rule` lets through, in `collections` where given (public ones included)."""
    conditions = ["owner IN (:owner, :public)"]
    values: dict[str, str | int] = {"owner": owner, "public": PUBLIC_OWNER}
    if collections is not None:
        names = {f"collection_{number}": name for number, name in enumerate(collections)}
        conditions.append(f"collection IN ({', '.join(f':{key}' for key in names)})")
        values.update(names)
    if rule.start is not None:
        start = moment_of(rule.start)
        values["start"] = start.ticks
        comparable, margin = _comparable(start, rule, values)
        if not rule.any_time:
            conditions.append(f"NOT ({comparable} AND end_ticks + {margin} >= :start)")
        elif rule.series is not None:
            conditions.append(f"NOT ({_overlaps_query(rule, comparable, margin, values)})")
    # The conditions are fixed words; every value travels as a parameter.
    rows = connection.execute(f"SELECT id FROM episode WHERE {' AND '.join(conditions)} ORDER BY id", values).fetchall()
    return np.array([key for (key,) in rows], dtype=np.int64)


def visible_following(episode: Episode, rule: ExcludeRule) -> NDArray[np.float64]:
    """The episode's following values, at most one episode length, that come before the query's start (all with any_time)."""
    following = episode.following[: len(episode.values)]
    if rule.start is None or rule.any_time:
        return following
    start = moment_of(rule.start)
    first, _ = episode.span
    if not _share_a_clock(first, start, episode, rule):
        return following
    margin = 0 if first.kind == start.kind else ZONE_MARGIN
    late = np.flatnonzero(episode.following_ticks[: len(following)] + margin >= start.ticks)
    return following[: int(late[0])] if len(late) else following


def overlap(one: Episode, other: Episode) -> bool:
    """Whether two episodes share a moment of the same series."""
    if (one.owner, one.source, one.series) != (other.owner, other.source, other.series):
        return False
    (first, last), (other_first, other_last) = one.span, other.span
    return first.kind == other_first.kind and first.ticks <= other_last.ticks and other_first.ticks <= last.ticks


def _comparable(start: Moment, rule: ExcludeRule, values: dict[str, str | int]) -> tuple[str, str]:
    """SQL for "shares a clock with the query" and for the margin that a comparison needs."""
    values["clock"] = start.kind
    if start.kind == "row":
        if rule.source is None:
            return "clock = 'row'", "0"
        values["source"] = rule.source
        return "(clock = 'row' AND source = :source)", "0"
    values["margin"] = ZONE_MARGIN
    return "clock <> 'row'", "CASE WHEN clock = :clock THEN 0 ELSE :margin END"


def _overlaps_query(rule: ExcludeRule, comparable: str, margin: str, values: dict[str, str | int]) -> str:
    """SQL for "shares a moment with the query, in its own series"."""
    values["series"] = str(rule.series)
    condition = f"series = :series AND {comparable} AND end_ticks + {margin} >= :start"
    if rule.source is not None:
        values["source"] = rule.source
        condition += " AND source = :source"
    if rule.end is not None:
        values["end"] = moment_of(rule.end).ticks
        condition += f" AND start_ticks - {margin} <= :end"
    return condition


def _share_a_clock(first: Moment, start: Moment, episode: Episode, rule: ExcludeRule) -> bool:
    """Row numbers of different files say nothing about before and after; dates do."""
    if "row" in (first.kind, start.kind):
        return first.kind == start.kind and (rule.source is None or rule.source == episode.source)
    return True
