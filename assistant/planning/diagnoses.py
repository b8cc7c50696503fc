"""Questions of distribution, spread, memory, noise and prediction: their words, and their slots.

The slots are the lag of an autocorrelation, and which series is to be predicted.
"""

from __future__ import annotations

import re

from assistant.errors import BadRequest
from assistant.planning.names import MASK
from assistant.planning.wording import NUMBER, blank, number

_NAME = f"{MASK}+"
_PREDICT = r"(?:predict|forecast|foresee)\w*"
# "Does rain help to predict flow" asks of the past; "can you help me to predict flow" asks for a forecast.
GRANGER = (
    r"\bgranger\w*(?:[- ]caus\w+)?|"
    r"\b(?:does|do|did|would|which|what|whose|whether|if) (?!you\b|i\b|we\b).{0,80}?\bhelp(?:s|ed|ing)? "
    rf"(?:to |in |with |us |me )*{_PREDICT}|"
    rf"\b{_NAME} .{{0,20}}\bhelps? (?:to |in |us |me )*{_PREDICT}|"
    rf"\b(?:useful|good|helpful|of (?:any )?(?:use|help)) (?:for|in|to|at) {_PREDICT}|"
    r"\bpredictors? (?:of|for)\b|\bpredictive (?:of|for|power|value|content|information)\b|"
    r"\b(?:what|who|which(?: (?:series|one|column|variable|of (?:them|these|those|the others?|the \w+)))?) predicts\b|"
    r"\bleading indicators?\b|"
    rf"\b(?:is|are|was|were) (?:the )?{_NAME} (?:best |well |partly )?(?:predicted|predictable) (?:by|from|with)\b"
)
_SPREADING = r"(?:spread|variance|variability|volatility|fluctuations?|swings?|amplitude|scatter|dispersion|noise)"
SPREAD = (
    r"\bh(?:etero|omo)(?:sc|sk)edastic\w*|\b(?:multiplicative|additive)\b|"
    r"\b(?:take|use|need|apply) (?:the |a )?log(?:arithm|[- ]transform)?\w*\b|\blog[- ]transform\w*|"
    rf"\b{_SPREADING} (?:of (?:the )?\S+ )?(?:\w+ ){{0,2}}?(?:grow|increas|ris(?:e|es|ing)|widen|depend|proportional|"
    r"scal(?:e|es|ing)|shrink|decreas|get(?:s|ting)? (?:larger|bigger|wider|smaller|higher))\w*(?! (?:abruptly|suddenly))|"
    rf"\b(?:growing|increasing|widening|rising|shrinking) {_SPREADING}\b|"
    r"\b(?:gets?|getting|got|becom\w+|became|grow\w*|grew) (?:more|less) (?:volatile|variable|unsteady)\b"
)
DISTRIBUTION = (
    r"\b(?:distribut(?:ed|ions?)|skew(?:ed|ness)?|kurtosis|(?:heavy|fat|long|thick|light)[- ]?tail(?:s|ed)?|"
    r"(?:bi|multi|uni)-?modal(?:ity)?|histogram|gaussian|bell[- ]?(?:curve|shaped)|log-?normal(?:ly)?|"
    r"(?:normally|evenly) distributed|quartiles?|quantiles?|percentiles?|symmetric(?:al)?(?:ly)?|lopsided)\b|"
    r"\bhow (?:are|is) (?:the |its )?(?:values?|data|numbers) spread\b"
)
MEMORY = (
    r"\bauto-?correlat\w*|\bserial(?:ly)? (?:correlat\w+|depend\w+|independ\w+)|\bljung\b|\bp?acf\b|"
    r"\bhas (?:a |any )?(?:\w+ )?memory\b|\b(?:is there|any|a|much|long|short|what) (?:\w+ )?memory\b|"
    r"\bmemory(?:less)?(?= ?(?:$|[?.!]))|\bremembers?\b|\bpersisten(?:t|ce)\b|\bhalf[- ]life\b|"
    r"\bdepend\w* on (?:its|their) (?:own )?(?:past|previous|earlier|last|history)\b|"
    r"\b(?:today|each value|one value|a value|(?:the )?next value)(?:'s \w+)? depends? on\b|"
    r"\b(?:values?|observations|rows) (?:\w+ )?(?:independent|related to (?:the )?(?:previous|last))\b"
)
NOISE = r"\bwhite noise\b|\b(?:colou?r|kind|type|sort) of (?:the )?noise\b|\bnoise (?:\w+ )?(?:white|pink|red|blue|random)\b"
NOISY = (
    r"\bnois(?:e|y|ier|iest|iness)\b|\bsignal[- ]to[- ]noise\b|\bhow (?:random|unpredictable|predictable)\b|"
    r"\b(?:is|are) (?:it|they|the \w+) (?:\w+ )?(?:random|unpredictable|predictable)(?= ?(?:$|[?.!]))"
)

