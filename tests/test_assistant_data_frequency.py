"""Rhythms through gaps, duplicates and daylight saving; series on their full grid."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.data.frequency import find_rhythm, regularize
from assistant.data.series import Series

ALIASES = (
    *("h", "D", "B", "W-SUN", "W-WED", "MS", "ME", "QS", "QS-FEB", "QE", "YS", "YE", "YS-JUL"),
    *("30min", "15min", "5min", "s", "2h", "2MS", "6MS", "3D", "2W-SUN", "250ms"),
)


@pytest.mark.parametrize("alias", ALIASES)
def test_rhythm_is_found_with_a_fifth_of_the_stamps_gone_and_some_twice(alias: str) -> None:
    whole = pd.date_range("2020-01-01", periods=60, freq=alias)
    assert (find_rhythm(whole).alias, find_rhythm(whole).absent) == (alias, 0)
    kept = np.random.default_rng(1).random(60) < 0.8
    kept[[0, -1]] = True
    gappy = whole[kept].append(whole[:3])
    rhythm = find_rhythm(gappy[::-1])
    assert (rhythm.alias, rhythm.grid, rhythm.absent) == (alias, 60, 60 - len(gappy.unique()))


def test_irregular_times_have_no_rhythm() -> None:
    random = np.random.default_rng(3)
    times = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.cumsum(random.integers(1, 100_000, 200)), unit="s")
    assert find_rhythm(pd.DatetimeIndex(times)).alias == "irregular"
    assert find_rhythm(pd.DatetimeIndex(["2020-01-01"])).alias == "irregular"


@pytest.mark.parametrize(("alias", "count"), [("h", 24 * 40), ("D", 60), ("MS", 30)])
def test_daylight_saving_does_not_disturb(alias: str, count: int) -> None:
    assert find_rhythm(pd.date_range("2020-03-01", periods=count, freq=alias, tz="Europe/Berlin")).alias == alias


def test_a_month_named_by_its_fifteenth_is_monthly() -> None:
    times = pd.DatetimeIndex([pd.Timestamp(2020, 1, 15) + pd.DateOffset(months=k) for k in range(24) if k != 7])
    assert find_rhythm(times).alias == "MS"
    full = regularize(Series("v", times, np.arange(23.0), "MS"))
    assert len(full) == 24
    assert full.times[7] == pd.Timestamp(2020, 8, 15)
    assert np.isnan(full.values[7])


def test_regularize_fills_gaps_with_nan_and_keeps_values() -> None:
    times = pd.date_range("2020-01-01", periods=10, freq="h").delete([3, 4])
    full = regularize(Series("v", times, np.arange(8.0), "h", unit="%"))
    assert np.array_equal(full.values, [0, 1, 2, np.nan, np.nan, 3, 4, 5, 6, 7], equal_nan=True)
    assert (full.name, full.frequency, full.unit) == ("v", "h", "%")
    assert full.times.equals(pd.date_range("2020-01-01", periods=10, freq="h"))


def test_regularize_leaves_everything_else_alone() -> None:
    counted = Series("v", pd.RangeIndex(3), np.arange(3.0), None)
    uneven = Series("v", pd.DatetimeIndex(["2020-01-01", "2020-01-02", "2020-03-07"]), np.arange(3.0), "irregular")
    assert regularize(counted) is counted
    assert regularize(uneven) is uneven


def test_regularize_across_a_change_of_the_clock() -> None:
    times = pd.date_range("2020-10-24", periods=60, freq="h", tz="Europe/Berlin").delete(30)
    full = regularize(Series("v", times, np.arange(59.0), "h"))
    assert len(full) == 60
    assert full.missing == 1
