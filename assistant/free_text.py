"""Free text checked against facts: what templates never write, and what a language model might.

A sentence is cleaned of invisible characters and emphasis, every reference, date and number in it is put behind a mask, and what
stands around the masks has to fit the facts behind them. Where a rule is in doubt the sentence goes.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from assistant.facts import REFERENCE, Fact
from assistant.support import NUMBER, Support, exact_number_facts, is_number, stems
from assistant.times_in_words import loose_time, mask_times
from assistant.vocabulary import (
    CAUSES,
    FALLING,
    FOREIGN_WORDS,
    GLOSSARY,
    LOOSE_QUANTITIES,
    MODEL_WORDS,
    NUMBER_WORDS,
    OPENING_WORDS,
    PLAIN_WORDS,
    STRANGE_MODELS,
)

LONGEST_SENTENCE = 1_000
_FIRST_MASK = 0xE000
_MASK = "[\ue000-\uf8ff]"
_TIME_MASK = "\uf8ff"
_MARKUP = re.compile(r"\]\s*[(\[:]|://|\bwww\.|[<>\\]|&#|&\w+;|!\[|~~|\]\(")
_SYMBOLS = re.compile(r"[\^×÷±~|$€£¥#@+=_]|(?<=\W)/|/(?=\W)")
_BEFORE = re.compile(r"(?:^|[\s(\[“‘\"'—])[(“\"'—]?$")
_AFTER = re.compile(r"(?:['’]s\b)?(?:$|\s|[.,;:!?)\]”’\"'…—]+(?:$|\s|[)”\"]))")
_MINUS = re.compile(r"\b(?:minus|negative|plus)\s+$", re.IGNORECASE)
_ROUNDED = re.compile(r"\b(?:about|around|roughly|approximately|nearly|almost|some)\s+$", re.IGNORECASE)
_YEAR = re.compile(r"\b(?:in|of|since|to|until|till|during|from|by|and|before|after|between|through)\s+$", re.IGNORECASE)
_COUNTED_AFTER = re.compile(r"\s*[-/%]|\s+(?!(?:and|to|until|on|in|at|it|the|is|was)\b)[A-Za-z]")
_NUMBER_WORD = "|".join(sorted(NUMBER_WORDS, key=len, reverse=True))
_WORDED = re.compile(rf"\b(?:{_NUMBER_WORD})(?:(?:[\s-]+(?:and\s+)?)(?:{_NUMBER_WORD}))*\b", re.IGNORECASE)
_IDIOM_ONE = re.compile(
    r"\b(?:on|the|no|which|that|this)\s+(?:other\s+|plain\s+)?one\b|"
    r"\bchose\s+one\b|\bone\s+(?:of|another|or|can|may|should|would|more|that|which|thing|hand)\b",
    re.IGNORECASE,
)
_PROPER = re.compile(r"(?<=[^\W_])[,;]?\s+([A-Z][a-z]{2,})\b")
_COUNTED = frozenset(["value", "row", "observation", "point", "sample", "reading"])


@dataclass(frozen=True)
class _Masked:
    """A text whose references, names and dates are single characters; facts: what each character stands for.

    dated: the text with its dates and times still in it.
    """

    text: str
    facts: dict[str, Fact]
    dated: str


def clean(sentence: str) -> str:
    """The sentence without invisible characters."""
    return "".join(c for c in sentence if unicodedata.category(c) not in ("Cf", "Cc", "Co", "Cn", "Cs") or c in "\n\t")


def plain(sentence: str) -> str:
    """The sentence in compatibility form with one kind of space and no emphasis: what a reader takes from it."""
    text = unicodedata.normalize("NFKC", clean(sentence)).replace("*", "")
    text = re.sub(r"(?<![^\W_])_+|_+(?![^\W_])", "", text)
    return re.sub(r"\s+", " ", text).strip()


def says_rounded(before: str) -> bool:
    """Whether the words before a number say that it is rounded."""
    return bool(_ROUNDED.search(before))


def surface_fault(sentence: str) -> str | None:
    """Why a sentence is not even read: too long, markup, or numbers in signs that no rule knows. None: it is."""
    if len(sentence) > LONGEST_SENTENCE:
        return f"it is longer than {LONGEST_SENTENCE} characters"
    if match := _MARKUP.search(unicodedata.normalize("NFKC", sentence)):
        return f"it holds markup (“{match[0]}”)"
    for character in sentence:
        if (unicodedata.category(character) in ("Nd", "Nl", "No") and not ("0" <= character <= "9")) or character == "⁄":
            return f"it writes a number as “{character}”"
    return None


def fault(text: str, cited: list[Fact], support: Support) -> str | None:
    """Why a plain sentence must go (None: it may stay) by all rules but those of claims. cited: facts it rests on."""
    masked = _mask(text, support)
    words = masked.text
    if match := CAUSES.search(words):
        return f"it claims a cause (“{match[0]}”), and no fact does"
    if time := loose_time(masked.dated, support):
        return f"no fact holds the time {time}"
    if match := LOOSE_QUANTITIES.search(words):
        return f"no fact holds the quantity “{match[0]}”"
    return (
        _ill_fitting(masked)
        or _worded_numbers(words, support)
        or _written_numbers(words, support)
        or _strange_names(words, support)
        or _foreign(words, cited)
    )


def _mask(text: str, support: Support) -> _Masked:
    facts: dict[str, Fact] = {}

    def slot(fact: Fact) -> str:
        character = chr(_FIRST_MASK + len(facts))
        facts[character] = fact
        return character

    text = REFERENCE.sub(lambda match: slot(support.by_id[match[1]]), text)
    named = {f.text: f for f in support.by_id.values() if f.unit in ("series", "model")}
    named |= {str(f.value): f for f in support.by_id.values() if f.unit in ("series", "model")}
    for name in sorted(named, key=len, reverse=True):
        if not name or name.casefold() not in text.casefold():
            continue
        whole = rf"(?<![\w`-]){re.escape(name)}(?![\w`-])"
        text = re.sub(whole, lambda _, name=name: slot(named[name]), text, flags=re.IGNORECASE)  # type: ignore[misc]
    return _Masked(mask_times(text, _TIME_MASK), facts, text)


def _ill_fitting(masked: _Masked) -> str | None:
    """A reference that touches other text, or stands before a word that makes another quantity of it."""
    text = masked.text
    for match in re.finditer(_MASK, text):
        before, after = text[: match.start()], text[match.end() :]
        fact = masked.facts.get(match[0])
        if fact is None:
            continue
        if not _BEFORE.search(before.removeprefix("- ") if len(before) > 2 else before) or not _AFTER.match(after):
            return f"it writes something onto {fact.text}"
        if is_number(fact):
            if _MINUS.search(before) or (re.match(rf"\s+{_MASK}", after) and is_number(masked.facts.get(after.strip()[0], fact))):
                return f"it changes the value {fact.text}"
            if not _goes_with(after, fact, shown=True):
                return f"it gives {fact.text} another unit"
    if sign := _SYMBOLS.search(re.sub(r"\bp = ", "p ", text)):
        return f"it computes or marks up with “{sign[0]}”"
    return None


def _goes_with(after: str, fact: Fact, *, shown: bool) -> bool:
    """Whether the words after a number leave it the quantity that the fact holds. shown: the unit was written already."""
    unit = fact.unit or ""
    rest = after.lstrip(" ").removeprefix("-")
    if not shown and unit and unit != "%":
        if rest.casefold().startswith(unit.casefold()):
            rest = rest[len(unit) :]
        elif rest.casefold().startswith(unit.casefold().rstrip("s")):
            rest = rest[len(unit.rstrip("s")) :]
        if rest[:1].isalpha():
            return False
    if not shown and unit == "%" and (match := re.match(r"per ?cent\b", rest)):
        rest = rest[match.end() :]
    words = re.match(r"\s*((?:[^\W\d_\ue000-\uf8ff]+[ -]?){0,3})", rest)
    following = stems(words[1]) if words else []
    if not following or following[0] in PLAIN_WORDS:
        return True
    known = set(stems(f"{fact.statement} {fact.unit or ''}"))
    known |= _COUNTED if known & _COUNTED else set()
    return bool((known - PLAIN_WORDS) & set(following))


def _worded_numbers(text: str, support: Support) -> str | None:
    """Numbers in words, compounds read whole ("forty-two")."""
    for match in _WORDED.finditer(_IDIOM_ONE.sub(" ", text)):
        wanted = _value_of(match[0])
        facts = [f for value, f in support.numbers if value == wanted]
        rest = match.string[match.end() :]
        if not any(_goes_with(rest, fact, shown=False) for fact in facts):
            return f"no fact holds the number {match[0]}"
    if joined := re.search(rf"\b(?:{_NUMBER_WORD}){{2,}}\b", text, re.IGNORECASE):
        return f"no fact holds the number {joined[0]}"
    return None


def _value_of(words: str) -> float:
    total, current = 0.0, 0.0
    for word in re.findall(r"[a-z]+", words.lower()):
        if word == "and":
            continue
        value = NUMBER_WORDS[word]
        if word in ("hundred", "dozen"):
            current = (current or 1) * value
        elif value >= 1000:
            total, current = total + (current or 1) * value, 0.0
        else:
            current += value
    return total + current


def _written_numbers(text: str, support: Support) -> str | None:
    for match in NUMBER.finditer(text):
        token = match[0].strip()
        if not any(c.isdigit() for c in token):
            continue
        before, after = text[: match.start()], text[match.start() + len(match[0].rstrip()) :]
        dated = re.fullmatch(r"\d{4}", token) and _YEAR.search(before) and not _COUNTED_AFTER.match(after)
        if dated and any(moment.year == int(token) for moment, _ in support.moments):
            continue
        facts = exact_number_facts(token, support, rounded=says_rounded(before), falling=bool(FALLING.search(before[-60:])))
        if token.endswith("%") or not re.match(r"[^\W_]|[/–]|-\d", after):
            touching = not re.search(r"(?:^|[\s(\[“\"'—])$", before) or _MINUS.search(before)
            if not touching and any(_goes_with(after, f, shown=token.endswith("%")) for f in facts):
                continue
        return f"no fact holds the number {token} as it is written"
    return None


def _strange_names(text: str, support: Support) -> str | None:
    """Names that no fact holds: of models, and words with a capital, at a sentence's start too."""
    if match := STRANGE_MODELS.search(text):
        return f"no fact names {match[0]}"
    for match in _PROPER.finditer(text):
        if match[1] not in GLOSSARY and stems(match[1])[0] not in support.words:
            return f"no fact names {match[1]}"
    first = re.match(r"(?:- )?[\W_]*([^\W\d_]+)", text)
    if first and not re.match(rf"(?:- )?[\W_]*{_MASK}", text):
        stem = stems(first[1])[0]
        known = PLAIN_WORDS | OPENING_WORDS | support.words | frozenset(NUMBER_WORDS)
        if stem not in known and first[1].casefold() not in MODEL_WORDS:
            return f"no fact names {first[1]}"
    return None


def _foreign(text: str, cited: list[Fact]) -> str | None:
    words = re.findall(r"[^\W\d_\ue000-\uf8ff]+", text.casefold())
    if strange := next((word for word in words if not word.isascii() and word not in ("naïve",)), None):
        return f"it is not in English (“{strange}”)"
    if strange := next((word for word in words if word in FOREIGN_WORDS), None):
        return f"it is not in English (“{strange}”)"
    plain_ones = sum(word in PLAIN_WORDS or word.rstrip("s") in PLAIN_WORDS for word in words)
    if (len(words) >= 4 or not cited) and words and not plain_ones:
        return "it does not read as English"
    return None
