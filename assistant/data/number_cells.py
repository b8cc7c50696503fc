"""One cell → one number: what stands around it taken away, its decimal mark judged, its digits converted."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from assistant.data.units import CURRENCIES, split_unit

Mark = Literal[".", ","]
Triangles = Literal["", "minus", "up and down"]

_PLAIN = re.compile(r"[+-]?\d+(?:[.,]\d+)?")
_SIGN = re.compile(rf"%|{CURRENCIES}")
_BEFORE = re.compile(rf"^(\(?[+-]?)\s*(?:{_SIGN.pattern})\s*")
_AFTER = re.compile(rf"\s*(?:{_SIGN.pattern})(\)?)$")
_BRACKETED = re.compile(r"^\(([\d.,' ]+)\)$")
_SPACED_SIGN = re.compile(r"^([+-])\s+")
_SIGN_BEHIND = re.compile(r"^([\d.,' ]*\d)-$")
_GROUPS = re.compile(r"^[+-]?\d{1,3}(?:[ '’_]\d{3})+(?:[.,]\d+)?$")
_INDIAN = re.compile(r"^[+-]?\d{1,2}(?:,\d{2})+,\d{3}(?:\.\d+)?$")
_EXPONENT = re.compile(r"^([+-]?\d*\.?\d+)[dD]([+-]?\d{1,3})$")
_ENDLESS = re.compile(r"[+-]?inf(?:inity)?", re.IGNORECASE)
_TYPOGRAPHY = str.maketrans(
    {
        **dict.fromkeys("\u2212\u2012\u2013\u2010\u2011\ufe63\uff0d", "-"),
        **dict.fromkeys("\u00a0\u202f\u2009\u2005\u2006\u2007\u2008\u200a\u3000", " "),
        **dict.fromkeys("\u201c\u201d\u201e\u00ab\u00bb", '"'),
    }
)
_TRIANGLE = re.compile(r"^([▲△▼▽])\s*(?=[\d.])")
_QUOTED = re.compile(r"^([\"'])([^\"']*)\1$")
_POWER = re.compile(r"^([+-]?[\d.,]*\d)\s*[×x·*]\s*10\s*(?:\^?\s*\(?([+-]?\d{1,3})\)?|([⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]{1,3}))$")
_RAISED = str.maketrans("⁺⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "+-0123456789")
_NUMBER: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+(?:\.\d*)?|\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"),
    ",": re.compile(r"[+-]?(?:\d{1,3}(?:\.\d{3})+(?:,\d*)?|\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?"),
}
_PROOF: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(
        r"[+-]?(?:\d{1,3}(?:,\d{3})+\.\d*|\d{1,3}(?:,\d{3}){2,}|0+\.\d+|\d{4,}\.\d*|\d*\.\d{1,2}|\d*\.\d{4,}|\d*\.\d+[eE].*)"
    ),
    ",": re.compile(
        r"[+-]?(?:\d{1,3}(?:\.\d{3})+,\d*|\d{1,3}(?:\.\d{3}){2,}|0+,\d+|\d{4,},\d*|\d*,\d{1,2}|\d*,\d{4,}|\d*,\d+[eE].*)"
    ),
}
_OPEN: dict[Mark, re.Pattern[str]] = {
    ".": re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}"),
    ",": re.compile(r"[+-]?[1-9]\d{0,2},\d{3}"),
}


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


@lru_cache(maxsize=100_000)
def bare_number(cell: str) -> str:
    """A cell without currency and percent signs, thousands spaces, accounting brackets and typographic minus signs."""
    if _PLAIN.fullmatch(cell):
        return cell
    bare = _QUOTED.sub(r"\2", cell.translate(_TYPOGRAPHY).strip()).strip()
    if "10" in bare:
        bare = _POWER.sub(lambda found: f"{found[1]}e{found[2] or found[3].translate(_RAISED)}", bare)
    bare = _AFTER.sub(r"\1", _BEFORE.sub(r"\1", bare))
    bare = _SPACED_SIGN.sub(r"\1", _BRACKETED.sub(r"-\1", bare))
    bare = _EXPONENT.sub(r"\1e\2", _SIGN_BEHIND.sub(r"-\1", bare))
    if _INDIAN.match(bare):
        return bare.replace(",", "")
    return re.sub("[ '’_]", "", bare) if _GROUPS.match(bare) else bare


def without_triangles(cells: list[str]) -> tuple[list[str], Triangles]:
    """Cells with a sign instead of a triangle before the number, and what the triangles were taken for.

    Beside ▼ a ▲ says that something rose, as boards of prices have it; alone it is a minus, as in Japanese accounts.
    """
    met = {found[1] for cell in cells if (found := _TRIANGLE.match(cell))}
    if not met:
        return cells, ""
    falling = bool(met & {"▼", "▽"})
    signs = {"▲": "+", "△": "+", "▼": "-", "▽": "-"} if falling else {"▲": "-", "△": "-"}
    return [_TRIANGLE.sub(lambda found: signs[found[1]], cell) for cell in cells], "up and down" if falling else "minus"


def to_number(cell: str, mark: Mark) -> float:
    """The number of a cell, infinite where it says so, NaN where it is none under this decimal mark."""
    bare = bare_number(cell)
    if not _NUMBER[mark].fullmatch(bare):
        endless = bool(bare) and _ENDLESS.fullmatch(bare)
        return math.copysign(math.inf, -1.0 if bare.startswith("-") else 1.0) if endless else math.nan
    return float(bare.replace(",", "")) if mark == "." else float(bare.replace(".", "").replace(",", "."))


def sign_of(cell: str) -> str | None:
    """The currency or percent sign that a cell carries, if any."""
    found = _SIGN.search(cell)
    return found[0] if found else None


def mark_of(cells: Iterable[str]) -> MarkEvidence:
    """What distinct cells say about their decimal mark."""
    point = comma = open_point = open_comma = 0
    for cell in cells:
        if "." not in cell and "," not in cell:
            continue
        bare = bare_number(cell)
        if any(map(str.isalpha, bare)) or not bare[:1].isascii():
            bare = bare_number(split_unit(bare)[0]) or bare
        point += bool(_PROOF["."].fullmatch(bare))
        comma += bool(_PROOF[","].fullmatch(bare))
        open_point += bool(_OPEN["."].fullmatch(bare))
        open_comma += bool(_OPEN[","].fullmatch(bare))
    return MarkEvidence(point, comma, open_point, open_comma)