_LAG = re.compile(rf"\b(?:at |with |for |of )?(?:a |the )?(?:lags? ?(?:of |= ?|-)?({NUMBER})|({NUMBER})(?:st|nd|rd|th)? lag)\b")
_HELPER_FIRST = re.compile(
    rf"\b(?:what|which(?: \w+)?) (?:can |could |does |do )(?:the )?{MASK}+ (?:\w+ )?(?:help|granger|predict)|"
    rf"\b{MASK}+ (?:a |any )?(?:good |useful )?(?:leading indicator|predictor)s?\b(?! (?:of|for))"
)
_PASSIVE = re.compile(r"\b(?:predicted|predictable|forecast(?:ed)?|granger[- ]caused|helped) (?:by|from|with)\b")
_LARGEST_LAG = 10_000
_PERCENTILE = re.compile(
    r"\b(\d{1,2}(?:\.\d{1,3})?)(?:st|nd|rd|th)?[ -]?(?:% |percent )?(?:percentile|quantile)s?\b|\bpercentile (?:of )?(\d{1,2})\b"
)


def read_lag(text: str) -> tuple[int | None, str]:
    """ "lag 12", "a lag of 7", and the rest. Raises BadRequest for a lag that is not a whole number of samples from 1 on."""
    match = _LAG.search(text)
    if match is None:
        return None, text
    lag = number(match.group(1) or match.group(2))
    if lag != int(lag) or not 1 <= lag <= _LARGEST_LAG:
        raise BadRequest(
            f"A lag is a whole number of samples from 1 to {_LARGEST_LAG:,}, and {lag:g} is not; ask for example for lag 12."
        )
    return int(lag), blank(text, *match.span())


def read_percentile(text: str) -> float | None:
    """ "the 90th percentile", "percentile 5"; None where none between 0 and 100 is named."""
    match = _PERCENTILE.search(text)
    wanted = 0.0 if match is None else float(match.group(1) or match.group(2))
    return wanted if 0 < wanted < 100 else None


def prediction_target(
    text: str, named: tuple[str, ...], series: tuple[str, ...], loaded: tuple[str, ...]
) -> tuple[str | None, tuple[str, ...]]:
    """The series to be predicted (None: every direction is asked) and all that take part, it first.

    text: a clause, names blanked by MASK. named: the series it names. series: those it is about, or those it takes over from the
    conversation. "Does A help to predict B" and "is B predicted by A" are about B; one name alone is the one to be predicted, by
    all others, unless it is the one said to help.
    """
    if not named:
        if len(series) == 1:
            return (series[0] if len(loaded) > 1 else None), _with_first(series, loaded)
        return None, series or loaded
    if len(named) == 1:
        about = _with_first(named, loaded)
        return (None if _HELPER_FIRST.search(text) else named[0]), about
    if re.search(rf"\bbetween (?:the )?{MASK}", text):
        return None, named
    if re.search(rf"\b(?:power|value|content|information|use|usefulness) of (?:the )?{MASK}", text):
        return named[-1], _with_first(named[-1:], named)
    passive = _PASSIVE.search(text)
    spoken = passive or re.search(GRANGER, text)
    before = 0 if spoken is None else len(re.findall(f"{MASK}+", text[: _verb(spoken)]))
    place = max(before - 1, 0) if passive else min(before, len(named) - 1)
    return named[place], _with_first((named[place],), named)


def _verb(spoken: re.Match[str]) -> int:
    """Where the word stands that parts what helps from what is predicted."""
    verb = re.search(r"granger|help|useful|good|of use|predict|leading|indicator", spoken.group())
    return spoken.start() + (verb.start() if verb is not None else 0)


def _with_first(first: tuple[str, ...], names: tuple[str, ...]) -> tuple[str, ...]:
    return (*first, *(name for name in names if name not in first))
