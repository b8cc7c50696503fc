"""What a user's words mean as the reply to a confirmation."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from assistant.data.series import CLASS_COLUMN, ReadOptions
from assistant.errors import BadRequest
from assistant.events import Confirmation

_YES = re.compile(
    r"\s*(?:y|yes|yep|yeah|sure|ok|okay|go|go ahead|do it|please do|confirm|continue)\b[.! ]*(?:please)?[.! ]*", re.I
)
_NO = re.compile(r"\s*(?:n|no|nope|stop|cancel|don'?t|leave it|never ?mind)\b.{0,20}", re.I)


def reply_in(words: str, confirmation: Confirmation) -> str | None:
    """The reply to a confirmation that the words contain: one of its choices, a yes or a no; None if they are something else."""
    for choice in confirmation.choices:
        if words.strip().casefold() == choice.casefold():
            return choice
    if _NO.fullmatch(words):
        return "no"
    if confirmation.action.startswith("read:"):
        found = [choice for choice in confirmation.choices if choice.casefold() in words.casefold()]
        if len(found) == 1:
            return found[0]
        return confirmation.choices[0] if _YES.fullmatch(words) else None
    return "yes" if _YES.fullmatch(words) else None


def chosen_options(options: ReadOptions, what: str, choice: str) -> ReadOptions:
    """Read options with one guess overruled by the user's choice. Raises BadRequest for a guess that cannot be overruled."""
    if what == "day or month first":
        return replace(options, day_first=choice.casefold().startswith("day") or choice.casefold() == "yes")
    fields = {
        "time column": "time_column",
        "frequency": "frequency",
        "sheet": "sheet",
        "delimiter": "delimiter",
        "series names": "series_column",
        CLASS_COLUMN: "label",
    }
    if what == "decimal mark" and (choice in (".", ",") or choice.startswith(("comma", "point"))):
        return replace(options, decimal="," if choice.startswith((",", "comma")) else ".")
    if what == "missing marks":
        return replace(options, keep_sentinels=choice == "values")
    if what == "totals":
        return replace(options, keep_totals=choice == "series")
    if what == "value columns":
        return replace(options, value_columns=tuple(part.strip() for part in choice.split(",")))
    if what in fields:
        values: dict[str, Any] = {fields[what]: choice}
        return replace(options, **values)
    raise BadRequest(f"The guess about {what!r} cannot be overruled. Change the file, or name the columns to use.")
