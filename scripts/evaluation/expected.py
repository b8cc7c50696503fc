"""The numbers that answers must contain, computed with plain pandas and nothing of the product.

One small function a kind of number. Files are read with `pd.read_csv`; the options each needs are written down by hand in
`READ_OPTIONS`. Spans are pandas partial strings, both ends inclusive: "2009" is the whole year, "2009-03" the whole month.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from scripts import make_samples

Answer = float | str | bool | pd.Timestamp

SAMPLES = Path(__file__).parent.parent.parent / "assistant" / "samples"
READ_OPTIONS: dict[str, dict[str, Any]] = {
    "us_employment_monthly.csv": {"index_col": "month", "parse_dates": ["month"]},
    "brent_oil_daily.csv": {"index_col": "Day", "parse_dates": ["Day"], "date_format": "%m/%d/%Y", "skiprows": 4},
    "co2_monthly.csv": {"index_col": "month", "parse_dates": ["month"], "date_format": "%Y-%m"},
    "server_load.csv": {"index_col": "time", "parse_dates": ["time"]},
    "gestures_labelled.csv": {},
}
STEPS = {"us_employment_monthly.csv": "MS", "brent_oil_daily.csv": "B", "co2_monthly.csv": "MS", "server_load.csv": "h"}
PLANTED = {
    "cpu spike": make_samples.CPU_SPIKE,
    "cpu shift": make_samples.CPU_SHIFT,
    "request spike": make_samples.REQUEST_SPIKE,
    "request stuck": make_samples.REQUEST_STUCK[0],
}
OPERATORS: dict[str, Callable[[pd.Series, float], pd.Series]] = {
    ">": operator.gt,
    ">=": operator.ge,
    "<": operator.lt,
    "<=": operator.le,
    "==": operator.eq,
}
GROUP_NAMES: dict[str, list[str]] = {
    "weekday": ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"],
    "month": [
        "",
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ],
}


@cache
def table(file: str) -> pd.DataFrame:
    """A sample file in time order, its time as the index. Do not change what this returns: it is shared."""
    frame: pd.DataFrame = pd.read_csv(SAMPLES / file, **READ_OPTIONS[file])
    return frame.sort_index() if file in STEPS else frame


def selection(
    file: str,
    start: str | None = None,
    end: str | None = None,
    months: tuple[int, ...] = (),
    weekdays: tuple[int, ...] = (),
    hours: tuple[int, ...] = (),
) -> pd.DataFrame:
    """The rows of a file in a span, and there only the given months (1–12), weekdays (0 Monday) and hours."""
    frame = table(file).loc[start:end]
    index = pd.DatetimeIndex(frame.index)
    keep = np.ones(len(frame), dtype=bool)
    for wanted, found in ((months, index.month), (weekdays, index.dayofweek), (hours, index.hour)):
        if wanted:
            keep &= found.isin(list(wanted))
    return frame[keep]


def values(file: str, series: str | None = None, **chosen: Any) -> pd.Series:
    """The known values of one column (None: the only one) in a selection."""
    rows = selection(file, **chosen)
    return rows[series or rows.columns[0]].dropna()


def constant(file: str, value: Answer) -> Answer:
    """A value that is known without computing it."""
    del file
    return value


def planted(file: str, name: str) -> pd.Timestamp:
    """When the generator of the sample planted an anomaly."""
    del file
    return PLANTED[name]


def rows(file: str) -> float:
    """How many rows the file holds."""
    return float(len(table(file)))


def missing(file: str, series: str | None = None) -> float:
    """How many values of a column are empty."""
    frame = table(file)
    return float(frame[series or frame.columns[0]].isna().sum())


def mean(file: str, **chosen: Any) -> float:
    """Arithmetic mean."""
    return float(values(file, **chosen).mean())


def median(file: str, **chosen: Any) -> float:
    """Median."""
    return float(values(file, **chosen).median())


def total(file: str, **chosen: Any) -> float:
    """Sum."""
    return float(values(file, **chosen).sum())


def deviation(file: str, **chosen: Any) -> float:
    """Sample standard deviation (divided by n - 1)."""
    return float(values(file, **chosen).std())


def value_range(file: str, **chosen: Any) -> float:
    """Largest minus smallest."""
    known = values(file, **chosen)
    return float(known.max() - known.min())


def maximum(file: str, **chosen: Any) -> float:
    """Largest value."""
    return float(values(file, **chosen).max())


def minimum(file: str, **chosen: Any) -> float:
    """Smallest value."""
    return float(values(file, **chosen).min())


def time_of_maximum(file: str, **chosen: Any) -> pd.Timestamp:
    """When the largest value was first reached."""
    return pd.Timestamp(str(values(file, **chosen).idxmax()))


def time_of_minimum(file: str, **chosen: Any) -> pd.Timestamp:
    """When the smallest value was first reached."""
    return pd.Timestamp(str(values(file, **chosen).idxmin()))


def largest(file: str, rank: int, **chosen: Any) -> float:
    """The value at a rank (1 is the largest)."""
    return float(values(file, **chosen).nlargest(rank).iloc[-1])


def smallest(file: str, rank: int, **chosen: Any) -> float:
    """The value at a rank (1 is the smallest)."""
    return float(values(file, **chosen).nsmallest(rank).iloc[-1])


def first(file: str, **chosen: Any) -> float:
    """Earliest value."""
    return float(values(file, **chosen).iloc[0])


def last(file: str, **chosen: Any) -> float:
    """Latest value."""
    return float(values(file, **chosen).iloc[-1])


def time_of_last(file: str, **chosen: Any) -> pd.Timestamp:
    """When the latest value was."""
    return pd.Timestamp(values(file, **chosen).index[-1])


def change(file: str, **chosen: Any) -> float:
    """Last minus first value of a selection."""
    known = values(file, **chosen)
    return float(known.iloc[-1] - known.iloc[0])


def growth(file: str, **chosen: Any) -> float:
    """Last against first value of a selection, in per cent."""
    known = values(file, **chosen)
    return float(100 * (known.iloc[-1] / known.iloc[0] - 1))


def mean_growth(file: str, before: str, after: str, **chosen: Any) -> float:
    """Mean of one period against the mean of another, in per cent."""
    return 100 * (mean(file, start=after, end=after, **chosen) / mean(file, start=before, end=before, **chosen) - 1)


def value_at(file: str, time: str, series: str | None = None) -> float:
    """The value at one moment."""
    return float(values(file, series).loc[time:time].iloc[0])


def year_over_year(file: str, time: str, series: str | None = None) -> float:
    """The value at a moment against the one a year before, in per cent."""
    known = values(file, series)
    moment = pd.Timestamp(time)
    return float(100 * (known[moment] / known[moment - pd.DateOffset(years=1)] - 1))


def year_difference(file: str, time: str, series: str | None = None) -> float:
    """The value at a moment minus the one a year before."""
    known = values(file, series)
    moment = pd.Timestamp(time)
    return float(known[moment] - known[moment - pd.DateOffset(years=1)])


def _meeting(file: str, op: str, threshold: float, upper: float | None, **chosen: Any) -> pd.Series:
    known = values(file, **chosen)
    if upper is not None:
        return known[known.between(threshold, upper)]
    return known[OPERATORS[op](known, threshold)]


def count(file: str, op: str, threshold: float, upper: float | None = None, **chosen: Any) -> float:
    """How many values meet a condition."""
    return float(len(_meeting(file, op, threshold, upper, **chosen)))


def first_time(file: str, op: str, threshold: float, upper: float | None = None, **chosen: Any) -> pd.Timestamp:
    """When a condition was first met."""
    return pd.Timestamp(_meeting(file, op, threshold, upper, **chosen).index[0])


def last_time(file: str, op: str, threshold: float, upper: float | None = None, **chosen: Any) -> pd.Timestamp:
    """When a condition was last met."""
    return pd.Timestamp(_meeting(file, op, threshold, upper, **chosen).index[-1])


def _by_group(file: str, group: str, statistic: str, **chosen: Any) -> pd.Series:
    known = values(file, **chosen)
    index = pd.DatetimeIndex(known.index)
    keys = index.dayofweek if group == "weekday" else getattr(index, group)
    return known.groupby(keys).agg(statistic)


def group_value(file: str, group: str, pick: str, statistic: str = "mean", **chosen: Any) -> float:
    """The highest ("max") or lowest ("min") of a statistic computed per hour, weekday, month, quarter or year."""
    return float(_by_group(file, group, statistic, **chosen).agg(pick))


def group_name(file: str, group: str, pick: str, statistic: str = "mean", **chosen: Any) -> str:
    """Which hour, weekday, month, quarter or year that is, in words."""
    found = int(_by_group(file, group, statistic, **chosen).agg(f"idx{pick}"))
    return GROUP_NAMES[group][found] if group in GROUP_NAMES else str(found)


def correlation(file: str, first_series: str, second_series: str, **chosen: Any) -> float:
    """Pearson correlation of two columns of a file."""
    chosen_rows = selection(file, **chosen)
    return float(chosen_rows[first_series].corr(chosen_rows[second_series]))


def lead(file: str, leading: str, following: str, longest: int) -> float:
    """By how many rows one column best leads another: the shift with the highest correlation."""
    frame = table(file)
    found = {shift: frame[leading].shift(shift).corr(frame[following]) for shift in range(-longest, longest + 1)}
    return float(max(found, key=lambda shift: found[shift]))


def direction(file: str, **chosen: Any) -> str:
    """Sign of the least-squares slope: "up" or "down"."""
    known = values(file, **chosen)
    return "up" if np.polyfit(np.arange(len(known)), known.to_numpy(dtype=float), 1)[0] > 0 else "down"


def cycle(file: str, series: str | None = None, longest: int = 40) -> float:
    """Length of the cycle in rows: the lag of at least 3 at which the first differences correlate best with themselves."""
    frame = table(file)
    steps = frame[series or frame.columns[0]].interpolate().diff()
    found = {lag: steps.autocorr(lag) for lag in range(3, longest + 1)}
    return float(max(found, key=lambda lag: found[lag]))


def last_forecast_time(file: str, horizon: int) -> pd.Timestamp:
    """The time of a forecast's last point."""
    return pd.Timestamp(pd.date_range(table(file).index[-1], periods=horizon + 1, freq=STEPS[file])[-1])


COMPUTATIONS: dict[str, Callable[..., Answer]] = {
    function.__name__: function
    for function in (
        *(constant, planted, rows, missing, mean, median, total, deviation, value_range, maximum, minimum),
        *(time_of_maximum, time_of_minimum, largest, smallest, first, last, time_of_last, change, growth, mean_growth),
        *(value_at, year_over_year, year_difference, count, first_time, last_time, group_value, group_name),
        *(correlation, lead, direction, cycle, last_forecast_time),
    )
}


def compute(kind: str, file: str, **arguments: Any) -> Answer:
    """One expected value. Raises KeyError for a kind that does not exist."""
    return COMPUTATIONS[kind](file, **arguments)
