"""Words the agents share: names of rhythms, steps and cycles. They carry no numbers."""

from __future__ import annotations

import pandas as pd

from assistant.analysis.prepare import split_frequency
from assistant.data.series import Series, SeriesRef
from assistant.facts import time_text

_STEPS = {
    "s": ("second", "second"), "min": ("minute", "minute"), "h": ("hour", "hourly"), "D": ("day", "daily"),
    "B": ("business day", "business-daily"), "W": ("week", "weekly"), "MS": ("month", "monthly"), "ME": ("month", "monthly"),
    "QS": ("quarter", "quarterly"), "QE": ("quarter", "quarterly"), "YS": ("year", "yearly"), "YE": ("year", "yearly"),
}  # fmt: skip
_CYCLES = {
    ("h", 24): "daily", ("h", 168): "weekly", ("D", 7): "weekly", ("D", 365): "yearly", ("D", 366): "yearly", ("B", 5): "weekly",
    ("B", 260): "yearly", ("B", 261): "yearly", ("W", 52): "yearly", ("W", 53): "yearly", ("MS", 12): "yearly",
    ("ME", 12): "yearly",
    ("QS", 4): "yearly", ("QE", 4): "yearly", ("min", 60): "hourly", ("min", 1440): "daily", ("min", 10080): "weekly",
}  # fmt: skip


def step_words(frequency: str | None, count: float = 2) -> str:
    """What one sample is called: "months", "days"; "steps" where a sample is no calendar unit (such as 30 minutes)."""
    multiple, base = split_frequency(frequency)
    name = _STEPS[base][0] if base in _STEPS and multiple == 1 else "step"
    return name if count == 1 else f"{name}s"


def rhythm(frequency: str | None) -> str:
    """The frequency as an adjective: "monthly", "hourly", "irregular", "undated" or "evenly spaced"."""
    if frequency is None:
        return "undated"
    if frequency == "irregular":
        return "irregular"
    multiple, base = split_frequency(frequency)
    return _STEPS[base][1] if base in _STEPS and multiple == 1 and base not in {"s", "min"} else "evenly spaced"


def cycle_name(period: int, frequency: str | None) -> str | None:
    """ "yearly", "weekly", "daily" … where a period in samples is that cycle of the calendar; else None."""
    multiple, base = split_frequency(frequency)
    return _CYCLES.get((base, period * multiple))


# Days from one value to the next, by the base of a frequency; finer ones are left out.
_DAYS = {
    "h": 1 / 24, "H": 1 / 24, "D": 1, "B": 1, "C": 1, "W": 7, "M": 28, "MS": 28, "ME": 28, "Q": 90, "QS": 90, "QE": 90, "Y": 365,
    "YS": 365, "YE": 365,
}  # fmt: skip
_CYCLE_DAYS = {"hourly": 1 / 24, "daily": 1, "weekly": 7, "yearly": 365}


def too_coarse_for(cycle: str, frequency: str | None) -> bool:
    """Whether values lie as far apart as a cycle is long, or farther ("weekly" in monthly values), so that none can show."""
    multiple, base = split_frequency(frequency)
    return _DAYS.get(base, 0) * multiple >= _CYCLE_DAYS[cycle]


_MODELS = {
    "seasonal-naive": "seasonal naive", "drift": "drift", "theta": "Theta", "stl-ets": "STL+ETS", "ets": "ETS",
    "cycle-linear": "cycle-linear", "damped": "damped trend", "autoregression": "autoregression",
    "harmonic": "harmonic regression", "croston": "Croston", "tsb": "TSB",
    "unobserved-components": "unobserved components",
    "recent-median": "recent median", "combination": "the combination of models",
    "nearest-neighbour": "nearest neighbour", "minirocket": "MiniRocket", "hitime": "HiTime",
}  # fmt: skip


def model_title(name: str) -> str:
    """A model's name as people write it; a trained model keeps the name it was given."""
    return _MODELS.get(name, name)


def against_plain(accuracy: float, plain: float) -> str:
    """How an accuracy stands to the plain classifier's, to be followed by the latter."""
    return "better than" if accuracy > plain else "as good as" if accuracy == plain else "worse than"


def unit_of(series: Series | SeriesRef) -> str | None:
    """The unit to show after values."""
    return series.unit or None


def period_text(label: str, series: Series) -> str:
    """An end of a span as people write it, no finer than it is given: "2027", "July 2027", "3 July 2027", "row 40"."""
    if not series.dated:
        return f"row {label}"
    return time_text(pd.Timestamp(label), {4: "YS", 7: "MS", 10: "D"}.get(len(label)))
