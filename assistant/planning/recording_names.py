"""Recordings that a question calls by their names, told as the rows that they are, so that it reads like one of any table."""

from __future__ import annotations

import re

from assistant.errors import BadRequest
from assistant.plan import PlanningContext
from assistant.planning.case_choice import ONE_CASE
from assistant.planning.wording import normalise

# "Rec 3 to 5" and "rec 3 and 5" name more recordings than "rec 3" does.
_GOES_ON = re.compile(r" ?(?:-|to|through|till|until|up to|,|and|or) ?#?\d+\b")


def with_recordings_told(text: str, context: PlanningContext) -> str:
    """The normalised question, in which "anna_04" is "row 5".

    A name with a letter and a digit is known by itself; another one, and one that is a class's, a model's, a series' or a file's
    too, only in quotes or after a word like "recording". Raises BadRequest for a list that goes on in bare numbers.
    """
    series = (one.name for one in context.series)
    ordinary = {name.lower() for name in (*context.classes, *context.models, *series, *context.files)}
    for number, name in sorted(zip(context.case_numbers, context.recordings, strict=True), key=lambda pair: -len(pair[1])):
        plain = normalise(name)
        if plain not in text:
            continue
        own = plain not in ordinary and re.search(r"[^\W\d_]", plain) and re.search(r"\d", plain)
        before = rf"(?:\b{ONE_CASE} (?:called )?)" + ("?" if own else "")
        said = rf"{before}(?<![\w./-]){re.escape(plain)}(?![\w-]|\.\w|[.,]\d)"
        quoted = rf"(?:\b{ONE_CASE} (?:called )?)?([\"'`]){re.escape(plain)}\1"
        for match in reversed(list(re.finditer(f"{quoted}|{said}", text))):
            going_on = _GOES_ON.match(text, match.end())
            if going_on is not None:
                more = going_on.group().strip()
                raise BadRequest(f"I read the recording “{name}”, and not what “{more}” means. Name each recording whole.")
            text = f"{text[: match.start()]}row {number}{text[match.end() :]}"
    return text
