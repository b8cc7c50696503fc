"""Named days: those on a fixed date become that date; for the others the user has to give one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.planning.dates import DATE
from assistant.planning.words import stem, tokens

_FIXED = (
    (r"(?:christmas|xmas) eve", "24 december"),
    (r"(?:christmas|xmas)(?: day)?", "25 december"),
    (r"new years? ?'?s? eve", "31 december"),
    (r"new years? ?'?s? day", "1 january"),
)
_MOVING = (
    r"(?:easter(?: (?:sunday|monday))?|good friday|whitsun|pentecost|ascension day|thanksgiving(?: day)?|black friday|"
    r"cyber monday|(?:chinese|lunar) new year|ramadan|eid(?: al-\w+)?|diwali|hanukkah|passover|yom kippur|carnival|mardi gras|"
    r"halloween|boxing day|valentine'?s day|independence day|labou?r day|memorial day|veterans day|mother'?s day|father'?s day|"
    r"bank holiday|presidents'? day|columbus day|midsummer)"
)
_LEAD = r"\b(?:on|at|over|during|for|around|in|since|until|before|after)"
_YEAR = r"(?:1[5-9]|20|21)\d\d"


def with_dates(text: str, names: Sequence[str]) -> str:
    """A normalised question with "at Christmas 2014" and its like as "on 25 december 2014"; words of series' names stay."""
    kept = {stem(part) for name in names for part in tokens(name)}
    for pattern, date in _FIXED:
        for match in reversed(list(_used_as_date(pattern, text))):
            if kept & {stem(word) for word in tokens(match.group("day"))}:
                continue
            year = f" {match.group('year')}" if match.group("year") else ""
            # "over" before a number would read as a test on values.
            lead = "on" if match.group("lead") in {"over", "during", "for", "at", "around", "in"} else match.group("lead")
            text = f"{text[: match.start()]}{lead + ' ' if lead else ''}{date}{year}{text[match.end() :]}"
    return text


def undated_holiday(text: str, names: Sequence[str]) -> re.Match[str] | None:
    """A named day without a fixed date ("on easter 2014", group "day") that a normalised question uses as a time."""
    kept = {stem(part) for name in names for part in tokens(name)}
    return next(
        (match for match in _used_as_date(_MOVING, text) if not kept & {stem(word) for word in tokens(match.group("day"))}), None
    )


def _used_as_date(pattern: str, text: str) -> list[re.Match[str]]:
    """Where a day's name follows a preposition of time, precedes a year, or ends the question."""
    named = rf"(?:(?P<lead>{_LEAD}) (?:the )?)?\b(?P<day>{pattern})\b(?:(?: of| in|,)? (?P<year>{_YEAR})\b)?"
    return [
        match
        for match in re.finditer(named, text)
        if match.group("lead") or match.group("year") or re.match(r" *[?.!]*$| (?:last|this) year", text[match.end() :])
    ]


def asked_with_date(text: str, match: re.Match[str], date: str) -> str:
    """The question with the named day, and a date beside it, replaced by an ISO date."""
    lead = f"{match.group('lead')} " if match.group("lead") in {"since", "until", "before", "after"} else "on "
    rest = re.sub(rf"^ (?:(?:last|this) year|{DATE})", "", text[match.end() :])
    asked = f"{text[: match.start()]}{lead}{date}{rest}"
    return asked[:1].upper() + asked[1:]
