"""Which cases of a table a question is about: "row 2", "cases 3 to 5 and 9", "the first five", "the last one"."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from assistant.errors import BadRequest
from assistant.plan import MAX_CASES
from assistant.planning.rhythm import UNIT
from assistant.planning.wording import WORDS, blank, number

ONE_CASE = r"(?:cases?|rows?|recordings?|examples?|samples?|lines?|instances?|items?)"
_COUNT = rf"(?:\d{{1,6}}|{WORDS})"
_TO = r"(?: ?- ?| to | through | till | until | up to )"
_MANY = rf"{_COUNT}(?:(?:{_TO}|,? and |, ?|,? or )#?(?:{ONE_CASE} )?{_COUNT})*"
_LISTED = re.compile(rf"\b(?P<between>between )?{ONE_CASE}(?: numbers?| nos?\.?)? ?#?(?P<list>{_MANY})\b(?![.,]\d)")
_EXCEPT = re.compile(
    r"\b(?:except(?:ing)?|exclud(?:e|ing)|leav(?:e|ing) out|without|other than|apart from|besides|"
    r"(?:all|every\w*|any\w*|none) but)(?: for)?(?: the)? $"
)
_RANGE = re.compile(rf"({_COUNT})(?:{_TO}(?:{ONE_CASE} )?({_COUNT}))?")
_NTH = {"second": 2, "third": 3, "fourth": 4, "fifth": 5, "sixth": 6, "seventh": 7, "eighth": 8, "ninth": 9, "tenth": 10}
_ORDINAL = re.compile(rf"\b(?:(\d{{1,6}})(?:st|nd|rd|th)|({'|'.join(_NTH)})) {ONE_CASE}\b")
# "The first five days" are no cases, and "first.csv" is a file.
_END = re.compile(
    rf"\b(first|last)(?: ({_COUNT})\b(?: {ONE_CASE}\b|(?! ?(?:%|per ?cent\b|{UNIT}\b)))|"
    r" (?:case|row|recording|example|sample)\b)(?!\.\w)"
)


@dataclass(frozen=True)
class CaseChoice:
    """The cases that a question names, as in `ClassifierArgs`. rest: the question without them. left_out: it asks for all but
    these."""

    cases: tuple[int, ...]
    first: int | None
    last: int | None
    rest: str
    left_out: bool = False

    def arguments(self) -> dict[str, Any]:
        """What the choice sets of a `ClassifierArgs`. Raises BadRequest for all but some."""
        if self.left_out:
            raise BadRequest("I can take the cases that you name, and cannot leave some out. Name those you want: “rows 1 to 5”.")
        return {"cases": self.cases, "first": self.first, "last": self.last}

    @property
    def numbered(self) -> bool:
        """Whether cases are named by their numbers."""
        return bool(self.cases)


def read_choice(text: str) -> CaseChoice | None:
    """The cases that a question names, None where it names none. Raises BadRequest for more than are told at once, and for 0."""
    cases: list[int] = []
    ends: dict[str, int] = {}
    rest = text
    left_out = False
    for match in _LISTED.finditer(text):
        left_out = left_out or _EXCEPT.search(text[: match.start()]) is not None
        listed = match["list"]
        if match["between"] and re.fullmatch(rf"{_COUNT} and {_COUNT}", listed):
            listed = listed.replace(" and ", " to ")
        cases += [case for span in _RANGE.finditer(listed) for case in _numbers(span)]
        rest = blank(rest, *match.span())
    for match in _ORDINAL.finditer(rest):
        left_out = left_out or _EXCEPT.search(rest[: match.start()]) is not None
        cases.append(int(match[1]) if match[1] else _NTH[match[2]])
        rest = blank(rest, *match.span())
    for match in _END.finditer(rest):
        left_out = left_out or _EXCEPT.search(rest[: match.start()]) is not None
        ends[match[1]] = int(number(match[2])) if match[2] else 1
        rest = blank(rest, *match.span())
    if 0 in (*cases, *ends.values()):
        raise BadRequest("Cases are counted from 1, and you asked for 0. Ask for example about case 1.")
    if not cases and not ends:
        return None
    return CaseChoice(tuple(dict.fromkeys(_at_most(cases))), ends.get("first"), ends.get("last"), rest, left_out)


def _numbers(match: re.Match[str]) -> range:
    first = int(number(match[1]))
    last = int(number(match[2])) if match[2] else first
    return range(min(first, last), max(first, last) + 1)


def _at_most(cases: list[int]) -> list[int]:
    if len(cases) > MAX_CASES:
        raise BadRequest(f"I tell at most {MAX_CASES:,} cases at once, and you asked for {len(cases):,}. Ask for fewer of them.")
    return cases
