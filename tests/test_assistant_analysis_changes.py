"""Seasons and changes that hide each other: nested cycles, edges of a season, staircases, changes of spread."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.analysis.changepoints import find_change_points
from assistant.analysis.noise import persistence, quick_persistence
from assistant.analysis.seasonality import find_seasons
from assistant.data.series import Series


def undated(values: np.ndarray) -> Series:
    return Series("x", pd.RangeIndex(len(values)), np.asarray(values, np.float64), None)


def periods(values: np.ndarray, frequency: str | None = None) -> list[int]:
    return sorted(season.period for season in find_seasons(values, frequency))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("frequency", ["h", None])
def test_a_jagged_day_within_a_jagged_week_is_two_seasons(seed: int, frequency: str | None) -> None:
    random = np.random.default_rng(seed)
    rows = np.arange(1_344)
    day, week = 4 * random.normal(size=24), 4 * random.normal(size=7)
    assert periods(day[rows % 24] + week[rows // 24 % 7] + random.normal(size=len(rows)), frequency) == [24, 168]


@pytest.mark.parametrize("seed", range(4))
def test_a_jagged_cycle_is_one_season_beside_a_bent_trend(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = np.arange(480)
    cycle = 3 * random.normal(size=24)
    assert periods(cycle[rows % 24] + 60 * (rows / 480) ** 2 + random.normal(size=480)) == [24]


def test_a_year_without_a_calendar_is_told_to_the_day_under_shift_and_trend() -> None:
    rows = np.arange(1_500)
    noise = np.random.default_rng(3).normal(size=1_500)
    values = 6 * np.sin(2 * np.pi * rows / 365) + 4 * np.sin(2 * np.pi * rows / 7) + 20 * (rows >= 900) + rows / 100 + noise
    assert periods(values) == [7, 365]


@pytest.mark.parametrize("unit", [1e-180, 1e-9, 1e160])
def test_seasons_do_not_depend_on_the_unit(unit: float) -> None:
    rows = np.arange(240)
    values = 3 * np.sin(2 * np.pi * rows / 12) + 9 * (rows >= 130) + np.random.default_rng(2).normal(size=240)
    (plain,), (scaled,) = find_seasons(values), find_seasons(values * unit)
    assert (plain.period, scaled.period) == (12, 12)
    assert scaled.strength == pytest.approx(plain.strength, rel=1e-6)
    assert np.log(scaled.p_value) == pytest.approx(np.log(plain.p_value), rel=1e-6)


def test_a_sawtooth_is_a_season_and_its_edges_are_no_shifts() -> None:
    rows = np.arange(1_000)
    values = 12 * (rows % 100) / 100 + np.random.default_rng(1).normal(size=1_000)
    values[430:] += 15
    assert periods(values) == [100]
    (change,) = find_change_points(undated(values), (100,))
    assert change.kind == "level"
    assert abs(change.position - 430) <= 3
    assert change.size == pytest.approx(15, abs=1)


@pytest.mark.parametrize("seed", range(4))
def test_noise_that_widens_is_one_change_of_spread_and_no_shifts(seed: int) -> None:
    values = np.random.default_rng(seed).normal(size=600)
    values[350:] *= 4
    (change,) = find_change_points(undated(values))
    assert change.kind == "variance"
    assert abs(change.position - 350) <= 12
    assert change.after / change.before == pytest.approx(4, rel=0.2)


def test_a_small_shift_shows_where_the_noise_is_narrow() -> None:
    values = np.random.default_rng(5).normal(size=600)
    values[300:] *= 4
    values[120:] += 5
    changes = find_change_points(undated(values))
    assert [change.kind for change in changes] == ["level", "variance"]
    assert abs(changes[0].position - 120) <= 2
    assert changes[0].size == pytest.approx(5, abs=0.6)


@pytest.mark.parametrize("seed", range(3))
def test_large_changes_do_not_hide_behind_the_memory_they_feign(seed: int) -> None:
    rows = np.arange(500)
    values = (
        np.random.default_rng(seed).normal(size=500) + 20 * (rows >= 120) - 16 * (rows >= 240) + 0.12 * np.maximum(rows - 340, 0)
    )
    changes = find_change_points(undated(values))
    assert [change.kind for change in changes] == ["level", "level", "slope"]
    assert [change.position for change in changes] == pytest.approx([120, 240, 340], abs=20)


def test_a_saturating_trend_is_no_staircase() -> None:
    for seed in range(4):
        values = np.random.default_rng(seed).normal(size=400) + 25 * (1 - np.exp(-np.arange(400) / 100))
        assert all(change.kind != "level" for change in find_change_points(undated(values)))


def test_steps_do_not_pass_for_memory_in_single_steps() -> None:
    values = np.random.default_rng(0).normal(size=120)
    values[40:] += 12
    assert abs(quick_persistence(values)) < 0.35
    assert persistence(values) > 0.4


def test_edges_of_a_season_nobody_found_are_no_shifts() -> None:
    rows = np.arange(1_200)
    values = 12 * ((rows + 40) % 240) / 240 + np.random.default_rng(5).normal(size=1_200)
    values[700:] += 15
    shifts = [change for change in find_change_points(undated(values)) if change.kind == "level"]
    assert [change.position for change in shifts] == [pytest.approx(700, abs=2)]
    assert shifts[0].size == pytest.approx(15, abs=1.5)


def test_three_even_steps_are_shifts_and_no_season() -> None:
    values = 10.0 * (np.arange(400) // 100) + np.random.default_rng(6).normal(size=400)
    assert [change.position for change in find_change_points(undated(values)) if change.kind == "level"] == [
        pytest.approx(place, abs=2) for place in (100, 200, 300)
    ]


def test_memory_is_told_from_a_few_hundred_rows() -> None:
    random = np.random.default_rng(7)
    found = []
    for _ in range(40):
        noise = random.normal(size=700)
        for row in range(1, 700):
            noise[row] += 0.8 * noise[row - 1]
        found.append(quick_persistence(noise[200:]))
    assert np.mean(found) == pytest.approx(0.8, abs=0.03)
    assert np.std(found) < 0.075
