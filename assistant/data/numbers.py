"""Text → numbers: decimal marks, thousands separators, units, missing marks, sentinels."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from assistant.data.number_cells import Mark, MarkEvidence, Triangles, mark_of, sign_of, to_number, without_triangles
from assistant.data.units import lone_scale, prefix_factors, scale_of, split_unit, without_flag

MISSING = frozenset(
    (
        *("", "na", "n/a", "#n/a", "n.a.", "nan", "null", "none", "nil", "nd", "n.d.", "nm", "missing", "<na>", "nat"),
        *("not available", "not applicable", "not reported", "no data", "unavailable"),
        *("-", "--", "---", "–", "—", ".", "..", "...", "…", ":", "?", "*", "x"),
        *("#value!", "#ref!", "#div/0!", "#null!", "#num!", "#n/a n/a", "#n/a n.a.", "#n/a field not applicable"),
    )
)
# Numbers that hardly anything measured is equal to, and numbers that are as often what they say.
_ODD = frozenset(
    (
        *(-9999.0, -999.0, -99999.0, -9999.9, -999.9, -999.99, -9999.99, -99.99, -99.9, 9999.9, 99999.0, 999.9, 99999.9),
        *(-99999.9, -99999.99, -999999.0, -9999999.0, -99999999.0, 999999.0, 9999999.0, 99999999.0, 999.99, 9999.99, 99999.99),
        *(-888.0, -8888.0, -88888.0, -777.0, -7777.0, -77777.0, -666.0, -6666.0, -999.25, -9999.25, -6999.0, -1e9, -999999999.0),
        *(-32768.0, -32767.0, 32766.0, 32767.0, 32768.0, 65535.0, -2147483648.0, -2147483647.0, 2147483647.0, 4294967295.0),
    )
)
_USUAL = frozenset((-200.0, -99.0, -88.0, -77.0, 9999.0, 999.0, 99.0))
SENTINELS = _ODD | _USUAL
_APART = 0.25  # of the other values' range that a declared sign lies outside of it, where it could be a value
_ENORMOUS = 1e15  # from here on a number is one that a program fills gaps with, if all others are far smaller
_FAR = 1e6  # times smaller, at least

_READABLE_SHARE = 0.5
_CERTAIN = -999.0  # from here down, a sentinel among values that are never negative needs no distance
_ISOLATED = 2.0  # a sentinel lies farther from the other values than this many times their range
_ASIDE = 0.5  # the same for a number that hardly anything measured is equal to, where it occurs at least twice
_SAME = 0.5  # of the cells with a number that must carry the same unit
_ANOTHER = 0.05  # of the cells that make a second unit more than a slip
_ALIKE = 0.9  # of the cells with a unit that must carry the same one
_FEW = 0.6  # of the cells may carry a mark such as "p" behind their number

_SIGNED = re.compile(r"(?:[*†‡§#^)\]]|\s[bcdefinprsuz]{1,3}|(?:±|\+/-)\s*[\d.,]+)$|^(?:[*†‡~≈(]|ca?\.)")
_SAME_CURRENCY = {"EUR": "€", "USD": "$", "US$": "$", "GBP": "£", "JPY": "¥", "INR": "₹", "Rs": "₹", "Rs.": "₹", "PLN": "zł"}
_FEW_SIGNS = 3  # different words that may stand for a missing number in a column where such words are most cells
_NUMBERS = 8  # numbers that a column must have to be one in spite of that
_UNGROUPED = r"^[+-]?\d{4,}(?:[.,]\d*)?$"


@dataclass(frozen=True)
class NumberReading:
    """One column as numbers.

    values: (rows,) float64, NaN where missing or unreadable. missing: the marks met, with counts. unread: cells that are
    neither numbers nor known marks, with counts. flagged: cells with a mark such as "p" behind the number, left out. scaled: the
    letters behind the numbers that were multiplied out (K, M). triangles: what the ▲ before numbers was taken for, if any.
    """

    values: np.ndarray
    mark: Mark = "."
    unit: str | None = None
    missing: dict[str, int] = field(default_factory=dict)
    unread: dict[str, int] = field(default_factory=dict)
    infinite: int = 0
    flagged: int = 0
    scaled: tuple[str, ...] = ()
    triangles: Triangles = ""


def is_missing(cell: str) -> bool:
    """Whether a cell says that there is no value."""
    return cell.casefold() in MISSING


def missing_mask(text: pd.Series) -> np.ndarray:
    """(rows,) bool: the cells that say that there is no value."""
    codes, distinct = pd.factorize(text)
    flags = np.fromiter((is_missing(str(cell)) for cell in distinct), dtype=bool, count=len(distinct))
    return flags[codes]


def mark_evidence(text: pd.Series) -> MarkEvidence:
    """What one text column says about its decimal mark."""
    found = mark_of(text.drop_duplicates())
    if found.open_comma and not found.comma and text.str.match(_UNGROUPED).any():
        found = replace(found, comma=found.open_comma)  # a column that groups thousands would group its other large numbers too
    return found


def mixed_units(text: pd.Series) -> list[str]:
    """The currencies and percent signs of a column whose cells carry different ones, so that they must not be compared."""
    cells = [str(cell) for cell in text if not is_missing(str(cell))]
    units = _main_units(cells, np.ones(len(cells)))
    return (
        units if len(units) > 1 and sum(any(c.isdigit() for c in cell) for cell in cells) > _READABLE_SHARE * len(cells) else []
    )


def _main_units(cells: list[str], counts: np.ndarray) -> list[str]:
    """The currencies and percent signs that more than a few cells carry, the usual one first."""
    shares: dict[str, float] = {}
    for cell, count in zip(cells, counts, strict=True):
        sign = sign_of(cell)
        if sign is not None:
            shares[sign] = shares.get(sign, 0.0) + float(count)
    main = [sign for sign in sorted(shares, key=lambda sign: -shares[sign]) if shares[sign] >= _ANOTHER * float(counts.sum())]
    return main[:1] if len({_SAME_CURRENCY.get(sign, sign) for sign in main}) == 1 else main


def _convert(cells: list[str], mark: Mark) -> np.ndarray:
    return np.fromiter((to_number(cell, mark) for cell in cells), dtype=np.float64, count=len(cells))


def read_numbers(text: pd.Series, mark: Mark | None, name: str = "") -> NumberReading | None:
    """One text column as numbers, or None when fewer than half of its cells are numbers.

    text: (rows,) str, "" where empty. mark: the decimal mark to use; None: the column's own evidence, else the point. name: of
    the column, which tells thousands (K) from kelvins and billions (B) from bytes.
    """
    direct = pd.to_numeric(text.where(text != "", "nan"), errors="coerce").to_numpy(np.float64)
    filled = (text != "").to_numpy(bool)
    if mark != "," and not np.isnan(direct[filled]).any() and filled.any():
        return _finish(direct, ".", None, {}, {})
    codes, labels = pd.factorize(text)
    distinct, triangles = without_triangles([str(label) for label in labels])
    counts = np.bincount(codes, minlength=len(distinct))
    gone = np.fromiter((is_missing(cell) for cell in distinct), dtype=bool, count=len(distinct))
    if gone.all():
        return None
    present = [cell for cell, missing in zip(distinct, gone, strict=True) if not missing]
    units = _main_units(present, counts[~gone])
    if len(units) > 1:
        return None
    chosen: Mark = mark or mark_evidence(text).verdict() or "."
    parsed = np.where(gone, np.nan, _convert(distinct, chosen))
    failed = np.isnan(parsed) & ~gone
    around = _Around()
    if failed.any():
        around = _read_around(distinct, counts, gone, parsed, chosen, name)
        parsed, failed = around.values, np.isnan(around.values) & ~gone
    if counts[failed].sum() > (1 - _READABLE_SHARE) * counts[~gone].sum() and not _suppressed(distinct, failed, gone):
        return None
    marks = {distinct[i]: int(counts[i]) for i in np.flatnonzero(gone) if distinct[i]}
    unread = {distinct[i]: int(counts[i]) for i in np.flatnonzero(failed)}
    carried = sum(sign_of(cell) is not None for cell in present) >= len(present) / 2
    unit = around.unit or (units[0] if units and carried else None)
    reading = _finish(parsed[codes], chosen, unit, marks, unread)
    return replace(reading, flagged=around.flagged, scaled=around.scaled, triangles=triangles)


def _suppressed(distinct: list[str], failed: np.ndarray, gone: np.ndarray) -> bool:
    """Whether what is no number is the same few short signs again and again, as for amounts held back: s, (D), x."""
    signs = [distinct[place] for place in np.flatnonzero(failed)]
    read = int(np.count_nonzero(~failed & ~gone))
    short = all(len(sign) <= 12 and not any(character.isdigit() for character in sign) for sign in signs)
    return len(signs) <= _FEW_SIGNS and short and read >= _NUMBERS


@dataclass(frozen=True)
class _Around:
    """What stands around the numbers of a column. values: (distinct,) float64; flagged: cells with a mark behind the number."""

    values: np.ndarray = field(default_factory=lambda: np.empty(0))
    unit: str | None = None
    flagged: int = 0
    scaled: tuple[str, ...] = ()


def _read_around(distinct: list[str], counts: np.ndarray, gone: np.ndarray, parsed: np.ndarray, mark: Mark, name: str) -> _Around:
    """Numbers that one unit, a scale such as K or M, or here and there a mark such as "p" stands beside."""
    split = [("", "") if missing else split_unit(cell) for cell, missing in zip(distinct, gone, strict=True)]
    failed = np.isnan(parsed) & ~gone
    amounts: dict[str, int] = {}
    for (_, unit), count, late in zip(split, counts, failed, strict=True):
        if unit and late:
            amounts[unit] = amounts.get(unit, 0) + int(count)
    whole = int(counts[~gone].sum())
    carried = sum(amounts.values())
    numbers = _convert([number for number, _ in split], mark)
    if len(amounts) > 1 and all(scale_of(unit) for unit in amounts) and carried >= _SAME * whole:
        factors = np.array([scale_of(unit) or 1.0 for _, unit in split])
        return _Around(np.where(failed, np.round(numbers * factors, 6), parsed), scaled=tuple(sorted(amounts)))
    usual = max(amounts, key=lambda unit: amounts[unit], default=None)
    sizes = prefix_factors(list(amounts), usual) if usual is not None and len(amounts) > 1 and carried >= _SAME * whole else None
    if sizes is not None:
        scale = np.array([sizes.get(unit, 1.0) for _, unit in split])
        return _Around(np.where(failed, numbers * scale, parsed), usual, scaled=tuple(sorted(amounts)))
    if usual is not None and amounts[usual] >= max(_SAME * whole, _ALIKE * carried):
        own = np.array([unit == usual for _, unit in split]) & failed
        factor = lone_scale(usual, name)
        if factor is not None:
            return _Around(np.where(own, np.round(numbers * factor, 6), parsed), scaled=(usual,))
        return _Around(np.where(own, numbers, parsed), usual)
    plain = _convert([without_flag(cell) if late else "" for cell, late in zip(distinct, failed, strict=True)], mark)
    taken = failed & ~np.isnan(plain)
    flagged = int(counts[taken].sum())
    signs = all(_SIGNED.search(distinct[i]) for i in np.flatnonzero(taken))
    return _Around(np.where(taken, plain, parsed), None, flagged) if signs or flagged <= _FEW * whole else _Around(parsed)


def _finish(values: np.ndarray, mark: Mark, unit: str | None, missing: dict[str, int], unread: dict[str, int]) -> NumberReading:
    endless = np.isinf(values)
    return NumberReading(np.where(endless, np.nan, values), mark, unit, missing, unread, int(endless.sum()))


def sentinel_of(values: np.ndarray, declared: frozenset[float] = frozenset()) -> float | None:
    """A number that stands for "missing" (such as −9999): known as one, and far outside of everything else (or the only
    negative number); or one that the file itself declares as such, where it is outside of everything else.

    values: (rows,) float64, NaN where missing.
    """
    present = values[~np.isnan(values)]
    if not len(present):
        return None
    for candidate in declared:
        rest = present[present != candidate]
        if 3 <= len(rest) < len(present) and (_is_odd(candidate) or _lies_apart(candidate, rest)):
            return candidate
    for candidate in (float(present.min()), float(present.max())):
        rest = present[present != candidate]
        if len(rest) < 3:
            continue
        hits = len(present) - len(rest)
        if _stands_for_missing(candidate, hits, rest) or _is_fill(candidate, hits, rest):
            return candidate
    return None


def _stands_for_missing(candidate: float, hits: int, rest: np.ndarray) -> bool:
    """Whether a known sign for "missing" is one among these other numbers."""
    if candidate not in SENTINELS:
        return False
    known = np.isin(rest, [other for other in _ODD if other * candidate > 0])
    rest = rest if known.all() else rest[~known]  # several signs may stand beside each other: -9999 and -8888
    spread = float(rest.max() - rest.min())
    distance = float(rest.min() - candidate) if candidate < 0 else float(candidate - rest.max())
    repeated = hits >= 2
    certain = candidate <= _CERTAIN or (candidate in (-200.0, -99.0) and repeated)
    alone_below_zero = candidate < 0 and certain and float(rest.min()) >= 0
    isolated = distance > max(_ISOLATED * spread, 0.5 * abs(candidate))
    aside = candidate in _ODD and repeated and distance > max(_ASIDE * spread, 0.25 * abs(candidate))
    return (isolated and (repeated or (candidate < 0 and candidate not in _USUAL))) or alone_below_zero or aside


def _is_odd(number: float) -> bool:
    """Whether hardly anything measured is equal to a number: 9999.9, 1e20, -9.99e-29."""
    return number in SENTINELS or abs(number) >= _ENORMOUS or 0 < abs(number) < 1 / _ENORMOUS


def _lies_apart(number: float, rest: np.ndarray) -> bool:
    """Whether a number lies clearly outside of the others."""
    low, high = float(rest.min()), float(rest.max())
    return max(low - number, number - high) > _APART * (high - low)


def _is_fill(candidate: float, hits: int, rest: np.ndarray) -> bool:
    """Whether a number is one of those enormous ones with which programs fill gaps: 1e20, 9.96921e36, -1e30."""
    return abs(candidate) >= _ENORMOUS and hits >= 1 and float(np.abs(rest).max()) * _FAR < abs(candidate)
