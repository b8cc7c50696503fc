"""Words for moves: from each value to the next, since a peak, and where one value stands among the others."""

from __future__ import annotations

import re
from typing import Literal

from assistant.errors import BadRequest
from assistant.planning.rhythm import UNIT
from assistant.planning.wording import SCALED, number

_LARGEST = r"(?:biggest|largest|greatest|steepest|sharpest|strongest|worst|best|highest|deepest|maximum|max|huge|most extreme)"
_MOVE_NOUNS = (
    r"(?:drops?|falls?|declines?|decreases?|loss(?:es)?|plunges?|crash(?:es)?|jumps?|rises?|increases?|gains?|climbs?|surges?|"
    r"moves?|movements?|changes?|swings?|steps?|differences?)"
)
_ONE_UNIT = (
    rf"(?:(?:one|1|a|single|consecutive|half)[- ]?)?(?:{UNIT}|daily|weekly|monthly|hourly|yearly|annual|quarterly|overnight|"
    r"(?:day|week|month|year|hour|quarter)[- ](?:to|on|over)[- ](?:day|week|month|year|hour|quarter))"
)
_FROM_ONE_TO_NEXT = (
    rf"(?:from (?:one |a |each )?{UNIT} to (?:the next|another|{UNIT})|\b{UNIT}[- ]to[- ]{UNIT}|"
    rf"between (?:two )?(?:consecutive|successive|neighbou?ring) (?:{UNIT}|values))"
)
STEP = (
    rf"\b{_LARGEST}(?:[- ](?:ever|recorded|single|sudden))?(?:[- ]{_ONE_UNIT})?[- ]{_MOVE_NOUNS}\b"
    r"(?! (?:between|from|in (?:the )?(?:level|mean|trend|variance|behaviou?r)))|"
    rf"\b(?:drop(?:ped)?|fell|fall|rose|rise|jump(?:ed)?|move[ds]?|change[ds]?|gain(?:ed)?|los[et]) (?:the )?most "
    rf"(?:in|within|on|over) (?:a|one) (?:single )?{UNIT}\b"
)
USUAL_STEP = (
    rf"\b(?:change|move|vary|varies|differ|swing|fluctuate|jump|rise|fall)\w*\b.{{0,40}}{_FROM_ONE_TO_NEXT}|"
    rf"{_FROM_ONE_TO_NEXT} (?:change|move|variation|difference|swing|fluctuation)s?\b|"
    rf"\b(?:usual|typical|average|mean|normal|median)(?: {_ONE_UNIT})? (?:moves?|swings?|steps?|changes?)\b"
)
PERCENT = r"\bper ?cent|%|\bpct\b"
_YEAR = re.compile(r"(?:1[5-9]|20|21)\d\d")
_FALL_NOUNS = r"\b(?:drop|fall|fell|declin|decreas|loss|los[et]|plung|crash)\w*"
_RISE_NOUNS = r"\b(?:jump|ris|rose|increas|gain|climb|surg|gr[eo]w)\w*"


def read_move(text: str) -> Literal["max", "min"] | None:
    """Which way a move goes that is asked for: a rise ("max"), a fall ("min"), or either."""
    falls, rises = re.search(_FALL_NOUNS, text) is not None, re.search(_RISE_NOUNS, text) is not None
    return None if falls == rises else "min" if falls else "max"


_BY_STEP = re.compile(
    rf"\b(?:mov|chang|fall|fell|drop|declin|ris|rose|jump|gain|los[et]|swing|climb|increas|decreas)\w*\b.{{0,40}}\b"
    rf"(?:in|within|from|over|on) (?:a|an|one|1|any|each)(?: single)? (?:{UNIT})\b|"
    rf"\b(?:daily|weekly|monthly|hourly|yearly|{_FROM_ONE_TO_NEXT}) {_MOVE_NOUNS}\b|\b{_MOVE_NOUNS} {_FROM_ONE_TO_NEXT}"
)
_IN_A_ROW = re.compile(
    r"\b(?:in a row|consecutive(?:ly)?|running|straight|without (?:a )?(?:break|interruption)|uninterrupted(?:ly)?)\b|"
    r"\blongest (?:run|streak|stretch|series|spell|time|period) of\b|\b(?:winning|losing) streak\b"
)


