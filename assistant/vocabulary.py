"""Words the verifier knows: number words, dates, measures, model names, and claims that facts can contradict."""

from __future__ import annotations

import re

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
    r"\b(doubl(?:e|ed|es|ing)|twice|thrice|tripl(?:e|ed|es|ing)|quadrupl\w+|halv(?:e|ed|es|ing)|half|(?:two|one|three)[- ]"
    r"(?:thirds?|quarters?|fifths?|tenths?)|an?\s+(?:third|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|thousandth)|"
    r"a\s+quarter\s+of|tenths?|hundredths?|thousandths?|tenfold|\w+fold|dozens|hundreds|thousands|millions|billions|"
    r"trillions?|lakhs?|crores?|couple|several|handful|majority|minority|(?:twen|thir|for|fif|six|seven|eigh|nine)ties|"
    r"i{2,3}|iv|vi{1,3}|ix|xi{0,3}|xx)\b",
    re.IGNORECASE,
)

CAUSES = re.compile(
    r"\b(because|due\s+to|caus(?:ed|es|ing)|owing|thanks\s+to|as\s+a\s+result|driven\s+by|attributable\s+to|attributed\s+to|"
    r"leads?\s+to|led\s+to|result(?:s|ed|ing)\s+(?:from|in)|explain(?:s|ed)?|made|makes|on\s+account\s+of|reasons?|"
    r"trigger\w*|stem(?:s|med)?\s+from|boost\w*|prompted|therefore|thus|hence|consequently|effect\s+of|impact\w*|"
    r"since(?!\s+(?:\d|[\ue000-\uf8ff]|then\b|row\b)))\b",
    re.IGNORECASE,
)

# Words of movement. A computed trend, or the numbers cited with them, decides whether they are true.
FALLING = re.compile(
    r"\b(?:downwards?|fall(?:s|ing|en)?|fell|decreas\w+|declin\w+|shrink\w*|shrank|drop(?:s|ped|ping)?|plung\w+|slump\w*|"
    r"dip(?:s|ped|ping)?|lower(?:ed|ing)|trending\s+(?:down|lower)|plummet\w*|sank|sink\w*|tumbl\w+|slid|slid(?:es?|ing))\b",
    re.IGNORECASE,
)
RISING = re.compile(
    r"\b(?:upwards?|rising|rises?|rose|risen|increas\w+|grow(?:s|n|ing|th)?|grew|climb\w*|trending\s+(?:up|higher)|soar\w*|"
    r"surg\w+|jump\w*|gain(?:s|ed|ing))\b",
    re.IGNORECASE,
)

# Everyday words that carry no quantity, name or claim; by them a sentence is known as English. Without a plural's s.
PLAIN_WORDS = frozenset(
    """a an the this that these those it they them one other another each every both all any some no not none nor neither
    i wa is are were be been being ha have had doe do did will would can could may might should must
    in on at of to from by with for between over under up down out into during after before until till since against within
    and or but so if when where while which who whose what than then there here a as i also only just even still about around
    more le less fewer higher lower above below better worse compared again once overall most least thi hi it
    you your we our my mine me its their ago apart earlier later await respectively though although however yet
    first last next strongest agree known together hold show run come say range took average""".split()  # noqa: SIM905 - a list of words is read and kept in order best as prose
)
# Words that may open a sentence though no fact has them.
OPENING_WORDS = frozenset(
    """forecast value model method best highest lowest peak truth data series seasonality cycle test trend statistic mean median
    maximum minimum note nothing unusual horizon result today let please looking according based among apart allowing further
    history backtest interval chosen level change accuracy score season yes probably""".split()  # noqa: SIM905 - a list of words is read and kept in order best as prose
)
FOREIGN_WORDS = frozenset(
    """el la los las es porque y del en por para con der das und ist nicht war dem den le les est une un et dans il di della
    che sono och att ikke de het een van nao uma o e""".split()  # noqa: SIM905 - a list of words is read and kept in order best as prose
)

# A measure named in a sentence has to be named by a fact that it cites: this keeps a true number under a false label out.
MEASURES: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.IGNORECASE)
    for name, pattern in {
        "mase": r"\bMASE\b",
        "smape": r"\bs?MAPE\b",
        "wql": r"\bWQL\b",
        "rmse": r"\bRMSE\b",
        "coverage": r"\b(?:coverage|intervals\s+(?:held|covered|contained))\b",
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
        "period": r"(?<!whole )(?<!entire )(?<!full )(?<!this )(?<!that )(?<!same )\bperiod(?:icity)?\b",
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
    "damped trend": "damped", "autoregression": "autoregression", "autoregressive model": "autoregression",
    "harmonic regression": "harmonic", "dynamic harmonic regression": "harmonic", "fourier regression": "harmonic",
    "unobserved components": "unobserved-components", "unobserved-components": "unobserved-components",
    "structural time series": "unobserved-components", "structural model": "unobserved-components",
    "croston": "croston", "teunter-syntetos-babai": "tsb", "tsb": "tsb",
    "cycle-linear": "cycle-linear", "cycle linear": "cycle-linear", "cyclenet": "cyclenet",
    "nearest neighbour": "nearest-neighbour", "nearest-neighbour": "nearest-neighbour", "nearest neighbor": "nearest-neighbour",
    "minirocket": "minirocket", "multirocket": "multirocket", "rocket": "rocket", "hydra": "hydra",
    "hitime": "hitime", "calf": "calf", "llm-ts net": "llm-ts-net", "tidings-zero": "tidings-zero",
    "arima": "arima", "sarima": "sarima", "sarimax": "sarimax", "autoarima": "arima", "prophet": "prophet", "lstm": "lstm",
    "gru": "gru", "transformer": "transformer", "xgboost": "xgboost", "lightgbm": "lightgbm", "random forest": "random-forest",
    "n-beats": "n-beats", "nbeats": "n-beats", "nhits": "nhits", "deepar": "deepar", "patchtst": "patchtst",
    "chronos": "chronos", "timesfm": "timesfm", "moirai": "moirai", "timegpt": "timegpt", "neural network": "neural-network",
    "var model": "var", "garch": "garch", "tbats": "tbats", "inceptiontime": "inceptiontime",
}  # fmt: skip
MODEL_PATTERN = re.compile(
    r"(?<![\w-])(" + "|".join(re.escape(word) for word in sorted(MODEL_WORDS, key=len, reverse=True)) + r")(?![\w-])",
    re.IGNORECASE,
)


# Names like those of models that the house does not know, or a known one with more grown onto it ("arima-x", "auto-arima").
STRANGE_MODELS = re.compile(
    r"\b(?:gradient[\s-]boost\w*|boosted\s+trees?|catboost|(?:linear|ridge|lasso|logistic|quantile)\s+regression|moving\s+averages?|"
    r"kalman\w*|decision\s+trees?|deep\s+learning|machine\s+learning|support\s+vector\w*|gaussian\s+process\w*|"
    r"(?:"
    + "|".join(re.escape(word) for word in sorted(MODEL_WORDS, key=len, reverse=True))
    + r")-\w+|\w+-(?:arima|theta|ets|lstm|naive|prophet)(?<!seasonal-naive)(?<!stl-ets))\b",
    re.IGNORECASE,
)
