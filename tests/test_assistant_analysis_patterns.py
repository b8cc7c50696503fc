"""Seasons, trends, change points, anomalies and stationarity on seeded series whose truth is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from assistant.analysis.anomalies import find_anomalies
from assistant.analysis.anomaly_points import threshold
from assistant.analysis.changepoints import find_change_points
from assistant.analysis.decompose import decompose
from assistant.analysis.noise import noise_scale, persistence
from assistant.analysis.seasonality import find_seasons
from assistant.analysis.stationarity import judge_stationarity
from assistant.analysis.trend import find_trend
from assistant.data.reader import read_dataset
from assistant.data.series import Series

SAMPLES = Path(__file__).parent.parent / "assistant" / "samples"
N = 240
ROWS = np.arange(N)


def noise(seed: int, n: int = N, phi: float = 0.0) -> np.ndarray:
    values = np.random.default_rng(seed).normal(size=n + 100)
    for row in range(1, len(values)):
        values[row] += phi * values[row - 1]
    return values[100:]


def undated(values: np.ndarray) -> Series:
    return Series("x", pd.RangeIndex(len(values)), np.asarray(values, np.float64), None)


def monthly(seed: int = 0, n: int = N) -> np.ndarray:
    return 100 + 10 * np.sin(2 * np.pi * np.arange(n) / 12) + 3 * noise(seed, n)


def periods(values: np.ndarray, frequency: str | None = None) -> list[int]:
    return sorted(season.period for season in find_seasons(values, frequency))


@pytest.mark.parametrize("frequency", ["MS", None])
@pytest.mark.parametrize("contamination", ["none", "outlier", "shift", "trend", "all"])
def test_the_period_is_found_under_contamination(frequency: str | None, contamination: str) -> None:
    values = monthly(seed=5)
    if contamination in ("outlier", "all"):
        values[100] += 80
    if contamination in ("shift", "all"):
        values[150:] += 60
    if contamination in ("trend", "all"):
        values += 4 * ROWS
    assert periods(values, frequency) == [12]


def test_several_seasons_at_once() -> None:
    rows = np.arange(1200)
    values = 8 * np.sin(2 * np.pi * rows / 24) + 6 * np.sin(2 * np.pi * rows / 168) + 2 * noise(3, 1200)
    assert periods(values, "h") == [24, 168]
    assert periods(values) == [24, 168]


def test_harmonics_are_not_seasons_of_their_own() -> None:
    sawtooth = 20 * ((ROWS % 12) / 12) + noise(1)
    assert periods(sawtooth, "MS") == [12]
    assert periods(sawtooth) == [12]


def test_strength_is_the_share_of_the_detrended_variance() -> None:
    # Variance of the season 50, of the noise 9.
    (season,) = find_seasons(monthly(2), "MS")
    assert season.strength == pytest.approx(50 / 59, abs=0.04)


def test_false_seasons_are_rare() -> None:
    claimed = 0
    for seed in range(20):
        white = noise(seed)
        claimed += bool(find_seasons(white, "MS")) + bool(find_seasons(np.cumsum(white), "D"))
        claimed += bool(find_seasons(white + 2 * ROWS, None))
    assert claimed <= 1


def test_an_exact_alternation_is_one_season_and_no_warning() -> None:
    assert periods(5 + (-1.0) ** np.arange(1_000), "h") == [2]
    assert periods(np.arange(100_000) % 2 * 1.0) == [2]


def test_a_rare_event_at_random_days_has_no_season_and_a_weekly_one_has() -> None:
    """Where most values are equal, every event looks like an outlier, and without outliers any cycle explains everything."""
    for seed in range(20):
        random = np.random.default_rng(seed)
        events = (random.random(1500) < random.choice([0.02, 0.1, 0.3])).astype(float)
        assert all(season.strength < 0.3 for season in find_seasons(events, "D")), seed
        assert len(find_seasons(events, "D")) <= 1
        events[::7] = 1
        weekly = [season for season in find_seasons(events, "D") if season.period == 7]
        assert weekly and weekly[0].strength > 0.2, seed


def test_constant_short_and_empty_series_have_no_seasons() -> None:
    assert find_seasons(np.full(100, 3.0), "MS") == ()
    assert find_seasons(np.arange(5.0), "MS") == ()
    assert find_seasons(np.full(100, np.nan), "MS") == ()


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("size", [60.0, -60.0])
def test_a_level_shift_of_twenty_sigma_is_found_where_it_is(seed: int, size: float) -> None:
    place = 60 + 20 * seed
    values = monthly(seed)
    values[place:] += size
    (change,) = (c for c in find_change_points(undated(values), (12,)) if c.kind == "level")
    assert abs(change.position - place) <= 2
    assert change.size == pytest.approx(size, abs=4)
    assert change.after - change.before == pytest.approx(change.size, abs=1e-6)


def test_shifts_of_five_sigma_are_found_and_clean_series_have_none() -> None:
    found = wrong = 0
    for seed in range(20):
        place = 50 + 7 * seed
        changes = find_change_points(undated(noise(seed) + 5 * (place <= ROWS)))
        found += any(c.kind == "level" and abs(c.position - place) <= 2 for c in changes)
        wrong += len(changes) > 1
    assert found >= 19
    assert wrong <= 1
    clean = [noise(seed, phi=phi) + slope * ROWS for seed in range(8) for phi, slope in ((0.0, 0.0), (0.0, 0.5), (0.6, 0.0))]
    assert sum(bool(find_change_points(undated(values))) for values in clean) == 0
    assert sum(bool(find_change_points(undated(monthly(seed)), (12,))) for seed in range(8)) == 0


def test_a_smooth_bend_is_no_change_and_a_kink_is_one() -> None:
    assert find_change_points(undated(noise(0) + 50 * (ROWS / N) ** 2)) == ()
    (change,) = find_change_points(undated(noise(0) + 0.4 * np.maximum(ROWS - 120, 0)))
    assert change.kind == "slope"
    assert abs(change.position - 120) <= 12
    assert change.before == pytest.approx(0, abs=0.03)
    assert change.size == pytest.approx(0.4, abs=0.05)


@pytest.mark.parametrize("size", [0.4, -0.4])
def test_hinges_have_the_sign_of_the_lines_beside_them(size: float) -> None:
    for seed in range(4):
        place = 80 + 20 * seed
        (change,) = find_change_points(undated(noise(seed) + 0.1 * ROWS + size * np.maximum(ROWS - place, 0)))
        assert change.kind == "slope"
        assert abs(change.position - place) <= 12
        assert change.size == pytest.approx(size, abs=0.08)
        assert change.before == pytest.approx(0.1, abs=0.08)
        assert change.after - change.before == pytest.approx(change.size)


@pytest.mark.parametrize("phi", [0.0, 0.6])
def test_a_parabola_has_no_hinge(phi: float) -> None:
    for seed in range(4):
        for rise in (10, -300):
            changes = find_change_points(undated(noise(seed, phi=phi) + rise * (ROWS / N) ** 2))
            assert all(change.kind != "slope" for change in changes)


def test_rising_carbon_dioxide_has_no_change_of_slope() -> None:
    (series,) = read_dataset(SAMPLES / "co2_monthly.csv").series
    assert [change for change in find_change_points(series, (12,)) if change.kind == "slope"] == []


def test_a_shift_beside_a_hinge_is_taken_out_of_the_slopes() -> None:
    changes = find_change_points(undated(noise(3, 300) + 0.5 * np.maximum(np.arange(300) - 150, 0) + 20 * (np.arange(300) >= 60)))
    (hinge,) = (change for change in changes if change.kind == "slope")
    assert abs(hinge.position - 150) <= 12
    assert hinge.size == pytest.approx(0.5, abs=0.05)


def test_scores_stay_finite_and_capped_where_there_is_no_noise() -> None:
    for values in (np.sin(2 * np.pi * ROWS / 12), ROWS / 7, np.full(N, 5.0), np.where(ROWS >= 120, 9.0, 2.0)):
        spiked = values.copy()
        spiked[90] += 50
        events = find_anomalies(undated(spiked))
        assert any(event.start == 90 and event.kind == "spike" for event in events)
        assert all(0 < event.score <= 1_000 for event in events)
        assert all(0 < change.score <= 1_000 for change in find_change_points(undated(spiked)))
    # What rounding leaves of an exact season is not unusual.
    assert find_anomalies(undated(np.sin(2 * np.pi * ROWS / 12))) == ()


def test_a_change_of_spread_is_found() -> None:
    (change,) = find_change_points(undated(np.where(ROWS >= 130, 4 * noise(1), noise(1))))
    assert change.kind == "variance"
    assert abs(change.position - 130) <= 12
    assert change.before == pytest.approx(1, abs=0.3)
    assert change.after == pytest.approx(4, abs=1.0)


def test_a_long_series_is_searched_in_blocks_and_placed_exactly() -> None:
    values = noise(0, 12_000)
    values[7_777:] += 6
    (change,) = find_change_points(undated(values))
    assert abs(change.position - 7_777) <= 2
    assert change.size == pytest.approx(6, abs=0.15)


def test_a_spike_is_a_spike_and_no_shift() -> None:
    values = 3 * noise(4)
    values[90] += 81
    (anomaly,) = find_anomalies(undated(values))
    assert (anomaly.start, anomaly.end, anomaly.kind) == (90, 90, "spike")
    assert anomaly.value == values[90]
    assert anomaly.expected == pytest.approx(0, abs=4)
    assert anomaly.score == pytest.approx(27, rel=0.25)


def test_neighbouring_points_are_one_event_and_the_strongest_comes_first() -> None:
    values = monthly(6)
    values[50:52] -= 45
    values[180] += 90
    events = find_anomalies(undated(values))
    assert [(e.start, e.end, e.kind) for e in events] == [(180, 180, "spike"), (50, 51, "dip")]
    assert find_anomalies(undated(values), limit=1) == events[:1]


def test_a_shift_and_its_return_are_one_event() -> None:
    values = noise(2, 400)
    values[200:220] += 15
    (event,) = find_anomalies(undated(values), ())
    assert event.kind == "level shift"
    assert abs(event.start - 200) <= 2
    assert abs(event.end - 219) <= 2
    assert event.value == pytest.approx(15, abs=1)
    assert event.expected == pytest.approx(0, abs=1)


def test_gaps_and_stuck_values() -> None:
    values = noise(3, 300)
    values[40:60] = np.nan
    values[150:170] = values[150]
    events = {e.kind: (e.start, e.end, e.value) for e in find_anomalies(undated(values), ())}
    assert events == {"missing stretch": (40, 59, None), "stuck value": (150, 169, values[150])}
    scattered = noise(3, 300)
    scattered[::7] = np.nan
    assert find_anomalies(undated(scattered), ()) == ()


def test_clean_series_rarely_raise_an_alarm() -> None:
    alarms = sum(bool(find_anomalies(undated(noise(seed, 1000)), ())) for seed in range(60))
    assert alarms <= 1
    assert threshold(10_000) > threshold(1_000) > 4.4


def test_decomposition_adds_up_and_follows_the_season() -> None:
    values = monthly(7)
    values[77] += 80
    parts = decompose(undated(values), (12,))
    np.testing.assert_allclose(parts.trend + parts.seasonal.sum(axis=0) + parts.remainder, values)
    truth = 10 * np.sin(2 * np.pi * ROWS / 12)
    assert np.sqrt(np.mean((parts.seasonal[0] - truth) ** 2)) < 1.5
    assert np.abs(parts.trend - 100).max() < 5
    assert decompose(undated(values)).seasonal.shape == (0, N)


def test_trend_per_year_with_outliers_and_a_season() -> None:
    times = pd.date_range("2000-01-01", periods=N, freq="MS")
    values = monthly(8) + ROWS / 2
    values[[30, 31, 200]] += 200
    trend = find_trend(Series("x", times, values, "MS"), (12,))
    assert trend is not None
    assert (trend.direction, trend.per) == ("up", "year")
    assert trend.slope == pytest.approx(6, abs=0.15)
    assert trend.low < 6 < trend.high
    assert trend.slope_per_step == pytest.approx(0.5, abs=0.02)


def test_memory_widens_the_interval_so_that_a_wandering_series_has_no_trend() -> None:
    claims = sum(find_trend(undated(noise(seed, phi=0.8))).direction != "none" for seed in range(30))  # type: ignore[union-attr]
    assert claims <= 4
    hourly = Series("x", pd.date_range("2024", periods=N, freq="h"), -ROWS / 24 + 0.1 * noise(0), "h")
    trend = find_trend(hourly)
    assert trend is not None
    assert (trend.direction, trend.per) == ("down", "day")
    assert trend.slope == pytest.approx(-1, abs=0.02)
    assert find_trend(undated(np.array([1.0, 2.0, np.nan]))) is None


def test_a_slope_is_less_sure_after_a_season_of_few_cycles() -> None:
    series = undated(noise(4) + 0.01 * np.arange(len(noise(4))))
    n = len(series)
    plain, widened = find_trend(series), find_trend(series, (n // 4,), seasonal=np.zeros(n))
    assert plain is not None and widened is not None
    assert widened.slope == plain.slope
    cost = 1 / np.sqrt(0.75 * (1 - 0.25**2))  # a quarter of the noise, and the lever between the phases
    assert (widened.high - widened.low) / (plain.high - plain.low) == pytest.approx(cost, rel=0.02)


def test_stationarity_reads_both_tests_together() -> None:
    verdicts = [judge_stationarity(noise(seed)).verdict for seed in range(10)]
    assert verdicts.count("stationary") >= 8
    assert judge_stationarity(np.cumsum(noise(0))).verdict == "unit root"
    assert judge_stationarity(noise(1) + 0.1 * ROWS).verdict == "trend stationary"
    assert judge_stationarity(noise(1) + 0.1 * ROWS).stationary is False
    assert judge_stationarity(np.array([1.0, 2.0])).stationary is None
    assert judge_stationarity(noise(2, 9_000)).block == 5


def test_noise_measures_ignore_shifts_outliers_and_trends() -> None:
    values = 2 * noise(1, 2_000, phi=0.6)
    values[700:] += 50
    values[[100, 900]] += 300
    values += np.arange(2_000) / 100
    assert persistence(values) == pytest.approx(0.6, abs=0.08)
    assert noise_scale(values, 0.6) == pytest.approx(2.5, rel=0.08)


@pytest.mark.parametrize("n", [150, 300])
def test_grid_of_seeded_cases(n: int) -> None:
    """Season, shift and spikes of more than five sigma together: precision and recall."""
    rows = np.arange(n)
    hits = dict.fromkeys(("season", "change", "anomaly"), 0)
    false = dict.fromkeys(hits, 0)
    truths = dict.fromkeys(hits, 0)
    for seed in range(15):
        random = np.random.default_rng(seed)
        period, slope = (0, 7, 12)[seed % 3], (0.0, 0.3)[seed % 2]
        values = random.normal(size=n) + slope * rows
        if period:
            values += 6 * np.sin(2 * np.pi * rows / period)
        shift = int(random.integers(n // 4, 3 * n // 4))
        values[shift:] += 15
        spikes = [int(row) for row in random.choice(np.setdiff1d(np.arange(8, n - 8), np.arange(shift - 6, shift + 7)), 2, False)]
        values[spikes] += 20 * random.choice([-1, 1], 2)
        found = periods(values)
        truth = [period] if period else []
        hits["season"] += sum(p in found for p in truth)
        false["season"] += sum(p not in truth for p in found)
        changes = find_change_points(undated(values), tuple(found))
        right = [c for c in changes if c.kind == "level" and abs(c.position - shift) <= 2]
        hits["change"] += bool(right)
        false["change"] += len(changes) - len(right)
        events = [a for a in find_anomalies(undated(values), tuple(found)) if a.kind in ("spike", "dip")]
        hits["anomaly"] += sum(any(a.start <= row <= a.end for a in events) for row in spikes)
        false["anomaly"] += sum(not any(a.start <= row <= a.end for row in spikes) for a in events)
        for name, count in (("season", len(truth)), ("change", 1), ("anomaly", len(set(spikes)))):
            truths[name] += count
    for name in hits:
        assert hits[name] / truths[name] >= 0.95, (name, hits, truths)
        assert hits[name] / max(hits[name] + false[name], 1) >= 0.95, (name, hits, false)
