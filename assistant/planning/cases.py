"""Questions that ask of which class something is, though none of them says "class": in words of its kind, or of the classes."""

from __future__ import annotations

import re
from collections.abc import Iterable

from assistant.plan import PlanningContext
from assistant.planning.intents import Intent, fired
from assistant.planning.slots import read_statistics

_KIND = (
    r"(?:activit(?:y|ies)|(?:hand )?gestures?|movement|motion|digits?|handwritten (?:letters?|characters?|numbers?)|"
    r"hand signals?|heart ?beats?|exercises?)"
)
_SOMEONE = (
    r"(?:he|she|they|i|we|this|these|that|those|"
    r"(?:the |this |that |these )?(?:\w+ )?(?:person|people|wearer|subject|user|man|woman))"
)
_SUBJECT = r"\b(?:this|that|it|these|those|they|he|she|i|case|recording|person|people|wearer|subject|user|patient)\b"
_KIND_ASKED = re.compile(
    rf"\b(?:which|what)(?: (?:kind|type|sort) of)? {_KIND} (?:is|are|was|were|am|do|does|did|has|have)\b|"
    rf"\b(?:recogni[sz]e|identify|guess|name|determine|tell me) (?:(?:the|this|that|these|its|their|which|what) )?{_KIND}\b|"
    rf"\bwhat (?:is|are|was|were|am) {_SOMEONE} doing\b"
)
# Letters that a class's name and a word of the question share from their beginning: "epileptic" for EPILEPSY.
_SHARED, _SHARED_PART = 4, 0.6


def asks_kind(text: str, classes: Iterable[str]) -> bool:
    """Whether a question, in lower case, asks of which class something is: "what activity is this", "is she walking?".

    classes: names of those that trained classifiers know.
    """
    if _KIND_ASKED.search(text):
        return True
    if not re.match(r"(?:is|are|was|were|am|do|does|did)\b", text) or not re.search(_SUBJECT, text):
        return False
    words = re.findall(r"[^\W\d_]+", text)
    return any(_names(name.lower(), words) for name in classes)


def _names(name: str, words: list[str]) -> bool:
    """Whether all words of a class's name occur, each at least by its beginning."""
    parts = re.findall(r"[^\W\d_]+", name)
    return bool(parts) and all(any(_alike(part, word) for word in words) for part in parts) and max(map(len, parts)) >= _SHARED


def _alike(part: str, word: str) -> bool:
    least = max(_SHARED, round(_SHARED_PART * len(part)))
    return part == word or (len(part) >= _SHARED and part[:least] == word[:least])


def about_cases(text: str, context: PlanningContext) -> Intent | None:
    """Whether a question points at unnamed cases to be labelled ("which gesture is this"), with a labelled table or a trained
    classifier about."""
    if not (context.labelled_files or context.models):
        return None
    told = fired(text) or read_statistics(text).found
    if not told and asks_kind(text, context.classes):
        return "classify"
    pointed = re.search(
        r"\b(?:which|what) (?!series|file|column|is\b|are\b|was\b|else\b)\w+ (?:is|are|was|were|do|"
        r"does) (?:this|that|these|those|it|they|each|"
        r"every|all|the (?:new|other|unlabell?ed|unknown)|my)\b|\b(?:label|name|tag|sort|identify) (?:them|it|"
        r"this|these|those|all|each|every)\b",
        text,
    )
    if re.search(r"\btell(?:ing)? .{0,30}\bapart\b", text) and context.labelled_files:
        return "train"
    # A class is always given with what decided it.
    if re.search(
        r"\b(?:why|what made|how come)\b.{0,60}\b(?:(?:of|in) (?:that|this|the same|its) class|classified|labelled|"
        r"you (?:label|classify|name|call))\b",
        text,
    ):
        return "classify"
    return "classify" if pointed is not None and not told else None
