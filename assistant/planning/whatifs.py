"""What-ifs in a question about a forecast: stretches to leave out, assumptions, drivers, holidays, two models, why a model."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.errors import BadRequest
from assistant.plan import Assumption, PlanningContext, Span
from assistant.planning.aliases import file_aliases
from assistant.planning.countries import read_country
from assistant.planning.dates import MONTH_NAMES, period_around
from assistant.planning.names import MASK, mentioned, unknown_series
from assistant.planning.recurring import MONTH
from assistant.planning.rhythm import UNIT, Rhythm
from assistant.planning.steps import Clause
from assistant.planning.strangers import could_be_name
from assistant.planning.times import Times, read_times
from assistant.planning.wording import SCALED, blank, number
from assistant.vocabulary import MODEL_WORDS

_END = (
    r"(?=,? (?:and |then |also )*(?:please |can you |could you )?(?:forecast|predict|project|show|what|how|give|tell|plot)\b|"
    r",? (?:and |then )+(?:make|use|with|look|go|tak(?:e|ing)|account|consider|leav(?:e|ing)|exclud(?:e|ing)|without)\b|"
    r",? (?:for|over) the (?:next|coming)\b|[?!;]|\.(?!\d)|$)"
)
_NAMES = rf"{MASK}+(?:(?:,? and|,) (?:the )?{MASK}+)*"
_ROLE = r"as (?:an? )?(?:known )?(?:driver|input|predictor|covariate|regressor|feature|explanatory variable|external variable)s?"
_DRIVERS = (
    rf"\b(?:using|use|given|based on|depending on|driven by|considering|consider|knowing|conditional on|on the basis of|from)"
    rf" (?:the )?(?:known |future )*(?:values? of )?(?P<names>{_NAMES})(?: {_ROLE})?",
    rf"\b(?:with )?(?:the )?(?P<names>{_NAMES}) (?:{_ROLE}|into account|in mind)",
    rf"\b(?:account(?:ing)? for|taking into account|take into account|with the help of) (?:the )?(?P<names>{_NAMES})",
)
# Beside another model, these everyday words are models too.
_SPOKEN = {
    **MODEL_WORDS, "naive": "seasonal-naive", "drift": "drift", "damped": "damped", "autoregression": "autoregression",
    "recent median": "recent-median", "linear": "cycle-linear",
    "combination": "combination", "combined forecast": "combination", "ensemble": "combination",
}  # fmt: skip
_MODELS = re.compile(
    r"(?<![\w-])(" + "|".join(re.escape(word) for word in sorted(_SPOKEN, key=len, reverse=True)) + r")(?![\w-])"
)
_AGAINST = re.compile(r"\b(?:compar\w+|versus|vs|against|better|worse|beats?|than|or|and|instead)\b|&")
_WINNER = re.compile(
    r"\b(?:better|worse|beats?|compar\w+|versus|vs|against)\b.*?(?:\b(?:winner|winning|chosen|choice|yours|default|best|selected|"
    r"picked|this|that|it|one)\b|[?.! ]*$)"
)
_WHY_MODEL = re.compile(
    r"\b(?:why|how come|for what reason)\b.{0,60}\b(?:models?|methods?|algorithms?|approach|forecasters?|won|win|wins|winning|"
    r"winner|chos[ei]n?|choose|chose|pick(?:ed)?|select(?:ed)?)\b|"
    r"\b(?:explain|justify|reasons? for) (?:\w+ ){0,3}(?:choice|choosing|selection|pick|model|winner)\b|"
    r"\bhow (?:did|do) you (?:choose|pick|select|decide)\b|"
    r"\b(?:forecast|predict|project)\w*\b.{0,80}\b(?:and|then) (?:please )?(?:explain|(?:show|say|tell)(?: me| us)? why)\b"
    r"(?: it| that| this| why| yourself)? *[?.!]*$|"
    r"\b(?:which|what) (?:model|method) (?:did you|do you|have you|was|is|are you|won|wins|(?:does|did) best|fits|works)\b"
)
_MARKER = re.compile(
    r"\b(?:assum(?:e|es|ing)|suppos(?:e|ing)|what (?:happens |would happen )?if|imagin(?:e|ing)|let(?:'?s| us) say|"
    r"what (?:would|will|does) (?:it|they|this|that|the \w+|\S+) (?:be|look like|look|become)(?: like)?(?=(?: [^?!;]{2,40}?)? "
    r"(?:with|if)\b)|"
    r"provided(?: that)?|under the assumption(?: that)?|scenario(?: with| where| in which)?:?|in case|if)\b"
)
_NO_ASSUMPTION = r"\b(?:how (?:many|often)|intervals?|confidence|thresholds?|limits?|targets?|goals?|budgets?)\b"
_UP = (
    r"(?:more|higher|increas\w+|ris(?:e|es|ing)|grow\w*|go(?:es)? up|up|gain\w*|climb\w*|above|extra|additional|plus|add(?:ed)?|"
    r"on top|jump\w*|larger|bigger|better|stronger|expensive|dearer|warmer|hotter)"
)
_DOWN = (
    r"(?:less|lower|fewer|decreas\w+|fall\w*|drop\w*|declin\w+|go(?:es)? down|down|los[es]\w*|below|minus|cut|reduc\w+|shrink\w*|"
    r"smaller|worse|weaker|sink\w*|cheaper|colder|cooler)"
)
_PERCENT = r" ?(?:%|percent\b|per cent\b|pct\b)"
_SIGNED = re.compile(
    r"^(?:(?:and|now|with|then|also|try|ok(?:ay)?|add|plus|an?)[, ]+)*"
    rf"(?:(?:on|in|at|during|over|for) .{{2,40}}? )?"
    rf"(?:[+-] ?\d[\d.,]*(?:{_PERCENT}| |$)|\d[\d.,]*{_PERCENT} ?(?:{_UP}|{_DOWN})\b)"
)
_LEFT_OUT = re.compile(
    r"\b(?:leav(?:e|es|ing) out|leav(?:e|ing) (?=.{1,40}\bout\b)|exclud(?:e|es|ing)|without(?: using)?|ignor(?:e|es|ing)|"
    r"omit(?:ting)?|skip(?:ping)?|except(?: for)?|disregard(?:ing)?|remov(?:e|es|ing)|"
    r"not (?:using|counting|including|considering)|do(?:n'?t| not) (?:use|count|consider|include)|apart from|but not|"
    r"cut(?:ting)? out|dropping|(?<=^)drop|(?<=and )drop|(?<=please )drop)\b"
)
_ALL_AGAIN = re.compile(
    r"\b(?:use|with|using|include|including|take|put back|back to) "
    r"(?:all|everything|the (?:whole|full|entire)|the complete)\b(?: of)?(?: the| my)?(?: data| history| values| series| again)?"
)
_HOLIDAYS = re.compile(r"\b(?:(?:public|bank|national) )?holidays?\b")
_WORKING_DAYS = re.compile(
    r"\b(?:account(?:ing)? for|consider(?:ing)?|adjust\w*(?: for)?|with|using|take|taking|includ\w+|correct\w*(?: for)?)"
    r" (?:the )?(?:number of )?(?:working|trading|business|work) ?days?(?: effects?)?(?: into account)?\b|"
    r"\b(?:working|trading)[- ]day (?:effects?|adjust\w+)|\b(?:length of (?:the )?months?|month length)s?\b"
)
_CALENDAR = re.compile(r"\bcalendar effects?\b")
_NO_RANGE = r"(?! ?(?:\d|to\b|until\b|till\b|through\b|and\b|-))"
_DAILY = frozenset({"day", "business", "hour", "minute"})


@dataclass(frozen=True)
class WhatIf:
    """What a clause adds to a forecast. again: all data are to be used again. text: the clause with all of it blanked."""

    text: str
    exclude: tuple[Span, ...] = ()
    drivers: tuple[str, ...] = ()
    calendar: Literal["holidays", "working days"] | None = None
    country: str | None = None
    assume: tuple[Assumption, ...] = ()
    compare: tuple[str, ...] = ()
    explain: bool = False
    again: bool = False

    @property
    def any(self) -> bool:
        """Whether the clause adds anything."""
        return bool(self.exclude or self.drivers or self.calendar or self.assume or self.compare or self.explain or self.again)

    @property
    def helpers(self) -> tuple[str, ...]:
        """The series that are named to help, not to be forecast."""
        return tuple(dict.fromkeys((*self.drivers, *(one.driver for one in self.assume if one.driver))))

    def changes(self) -> dict[str, object]:
        """The fields of `ForecastArgs` that it sets."""
        fields = ("exclude", "drivers", "calendar", "country", "assume", "compare", "explain")
        return {name: value for name in fields if (value := getattr(self, name))}


def asks_what_if(text: str) -> bool:
    """Whether words alone make a clause (names blanked) a question about a forecast, though it may not say "forecast"."""
    return _asks_why(text) or len(_named_models(text)) >= 2 or _compared_with_winner(text) or _assumes(text)


def _asks_why(text: str) -> bool:
    models = _named_models(text)
    if len(models) >= 2 or (models and re.search(r"\bwhy not\b", text)):
        return False
    return _WHY_MODEL.search(text) is not None or (bool(models) and re.search(r"\b(?:why|how come)\b", text) is not None)


def _named_models(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_SPOKEN[match.group(1)] for match in _MODELS.finditer(text)))


def _compared_with_winner(text: str) -> bool:
    if len(_named_models(text)) == 1 and re.search(r"\bwhy not\b", text):
        return True
    return len(_named_models(text)) == 1 and _WINNER.search(text) is not None and _AGAINST.search(text) is not None


def _assumes(text: str) -> bool:
    marker = _MARKER.search(text)
    if marker is None or re.search(_NO_ASSUMPTION, text):
        return False
    strong = marker.group() != "if" or re.search(r"\b(?:forecast|predict|project|will|would|happens?|expect)", text) is not None
    return strong and _change_in(_without_times(text[marker.end() :])) is not None


def _without_times(text: str) -> str:
    """A segment with what can only be a time blanked: enough to see whether a number is left."""
    return re.sub(r"\b(?:1[5-9]|20|21)\d\d(?:-\d\d(?:-\d\d)?)?\b", lambda match: " " * len(match.group()), text)


def read_what_if(clause: Clause, rhythm: Rhythm, context: PlanningContext, known: Sequence[str] = ()) -> WhatIf:
    """Everything of the kind in a clause that is about a forecast.

    known: registry names of the forecasters on offer, empty where they are not told. Raises BadRequest for a model that is not
    among them and for weekdays to leave out; UnknownSeries where something is assumed of a series that is not loaded.
    """
    found = WhatIf(clause.text)
    if _asks_why(found.text):
        return replace(found, explain=True, text=_MODELS.sub(lambda match: " " * len(match.group()), found.text))
    found = _read_models(found, known)
    found = _read_assumptions(found, clause, rhythm, context)
    found = _read_exclusions(found, rhythm)
    found = _read_calendar(found, rhythm)
    return _read_drivers(found, clause, context)


def _read_models(found: WhatIf, known: Sequence[str]) -> WhatIf:
    names = _named_models(found.text)
    if not (len(names) >= 2 or _compared_with_winner(found.text)):
        return found
    for name in names:
        if known and name not in (*known, "combination"):
            raise BadRequest(
                f"The models on offer are {', '.join(known)}, and “{name}” is not among them; please name two of these to "
                "compare."
            )
    return replace(found, compare=names[:2], text=_MODELS.sub(lambda match: " " * len(match.group()), found.text))


def _read_assumptions(found: WhatIf, clause: Clause, rhythm: Rhythm, context: PlanningContext) -> WhatIf:
    text = found.text
    signed = _SIGNED.match(text)
    marker = _MARKER.search(text) if _assumes(text) else None
    if marker is None and signed is None:
        return found
    start = marker.end() if marker is not None else 0
    ending = re.search(_END, text[start:])
    end = start + (ending.start() if ending is not None else len(text) - start)
    assumed: list[Assumption] = []
    position, subject = start, None
    for part in re.split(r"((?:,? and|,) (?=[^,]*?(?:\d|doubl|halv)))", text[start:end]):
        one = _assumption(part, clause.written[position : position + len(part)], rhythm, context)
        position += len(part)
        if one is not None:
            # "Sales fall in July and rise in December": what names no series of its own is about the one before.
            subject = one.driver or subject
            assumed.append(one.model_copy(update={"driver": subject}))
    if not assumed:
        return found
    outside = blank(text, marker.start() if marker is not None else start, end)
    rest = outside
    for pattern in _DRIVERS:
        rest = re.sub(pattern, lambda match: " " * len(match.group()), rest)
    target = mentioned(_unmasked(rest, clause.written), _names(context), file_aliases(context.series)).names
    previous = _previous_targets(context)
    own = target or previous
    # A series that is assumed about drives the forecast where another one is forecast; else it is the one forecast.
    shown = tuple(
        one if own and one.driver is not None and one.driver not in own else one.model_copy(update={"driver": None})
        for one in assumed
    )
    return replace(found, assume=shown[:4], text=outside)


def _names(context: PlanningContext) -> list[str]:
    return [one.name for one in context.series]


def _previous_targets(context: PlanningContext) -> tuple[str, ...]:
    """The series that the previous plan forecast."""
    for step in reversed(context.previous.steps if context.previous else ()):
        if step.agent == "forecaster":
            return step.series or tuple(_names(context))
    return ()


def _unmasked(text: str, written: str) -> str:
    """The written words where names stand in a clause, blanks where `text` has none: for reading the names again."""
    return "".join(original if character == MASK else character for character, original in zip(text, written, strict=False))


def _assumption(part: str, written: str, rhythm: Rhythm, context: PlanningContext) -> Assumption | None:
    """One assumption of a segment; `driver` is the series it names, whichever role that has."""
    span, rest = _coming_unit(part, rhythm)
    times = read_times(rest, rhythm)
    change = _change_in(times.text)
    if change is None:
        return None
    kind, value = change
    names = mentioned(_unmasked(part, written), _names(context), file_aliases(context.series)).names if MASK in part else ()
    subject = re.match(r"[ ,]*(?:that |the |our |my |all )*([a-z][\w-]*)", times.text)
    if (
        not names
        and subject is not None
        and len(context.series) > 1
        and could_be_name(subject.group(1))
        and re.match(rf" +(?:{_UP}|{_DOWN}|is|are|was|were|stays?)\b", times.text[subject.end() :])
    ):
        raise unknown_series(subject.group(1), _names(context))
    return Assumption(
        kind=kind,
        value=value,
        months=times.months,
        weekdays=times.weekdays,
        hours=times.hours,
        span=span or times.span,
        driver=names[0] if names else None,
    )


def _coming_unit(text: str, rhythm: Rhythm) -> tuple[Span | None, str]:
    """ "next month", "next year": the calendar unit after the one that holds the last sample; "from July": the next July on."""
    since = re.search(rf"\b(?:from|starting(?: in)?|as of) ({MONTH})(?: on(?:wards)?)?\b{_NO_RANGE}", text)
    if since is not None and rhythm.end is not None:
        month = MONTH_NAMES[since.group(1)]
        year = rhythm.end.year + (1 if month <= rhythm.end.month else 0)
        return Span(start=f"{year:04d}-{month:02d}"), blank(text, *since.span())
    match = re.search(r"\b(?:in |during |over )?(?:the )?(?:next|coming|following) (year|quarter|month|week)\b", text)
    if match is None or rhythm.end is None:
        return None, text
    unit = match.group(1)
    last = period_around(rhythm.end, unit).end_day()
    following = rhythm.shift(rhythm.end.replace(year=last.year, month=last.month, day=last.day), 1, "day")
    return period_around(following, unit).span(), blank(text, *match.span())


def _change_in(text: str) -> tuple[Literal["percent", "amount", "level"], float] | None:
    """The change that a segment without times speaks of, None where it speaks of none."""
    if re.search(r"\bdoubl\w+|\btwice\b", text):
        return "percent", 100.0
    if re.search(r"\btripl\w+", text):
        return "percent", 200.0
    if re.search(r"\bhalv\w+|\bby half\b", text):
        return "percent", -50.0
    match = re.search(rf"([+-] ?)?({SCALED})({_PERCENT})?(?! ?{UNIT}\b)(?![\w%])", text)
    if match is None:
        return None
    value = number(match.group(2).replace(" ", ""))
    sign = -1 if (match.group(1) or "").strip() == "-" or value < 0 else 1
    around = blank(text, *match.span(2))
    down, up = re.search(rf"\b{_DOWN}\b", around), re.search(rf"\b{_UP}\b", around)
    if down is not None and (up is None or down.start() > up.start()):
        sign = -1
    signed = re.match(r"[+-]", match.group().strip()) is not None
    value = sign * abs(value)
    if match.group(3):
        return "percent", value
    level = re.search(r"\b(?:to|is|are|at|of|equals?|be|becomes?|reach\w*|stays?(?: at)?|=) *$", text[: match.start()])
    if level is not None and not (re.match(rf" *(?:\w+ )?(?:{_UP}|{_DOWN})\b", text[match.end() :])):
        return "level", value if value >= 0 or signed else abs(value)
    if up is not None or down is not None or signed:
        return "amount", value
    return (
        ("level", value) if re.fullmatch(rf"[\s{MASK}]*{re.escape(match.group().strip())}[\s\w{MASK}]*", text.strip()) else None
    )


def leaves_out_times(text: str, rhythm: Rhythm) -> bool:
    """Whether a clause (names blanked) names times only to leave them out ("the mean without 2020")."""
    marker = _LEFT_OUT.search(text)
    return marker is not None and read_times(text[marker.end() :].replace(" out ", "     "), rhythm).any


def _read_exclusions(found: WhatIf, rhythm: Rhythm) -> WhatIf:
    text = found.text
    again = _ALL_AGAIN.search(text)
    marker = _LEFT_OUT.search(text)
    if marker is None:
        return replace(found, again=True, text=blank(text, *again.span())) if again is not None else found
    ending = re.search(_END, text[marker.end() :])
    end = marker.end() + (ending.start() if ending is not None else len(text) - marker.end())
    segment = text[marker.end() : end].replace(" out ", "     ")
    times = read_times(segment, rhythm)
    # Only as far as the times reach: what follows them asks for something else.
    end = marker.end() + max(
        (place + 1 for place, (a, b) in enumerate(zip(segment, times.text, strict=True)) if a != b), default=0
    )
    spans = _spans_of(times, rhythm)
    if not spans:
        return found
    return replace(found, exclude=spans, text=blank(text, marker.start(), end))


def _spans_of(times: Times, rhythm: Rhythm) -> tuple[Span, ...]:
    """The stretches that a segment names; a month without a year means that month of every year."""
    if len(times.periods) > 1:
        return tuple(period.span() for period in times.periods)
    if times.span is not None:
        return (times.span,)
    if times.months and rhythm.start is not None and rhythm.end is not None:
        years = range(rhythm.start.year, rhythm.end.year + 1)
        return tuple(
            Span(start=f"{year:04d}-{month:02d}", end=f"{year:04d}-{month:02d}") for year in years for month in times.months
        )[:100]
    if times.weekdays or times.hours:
        raise BadRequest("I can leave out stretches of dates or months, and not weekdays or hours; name the dates to leave out.")
    return ()


def _read_calendar(found: WhatIf, rhythm: Rhythm) -> WhatIf:
    text = found.text
    holidays, working, either = _HOLIDAYS.search(text), _WORKING_DAYS.search(text), _CALENDAR.search(text)
    match = holidays or working or either
    if match is None:
        return found
    kind: Literal["holidays", "working days"] = "holidays"
    if holidays is None and (working is not None or rhythm.unit not in _DAILY):
        kind = "working days"
    country = read_country(text) if kind == "holidays" else None
    code = re.search(r"\bholidays? (?:of|in|for) ([a-z]{2})\b", text)
    if country is None and code is not None and code.group(1) not in {"my", "me", "it", "us"}:
        country = code.group(1).upper()
    place = re.search(r"\bholidays? (?:of|in|for|from) (?:the )?([a-z][a-z-]+)", text)
    if kind == "holidays" and country is None and place is not None and could_be_name(place.group(1)):
        raise BadRequest(
            f"I know no country called “{place.group(1)}”; please name one, or give its two-letter code, for example holidays "
            "of CZ."
        )
    return replace(found, calendar=kind, country=country, text=blank(text, *match.span()))


def _read_drivers(found: WhatIf, clause: Clause, context: PlanningContext) -> WhatIf:
    text, drivers = found.text, list(found.drivers)
    for pattern in _DRIVERS:
        for match in list(re.finditer(pattern, text)):
            start, end = match.span("names")
            names = mentioned(clause.written[start:end], _names(context), file_aliases(context.series)).names
            if names and (MASK in blank(text, *match.span()) or _previous_targets(context) or len(context.series) > len(names)):
                drivers += names
                text = blank(text, *match.span())
    return replace(found, drivers=tuple(dict.fromkeys(drivers))[:8], text=text)
