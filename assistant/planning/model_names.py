"""Which trained classifier a question names: its name has to be said as a model's, since files give models ordinary names."""

from __future__ import annotations

import re

from assistant.plan import PlanningContext
from assistant.planning.lexicon import COMMON_WORDS
from assistant.planning.wording import NUMBER

# "With first five rows" names no model "first".
_COUNTED = rf"(?! (?:{NUMBER}|cases?|rows?|recordings?|examples?|ones?)\b)"


def with_models_told(text: str, context: PlanningContext) -> str:
    """The question, in lower case, with quoted names of models told as such: in quotes a series is looked for."""
    series = {one.name.lower() for one in context.series}
    names = [re.escape(name.lower()) for name in context.models if name.lower() not in series]
    return re.sub(rf"([\"'`])({'|'.join(names)})\1", r"the model \2", text) if names else text


def trained_model(written: str, context: PlanningContext) -> str | None:
    """The trained classifier that a clause, in lower case, names; None where it names none."""
    # Models are called as the tables that they were trained on: of "classify first.csv" only the file is meant.
    for name in (*context.files, *context.labelled_files):
        written = written.replace(name.lower(), " ")
    ordinary = COMMON_WORDS | {name.lower() for name in context.classes}
    return next((name for name in context.models if _named(name.lower(), written, ordinary)), None)


def _named(name: str, written: str, ordinary: frozenset[str]) -> bool:
    word = rf"(?<![\w-]){re.escape(name)}(?![\w-])"
    if name not in ordinary and re.search(word, written):
        return True
    said = (
        r"\b(?:with|using|use|by|via|try|model|classifier)(?: (?:the|my))?(?: (?:model|classifier))?(?: called)? "
        rf"{word}{_COUNTED}|"
        rf"{word} (?:model|classifier)\b"
    )
    return re.search(said, written) is not None
