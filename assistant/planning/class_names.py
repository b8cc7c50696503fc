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
_END = r"(?=\s*(?:$|[?!;]|[.,](?!\d)|(?:or|and)\b(?! (?:more|less|higher|lower|above|below|up|over|under)\b)))"
# What a question of classes and nothing else may say beside them.
FILLERS = frozenset(
    (  # noqa: SIM905
        "and now only just what about how also then ok okay please or for show me tell the of is are was were them these "
        "those classify label instead with in to it that this do does be class classes a an can you could again but"
    ).split()
)
_WHETHER = frozenset(
    (  # noqa: SIM905
        "all any some every each everything there really either both not they he she one ones case cases row rows recording "
        "recordings if whether i know think say labelled labeled classified called named here so"
    ).split()
)


def named_class(text: str, context: PlanningContext) -> str | None:
    """The longest class that a question names; a number only as a class's."""
    return next(iter(_classes(text, context, rf"\b{_CLASS} {{}}")), None)


def supposed_class(text: str, context: PlanningContext) -> str | None:
    """The one class that a question about chosen cases takes them for: "is row 3 walking?"; None for a choice of several.

    text: without the cases themselves.
    """
    found = [name for name in _classes(text, context, rf"\b{_TOLD} {{}}{_END}") if name.lower() not in _JUDGEMENTS]
    return found[0] if len(found) == 1 else None


def only_asks_of_classes(text: str, context: PlanningContext) -> bool:
    """Whether a question asks about nothing but classes that it names: "is it walking or running?", not "is it going up?"."""
    rest = text
    found = _classes(text, context, rf"\b{_TOLD} {{}}{_END}")
    for name in found:
        rest = re.sub(rf"(?<![\w-]){re.escape(name.lower())}(?![\w-])", " ", rest)
    return bool(found) and set(re.findall(r"\w+", rest)) <= FILLERS | _WHETHER


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
