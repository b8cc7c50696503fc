"""Which cases of a table a question is about: "row 2", "cases 3 to 5 and 9", "the first five", "the last one"."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from assistant.errors import BadRequest
from assistant.plan import MAX_CASES
from assistant.planning.rhythm import UNIT
from assistant.planning.wording import WORDS, blank, number

_Named = TypeVar("_Named", int, str)
_ONE = r"(?:cases?|rows?|recordings?|examples?|samples?|lines?|instances?|items?)"
_SHORTEST_NAME = 4
_COUNT = rf"(?:\d{{1,6}}|{WORDS})"
_TO = r"(?: ?- ?| to | through | till | until | up to )"
_MANY = rf"{_COUNT}(?:(?:{_TO}|,? and |, ?|,? or )#?{_COUNT})*"
_LISTED = re.compile(rf"\b(?P<between>between )?{_ONE}(?: numbers?| nos?\.?)? ?#?(?P<list>{_MANY})\b(?![.,]\d)")
# "rec 3 to 5" names more than "rec 3".
_GOES_ON = r" ?(?:-|to|through|till|until|up to|,|and|or) ?\d"
_RANGE = re.compile(rf"({_COUNT})(?:{_TO}({_COUNT}))?")
_NTH = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_ORDINAL = re.compile(rf"\b(?:(\d{{1,6}})(?:st|nd|rd|th)|({'|'.join(_NTH)})) {_ONE}\b")
# "The first five days" are no cases, and "first.csv" is a file.
_END = re.compile(
    rf"\b(first|last)(?: ({_COUNT})\b(?: {_ONE}\b|(?! ?(?:%|per ?cent\b|{UNIT}\b)))|"
    r" (?:case|row|recording|example|sample)\b)(?!\.\w)"
)


@dataclass(frozen=True)
class CaseChoice:
    """The cases that a question names, as in `ClassifierArgs`. rest: the question without them."""

    cases: tuple[int, ...]
    recordings: tuple[str, ...]
    first: int | None
    last: int | None
    rest: str

    @property
    def update(self) -> dict[str, Any]:
        """The arguments that the choice sets."""
        return {"cases": self.cases, "recordings": self.recordings, "first": self.first, "last": self.last}

    @property
    def one_by_one(self) -> bool:
        """Whether cases are named by their numbers or names."""
        return bool(self.cases or self.recordings)


def read_choice(text: str, names: Sequence[str] = ()) -> CaseChoice | None:
    """The cases that a question names, None where it names none. names: what recordings are called.

    Raises BadRequest for more than are told at once, and for 0.
    """
    cases: list[int] = []
    ends: dict[str, int] = {}
    recordings, rest = _named(text, names)
    for match in _LISTED.finditer(rest):
        listed = match["list"]
        if match["between"] and re.fullmatch(rf"{_COUNT} and {_COUNT}", listed):
            listed = listed.replace(" and ", " to ")
        cases += [case for span in _RANGE.finditer(listed) for case in _numbers(span)]
        rest = blank(rest, *match.span())
    for match in _ORDINAL.finditer(rest):
        cases.append(int(match[1]) if match[1] else _NTH[match[2]])
        rest = blank(rest, *match.span())
    for match in _END.finditer(rest):
        ends[match[1]] = int(number(match[2])) if match[2] else 1
        rest = blank(rest, *match.span())
    if 0 in (*cases, *ends.values()):
        raise BadRequest("Cases are counted from 1, and you asked for 0. Ask for example about case 1.")
    if not cases and not ends and not recordings:
        return None
    return CaseChoice(_at_most(cases), _at_most(recordings), ends.get("first"), ends.get("last"), rest)


def _numbers(match: re.Match[str]) -> range:
    first = int(number(match[1]))
    last = int(number(match[2])) if match[2] else first
    return range(min(first, last), max(first, last) + 1)


def _named(text: str, names: Sequence[str]) -> tuple[tuple[str, ...], str]:
    """The recordings that a text names, in their own order, and the text without them; the longest name first, a short one only
    with a digit in it or after the word for one."""
    found = []
    lower = text.casefold()
    for name in sorted(names, key=len, reverse=True):
        if name.casefold() not in lower or not any(letter.isalpha() for letter in name):
            continue
        plain = len(name) < _SHORTEST_NAME and not any(letter.isdigit() for letter in name)
        before = rf"(?:\b{_ONE} )" if plain else rf"(?:\b{_ONE} )?"
        for match in re.finditer(rf"{before}(?<![\w-]){re.escape(name)}(?![\w-]|{_GOES_ON})", text, re.IGNORECASE):
            found.append(name)
            text = blank(text, *match.span())
    return tuple(name for name in names if name in found), text


def _at_most(cases: Sequence[_Named]) -> tuple[_Named, ...]:
    if len(cases) > MAX_CASES:
        raise BadRequest(f"I tell at most {MAX_CASES} cases at once, and you asked for {len(cases):,}. Ask for fewer of them.")
    return tuple(dict.fromkeys(cases))
