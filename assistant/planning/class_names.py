"""Which classes of trained classifiers a question names."""

from __future__ import annotations

import re

from assistant.plan import PlanningContext
from assistant.planning.wording import blank

# "Is row 3 right?" asks whether its class is.
_JUDGEMENTS = frozenset(("right", "wrong", "correct", "true", "false", "sure", "unsure", "certain", "unclear", "odd", "strange"))
_CLASS = r"(?:class|label)"
# A number is a class only where it is told as one, and at the end of what is said.
_TOLD = r"(?:class|label|digit|an?|(?:labell?ed|classified|called|named)(?: as)?(?: an?)?)"
_END = r"(?=\s*(?:$|[?.!,;]|or\b|and\b))"


def named_class(text: str, context: PlanningContext) -> str | None:
    """The longest class that a question names; a number only as a class's."""
    return next(iter(_classes(text, context, rf"\b{_CLASS} {{}}")), None)


def supposed_class(text: str, context: PlanningContext) -> str | None:
    """The one class that a question about chosen cases takes them for: "is row 3 walking?"; None for a choice of several.

    text: without the cases themselves.
    """
    found = [name for name in _classes(text, context, rf"\b{_TOLD} {{}}{_END}") if name.lower() not in _JUDGEMENTS]
    return found[0] if len(found) == 1 else None


def _classes(text: str, context: PlanningContext, number: str) -> list[str]:
    """The classes that a text names, the longest first, each in words that no longer one has. number: how one that is a number is
    told, with {} in its place."""
    found = []
    for name in sorted(context.classes, key=len, reverse=True):
        word = rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])"
        match = re.search(number.format(word) if name.isdigit() else word, text)
        if match is not None:
            found.append(name)
            text = blank(text, *match.span())
    return found
