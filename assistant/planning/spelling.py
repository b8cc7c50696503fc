"""Slips of the pen in the words that decide a plan: "forecst", "seasonalty", "anomalys"."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rapidfuzz.distance import OSA

from assistant.planning.lexicon import COMMON_WORDS
from assistant.planning.words import stem, tokens

_DECIDING = (
    "forecast", "predict", "describe", "summarise", "overview", "compare", "correlation", "correlated", "seasonality", "seasonal",
    "stationary", "stationarity", "anomaly", "anomalies", "outlier", "outliers", "unusual", "average", "highest", "lowest",
    "maximum", "minimum", "median", "similar", "classify", "classifier", "trend", "weekday", "january", "february",
    "september", "october", "november", "december", "months", "quarter", "yesterday", "tomorrow",
)  # fmt: skip
# Too short for a distance to tell what is meant.
_SHORTHAND = {
    "nxt": "next", "hw": "how", "abve": "above", "abov": "above", "belw": "below",
    "dayz": "days", "mths": "months", "fcst": "forecast",
    "whats": "what's", "wheres": "where's", "hows": "how's", "thats": "that's", "theres": "there's", "dont": "don't",
    "doesnt": "doesn't", "didnt": "didn't", "isnt": "isn't", "arent": "aren't", "wasnt": "wasn't", "hasnt": "hasn't",
}  # fmt: skip


def corrected(text: str, names: Sequence[str]) -> str:
    """The question with deciding words put right; words of the series' names and quoted words stay as they are."""
    kept = {stem(part) for name in names for part in tokens(name)}

    def mend(match: re.Match[str]) -> str:
        word = match.group()
        if word in _SHORTHAND and stem(word) not in kept:
            return _SHORTHAND[word]
        if len(word) < 5 or word in COMMON_WORDS or stem(word) in COMMON_WORDS or stem(word) in kept:
            return word
        allowed = 1 if len(word) < 9 else 2
        ranked = sorted((OSA.distance(word, known, score_cutoff=allowed), known) for known in _DECIDING if known[0] == word[0])
        return ranked[0][1] if ranked and 0 < ranked[0][0] <= allowed else word

    return re.sub(r"(?<![`'\"_\w.])[a-z]{2,20}(?![`'\"_\w])", mend, text)
