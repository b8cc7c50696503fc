"""Text → numbers: decimal marks, thousands separators, units, missing marks, sentinels."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from assistant.data.units import CURRENCIES, scale_of, split_unit, without_flag

Mark = Literal[".", ","]

MISSING = frozenset(
    (
        *("", "na", "n/a", "#n/a", "n.a.", "nan", "null", "none", "nil", "nd", "n.d.", "nm", "missing", "<na>", "nat"),
        *("-", "--", "---", "–", "—", ".", "..", "...", "…", ":", "?", "*", "x"),
        *("#value!", "#ref!", "#div/0!", "#null!", "#num!"),
    )
)
_ODD = (-9999.0, -999.0, -99999.0, -9999.9, -999.9, -999.99, -9999.99, -99.99, -99.9, 9999.9, 99999.0, 999.9, 99999.9)
_USUAL = (-200.0, -99.0, 9999.0, 999.0, 99.0)  # numbers that are as often what they say
SENTINELS = (*_ODD, *_USUAL)

_READABLE_SHARE = 0.5
_CERTAIN = -999.0  # from here down, a sentinel among values that are never negative needs no distance
_ISOLATED = 2.0  # a sentinel lies farther from the other values than this many times their range
_ASIDE = 0.5  # the same for a number that hardly anything measured is equal to, where it occurs at least twice
_SAME = 0.5  # of the cells with a number that must carry the same unit
_ANOTHER = 0.05  # of the cells that make a second unit more than a slip
_ALIKE = 0.9  # of the cells with a unit that must carry the same one
_FEW = 0.6  # of the cells may carry a mark such as "p" behind their number

_UNIT = rf"%|{CURRENCIES}"
_BEFORE = rf"^(\(?[+-]?)\s*(?:{_UNIT})\s*"
_AFTER = rf"\s*(?:{_UNIT})(\)?)$"
_GROUPS = r"^[+-]?\d{1,3}(?:[ '’_]\d{3})+(?:[.,]\d+)?$"
_INDIAN = r"^[+-]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?$"
_SIGNED = r"(?:[*†‡§#^)\]]|\s[bcdefinprsuz]{1,3})$"
_EXPONENT = r"^([+-]?\d*\.?\d+)[dD]([+-]?\d{1,3})$"
_NUMBER: dict[Mark, str] = {
    ".": r"^[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$",
    ",": r"^[+-]?(?:\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?$",
}
_PROOF: dict[Mark, str] = {
    ".": r"^[+-]?(?:\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}|0+\.\d+|\d{4,}\.\d*|\d*\.\d{1,2}|\d*\.\d{4,}|\d*\.\d+[eE].*)$",
    ",": r"^[+-]?(?:\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,}|0+,\d+|\d{4,},\d*|\d*,\d{1,2}|\d*,\d{4,}|\d*,\d+[eE].*)$",
}
_OPEN: dict[Mark, str] = {".": r"^[+-]?[1-9]\d{0,2}\.\d{3}$", ",": r"^[+-]?[1-9]\d{0,2},\d{3}$"}
_UNGROUPED = r"^[+-]?\d{4,}(?:[.,]\d*)?$"


@dataclass(frozen=True)
class MarkEvidence:
    """How many distinct cells prove a decimal point or comma, and how many could be read both ways."""

    point: int = 0
    comma: int = 0
    open_point: int = 0
    open_comma: int = 0

    def __add__(self, other: MarkEvidence) -> MarkEvidence:
        return MarkEvidence(
            self.point + other.point,
            self.comma + other.comma,
            self.open_point + other.open_point,
            self.open_comma + other.open_comma,
        )

    def verdict(self) -> Mark | None:
        """The mark that the evidence proves; None without any."""
        if self.comma > self.point:
            return ","
        return "." if self.point else None


@dataclass(frozen=True)
class NumberReading:
    """One column as numbers.

    values: (rows,) float64, NaN where missing or unreadable. missing: the marks met, with counts. unread: cells that are
    neither numbers nor known marks, with counts. flagged: cells with a mark such as "p" behind the number, left out. scaled: the
    letters behind the numbers that were multiplied out (K, M).
    """

    values: np.ndarray
    mark: Mark = "."
    unit: str | None = None
    missing: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    infinite: int = 0
    flagged: int = 0
    scaled: tuple[str, ...] = ()


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in MISSING


def missing_mask(text: pd.Series) -> np.ndarray:
    """(rows,) bool: the cells that say that there is no value."""
    codes, distinct = pd.factorize(text)
    flags = np.fromiter((is_missing(str(cell)) for cell in distinct), dtype=bool, count=len(distinct))
    return flags[codes]


def _bare(distinct: pd.Series) -> pd.Series:
    """Cells without units, thousands spaces, accounting brackets and typographic minus signs."""
    bare = (
        distinct.str.replace("[\u2212\u2012\u2013]", "-", regex=True)
        .str.replace("[\u00a0\u202f\u2009]", " ", regex=True)
        .str.strip()
    )
    bare = bare.str.replace(_BEFORE, r"\1", regex=True).str.replace(_AFTER, r"\1", regex=True)
    bare = bare.str.replace(r"^\(([\d.,' ]+)\)$", r"-\1", regex=True).str.replace(r"^([+-])\s+", r"\1", regex=True)
    bare = bare.str.replace(r"^([\d.,' ]*\d)-$", r"-\1", regex=True).str.replace(_EXPONENT, r"\1e\2", regex=True)
    lakhs = bare.str.match(_INDIAN)
    bare = bare.where(~lakhs, bare.str.replace(",", "", regex=False))
    grouped = bare.str.match(_GROUPS)
    return bare.where(~grouped, bare.str.replace("[ '’_]", "", regex=True))


def mark_evidence(text: pd.Series) -> MarkEvidence:
    """What one text column says about its decimal mark."""
    with_mark = text[text.str.contains("[.,]", regex=True)]
    if with_mark.empty:
        return MarkEvidence()
    bare = _bare(pd.Series(with_mark.unique(), dtype="str"))
    open_comma = int(bare.str.match(_OPEN[","]).sum())
    comma = int(bare.str.match(_PROOF[","]).sum())
    point = int(bare.str.match(_PROOF["."]).sum())
    if open_comma and not comma and text.str.match(_UNGROUPED).any():
        comma = open_comma  # a column that groups thousands would group its other large numbers too
    return MarkEvidence(point, comma, int(bare.str.match(_OPEN["."]).sum()), open_comma)


def _unit_of(distinct: pd.Series) -> str | None:
    found = distinct.str.extract(rf"({_UNIT})", expand=False).dropna()
    counts = found.value_counts()
    return str(counts.index[0]) if len(counts) and len(found) >= len(distinct) / 2 else None


def mixed_units(text: pd.Series) -> list[str]:
    """The currencies and percent signs of a column whose cells carry different ones, so that they must not be compared."""
    codes, labels = pd.factorize(text)
    distinct = pd.Series(labels, dtype="str")
    units = _main_units(distinct, np.bincount(codes, minlength=len(distinct)), distinct.map(is_missing).to_numpy(bool))
    return units if len(units) > 1 and distinct.str.contains(r"\d", regex=True).mean() > _READABLE_SHARE else []


def _main_units(distinct: pd.Series, counts: np.ndarray, gone: np.ndarray) -> list[str]:
    """The units that more than a few cells carry."""
    found = distinct.str.extract(rf"({_UNIT})", expand=False)
    shares = pd.Series(counts[~gone]).groupby(found[~gone].to_numpy(object)).sum()
    return [str(unit) for unit, share in shares.items() if share >= _ANOTHER * counts[~gone].sum()]


def _convert(bare: pd.Series, mark: Mark) -> np.ndarray:
    valid = bare.str.match(_NUMBER[mark])
    plain = bare.str.replace("," if mark == "." else ".", "", regex=False)
    if mark == ",":
        plain = plain.str.replace(",", ".", regex=False)
    values = pd.to_numeric(plain.where(valid, "nan"), errors="coerce").to_numpy(np.float64)
    endless = bare.str.match(r"(?i)^[+-]?inf(?:inity)?$").to_numpy(bool)
    return np.where(endless, np.inf, values)


def read_numbers(text: pd.Series, mark: Mark | None) -> NumberReading | None:
    """One text column as numbers, or None when fewer than half of its cells are numbers.

    text: (rows,) str, "" where empty. mark: the decimal mark to use; None: the column's own evidence, else the point.
    """
    direct = pd.to_numeric(text.where(text != "", "nan"), errors="coerce").to_numpy(np.float64)
    filled = (text != "").to_numpy(bool)
    if mark != "," and not np.isnan(direct[filled]).any() and filled.any():
        return _finish(direct, ".", None, {}, {})
    codes, labels = pd.factorize(text)
    distinct = pd.Series(labels, dtype="str")
    counts = np.bincount(codes, minlength=len(distinct))
    gone = np.fromiter((is_missing(cell) for cell in distinct), dtype=bool, count=len(distinct))
    if gone.all():
        return None
    chosen: Mark = mark or mark_evidence(text).verdict() or "."
    parsed = np.where(gone, np.nan, _convert(_bare(distinct), chosen))
    if len(_main_units(distinct, counts, gone)) > 1:
        return None
    unit = _unit_of(distinct[~gone])
    failed = np.isnan(parsed) & ~gone
    around = _Around()
    if failed.any():
        around = _read_around(distinct, counts, gone, parsed, chosen)
        parsed, failed = around.values, np.isnan(around.values) & ~gone
    if counts[failed].sum() > (1 - _READABLE_SHARE) * counts[~gone].sum():
        return None
    marks = {str(distinct[i]): int(counts[i]) for i in np.flatnonzero(gone) if distinct[i]}
    unread = {str(distinct[i]): int(counts[i]) for i in np.flatnonzero(failed)}
    reading = _finish(parsed[codes], chosen, around.unit or unit, marks, unread)
    return replace(reading, flagged=around.flagged, scaled=around.scaled)


@dataclass(frozen=True)
class _Around:
    """What stands around the numbers of a column. values: (distinct,) float64; flagged: cells with a mark behind the number."""

    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    unit: str | None = None
    flagged: int = 0
    scaled: tuple[str, ...] = ()


def _read_around(distinct: pd.Series, counts: np.ndarray, gone: np.ndarray, parsed: np.ndarray, mark: Mark) -> _Around:
    """Numbers that one unit, a scale such as K or M, or here and there a mark such as "p" stands beside."""
    split = [("", "") if missing else split_unit(str(cell)) for cell, missing in zip(distinct, gone, strict=True)]
    failed = np.isnan(parsed) & ~gone
    amounts: dict[str, int] = {}
    for (_, unit), count, late in zip(split, counts, failed, strict=True):
        if unit and late:
            amounts[unit] = amounts.get(unit, 0) + int(count)
    whole = int(counts[~gone].sum())
    carried = sum(amounts.values())
    numbers = _convert(_bare(pd.Series([number for number, _ in split], dtype="str")), mark)
    if len(amounts) > 1 and all(scale_of(unit) for unit in amounts) and carried >= _SAME * whole:
        factors = np.array([scale_of(unit) or 1.0 for _, unit in split])
        return _Around(np.where(failed, np.round(numbers * factors, 6), parsed), scaled=tuple(sorted(amounts)))
    usual = max(amounts, key=lambda unit: amounts[unit], default=None)
    if usual is not None and amounts[usual] >= max(_SAME * whole, _ALIKE * carried):
        own = np.array([unit == usual for _, unit in split]) & failed
        return _Around(np.where(own, numbers, parsed), usual)
    bare = pd.Series([without_flag(str(cell)) if late else "" for cell, late in zip(distinct, failed, strict=True)], dtype="str")
    plain = _convert(_bare(bare), mark)
    taken = failed & ~np.isnan(plain)
    flagged = int(counts[taken].sum())
    signs = bool(distinct[taken].str.contains(_SIGNED, regex=True).all())
    return _Around(np.where(taken, plain, parsed), None, flagged) if signs or flagged <= _FEW * whole else _Around(parsed)


def _finish(values: np.ndarray, mark: Mark, unit: str | None, missing: dict[str, int], unread: dict[str, int]) -> NumberReading:
    endless = np.isinf(values)
    return NumberReading(np.where(endless, np.nan, values), mark, unit, missing, unread, int(endless.sum()))


def sentinel_of(values: np.ndarray) -> float | None:
    """A number that stands for "missing" (such as −9999): known as one, and far outside of everything else (or the only
    negative number).

    values: (rows,) float64, NaN where missing.
    """
    present = values[~np.isnan(values)]
    for candidate in SENTINELS:
        hits = present == candidate
        if not hits.any() or hits.all():
            continue
        rest = present[~hits]
        if len(rest) < 3:
            continue
        spread = float(rest.max() - rest.min())
        distance = float(rest.min() - candidate) if candidate < 0 else float(candidate - rest.max())
        repeated = int(hits.sum()) >= 2
        certain = candidate <= _CERTAIN or (candidate in (-200.0, -99.0) and repeated)
        alone_below_zero = candidate < 0 and certain and float(rest.min()) >= 0
        isolated = distance > max(_ISOLATED * spread, 0.5 * abs(candidate))
        aside = candidate in _ODD and repeated and distance > max(_ASIDE * spread, 0.25 * abs(candidate))
        if (isolated and (repeated or (candidate < 0 and candidate not in _USUAL))) or alone_below_zero or aside:
            return candidate
    return None
