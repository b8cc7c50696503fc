"""The verifier: a sentence passes only when every number, date, series and model in it resolves to a fact.

Sentences refer to facts by id (`{s0.3}`); whatever else they contain is checked word by word. The agents' own templates and a
language model's free text take the same road; free text (`strict`) is checked further for causes nobody computed, labels that
do not fit the cited fact, proper names, and yes/no claims that contradict a fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from assistant.events import Removed, Sentence
from assistant.facts import REFERENCE, Fact, render
from assistant.vocabulary import (
    CAUSES,
    CLAIMS,
    GLOSSARY,
    LOOSE_QUANTITIES,
    MEASURES,
    MODEL_PATTERN,
    MODEL_WORDS,
    MONTHS,
    NUMBER_WORDS,
    WEEKDAYS,
)

_NUMBER = re.compile(r"(?<![\w.])[+\-−]?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+|(?=\.\d))(?:\.\d+)?(?:[eE][+\-]?\d+)?(?:\s?%)?")
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})(?:-(\d{2}))?(?:[T ]\d{2}:\d{2}(?::\d{2})?)?\b")
_CLOCK = re.compile(r"\b([01]?\d|2[0-3]):([0-5]\d)\b")
_MONTH_WORD = "|".join(MONTHS) + "|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept|Sep|Oct|Nov|Dec"
_DATE = re.compile(
    rf"\b(?:(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>{_MONTH_WORD})\b\.?"
    r"(?:\s+(?P<d2>\d{1,2})(?:st|nd|rd|th)?(?!\d)(?!:))?(?:,?\s+(?P<year>\d{4}))?"
)
_QUARTER = re.compile(r"\bQ([1-4])(?:\s+(?:of\s+)?(\d{4}))?\b")
_WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})s?\b")
_CODE = re.compile(r"`([^`]*)`")
_NUMBER_WORD = re.compile(rf"\b({'|'.join(NUMBER_WORDS)})\b", re.IGNORECASE)
_IDIOM_ONE = re.compile(r"\bone\s+(?:of|another|or|can|may|should|would|more|that|which|thing)\b", re.IGNORECASE)
_ODD_NAME = re.compile(
    r"\b(?:[A-Za-z]+(?:_[A-Za-z0-9]+)+|[A-Z][a-z0-9]+(?:[A-Z][A-Za-z0-9]*)+(?:-\d+)?|[A-Za-z]+-?\d[\w-]*|[A-Z]{2,}[\w-]*)\b"
)
_PROPER = re.compile(r"(?<![.!?:]\s)(?<!^)(?<![\"“(*\-#]\s)(?<=\s)([A-Z][a-z]{2,})\b")
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“(`{*]*[A-Z{`])")


@dataclass(frozen=True)
class Verified:
    """What passed and what was taken out, in order. An empty sentence text marks a paragraph break."""

    sentences: tuple[Sentence, ...]
    removed: tuple[Removed, ...]


@dataclass(frozen=True)
class _Support:
    """What a set of facts can support, prepared once an answer."""

    by_id: dict[str, Fact]
    numbers: tuple[tuple[float, Fact], ...]
    moments: tuple[tuple[pd.Timestamp, Fact], ...]
    names: frozenset[str]
    models: frozenset[str]
    texts: str

    @classmethod
    def of(cls, facts: Iterable[Fact]) -> _Support:
        facts = tuple(facts)
        numbers = [(float(f.value), f) for f in facts if isinstance(f.value, int | float) and not isinstance(f.value, bool)]
        moments = []
        for fact in facts:
            if fact.unit == "time" and isinstance(fact.value, str):
                moment = pd.to_datetime(fact.value, errors="coerce")
                if not pd.isna(moment):
                    moments.append((moment, fact))
        names = {str(f.value).casefold() for f in facts if f.unit in ("series", "text")}
        names |= {f.text.strip("`").casefold() for f in facts if f.unit in ("series", "text")}
        models = {str(f.value).casefold() for f in facts if f.unit == "model"}
        words = " ".join(f.text for f in facts if f.unit in ("text", "series", "model", "time"))
        return cls({f.id: f for f in facts}, tuple(numbers), tuple(moments), frozenset(names), frozenset(models), words)


def split_sentences(text: str) -> list[str]:
    """A text as sentences; list items keep their "- ", blank lines become "" (paragraph breaks)."""
    pieces: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if not stripped:
            if pieces and pieces[-1]:
                pieces.append("")
            continue
        item = re.match(r"(?:[-*•]|\d+[.)])\s+(?=\S)", stripped)
        body = stripped[item.end() :] if item else stripped.lstrip("# ")
        parts = [part for part in _SENTENCE_END.split(body) if part]
        pieces.extend(("- " if item and index == 0 else "") + part for index, part in enumerate(parts))
    while pieces and not pieces[-1]:
        pieces.pop()
    return pieces


def verify(sentences: Sequence[str], facts: Sequence[Fact], *, strict: bool = False) -> Verified:
    """Keep the sentences whose every number, date and name resolves to a fact; render their references.

    strict: for text that a language model wrote (see the module's docstring).
    """
    support = _Support.of(facts)
    kept: list[Sentence] = []
    removed: list[Removed] = []
    for sentence in sentences:
        if not sentence.strip():
            if kept and kept[-1].text:
                kept.append(Sentence(text=""))
            continue
        reason, cited = _check(sentence, support, strict)
        shown = REFERENCE.sub(lambda m: support.by_id[m.group(1)].text if m.group(1) in support.by_id else "[?]", sentence)
        if reason:
            removed.append(Removed(text=shown, reason=reason))
        else:
            kept.append(Sentence(text=render(sentence, support.by_id), facts=tuple(dict.fromkeys(f.id for f in cited))))
    while kept and not kept[-1].text:
        kept.pop()
    return Verified(tuple(kept), tuple(removed))


def unsupported_numbers(text: str, facts: Sequence[Fact]) -> list[str]:
    """Numbers in a rendered text that no fact's text or value supports: the last line of defence, and the tests' yardstick."""
    support = _Support.of(facts)
    for shown in sorted({f.text for f in facts}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.,]){re.escape(shown)}(?![\w])", " ", text) if shown else text
    return [m.group(0) for m in _NUMBER.finditer(text) if not _number_facts(m.group(0), support)]


def _check(sentence: str, support: _Support, strict: bool) -> tuple[str | None, list[Fact]]:
    """Why a sentence must go (None: it may stay), and the facts it rests on."""
    cited: list[Fact] = []
    for match in REFERENCE.finditer(sentence):
        fact = support.by_id.get(match.group(1))
        if fact is None:
            return f"it refers to {match.group(0)}, which is not a fact", cited
        cited.append(fact)
    words = literal = REFERENCE.sub(" ", sentence)
    for check in (_check_code, _check_dates, _check_times, _check_models, _check_odd_names, _check_numbers):
        reason, literal, found = check(literal, support)
        if reason:
            return reason, cited
        cited.extend(found)
    if strict:
        return _check_free_text(sentence, words, literal, cited, support), cited
    return None, cited


_Checked = tuple[str | None, str, list[Fact]]


def _check_code(literal: str, support: _Support) -> _Checked:
    for name in _CODE.findall(literal):
        if name.casefold() not in support.names | support.models:
            return f"`{name}` is not a series or model that a fact names", literal, []
    return None, _CODE.sub(" ", literal), []


def _check_dates(literal: str, support: _Support) -> _Checked:
    found: list[Fact] = []

    def supported(year: int | None, month: int | None, day: int | None, quarter: int | None = None) -> bool:
        for moment, fact in support.moments:
            if (
                (year is None or moment.year == year)
                and (month is None or moment.month == month)
                and (day is None or moment.day == day)
                and (quarter is None or moment.quarter == quarter)
            ):
                found.append(fact)
                return True
        return False

    for match in _ISO_DATE.finditer(literal):
        if not supported(int(match[1]), int(match[2]), int(match[3]) if match[3] else None):
            return f"no fact holds the date {match[0]}", literal, found
    literal = _ISO_DATE.sub(" ", literal)
    for match in _DATE.finditer(literal):
        day, year = match["d1"] or match["d2"], match["year"]
        month = next(i for i, name in enumerate(MONTHS, 1) if name.startswith(match["month"][:3]))
        if match["month"] == "May" and not day and not year and (match.start() == 0 or literal[match.end() :].startswith(" be")):
            continue
        named = not day and not year and re.search(rf"\b{MONTHS[month - 1]}\b", support.texts)
        if not named and not supported(int(year) if year else None, month, int(day) if day else None):
            return f"no fact holds the date {match[0].strip()}", literal, found
    literal = _DATE.sub(" ", literal)
    for match in _QUARTER.finditer(literal):
        if match[0] not in support.texts and not supported(int(match[2]) if match[2] else None, None, None, int(match[1])):
            return f"no fact holds {match[0]}", literal, found
    return None, _QUARTER.sub(" ", literal), found


def _check_times(literal: str, support: _Support) -> _Checked:
    for match in _WEEKDAY.finditer(literal):
        if match[1] not in support.texts and not any(m.day_name() == match[1] for m, _ in support.moments):
            return f"no fact names {match[0]}", literal, []
    for match in _CLOCK.finditer(literal):
        if not any((m.hour, m.minute) == (int(match[1]), int(match[2])) for m, _ in support.moments):
            return f"no fact holds the time {match[0]}", literal, []
    return None, _CLOCK.sub(" ", _WEEKDAY.sub(" ", literal)), []


def _check_models(literal: str, support: _Support) -> _Checked:
    for match in MODEL_PATTERN.finditer(literal):
        if match[0][0].islower() and match[0].casefold() in {
            "theta",
            "drift",
            "transformer",
            "rocket",
            "hydra",
            "calf",
            "prophet",
        }:
            known = MODEL_WORDS[match[0].casefold()] in support.models
            if not known and not re.search(r"\b(?:model|method|forecast)\w*\b", literal, re.IGNORECASE):
                continue  # an ordinary word, not a model's name
        if MODEL_WORDS[match[0].casefold()] not in support.models:
            return f"no fact names the model {match[0]}", literal, []
    return None, MODEL_PATTERN.sub(" ", literal), []


def _check_odd_names(literal: str, support: _Support) -> _Checked:
    for match in _ODD_NAME.finditer(literal):
        word = match[0]
        if word in GLOSSARY or word.upper() in GLOSSARY or word.casefold() in support.names | support.models:
            continue
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", support.texts, re.IGNORECASE):
            continue
        return f"no fact names {word}", literal, []
    return None, _ODD_NAME.sub(" ", literal), []


def _number_facts(token: str, support: _Support) -> list[Fact]:
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
        step *= 10.0 ** int(body.lower().split("e")[1])
    matches = []
    for value, fact in support.numbers:
        # A whole number must be meant exactly: "12" does not vouch for 12.4, but "12.4" does for 12.41.
        tolerance = step if decimals else (step if abs(value) >= 100 else 1e-9)
        if abs(value - written) <= tolerance or (not decimals and body == fact.text.split(" ")[0].replace(",", "").rstrip("%")):
            if percent and fact.unit != "%":
                continue
            matches.append(fact)
    if not matches and not percent and "." not in body and len(body.lstrip("-")) == 4:
        matches = [fact for moment, fact in support.moments if moment.year == written]
    return matches


def _check_numbers(literal: str, support: _Support) -> _Checked:
    found: list[Fact] = []
    for match in _NUMBER.finditer(literal):
        token = match.group(0).strip()
        if not any(c.isdigit() for c in token):
            continue
        facts = _number_facts(token, support)
        if not facts:
            return f"no fact holds the number {token}", literal, found
        found.extend(facts[:1])
    return None, _NUMBER.sub(" ", literal), found


def _check_free_text(sentence: str, words: str, literal: str, cited: list[Fact], support: _Support) -> str | None:
    """words: the sentence without its references; literal: the same less what the earlier checks accepted."""
    if match := CAUSES.search(literal):
        return f"it claims a cause (“{match[0]}”), and no fact does"
    if match := LOOSE_QUANTITIES.search(literal):
        return f"no fact holds the quantity “{match[0]}”"
    for match in _NUMBER_WORD.finditer(_IDIOM_ONE.sub(" ", literal)):
        wanted = NUMBER_WORDS[match[0].lower()]
        if not any(value == wanted for value, _ in support.numbers):
            return f"no fact holds the number {match[0]}"
    for match in _PROPER.finditer(literal):
        if match[1] not in GLOSSARY and not re.search(rf"\b{re.escape(match[1])}\b", support.texts, re.IGNORECASE):
            return f"no fact names {match[1]}"
    return _mislabelled(sentence, words, cited, support) or _contradicted(sentence, cited, support)


def _mislabelled(sentence: str, words: str, cited: list[Fact], support: _Support) -> str | None:
    """A true number under a false label: the measure, model or series in the words is not that of the cited fact."""
    numeric = [f for f in cited if isinstance(f.value, int | float) and not isinstance(f.value, bool)]
    if numeric:
        for name, pattern in MEASURES.items():
            if pattern.search(words) and not any(pattern.search(f"{f.statement} {f.source}") for f in numeric):
                return f"it speaks of the {name}, and the facts it cites do not"
    for kind, pattern in MEASURES.items():
        bare = [f for f in numeric if pattern.search(f.statement)]
        if kind in {"mase", "smape", "wql", "coverage", "accuracy"} and bare and not pattern.search(words):
            return f"it shows a {kind} without calling it so"
    shown = REFERENCE.sub(lambda m: support.by_id[m.group(1)].text, sentence).casefold()
    for unit in ("model", "series"):
        names = {str(f.value).casefold() for f in support.by_id.values() if f.unit == unit}
        said = {n for n in names if re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", shown)}
        if unit == "model":
            said |= {MODEL_WORDS[m[0].casefold()] for m in MODEL_PATTERN.finditer(shown)} & names
        for fact in numeric:
            owners = {n for n in names if re.search(rf"(?<![\w-]){re.escape(n)}(?![\w-])", fact.statement.casefold())}
            if said and owners and not (said & owners):
                return f"it gives {sorted(said)[0]} a number that belongs to {sorted(owners)[0]}"
    return None


def _contradicted(sentence: str, cited: list[Fact], support: _Support) -> str | None:
    """A yes/no claim in words against the truth value that was computed."""
    shown = REFERENCE.sub(lambda m: support.by_id[m.group(1)].text, sentence)
    named = {f.value for f in cited if f.unit == "series"} | {
        str(f.value) for f in support.by_id.values() if f.unit == "series" and str(f.value).casefold() in shown.casefold()
    }
    for claim in CLAIMS:
        deciding = [f for f in support.by_id.values() if f.source.endswith(claim.topic) and isinstance(f.value, bool)]
        about = [f for f in deciding if any(str(name) in f.statement for name in named)] or deciding
        said = shown if claim.topic == "beats_seasonal_naive" else MODEL_PATTERN.sub(" ", shown)
        denies = bool(claim.denies.search(said))
        affirms = bool(claim.affirms.search(said)) and not denies
        if not (affirms or denies):
            continue
        if claim.topic == "trend_up" and not about:
            continue  # words of movement are also used for forecasts and spans; only a computed trend can contradict them
        if not about:
            return f"it makes a claim ({claim.topic.replace('_', ' ')}) that no fact decides"
        if not any(f.value is affirms for f in about):
            return f"it contradicts the fact “{about[0].statement}”"
    return None
