"""Slow cycles that hide behind shifts, and shifts that a slow cycle makes believe."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.signal import lfilter

from assistant.analysis.candidates import near_usual, usual_length
from assistant.analysis.change import Change
from assistant.analysis.changepoints import find_change_points
from assistant.analysis.hidden_cycles import beside_cycles, hidden_cycle, slow_periods
from assistant.analysis.noise import quick_persistence
from assistant.analysis.seasonality import find_seasons
from assistant.analysis.term_search import without_largest
from assistant.data.series import Series


def undated(values: np.ndarray) -> Series:
    return Series("x", pd.RangeIndex(len(values)), np.asarray(values, np.float64), None)


def shift(position: int, size: float) -> Change:
    return Change(position, "level", size, 9.0, 0.0, size)


@pytest.mark.parametrize("seed", range(3))
def test_a_weak_year_beside_shift_and_hinge_is_a_cycle(seed: int) -> None:
    rows = np.arange(1_500)
    values = 1.3 * np.sin(2 * np.pi * rows / 365) + np.random.default_rng(seed).normal(size=1_500)
    values += 20.0 * (rows >= 170) - 0.03 * np.maximum(rows - 893, 0)
    assert hidden_cycle(values) == 365
    changes = find_change_points(undated(values))
    assert [change.kind for change in changes] == ["level", "slope"]
    assert changes[0].position == pytest.approx(170, abs=2)
    assert changes[1].position == pytest.approx(893, abs=40)


@pytest.mark.parametrize("seed", range(3))
def test_a_year_and_a_week_are_found_beside_a_shift_and_a_kink(seed: int) -> None:
    random = np.random.default_rng(seed)
    rows = np.arange(1_500)
    values = 3 * np.sin(2 * np.pi * rows / 7) + 8 * (rows % 365) / 365 + random.normal(size=1_500)
    values += 15.0 * (rows >= 600) - 0.03 * np.maximum(rows - 1_000, 0)
    assert {season.period for season in find_seasons(values)} == {7, 365}


@pytest.mark.parametrize("kind", ["walk", "slow noise", "hinges", "staircase"])
def test_what_wanders_bends_or_shifts_has_no_slow_season(kind: str) -> None:
    random = np.random.default_rng(11)
    rows = np.arange(1_500)
    for _ in range(6):
        noise = random.normal(size=1_500)
        places = np.sort(random.choice(1_500, 4, replace=False))
        if kind == "walk":
            values = np.cumsum(noise)
        elif kind == "slow noise":
            values = lfilter([1.0], [1.0, -0.95], noise)
        elif kind == "hinges":
            values = noise + np.interp(rows, places, 15 * random.normal(size=4))
        else:
            values = noise + 8 * random.normal(size=5)[np.searchsorted(places, rows)]
        assert find_seasons(values) == ()


def test_a_length_that_few_cycles_leave_open_is_the_usual_one_only_if_as_good() -> None:
    rows = np.arange(1_500)
    noise = 1.2 * np.random.default_rng(3).normal(size=1_500)
    near = near_usual(372, 1_500)
    assert near == [336, 365]
    assert usual_length(np.sin(2 * np.pi * rows / 366) + noise, 372, near) == 365
    assert usual_length(4 * np.sin(2 * np.pi * rows / 380) + noise, 380, [365]) == 380
    assert near_usual(365, 1_500) == []
    assert near_usual(8, 500) == []


def test_a_cycle_that_is_known_is_not_hidden() -> None:
    values = 3 * np.sin(2 * np.pi * np.arange(1_500) / 365) + np.random.default_rng(0).normal(size=1_500)
    assert hidden_cycle(values) == 365
    assert hidden_cycle(values, (365,)) == 0
    assert hidden_cycle(values, (363,)) == 0


@pytest.mark.parametrize("seed", range(4))
def test_steps_are_no_hidden_cycle(seed: int) -> None:
    random = np.random.default_rng(seed)
    noise = random.normal(size=900)
    assert hidden_cycle(noise) == 0
    assert hidden_cycle(noise + 6.0 * (np.arange(900) >= 200) - 9.0 * (np.arange(900) >= 520)) == 0


def test_a_series_too_short_for_slow_cycles_has_none() -> None:
    assert hidden_cycle(5 * np.sin(2 * np.pi * np.arange(120) / 24)) == 0
    assert slow_periods((7, 24, 168, 365), 1_500) == (168, 365)
    assert slow_periods((12,), 60) == ()


def test_shifts_that_a_season_explains_go_and_true_ones_stay() -> None:
    rows = np.arange(1_460)
    phase = rows % 365 / 365
    values = 8 * np.exp(-0.5 * ((phase - 0.5) / 0.08) ** 2) + np.random.default_rng(1).normal(size=1_460)
    values += 6.0 * (rows >= 800)
    spread = Change(300, "variance", 1.0, 5.0, 1.0, 2.0)
    kept = beside_cycles(values, (shift(150, 5.0), spread, shift(800, 6.0), shift(1_250, 5.0)), (365,))
    assert kept == (spread, shift(800, 6.0))
    assert beside_cycles(values, (shift(150, 5.0),), ()) == (shift(150, 5.0),)


@pytest.mark.parametrize("seed", range(3))
def test_a_bend_and_a_kink_are_no_memory(seed: int) -> None:
    rows = np.arange(90)
    noise = np.random.default_rng(seed).normal(size=91)
    remembering = noise[1:] + 0.5 * noise[:-1]
    rest = without_largest(remembering + 25 * (rows / 90) ** 2 - 1.2 * np.maximum(rows - 50, 0), None)
    assert quick_persistence(rest) < 0.6
