"""Yes/no questions: whether a clause is one, and what it supposes, so that the answer can begin with yes or no."""

from __future__ import annotations

import re

from assistant.plan import AnalystArgs, AnomalyArgs, Claim, ForecastArgs, StepArgs

_ASIDE = re.compile(
    r"^(?:(?:and|so|but|now|then|ok(?:ay)?|well|please|hi|hey|hello|sorry|just|also|maybe|actually|in (?:general|short))\b[, ]*)+"
)
_WHETHER = re.compile(
    r"\b(?:(?:can|could|would) you (?:please )?(?:tell|say|check|test|see|find out|look|judge)|tell|say|check|test|see|find out|"
    r"judge|i (?:wonder|would like to know|want to know)|do you (?:know|think|believe|see)|any idea)\b"
    r".{0,40}?\b(?:whether|if|that)\b"
)
_ASKED = re.compile(
    r"^(?:is|are|was|were|does|do|did|has|have|had|will|would|could|can|should|isn't|aren't|wasn't|weren't|doesn't|don't|didn't|"
    r"hasn't|haven't|won't)\b(?! (?:you|we please|i (?:ask|have|get|see))\b)|^any(?:thing)?\b.*\?$"
)
# After "is", "or" sets two answers against each other: neither yes nor no would be one.
_EITHER = re.compile(
    r"\b(?:up|upwards?|rising|growing|increasing|higher|more|better|additive|weekdays|summer|stronger|warmer)\b or \w+"
)
_UP = re.compile(
    r"\b(?:up|upwards?|ris(?:e|es|en|ing)|rose|gr[eo]w(?:s|n|ing|th)?|increas\w+|climb\w*|gain\w*|soar\w*|surg\w+|jump\w*|improv\w+|"
    r"recover\w*|expand\w*|higher|more|larger|bigger|stronger|warmer|hotter|longer|faster|better|busier|wetter|dearer)\b"
)
_DOWN = re.compile(
    r"\b(?:down|downwards?|fall(?:s|en|ing)?|fell|declin\w+|decreas\w+|shrink\w*|shrank|shrunk|drop\w*|los[et]\w*|plung\w+|slump\w*|"
    r"sink\w*|sank|reduc\w+|lower|less|fewer|smaller|weaker|colder|cooler|shorter|slower|worse|quieter|calmer|drier|cheaper)\b"
)
_COMPARATIVES: dict[Claim, str] = {
    "more": (
        r"\b(?:more|higher|better|larger|bigger|greater|stronger|warmer|hotter|busier|longer|faster|wetter|windier|sunnier|dearer|"
        r"louder|taller|heavier|older|brighter|richer|milder|stormier|rainier)\b"
    ),
    "less": (
        r"\b(?:less|fewer|lower|worse|smaller|weaker|colder|cooler|calmer|quieter|shorter|slower|drier|dryer|cheaper|lighter|poorer|"
        r"darker)\b"
    ),
}
_APART = re.compile(r"\bdifferences?\b|\bgap\b|\bhow (?:far|much) (?:apart|more|less|higher|lower|larger|smaller|bigger)\b")
# What is thought to act on another: that two series move together answers no such question.
_ACTS = re.compile(r"\b(?:driv(?:e|es|en)|affects?|influences?|impacts?|causes?)\b")
_OF_SPEED = re.compile(r"\b(?:ac|de)celerat\w*|\bslow(?:ing|ed|er)?\b|\b(?:faster|quicker|more (?:quickly|slowly))\b|\bspeed\w*")
_CYCLES = {
    "hourly": "hourly", "daily": "daily", "day": "daily", "intraday": "daily", "weekly": "weekly", "week": "weekly",
    "weekday": "weekly", "yearly": "yearly", "annual": "yearly", "year": "yearly",
}  # fmt: skip
_CYCLE = re.compile(rf"\b({'|'.join(_CYCLES)})(?:ly)?(?:[- ](?:and|or))?[- ](?:pattern|cycle|season\w*|rhythm|period\w*|effect)")
_FREQUENCY: dict[Claim, str] = {
    "never": r"\bnever\b",
    "usually": r"\b(?:usually|mostly|mainly|normally|typically|generally|in general|as a rule|most of the time)\b",
    "always": (
        r"\b(?:always|constantly|permanently|consistently|throughout|at all times|all the time|the (?:whole|entire) time|"
        r"stay(?:s|ed)?|remain(?:s|ed)?|ke(?:ep|eps|pt)|without exception)\b"
    ),
}
_WANDERING = re.compile(
    r"\bunit[- ]?roots?\b|\brandom walks?\b|\bwander\w*|\bnon-?stationary\b|\bunstationary\b|\bdifferenc(?:ed|ing)\b|\bdrifts?\b"
)


