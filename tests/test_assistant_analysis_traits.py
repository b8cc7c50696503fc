"""Distribution, spread, memory, noise, stationarity, relations and prediction: numbers against pandas, scipy and statsmodels."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.diagnostic import acorr_ljungbox
from statsmodels.tsa.stattools import acf, adfuller, grangercausalitytests

from assistant.analysis.autocorrelation import (
    autocorrelation,
    correlation_at,
    find_memory,
    find_noise,
    holm,
    remainder_of,
)
from assistant.analysis.describe import describe
from assistant.analysis.distribution import find_distribution, find_spread
from assistant.analysis.granger import corrected, helps_to_predict, make_steady
from assistant.analysis.relations import across_pairs, correlate, without_seasons
from assistant.analysis.stationarity import judge_stationarity
from assistant.data.series import Series

N = 400
ROWS = np.arange(float(N))
CYCLE = np.sin(2 * np.pi * ROWS / 12)


def noise(seed: int, n: int = N) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=n)


def remembering(seed: int, phi: float, n: int = N) -> np.ndarray:
    shocks = noise(seed, n + 100)
    values = np.zeros(n + 100)
    for row in range(1, n + 100):
        values[row] = phi * values[row - 1] + shocks[row]
    return values[100:]


def rows(values: np.ndarray, name: str = "x") -> Series:
    return Series(name, pd.RangeIndex(len(values)), np.asarray(values, np.float64), None)


# Autocorrelation and noise


def test_autocorrelation_equals_statsmodels() -> None:
    values = remembering(0, 0.6)
    assert autocorrelation(values, 20) == pytest.approx(acf(values, nlags=20))
    gappy = values.copy()
    gappy[[3, 50, 51, 200]] = np.nan
    assert autocorrelation(gappy, 5) == pytest.approx(acf(gappy, nlags=5, missing="conservative"), abs=0.01)
    assert autocorrelation(np.full(9, np.nan), 2) == pytest.approx([np.nan] * 3, nan_ok=True)


@pytest.mark.parametrize("lag", [1, 7, 12])
def test_the_correlation_at_a_lag_equals_pandas(lag: int) -> None:
    values = 3 * CYCLE + noise(1)
    values[[10, 11, 300]] = np.nan
    assert correlation_at(values, lag) == pytest.approx(pd.Series(values).autocorr(lag))
    assert np.isnan(correlation_at(values, N))
    assert np.isnan(correlation_at(np.ones(9), 1))


def test_ljung_box_equals_statsmodels() -> None:
    values = remembering(2, 0.3) - remembering(2, 0.3).mean()
    memory = find_memory(values)
    assert memory is not None
    table = acorr_ljungbox(values, [memory.ljung_box_lags])
    assert memory.ljung_box == pytest.approx(table["lb_stat"].iloc[0])
    assert memory.ljung_box_p == pytest.approx(table["lb_pvalue"].iloc[0])
    assert memory.present
    assert memory.significant[0] == 1
    assert memory.order == 1
    assert find_memory(noise(0, 20)) is None


def test_significant_lags_are_few_on_white_noise() -> None:
    found = [find_memory(noise(seed)) for seed in range(60)]
    assert sum(bool(memory.significant) for memory in found if memory) <= 7
    assert sum(memory.present for memory in found if memory) <= 3


def test_the_half_life_of_an_autoregression() -> None:
    memory = find_memory(remembering(5, 0.9, 20_000))
    assert memory is not None
    assert memory.half_life == pytest.approx(np.log(0.5) / np.log(0.9), rel=0.1)


def test_an_outlier_does_not_hide_the_memory() -> None:
    values = remembering(3, 0.7)
    clean = find_memory(values)
    values[100] += 80
    struck = find_memory(values)
    assert clean is not None
    assert struck is not None
    assert struck.lag_one == pytest.approx(clean.lag_one, abs=0.06)


def test_holm_as_statsmodels_does_it() -> None:
    from statsmodels.stats.multitest import multipletests

    chances = np.array([0.01, 0.04, 0.03, 0.005, 0.6])
    assert holm(chances) == pytest.approx(multipletests(chances, method="holm")[1])
    assert holm(np.array([0.2, np.nan, 0.3])) == pytest.approx([0.4, np.nan, 0.4], nan_ok=True)


@pytest.mark.parametrize(
    ("colour", "slope", "make"),
    [
        ("white", 0.0, lambda seed: noise(seed, 2_000)),
        ("red", -2.0, lambda seed: noise(seed, 2_000).cumsum()),
        ("blue", 2.0, lambda seed: np.diff(noise(seed, 2_001))),
    ],
)
def test_the_colour_of_noise(colour: str, slope: float, make: object) -> None:
    found = []
    for seed in range(10):
        values = remainder_of(make(seed), np.zeros(2_000))  # type: ignore[operator]
        found.append(find_noise(values, values, find_memory(values)))
    assert Counter(one.colour for one in found if one)[colour] >= 9
    assert np.mean([one.slope for one in found if one]) == pytest.approx(slope, abs=0.15)


def test_pink_noise_has_a_slope_of_minus_one() -> None:
    frequencies = np.fft.rfftfreq(4_096)
    frequencies[0] = np.inf
    slopes = []
    for seed in range(10):
        random = np.random.default_rng(seed)
        spectrum = (random.normal(size=2_049) + 1j * random.normal(size=2_049)) * frequencies**-0.5
        values = np.fft.irfft(spectrum)
        found = find_noise(values, values, find_memory(values))
        assert found is not None
        assert found.colour == "pink"
        slopes.append(found.slope)
    assert np.mean(slopes) == pytest.approx(-1, abs=0.1)


# Distribution and spread


def test_moments_equal_scipy() -> None:
    values = np.exp(noise(1))
    values[5] = np.nan
    found = find_distribution(values)
    known = values[np.isfinite(values)]
    assert found is not None
    assert found.skewness == pytest.approx(stats.skew(known))
    assert found.kurtosis == pytest.approx(stats.kurtosis(known))
    low, middle, high = np.percentile(known, (25, 50, 75))
    assert found.lean == pytest.approx((high + low - 2 * middle) / (high - low))
    assert (found.domain, found.log_symmetric, found.n) == ("positive", True, N - 1)
    assert find_distribution(noise(0, 19)) is None


@pytest.mark.parametrize(
    ("values", "domain"),
    [
        (np.random.default_rng(0).poisson(3, N), "counts"),
        (np.random.default_rng(0).uniform(size=N), "fractions"),
        (np.random.default_rng(0).uniform(0, 100, N), "percentages"),
        (20 + noise(0), "positive"),
        (np.maximum(noise(0), 0), "not negative"),
        (noise(0), "real"),
        ((noise(0) > 0).astype(float), "two values"),
        (np.full(N, 3.0), "constant"),
    ],
)
def test_what_kind_of_numbers(values: np.ndarray, domain: str) -> None:
    found = find_distribution(values.astype(np.float64))
    assert found is not None
    assert found.domain == domain
    assert found.zeros == pytest.approx(np.mean(values == 0))


def test_tails_and_modes() -> None:
    random = np.random.default_rng(4)
    tails = {
        "normal": random.normal(size=2_000),
        "heavy": random.standard_t(3, 2_000),
        "light": random.uniform(size=2_000),
    }
    for wanted, values in tails.items():
        found = find_distribution(values)
        assert found is not None
        assert (found.tails, len(found.modes)) == (wanted, 1)
    two = find_distribution(np.where(random.uniform(size=1_000) < 0.3, 0.0, 7.0) + random.normal(size=1_000))
    assert two is not None
    assert two.modes == pytest.approx((0, 7), abs=0.6)
    single = [find_distribution(np.random.default_rng(seed).normal(size=100)) for seed in range(100)]
    assert sum(len(one.modes) > 1 for one in single if one) <= 1


def test_an_outlier_that_pulls_the_mean_is_told() -> None:
    values = noise(0, 100)
    found = find_distribution(values)
    assert found is not None
    assert found.outlier_pull is None
    values[7] = 80
    struck = find_distribution(values)
    assert struck is not None
    assert struck.outlier_pull is not None
    assert struck.outlier_pull > 4


def test_spread_that_grows_with_the_level() -> None:
    level = 100 + 2 * ROWS
    multiplied = level * (1 + 0.2 * CYCLE) * np.exp(0.05 * noise(1))
    added = level + 20 * CYCLE + 5 * noise(1)
    grows = find_spread(multiplied, multiplied - level, 12)
    steady = find_spread(added, added - level, 12)
    assert grows is not None
    assert steady is not None
    assert (grows.verdict, grows.over_time) == ("grows", "grows")
    assert grows.exponent == pytest.approx(1, abs=0.1)
    assert grows.low is not None
    assert grows.high is not None
    assert grows.low <= 1 <= grows.high
    assert (steady.verdict, steady.over_time) == ("steady", "steady")
    assert steady.exponent == pytest.approx(0, abs=0.15)
    assert find_spread(noise(0, 40), noise(0, 40)) is None


def test_spread_is_seldom_found_to_grow_where_it_does_not() -> None:
    found = [find_spread(50 + 0.2 * ROWS + noise(seed), noise(seed)) for seed in range(100)]
    assert sum(one.verdict in ("grows", "shrinks") for one in found if one) <= 3


# Stationarity


def test_the_outcomes_of_both_tests_read_together() -> None:
    verdicts = Counter(judge_stationarity(noise(seed)).verdict for seed in range(20))
    assert verdicts["stationary"] >= 17
    walks = Counter(judge_stationarity(noise(seed).cumsum()).verdict for seed in range(20))
    assert walks["unit root"] >= 16
    lines = Counter(judge_stationarity(noise(seed) + 0.05 * ROWS).verdict for seed in range(20))
    assert lines["trend stationary"] >= 18


def test_p_values_equal_statsmodels() -> None:
    values = remembering(1, 0.9)
    standard = (values - values.mean()) / values.std()
    lags = int(12 * (N / 100) ** 0.25)
    found = judge_stationarity(values)
    assert found.adf_p == pytest.approx(adfuller(standard, maxlag=lags, result_object=True).pvalue)
    assert 0.01 <= found.kpss_p <= 0.1
    assert found.block == 1


def test_a_level_shift_is_no_unit_root() -> None:
    steps = np.where(ROWS > 200, 10.0, 0.0)
    plain = [judge_stationarity(noise(seed) + steps).verdict for seed in range(10)]
    freed = [judge_stationarity(noise(seed) + steps, steps=0.95 * steps) for seed in range(10)]
    assert plain.count("unit root") >= 8
    assert sum(one.verdict == "stationary between level shifts" for one in freed) >= 9
    assert freed[0].stationary is False
    # A random walk does not become stationary by taking shifts out of it.
    walks = [judge_stationarity(noise(seed).cumsum(), steps=steps) for seed in range(20)]
    assert sum(one.verdict == "stationary between level shifts" for one in walks) <= 1


def test_a_season_is_taken_out_first() -> None:
    found = judge_stationarity(noise(3) + 5 * CYCLE, seasonal=5 * CYCLE)
    assert (found.verdict, found.deseasonalised) == ("stationary", True)
    assert found.adf_p == pytest.approx(judge_stationarity(noise(3)).adf_p, abs=1e-9)


def test_where_the_tests_disagree_one_rules() -> None:
    found = [judge_stationarity(remembering(seed, 0.93, 150)) for seed in range(60)]
    disagreeing = [one for one in found if not one.agree]
    assert len(disagreeing) >= 5
    for one in disagreeing:
        if one.verdict in ("contradictory", "undecided"):
            assert (one.rules, one.stationary) == ("neither", None)
        elif one.verdict == "trend stationary":
            assert one.rules == "both"
        else:
            assert one.rules in ("ADF", "KPSS")


def test_descriptions_carry_all_of_it() -> None:
    times = pd.date_range("2000-01-01", periods=N, freq="MS")
    values = 50 + 5 * CYCLE + noise(7) + np.where(ROWS > 250, 15, 0)
    found = describe(Series("x", times, values, "MS"))
    assert found.stationarity is not None
    assert found.stationarity.verdict == "stationary between level shifts"
    assert found.noise is not None
    assert found.noise.colour == "white"
    assert found.noise.scale == pytest.approx(1, abs=0.2)
    assert found.memory is not None
    assert not found.memory.present
    assert found.drift is not None
    assert abs(found.drift.tau) < 0.1


# Relations and prediction


def test_changes_equal_pandas() -> None:
    x, y = remembering(1, 0.5), remembering(2, 0.5)
    y = y + 0.5 * x
    found = correlate(rows(x), rows(y), seasonless=(rows(x), rows(y)))
    assert found.change_correlation == pytest.approx(pd.Series(x).diff().corr(pd.Series(y).diff()))
    assert found.change_p is not None
    assert found.change_p < 0.001
    assert not found.spurious


def test_two_trends_correlate_spuriously() -> None:
    found = [correlate(rows(0.1 * ROWS + noise(seed)), rows(0.1 * ROWS + noise(seed + 100))) for seed in range(10)]
    assert all(one.correlation is not None and one.correlation > 0.9 and one.wandering for one in found)
    assert sum(one.spurious for one in found) >= 9
    linked = correlate(rows(0.1 * ROWS + noise(1)), rows(0.1 * ROWS + noise(1) + 0.3 * noise(2)))
    assert not linked.spurious


def test_a_few_values_that_make_a_correlation_are_told() -> None:
    x, y = noise(1), noise(2)
    assert not correlate(rows(x), rows(y)).few_values_rule
    x[50], y[50] = 60, 60
    assert correlate(rows(x), rows(y)).few_values_rule


def test_a_shared_season_is_no_lead() -> None:
    late = np.roll(CYCLE, 3)
    found = [correlate(rows(4 * CYCLE + noise(s)), rows(4 * late + noise(s + 50))) for s in range(10)]
    assert sum(one.best_lag is not None for one in found) <= 1
    assert without_seasons(rows(4 * CYCLE + noise(1))).values == pytest.approx(noise(1), abs=1.5)


def test_a_lead_survives_an_outlier() -> None:
    x = remembering(4, 0.4)
    y = np.concatenate([np.zeros(3), x[:-3]]) + 0.5 * noise(9)
    x[100] += 80
    assert correlate(rows(x), rows(y)).best_lag == 3


def test_many_pairs_need_stronger_evidence() -> None:
    found = [correlate(rows(noise(seed)), rows(noise(seed) * 0.12 + noise(seed + 100))) for seed in range(8)]
    together = across_pairs(found)
    raw = [one.p_value for one in found]
    assert [one.p_value for one in together] == pytest.approx(holm(np.array(raw, np.float64)))
    weak = correlate(rows(noise(1)), rows(noise(2)))
    assert across_pairs([weak])[0].p_value == weak.p_value


def test_granger_equals_statsmodels() -> None:
    x = remembering(1, 0.4)
    y = np.concatenate([np.zeros(2), x[:-2]]) + noise(2)
    helper, target = make_steady(rows(x, "x")), make_steady(rows(y, "y"))
    found = helps_to_predict(helper, target)
    assert found is not None
    assert found.lags >= 2
    both = np.column_stack([target.series.values, helper.series.values])
    both = both[np.isfinite(both).all(axis=1)]
    wanted = grangercausalitytests(both, [found.lags])[found.lags][0]["ssr_ftest"]
    assert found.statistic == pytest.approx(wanted[0])
    assert found.p_value == pytest.approx(wanted[1], rel=1e-6)
    assert found.helps
    assert found.gain == pytest.approx(found.lags * wanted[0] / (found.lags * wanted[0] + wanted[2]))
    back = helps_to_predict(target, helper)
    assert back is not None
    assert not corrected([found, back])[1].helps


def test_granger_seldom_finds_what_is_not_there() -> None:
    helped = 0
    for seed in range(25):
        walk, other = noise(seed).cumsum(), noise(seed + 200).cumsum() + 3 * CYCLE
        found = helps_to_predict(make_steady(rows(walk, "a")), make_steady(rows(other, "b")))
        assert found is not None
        helped += found.helps
    assert helped <= 4
    assert helps_to_predict(make_steady(rows(noise(0, 39))), make_steady(rows(noise(1, 39)))) is None
    assert helps_to_predict(make_steady(rows(np.ones(90))), make_steady(rows(noise(1, 90)))) is None


def test_series_are_made_steady_as_they_need() -> None:
    assert make_steady(rows(noise(0))).treatment == "as it is"
    assert make_steady(rows(noise(0) + 0.05 * ROWS)).treatment == "line taken out"
    walk = make_steady(rows(noise(0).cumsum()))
    assert walk.treatment == "differenced"
    assert walk.series.values[1:] == pytest.approx(noise(0)[1:])
    assert make_steady(rows(noise(0) + 6 * CYCLE)).seasonal
