"""Words the verifier knows: number words, dates, measures, model names, and claims that facts can contradict."""

from __future__ import annotations

import re
from dataclasses import dataclass

MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

NUMBER_WORDS: dict[str, float] = {
    "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15, "sixteen": 16, "seventeen": 17,
    "eighteen": 18, "nineteen": 19, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "seventy": 70,
    "eighty": 80, "ninety": 90, "hundred": 100, "thousand": 1e3, "million": 1e6, "billion": 1e9, "dozen": 12,
}  # fmt: skip

# Quantities in words that no single fact states: a sentence that uses one is a computation nobody made.
LOOSE_QUANTITIES = re.compile(
    r"\b(doubl(?:e|ed|es|ing)|twice|tripl(?:e|ed|es|ing)|quadrupl\w+|halv(?:e|ed|es|ing)|half|two-thirds|one-third|"
    r"a third|a quarter of|tenfold|\w+fold|dozens|hundreds|thousands|millions|billions|majority|minority)\b",
    re.IGNORECASE,
)

CAUSES = re.compile(
    r"\b(because|due to|caused by|owing to|thanks to|as a result of|driven by|attributable to|attributed to|"
    r"leads? to|result(?:s|ed|ing) (?:from|in)|explained by)\b",
    re.IGNORECASE,
)

# A measure named in a sentence has to be named by a fact that it cites: this keeps a true number under a false label out.
MEASURES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "mase": r"\bMASE\b",
        "smape": r"\bs?MAPE\b",
        "wql": r"\bWQL\b",
        "rmse": r"\bRMSE\b",
        "coverage": r"\bcoverage\b",
        "accuracy": r"\baccura(?:cy|te)\b",
        "correlation": r"\bcorrelat\w+\b",
        "mean": r"\b(?:mean|average[sd]?)\b",
        "median": r"\bmedian\b",
        "maximum": r"\b(?:max(?:imum)?|highest|peak(?:s|ed)?|record|largest|greatest)\b",
        "minimum": r"\b(?:min(?:imum)?|lowest|bottom|smallest|trough)\b",
        "deviation": r"\bdeviation\b",
        "p-value": r"\bp[- ]?value\b",
        "slope": r"\bslope\b",
        "strength": r"\bstrength\b",
        "probability": r"\b(?:probability|confidence)\b",
        "horizon": r"\bhorizon\b",
        "period": r"\bperiod(?:icity)?\b",
        "total": r"\b(?:total|sum)\b",
        "missing": r"\bmissing\b",
        "similarity": r"\bsimilarity\b",
    }.items()
}

# Technical terms that are written with capitals and name neither a series nor a model.
GLOSSARY = frozenset(
    [
        *["MASE", "SMAPE", "MAPE", "WQL", "RMSE", "MAE", "MSE", "ADF", "KPSS", "STL", "CSV", "UTC", "GMT", "ISO", "AR", "MA"],
        *["IQR", "SD", "CI", "FFT", "ACF", "PACF", "MAD", "NaN", "I", "OK", "AM", "PM", "Theil", "Sen", "Pearson"],
        *["Spearman", "Granger", "Gaussian"],
    ]
)

# Names of forecasting and classification models, as people write them → their registry name where the house has one.
MODEL_WORDS: dict[str, str] = {
    "seasonal naive": "seasonal-naive", "seasonal-naive": "seasonal-naive", "seasonal naïve": "seasonal-naive",
    "random walk with drift": "drift", "drift method": "drift", "drift model": "drift",
    "theta": "theta", "stl-ets": "stl-ets", "stl+ets": "stl-ets", "stl + ets": "stl-ets", "ets": "ets",
    "exponential smoothing": "ets", "holt-winters": "ets", "holt winters": "ets",
    "cycle-linear": "cycle-linear", "cycle linear": "cycle-linear", "cyclenet": "cyclenet",
    "nearest neighbour": "nearest-neighbour", "nearest-neighbour": "nearest-neighbour", "nearest neighbor": "nearest-neighbour",
    "minirocket": "minirocket", "multirocket": "multirocket", "rocket": "rocket", "hydra": "hydra",
    "hitime": "hitime", "calf": "calf", "llm-ts net": "llm-ts-net", "tidings-zero": "tidings-zero",
    "arima": "arima", "sarima": "sarima", "sarimax": "sarimax", "autoarima": "arima", "prophet": "prophet", "lstm": "lstm",
    "gru": "gru", "transformer": "transformer", "xgboost": "xgboost", "lightgbm": "lightgbm", "random forest": "random-forest",
    "n-beats": "n-beats", "nbeats": "n-beats", "nhits": "nhits", "deepar": "deepar", "patchtst": "patchtst",
    "chronos": "chronos", "timesfm": "timesfm", "moirai": "moirai", "timegpt": "timegpt", "neural network": "neural-network",
    "var model": "var", "garch": "garch", "croston": "croston", "tbats": "tbats", "inceptiontime": "inceptiontime",
}  # fmt: skip
MODEL_PATTERN = re.compile(
    r"(?<![\w-])(" + "|".join(re.escape(word) for word in sorted(MODEL_WORDS, key=len, reverse=True)) + r")(?![\w-])",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Claim:
    """A yes/no statement in words, and the ending of the `source` of the fact that decides it."""

    topic: str
    affirms: re.Pattern[str]
    denies: re.Pattern[str]


def _claim(topic: str, affirms: str, denies: str) -> Claim:
    return Claim(topic, re.compile(affirms, re.IGNORECASE), re.compile(denies, re.IGNORECASE))


CLAIMS = (
    _claim(
        "beats_seasonal_naive",
        r"\b(?:beat(?:s|en)?|better than|outperform\w*|improv\w+ (?:on|over|upon)|ahead of|more accurate than|superior to)\b"
        r"[^.]*\bnaive\b",
        r"\b(?:not (?:beat|better|outperform\w*|improve)|n't (?:beat|outperform)|no better|worse than|fails? to beat|behind)\b"
        r"[^.]*\bnaive\b",
    ),
    _claim(
        "trend_up",
        r"\b(?:upward|rising|rises|rose|increas(?:e|es|ed|ing)|grow(?:s|n|ing)?|grew|climb\w*)\b",
        r"\b(?:downward|falling|falls|fell|decreas\w+|declin\w+|shrink\w*|shrank|no (?:clear |significant )?trend|flat)\b",
    ),
    _claim(
        "stationary",
        r"\b(?:is|are|looks?|seems?) (?:clearly )?stationary\b",
        r"\b(?:not stationary|non-?stationary|isn't stationary)\b",
    ),
    _claim(
        "seasonal",
        r"\b(?:is seasonal|are seasonal|seasonal pattern|seasonality of|strong seasonality|repeats every|cycle of)\b",
        r"\b(?:no|not|without|isn't|lacks?)\b[^.]{0,20}\bseason\w*\b",
    ),
)