def is_yes_no(text: str) -> bool:
    """Whether a clause (normalised, names blanked) is to be answered with yes or no."""
    return (_ASKED.match(_ASIDE.sub("", text)) is not None or _WHETHER.search(text) is not None) and not _EITHER.search(text)


def direction(text: str) -> Claim | None:
    """The direction that a clause supposes; None where it names none, or both."""
    up, down = _UP.search(text) is not None, _DOWN.search(text) is not None
    return None if up == down else "up" if up else "down"


def comparative(text: str) -> Claim | None:
    """ "more" or "less", whichever the comparative of a clause says; None without one, or with both."""
    found: list[Claim] = [claim for claim, pattern in _COMPARATIVES.items() if re.search(pattern, text)]
    return found[0] if len(found) == 1 else None


def with_claim(step: StepArgs, text: str) -> StepArgs:
    """The step of a yes/no question with what the question supposes; any other step as it is."""
    if isinstance(step, AnalystArgs) and step.task == "compare" and _APART.search(text):
        return step.model_copy(update={"claim": "how far apart"})
    if not is_yes_no(text):
        return step
    if isinstance(step, AnomalyArgs):
        return step.model_copy(update={"claim": "so"})
    if isinstance(step, ForecastArgs):
        return step
    if isinstance(step, AnalystArgs):
        cycle = _CYCLE.search(text) if step.task == "seasonality" else None
        named = None if cycle is None else _CYCLES[cycle.group(1)]
        return step.model_copy(update={"claim": _claim(step, text), "cycle": named})
    return step


def _claim(step: AnalystArgs, text: str) -> Claim | None:
    if step.task == "lookup":
        return _lookup_claim(step, text)
    if step.task == "trend":
        if _OF_SPEED.search(text):
            return None  # of the trend's own change, which it does not tell
        return direction(text) or ("so" if "trend" in text and not re.search(_UP, text) else None)
    if step.task == "stationarity":
        return "random walk" if "random walk" in text else "wandering" if _WANDERING.search(text) else "so"
    if step.task == "distribution":
        return "normal" if re.search(r"\bnormal|\bgaussian|\bbell\b", text) and "log" not in text else None
    if step.task == "compare":
        if _ACTS.search(text):
            return None
        leads = re.search(r"\b(?:leads?|precedes?|ahead of|before)\b", text) is not None
        return "first leads" if leads else comparative(text) or "so"
    if step.task in ("seasonality", "change_points", "autocorrelation", "spread"):
        return "so"
    return "so" if step.task == "noise" and "white" in text else None


def _lookup_claim(step: AnalystArgs, text: str) -> Claim | None:
    lookup = step.lookup
    if lookup is None:
        return None
    if lookup.limit is not None:
        return "so"
    if lookup.statistic == "rank":
        if re.search(r"\b(?:unusual|rare|extreme)\b", text):
            return "unusual"
        return "normal" if re.search(r"\b(?:normal|usual|typical|common|ordinary|ok(?:ay)?|expected)\b", text) else (
            "less" if re.search(r"\b(?:low|small|little|cold|cheap|few|slow|weak)\b", text) else "more"
        )  # fmt: skip
    if lookup.supposed is not None:
        return "always" if re.search(r"\b(?:always|every (?:single )?year|each year|ever)\b", text) else "so"
    if lookup.versus is not None or lookup.other is not None or lookup.contrast is not None:
        moved = direction(text)
        return comparative(text) or (None if moved is None else "more" if moved == "up" else "less")
    if lookup.statistic in ("change", "growth", "year_over_year"):
        return None if _OF_SPEED.search(text) else direction(text)
    return None if lookup.condition is None else _condition_claim(text)


def _condition_claim(text: str) -> Claim | None:
    """How much of the time a limit is supposed to be met; None for "often" and "rarely", which no share decides."""
    if re.search(r"\b(?:often|frequently|rarely|seldom|hardly|scarcely)\b", text):
        return None
    for claim, pattern in _FREQUENCY.items():
        if re.search(pattern, text):
            return claim
    return "so"
