"""Facts: the only source of numbers, dates and names in an answer.

An agent computes, records what it computed in a `FactBook`, and writes sentences that refer to the facts by id
(`{s0.3}`). The renderer puts the values in; the verifier refuses whatever does not resolve to a fact.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

import pandas as pd
from pydantic import BaseModel, ConfigDict

REFERENCE = re.compile(r"\{([a-z]\d+\.\d+)\}")

Value = float | int | str | bool | None

# Ends the source of a fact that rests on another conversation's data.
ELSEWHERE = "from another conversation"

_YEARS = frozenset({"YS", "YE", "Y", "A", "AS", "BYS", "BYE"})
_QUARTERS = frozenset({"QS", "QE", "Q", "BQS", "BQE"})
_MONTHS = frozenset({"MS", "ME", "M", "BMS", "BME"})
_PERIODS = _YEARS | _QUARTERS | _MONTHS
_LONGEST_NAME = 80
_LONGEST_TEXT = 600


class Fact(BaseModel):
    """One computed thing.

    value: a JSON number where numeric, else text (ISO time, series or model name), or a truth value.
    unit: "time", "series", "model", "text", "%", the series' own unit, or None.
    text: how the value reads in an answer, with unit and sensible digits. statement: a whole sentence that holds it.
    source: the tool that computed it and on what, e.g. "analysis.trend(sales)".
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    value: Value
    unit: str | None
    statement: str
    source: str
    text: str


class Reference(str):
    """A fact's placeholder; put it into an f-string and the renderer fills it in."""


def number_text(value: float, unit: str | None = None) -> str:
    """A number with four significant digits (integers and large numbers whole), thousands separated, and its unit.

    Zeros at the end go, but not the last one after the point: a number that is not whole never looks so below 10,000.
    """
    if isinstance(value, bool):
        return "yes" if value else "no"
    if math.isnan(value):
        return "not defined"
    if math.isinf(value):
        return "infinite"
    if float(value).is_integer() and abs(value) < 1e15:
        body = f"{int(value):,}"
    elif abs(value) >= 1000:
        body = f"{value:,.0f}" if abs(value) >= 10_000 else f"{value:,.1f}"
    elif abs(value) < 1e-4:
        body = f"{value:.2e}"
    else:
        digits = max(0, 3 - math.floor(math.log10(abs(value)))) if value else 0
        body = f"{value:.{min(digits, 6)}f}"
        if "." in body:
            body = body.rstrip("0")
            # "372.0" says that it was rounded, as the "372.5" beside it; "372" would say that it is whole.
            body += "0" if body.endswith(".") else ""
    if unit in (None, ""):
        return body
    return f"{body}{'' if unit == '%' else ' '}{unit}"


def chance_text(p_value: float) -> str:
    """A p-value as it is told: four decimals, and "0.001 or less" for what is smaller still."""
    if math.isnan(p_value):
        return number_text(p_value)
    return "0.001 or less" if p_value < 0.001 else f"{p_value:.4f}".rstrip("0").rstrip(".")


def time_text(moment: pd.Timestamp | int | str, frequency: str | None) -> str:
    """A time as people write it, no finer than the series' frequency: "March 2019", "3 March 2019", "3 March 2019, 14:00"."""
    if not isinstance(moment, pd.Timestamp):
        return f"row {moment}"
    base = (frequency or "").lstrip("0123456789").split("-")[0]
    if base in _YEARS:
        return f"{moment.year}"
    if base in _QUARTERS:
        return f"Q{moment.quarter} {moment.year}"
    if base in _MONTHS:
        return f"{moment:%B} {moment.year}"
    day = f"{moment.day} {moment:%B} {moment.year}"
    if base in {"D", "B", "W", "C"} or (moment == moment.normalize() and base in {"", "irregular"}):
        return day
    clock = f"{moment:%H:%M:%S}" if moment.second or base in {"s", "ms", "us", "ns"} else f"{moment:%H:%M}"
    return f"{day}, {clock}"


def time_preposition(frequency: str | None, dated: bool = True) -> str:
    """The word before such a time: "in" March, "on" 3 March, "at" row 5."""
    if not dated:
        return "at"
    base = (frequency or "").lstrip("0123456789").split("-")[0]
    return "in" if base in _PERIODS else "on"


@dataclass
class FactBook:
    """Collects one step's facts and the sentences that use them. `prefix` ("s0") makes ids unique within an answer."""

    prefix: str
    facts: list[Fact] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def _record(self, value: Value, unit: str | None, text: str, statement: str, source: str) -> Reference:
        identity = f"{self.prefix}.{len(self.facts) + 1}"
        whole = statement.replace("{}", text) if "{}" in statement else f"{statement}: {text}"
        self.facts.append(Fact(id=identity, value=value, unit=unit, statement=whole, source=source, text=text))
        return Reference("{" + identity + "}")

    def number(self, value: float, statement: str, source: str, unit: str | None = None, text: str | None = None) -> Reference:
        """Record a number. `statement` describes it; "{}" in it marks where the value goes."""
        plain: Value = None if isinstance(value, float) and not math.isfinite(value) else _plain(value)
        return self._record(plain, unit, text or number_text(value, unit), statement, source)

    def chance(self, p_value: float, statement: str, source: str) -> Reference:
        """Record a p-value."""
        return self.number(p_value, statement, source, text=chance_text(p_value))

    def time(self, moment: pd.Timestamp | int | str, frequency: str | None, statement: str, source: str) -> Reference:
        """Record a moment."""
        iso = moment.isoformat() if isinstance(moment, pd.Timestamp) else str(moment)
        return self._record(iso, "time", time_text(moment, frequency), statement, source)

    def name(self, name: str, unit: str, statement: str, source: str, text: str | None = None) -> Reference:
        """Record the name of a series ("series"), of a model ("model"), or words ("text"). text: how it reads in an answer."""
        shown = text or (
            f"`{clean_name(name)}`" if unit == "series" else clean_name(name, _LONGEST_TEXT if unit == "text" else _LONGEST_NAME)
        )
        return self._record(name, unit, shown, statement, source)

    def flag(self, value: bool, statement: str, source: str) -> Reference:
        """Record a truth value."""
        return self._record(value, None, "yes" if value else "no", statement, source)

    def say(self, sentence: str) -> None:
        """Add a sentence; every number, time, series and model in it must be a reference."""
        self.sentences.append(sentence)


def _plain(value: float) -> float | int:
    return int(value) if not isinstance(value, bool) and float(value).is_integer() and abs(value) < 2**53 else float(value)


def clean_name(name: str, longest: int = _LONGEST_NAME) -> str:
    """A name fit for Markdown: no control or bidirectional characters, no backticks, at most `longest` characters."""
    # Neither a link nor an image may come out of a name or a message that holds a user's words.
    name = name.replace("](", "] (").replace("://", ": //").replace("![", "! [")
    kept = "".join(c for c in name if c.isprintable() and c not in "`<>{}\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
    return kept[:longest].strip() or "unnamed"


def render(sentence: str, facts: dict[str, Fact]) -> str:
    """Put the facts' texts in place of their references; an unknown reference raises KeyError."""
    return REFERENCE.sub(lambda match: facts[match.group(1)].text, sentence)
