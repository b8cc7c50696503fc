"""The verifier: a sentence passes only when every number, date, series and model in it resolves to a fact.

Sentences refer to facts by id (`{s0.3}`); whatever else they contain is checked word by word. The agents' own templates and a
language model's free text take the same road; free text (`strict`) is checked further for causes nobody computed, labels that
do not fit the cited fact, proper names, and yes/no claims that contradict a fact.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from assistant.claims_in_words import contradicted, mislabelled
from assistant.events import Removed, Sentence
from assistant.facts import REFERENCE, Fact, render
from assistant.free_text import clean, fault, plain, says_rounded, surface_fault
from assistant.support import NUMBER, Support, exact_number_facts, number_facts, stems
from assistant.times_in_words import Checked, check_dates, check_times
from assistant.vocabulary import FALLING, GLOSSARY, MODEL_PATTERN, MODEL_WORDS

_CODE = re.compile(r"`([^`]*)`")
_ODD_NAME = re.compile(
    r"\b(?:[A-Za-z]+(?:_[A-Za-z0-9]+)+|[A-Z][a-z0-9]+[A-Z][A-Za-z0-9]*(?:-\d+)?|[A-Za-z]+-?\d[\w-]*|[A-Z]{2,}[\w-]*)\b"
)
_SENTENCE_END = re.compile(r"(?<=[.!?])\s+(?=[\"“(`{*]*[A-Z{`])")


@dataclass(frozen=True)
class Verified:
    """What passed and what was taken out, in order. An empty sentence text marks a paragraph break."""

    sentences: tuple[Sentence, ...]
    removed: tuple[Removed, ...]


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
    support = Support.of(facts)
    kept: list[Sentence] = []
    removed: list[Removed] = []
    for sentence in sentences:
        if not sentence.strip():
            if kept and kept[-1].text:
                kept.append(Sentence(text=""))
            continue
        cited: list[Fact] = []
        reason = surface_fault(sentence) if strict else None
        if strict:
            sentence = clean(sentence)
        if not reason:
            reason, cited = _check(plain(sentence) if strict else sentence, support, strict)
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
    support = Support.of(facts)
    for shown in sorted({f.text for f in facts}, key=len, reverse=True):
        text = re.sub(rf"(?<![\w.,]){re.escape(shown)}(?![\w])", " ", text) if shown else text
    return [m.group(0) for m in NUMBER.finditer(text) if not number_facts(m.group(0), support)]


def _check(sentence: str, support: Support, strict: bool) -> tuple[str | None, list[Fact]]:
    """Why a sentence must go (None: it may stay), and the facts it rests on."""
    cited: list[Fact] = []
    for match in REFERENCE.finditer(sentence):
        fact = support.by_id.get(match.group(1))
        if fact is None:
            return f"it refers to {match.group(0)}, which is not a fact", cited
        cited.append(fact)
    literal = REFERENCE.sub(" ", sentence)
    for check in (_check_code, check_dates, check_times, _check_models, _check_odd_names):
        reason, literal, found = check(literal, support)
        if reason:
            return reason, cited
        cited.extend(_nearest_first(found, sentence)[:1] if strict and found else found)
    reason, literal, found = _check_numbers(literal, support, sentence, strict=strict)
    cited.extend(found)
    if strict and not reason:
        reason = (
            fault(sentence, cited, support) or mislabelled(sentence, cited, support) or contradicted(sentence, cited, support)
        )
    return reason, cited


def _nearest_first(facts: list[Fact], sentence: str) -> list[Fact]:
    """Of facts that a number may stand for, those whose statement shares most words with the sentence first."""
    said = set(stems(sentence))
    return sorted(facts, key=lambda fact: -len(said & set(stems(fact.statement))))


def _check_code(literal: str, support: Support) -> Checked:
    for name in _CODE.findall(literal):
        if name.casefold() not in support.names | support.models:
            return f"`{name}` is not a series or model that a fact names", literal, []
    return None, _CODE.sub(" ", literal), []


def _check_models(literal: str, support: Support) -> Checked:
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


def _check_odd_names(literal: str, support: Support) -> Checked:
    for match in _ODD_NAME.finditer(literal):
        word = match[0]
        if word in GLOSSARY or word.upper() in GLOSSARY or word.casefold() in support.names | support.models:
            continue
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", support.texts, re.IGNORECASE):
            continue
        return f"no fact names {word}", literal, []
    return None, _ODD_NAME.sub(" ", literal), []


def _check_numbers(literal: str, support: Support, sentence: str, *, strict: bool) -> Checked:
    found: list[Fact] = []
    falling = bool(FALLING.search(literal))
    for match in NUMBER.finditer(literal):
        token = match.group(0).strip()
        if not any(c.isdigit() for c in token):
            continue
        facts = number_facts(token, support)
        if strict and not facts:
            facts = exact_number_facts(token, support, rounded=says_rounded(literal[: match.start()]), falling=falling)
        if not facts:
            return f"no fact holds the number {token}", literal, found
        found.extend(_nearest_first(facts, sentence)[:1])
    return None, NUMBER.sub(" ", literal), found
