"""Unusual events: what is the series' own habit is not told, what stands out from it is, with the right name and extent."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from assistant.analysis.anomalies import find_anomalies
from assistant.analysis.anomaly_event import DEFAULT, Strictness, out_of_habit
from assistant.analysis.anomaly_points import threshold, unusual_points
from assistant.analysis.anomaly_stretches import unusual_stretches, usual_cycle
from assistant.data.series import Series

DAY = 288


def undated(values: np.ndarray) -> Series:
    return Series("x", pd.RangeIndex(len(values)), values, None)


def noise(seed: int, n: int, phi: float = 0.0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=n + 200)
    for row in range(1, len(values)):
        values[row] += phi * values[row - 1]
    return values[200:]


def days(seed: int, count: int = 12) -> np.ndarray:
    """A plateau from hour 9 to 18 of every day, in steps of five minutes."""
    hours = np.arange(count * DAY) % DAY / 12
    return 20 + 60.0 * ((hours >= 9) & (hours < 18)) + noise(seed, count * DAY)


def test_the_defaults_are_pinned() -> None:
    assert Strictness() == DEFAULT == Strictness(beyond=1.35, expected=0.7, habit=2)


def test_habit_counts_events_of_half_the_size_and_more() -> None:
    assert out_of_habit(np.array([10.0, 9.0, 2.0]), 2).tolist() == [True, True, False]
    assert out_of_habit(np.array([10.0, 9.0, 5.0]), 2).tolist() == [False, False, False]
    assert out_of_habit(np.array([]), 2).tolist() == []


@pytest.mark.parametrize("n", [60, 240, 1_000, 10_000])
@pytest.mark.parametrize("phi", [0.0, 0.5])
def test_a_spike_of_27_sigma_is_told_at_any_length(n: int, phi: float) -> None:
    values = noise(n, n, phi)
    values /= values.std()
    values[n // 3] += 27
    strongest = find_anomalies(undated(values), ())[0]
    assert (strongest.start, strongest.end, strongest.kind) == (n // 3, n // 3, "spike")
    assert strongest.score > 15
    assert strongest.value == values[n // 3]


def test_plain_and_slow_noise_raise_no_alarm() -> None:
    alarms = 0
    for seed in range(6):
        white = noise(seed, 3_000)
        slow = (white, noise(seed + 50, 3_000, 0.8), noise(seed + 100, 3_000, 0.99), np.cumsum(white))
        alarms += sum(bool(unusual_stretches(values, DEFAULT.beyond)) for values in slow)
        alarms += bool(find_anomalies(undated(white), ()))
    assert alarms <= 1


@pytest.mark.parametrize("n", [500, 2_000, 6_000])
def test_skewed_binary_and_spiky_series_keep_their_habits_to_themselves(n: int) -> None:
    random = np.random.default_rng(n)
    lognormal = np.exp(random.normal(size=n))
    spiky = random.normal(size=n)
    spiky[::20] += 30 + random.normal(size=len(spiky[::20]))
    for values, most in ((lognormal, 10), (random.exponential(size=n), 3), ((random.random(n) < 0.1) * 1.0, 2), (spiky, 1)):
        assert len(find_anomalies(undated(values), ())) <= most


def test_a_spike_beyond_a_habit_of_spikes_is_told() -> None:
    values = noise(1, 4_000)
    values[::100] += 30 + noise(2, 40)
    values[2_050] += 120
    (event,) = find_anomalies(undated(values), ())
    assert (event.start, event.kind) == (2_050, "spike")


def test_a_burst_in_a_long_series_is_one_event_and_neighbours_in_a_short_one_are_two() -> None:
    values = noise(2, 6_000)
    values[[3_000, 3_004, 3_009]] += (40, -55, 30)
    (event,) = find_anomalies(undated(values), ())
    assert (event.start, event.end, event.kind, event.value) == (3_000, 3_009, "dip", values[3_004])
    values = noise(2, 300)
    values[[100, 104]] += 40
    assert sorted(event.start for event in find_anomalies(undated(values), ())) == [100, 104]


def test_a_day_without_its_plateau_is_one_unusual_cycle() -> None:
    values = days(0)
    start, end = 7 * DAY + 108, 7 * DAY + 215
    values[start : end + 1] -= 60
    events = find_anomalies(undated(values), (DAY,))
    assert len(events) == 1
    (event,) = events
    assert event.kind == "unusual cycle"
    assert event.value == pytest.approx(20, abs=5)
    assert event.expected == pytest.approx(80, abs=5)
    assert abs(event.start - start) <= 15
    assert abs(event.end - end) <= 15
    assert event.score > 5


def test_a_stretch_that_stands_out_has_its_extent_level_and_score() -> None:
    values = noise(3, 6_000, 0.9)
    values[4_000:4_120] += 25
    (stretch,) = unusual_stretches(values, DEFAULT.beyond)
    assert (stretch.brief, stretch.lasting, stretch.side) == (False, False, 1)
    assert abs(stretch.start - 4_000) <= 20
    assert abs(stretch.end - 4_119) <= 20
    assert stretch.level == pytest.approx(25, abs=2)
    assert stretch.before == pytest.approx(0, abs=8)
    assert stretch.near[0] <= stretch.start <= stretch.peak <= stretch.end <= stretch.near[1]


def test_rows_that_are_missing_are_skipped_and_counted_where_they_lie() -> None:
    values = np.full(4_000, np.nan)
    values[::2] = noise(4, 2_000)
    values[2_000:2_080:2] += 12
    (stretch,) = unusual_stretches(values, DEFAULT.beyond)
    assert abs(stretch.start - 2_000) <= 10
    assert abs(stretch.end - 2_078) <= 10
    assert unusual_stretches(np.full(4_000, np.nan), DEFAULT.beyond) == ()
    assert unusual_stretches(np.full(4_000, 2.0), DEFAULT.beyond) == ()


def test_the_usual_cycle_is_the_median_day_and_needs_five() -> None:
    values = days(5)
    values[3 * DAY : 4 * DAY] = 500.0
    cycle = usual_cycle(values, (DAY,))
    assert cycle[150] - cycle[10] == pytest.approx(60, abs=2)
    np.testing.assert_allclose(cycle[:DAY], cycle[DAY : 2 * DAY])
    assert not usual_cycle(values, (3 * DAY,)).any()
    values[::DAY] = np.nan
    assert np.isfinite(usual_cycle(values, (DAY,))).all()


def test_gaps_shifts_and_changes_of_spread_that_recur_are_a_habit() -> None:
    values = noise(6, 600)
    for start in range(50, 600, 100):
        values[start : start + 12] = np.nan
    assert find_anomalies(undated(values), ()) == ()
    values = noise(7, 600)
    values[300:340] = np.nan
    (gap,) = find_anomalies(undated(values), ())
    assert (gap.start, gap.end, gap.kind) == (300, 339, "missing stretch")


def test_a_level_shift_tells_the_levels_on_both_sides() -> None:
    values = 50 + noise(8, 300)
    values[180:] += 15
    (event,) = find_anomalies(undated(values), ())
    assert event.kind == "level shift"
    assert event.value == pytest.approx(65, abs=1.5)
    assert event.expected == pytest.approx(50, abs=1.5)


def test_an_irregular_series_is_judged_row_by_row() -> None:
    values = noise(9, 400)
    values[[100, 101]] += 40
    times = pd.date_range("2024", periods=400, freq="h") + pd.to_timedelta(np.arange(400) ** 2 % 37, unit="min")
    (event,) = find_anomalies(Series("x", times, values, "irregular"))
    assert (event.start, event.end, event.kind) == (100, 101, "spike")


def test_the_threshold_grows_with_the_length() -> None:
    assert threshold(100) > 4
    assert threshold(100_000) > threshold(1_000)


def test_a_heavy_tail_moves_the_threshold_a_little() -> None:
    n = 730
    chances = np.random.default_rng(0).permutation((np.arange(n) + 0.5) / n)
    for values, told in ((norm.ppf(chances), True), (t.ppf(chances, 3) * norm.ppf(0.96) / t.ppf(0.96, 3), False)):
        for times, expected in ((1.03, told), (1.07, True)):
            values[300] = times * threshold(n)
            points = unusual_points(values, np.zeros(n), np.ones(n), ())
            assert any(point.start <= 300 <= point.end for point in points) == expected