_MANY_STEPS = re.compile(rf"{_LARGEST}[- ](?:\d+|two|three|four|five|six|seven|ten|twelve)[- ](?:{UNIT})[- ]{_MOVE_NOUNS}")
_COUNTED = re.compile(
    rf"\bhow many {UNIT} (?:of|with(?: an?)?|did|does|has|have|had|saw|showed)\b.{{0,40}}?"
    r"\b(?:declin\w*|decreas\w*|falls?|fell|fallen|drops?|dropped|loss\w*|ris(?:e|es|en)|rose|increas\w*|growth|grow|grew|grown|"
    r"gains?|gained|jumps?|climb\w*)(?= ?(?:$|[?.!]|in\b|since\b|between\b|from\b))"
)


def counts_moves(text: str) -> bool:
    """Whether it is asked how many steps went up, or down: "how many quarters of decline"."""
    return _COUNTED.search(text) is not None and read_move(text) is not None


def check_reach(text: str) -> None:
    """Raises BadRequest for a move over several steps ("the biggest 3-day drop"), which is not looked for."""
    match = _MANY_STEPS.search(text)
    if match is not None:
        raise BadRequest(
            f"I look for moves from one value to the next, and “{match.group()}” is over several; please ask for the "
            "biggest drop or rise, which I tell over a longer time too."
        )


_MOVED_BY = re.compile(
    r"\b(?:mov|chang|fall|fell|drop|declin|decreas|los[et]|plung|ris|rose|jump|gain|climb|increas|gr[eo]w|surg)\w*\b"
    r"(?: up| down)? "
    r"(?:(?:by|of) (?:more|less|fewer|over|above|under|at least|at most|exactly|up to)|(?:more|less) than|at (?:least|most))\b"
)
_OFTEN = re.compile(
    rf"\bhow (?:many|often)\b|\bever\b|\bwhen\b|\b(?:which|what|any|every|each) {UNIT}\b|\b{UNIT} (?:when|in which)\b"
)


def tests_moves(text: str) -> bool:
    """Whether a limit is one for moves, not for values: "how often did it fall by more than 3", "… by 3 in a day"."""
    return _BY_STEP.search(text) is not None or (_MOVED_BY.search(text) is not None and _OFTEN.search(text) is not None)


def read_moved_by(text: str) -> Literal["max", "min"] | None:
    """Which way a whole stretch is supposed to have moved by some amount: "did it fall by more than 20 % in 2008"."""
    return read_move(text) if _MOVED_BY.search(text) is not None else None


def read_run(text: str) -> Literal["max", "min"] | None:
    """Which way the longest run of moves goes that is asked for: "how many months in a row did it rise"."""
    if _IN_A_ROW.search(text) is None:
        return None
    return "max" if "winning" in text else "min" if "losing" in text else read_move(text)


def read_since(text: str) -> Literal["max", "min"] | None:
    """The extreme that a change is to be counted from: "how far below its peak", "since the low"."""
    again = r"\b(?:recover\w*|return\w*|back|regain\w*|reach\w*|climb\w*) (?:back )?to\b"
    text = re.sub(again, "since", text)  # "has it recovered to its peak" asks how far it has come since then
    match = re.search(
        r"\b(?:since|from|below|above|off|after)(?: reaching| hitting)? (?:its|the|their|that)"
        r"(?: all[- ]time| last| previous| record)? "
        r"(?:(peak|high(?:est)?(?: (?:value|point|level))?|max(?:imum)?|top|record)|"
        r"(low(?:est)?(?: (?:value|point|level))?|bottom|trough|min(?:imum)?))\b",
        text,
    )
    return None if match is None else "max" if match.group(1) else "min"


_RANKED = re.compile(
    rf"\b(?:is|was|are|were|would) (?:(?:an? |the )?\S+ of |an? )?({SCALED})(?: \w+){{0,3}}? "
    r"(?:normal|usual|unusual|typical|common|rare|ordinary|ok(?:ay)?|high|low|a lot|much|large|small|big|extreme|expected)\b"
)


def read_ranked(text: str) -> float | None:
    """The value whose place among the others is asked for: "is 70 normal", "would 30 be high"."""
    match = _RANKED.search(re.sub(r"\bbe ", "", text))
    return None if match is None or _YEAR.fullmatch(match.group(1)) else number(match.group(1))
