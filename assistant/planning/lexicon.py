"""Words that are never taken for a part of a series' name, and words that join names."""

from __future__ import annotations

from importlib.resources import files

from assistant.plan import Statistic
from assistant.vocabulary import MONTHS, NUMBER_WORDS, WEEKDAYS

# A series may really be called so ("value", "total"); the word then still counts as a statistic or a unit too.
STATISTIC_NAMES = frozenset((
    "amount", "average", "change", "count", "data", "date", "figure", "figures", "growth", "index", "level", "levels",
    "max", "maximum", "mean", "median", "min", "minimum", "number", "range", "rate", "series", "std", "sum", "time",
    "total", "trend", "value", "values", "x", "y",
))  # fmt: skip

CONNECTIVES = frozenset((
    "about", "against", "also", "and", "are", "between", "by", "column", "compare", "describe", "did", "do", "does",
    "explain", "for", "forecast", "from", "in", "is", "of", "on", "or", "over", "plot", "predict", "series", "summarise",
    "summarize", "than", "then", "to", "versus", "vs", "was", "with",
))  # fmt: skip

# What people call the thing measured, whatever the series is named.
MEASURE_WORDS = frozenset((
    "barrel", "business", "company", "concentration", "consumption", "cost", "dollar", "economy", "employee", "euro", "headcount",
    "industry", "job", "machine", "market", "metric", "people", "person", "pound", "price", "sector", "signal", "staff", "stock",
    "stuff", "system", "thing", "usage", "utilisation", "utilization", "volume", "worker", "workforce",
))  # fmt: skip

_DAYS = [day.lower() for day in WEEKDAYS]

# Function words and the vocabulary of questions about data; everyday.txt is plain text, to be added to by hand.
COMMON_WORDS = frozenset(
    [
        *files(__package__).joinpath("everyday.txt").read_text("utf-8").split(),
        *NUMBER_WORDS,
        *(month.lower() for month in MONTHS),
        *(month[:3].lower() for month in MONTHS),
        *_DAYS,
        *(f"{day}s" for day in _DAYS),
        *(day[:3] for day in _DAYS),
    ]
)
# Statistics that a question may ask for side by side, or of two stretches.
JOINABLE: frozenset[Statistic] = frozenset({"max", "min", "mean", "median", "sum", "std", "range", "first", "last"})
