"""What an answer's facts can support: the numbers, moments and names that its sentences may use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from assistant.facts import Fact

NUMBER = re.compile(r"(?<![\w.])[+\-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.\d))(?:\.\d+)?(?:[eE][+\-]?\d+)?(?:\s?%)?")


@dataclass(frozen=True)
class Support:
    """The facts of an answer, prepared once. names and models: as written in lower case; texts: the words facts show."""

    by_id: dict[str, Fact]
    numbers: tuple[tuple[float, Fact], ...]
    moments: tuple[tuple[pd.Timestamp, Fact], ...]
    names: frozenset[str]
    models: frozenset[str]
    texts: str
    words: frozenset[str]

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> Support:
        """Prepare facts."""
        facts = tuple(facts)
        moments = []
        for fact in facts:
            if fact.unit == "time" and isinstance(fact.value, str):
                moment = pd.to_datetime(fact.value, errors="coerce")
                if not pd.isna(moment):
                    moments.append((moment, fact))
        names = {str(f.value).casefold() for f in facts if f.unit in ("series", "text")}
        names |= {f.text.strip("`").casefold() for f in facts if f.unit in ("series", "text")}
        texts = " ".join(f.text for f in facts if f.unit in ("text", "series", "model", "time"))
        return cls(
            by_id={f.id: f for f in facts},
            numbers=tuple((float(f.value), f) for f in facts if is_number(f)),  # type: ignore[arg-type]
            moments=tuple(moments),
            names=frozenset(names),
            models=frozenset(str(f.value).casefold() for f in facts if f.unit == "model"),
            texts=texts,
            words=frozenset(word for f in facts for word in stems(f"{f.statement} {f.text} {f.unit or ''}")),
        )


def is_number(fact: Fact) -> bool:
    """Whether a fact holds a number."""
    return isinstance(fact.value, int | float) and not isinstance(fact.value, bool)


def stems(text: str) -> list[str]:
    """The words of a text in lower case, without a plural's s."""
    return [word.rstrip("s") or word for word in re.findall(r"[^\W\d_]+", text.casefold())]


def number_facts(token: str, support: Support) -> list[Fact]:
    """The facts that a written number may stand for: equal after rounding to the digits written."""
    percent = token.rstrip().endswith("%")
    body = token.rstrip(" %").replace(",", "").replace("−", "-").lstrip("+")
    try:
        written = float(body)
    except ValueError:
        return []
    mantissa = body.lower().split("e")[0]
    decimals = len(mantissa.split(".")[1]) if "." in mantissa else 0
    step = 0.5 * 10.0**-decimals * (1 + 1e-9)
    if "e" in body.lower():
        step *= 10.0 ** min(int(body.lower().split("e")[1]), 300)
    matches = []
    for value, fact in support.numbers:
        # A whole number must be meant exactly: "12" does not vouch for 12.4, but "12.4" does for 12.41.
        tolerance = step if decimals else (step if abs(value) >= 100 else 1e-9)
        if abs(value - written) <= tolerance or (not decimals and body == _shown_digits(fact)):
            if percent and fact.unit != "%":
                continue
            matches.append(fact)
    if not matches and not percent and "." not in body and len(body.lstrip("-")) == 4:
        matches = [fact for moment, fact in support.moments if moment.year == written]
    return matches


def exact_number_facts(token: str, support: Support, *, rounded: bool, falling: bool) -> list[Fact]:
    """The facts a number in free text may stand for: digits as shown, or correctly rounded decimals.

    rounded: the text says that it rounds ("about"), so that a whole number may stand for a broken one. falling: the text says
    that something fell, so that a number may stand for its negative.
    """
    body = token.rstrip(" %").replace(",", "").replace("−", "-").lstrip("+")
    percent = token.rstrip().endswith("%")
    found = []
    for value, fact in support.numbers:
        if percent and fact.unit != "%":
            continue
        shown = _shown_digits(fact)
        sides = [(value, shown)] + ([(-value, shown.lstrip("-"))] if falling and value < 0 else [])
        if any(_stands_for(body, side, text, rounded) for side, text in sides):
            found.append(fact)
    return found


def _stands_for(body: str, value: float, shown: str, rounded: bool) -> bool:
    if body == shown:
        return True
    if "e" in body.lower():
        return False
    decimals = len(body.split(".")[1]) if "." in body else 0
    gap = abs(value - float(body))
    if gap <= 1e-9 * max(1.0, abs(value)):
        return True
    if decimals or (rounded and abs(value) >= 10):
        return gap < 0.5 * 10.0**-decimals
    return False


def _shown_digits(fact: Fact) -> str:
    return fact.text.split(" ")[0].replace(",", "").rstrip("%")
