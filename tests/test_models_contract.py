"""One suite over every registered model."""

from __future__ import annotations

import numpy as np
import pytest

from models import available, create_classifier, create_forecaster, load_model
from models.errors import BadInput, NotFitted
from tests.labelled_cases import SMALL, labelled

FORECASTERS = [entry.name for entry in available("forecaster")]
CLASSIFIERS = [entry.name for entry in available("classifier")]


def monthly(count=72, seed=0):
    steps = np.arange(count)
    return 50 + 0.3 * steps + 10 * np.sin(2 * np.pi * steps / 12) + np.random.default_rng(seed).normal(size=count)


@pytest.mark.parametrize("name", FORECASTERS)
class TestForecasters:
    def test_fit_returns_self_and_leaves_the_input_alone(self, name):
        values = monthly()
        values[20:24] = np.nan
        before = values.copy()
        model = create_forecaster(name)
        assert model.fit(values, period=12) is model
        model.predict(3)
        np.testing.assert_array_equal(values, before)

    @pytest.mark.parametrize("horizon", [1, 30])
    def test_shapes_and_nesting(self, name, horizon):
        forecast = create_forecaster(name).fit(monthly(), period=12).predict(horizon, levels=(95, 50, 80, 80))
        assert forecast.horizon == horizon
        assert forecast.mean.dtype == np.float64
        assert np.isfinite(forecast.mean).all()
        assert list(forecast.intervals) == [50, 80, 95]
        assert forecast.model == name
        inner_low, inner_high = forecast.mean, forecast.mean
        for low, high in forecast.intervals.values():
            assert low.shape == high.shape == (horizon,)
            assert (low <= inner_low).all()
            assert (high >= inner_high).all()
            inner_low, inner_high = low, high

    def test_the_same_data_give_the_same_forecast(self, name):
        first = create_forecaster(name).fit(monthly(), period=12).predict(8)
        second = create_forecaster(name).fit(monthly(), period=12).predict(8)
        np.testing.assert_array_equal(first.mean, second.mean)
        np.testing.assert_array_equal(first.intervals[80], second.intervals[80])

    def test_saved_and_loaded_it_forecasts_the_same_bits(self, name, tmp_path):
        values = monthly()
        values[5] = np.nan
        model = create_forecaster(name).fit(values, period=12)
        loaded = load_model(model.save(tmp_path / "saved"))
        assert type(loaded) is type(model)
        expected, found = model.predict(9), loaded.predict(9)
        np.testing.assert_array_equal(found.mean, expected.mean)
        np.testing.assert_array_equal(found.intervals[95], expected.intervals[95])

    def test_a_second_fit_forgets_the_first(self, name):
        model = create_forecaster(name).fit(monthly(seed=1), period=12)
        again = model.fit(monthly(), period=12).point(4)
        np.testing.assert_array_equal(again, create_forecaster(name).fit(monthly(), period=12).point(4))

    def test_a_constant_history_goes_on(self, name):
        forecast = create_forecaster(name).fit(np.full(40, 5.0), period=4).predict(6)
        assert forecast.mean.tolist() == [5.0] * 6
        assert forecast.intervals[95][0].tolist() == [5.0] * 6

    def test_a_season_with_a_gap_of_a_cycle_is_still_followed(self, name):
        values = monthly(96)
        values[40:54] = np.nan
        truth = 50 + 0.3 * np.arange(96, 108) + 10 * np.sin(2 * np.pi * np.arange(96, 108) / 12)
        error = np.abs(create_forecaster(name).fit(values, period=12).point(12) - truth).mean()
        # The recent median knows no trend: three years lie a year and a half behind.
        assert error < (9 if name == "recent-median" else 4.5)

    def test_zero_is_a_floor_where_the_history_touches_it(self, name):
        counts = np.random.default_rng(3).poisson(0.7, size=60).astype(float)
        counts[-20:] = np.round(counts[-20:] / 3)
        assert counts.min() == 0
        forecast = create_forecaster(name).fit(counts, period=6).predict(12)
        assert forecast.mean.min() >= 0
        assert forecast.intervals[95][0].min() >= 0
        assert forecast.mean.max() <= 2 * counts.max()

    @pytest.mark.parametrize("offset", [-500.0, 1e9])
    def test_shifted_data_give_shifted_forecasts(self, name, offset):
        """Negative and large values: additive models move with the data; ets may choose another structure for positive data."""
        base = monthly() - 200
        plain = create_forecaster(name).fit(base, period=12).point(6)
        moved = create_forecaster(name).fit(base + offset, period=12).point(6)
        np.testing.assert_allclose(moved - offset, plain, atol=6.0)

    @pytest.mark.parametrize("count", [3, 5, 8, 14, 25])
    @pytest.mark.parametrize("period", [1, 12])
    def test_short_histories_answer_or_say_what_they_need(self, name, count, period):
        refusal, mean = "", np.zeros(5)
        try:
            mean = create_forecaster(name).fit(monthly(count), period=period).predict(5).mean
        except BadInput as error:
            refusal = str(error)
        assert np.isfinite(mean).all()
        assert not refusal or "needs" in refusal

    def test_before_fit(self, name):
        with pytest.raises(NotFitted, match=name):
            create_forecaster(name).predict(3)

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            (np.ones((3, 2)), r"shape \(time,\); found \(3, 2\)"),
            (np.array([1.0, np.nan, 2.0]), "at least 3 observed values; found 2"),
            (np.array([]), "found 0"),
            (np.array([1.0, np.inf, 2.0, 3.0]), "infinite"),
            (np.array([1.0, 1e200, 2.0, 3.0]), "beyond 1e"),
            (np.array(["a", "b", "c"]), "array of numbers"),
        ],
    )
    def test_bad_histories(self, name, values, said):
        with pytest.raises(BadInput, match=said):
            create_forecaster(name).fit(values)

    def test_bad_options(self, name):
        model = create_forecaster(name).fit(monthly(), period=12)
        for horizon in (0, -3, 2_001, 10**9, 2.5, True):
            with pytest.raises(BadInput, match="from 1 to 2,000"):
                model.predict(horizon)
        for levels in ((0,), (100,), (80, -5), (float("nan"),), ("80",)):
            with pytest.raises(BadInput, match="percentages"):
                model.predict(2, levels)
        for period in (0, -1, 1.5):
            with pytest.raises(BadInput, match="period"):
                create_forecaster(name).fit(monthly(), period=period)


@pytest.mark.parametrize("name", CLASSIFIERS)
class TestClassifiers:
    def fitted(self, name, **changes):
        return create_classifier(name, **SMALL.get(name, {})).fit(*labelled(**changes))

    def test_it_learns_and_explains(self, name):
        cases, labels = labelled()
        before = cases.copy()
        model = create_classifier(name, **SMALL.get(name, {}))
        assert model.fit(cases, labels) is model
        np.testing.assert_array_equal(cases, before)
        new, truth = labelled(seed=9)
        outcome = model.predict(new)
        assert np.mean([a == b for a, b in zip(outcome.labels, truth, strict=True)]) >= 0.95
        np.testing.assert_array_equal(model.probabilities(new), outcome.probabilities)
        assert outcome.classes == model.classes == ("falling steep", "rising")
        np.testing.assert_allclose(outcome.probabilities.sum(axis=1), 1.0)
        assert outcome.labels == tuple(outcome.classes[index] for index in outcome.probabilities.argmax(axis=1))
        assert [len(row) for row in outcome.neighbours] == [3] * 24
        assert outcome.strangeness.shape == (24,)
        assert outcome.strangeness.min() >= 0
        assert [bool(odd) for odd in outcome.oddities] == (outcome.strangeness > 1).tolist()
        own = model.predict(cases[4:5]).neighbours[0]
        assert (own[0].index, own[0].label) == (4, "falling steep")
        # Examples may be kept in half precision.
        assert own[0].distance == pytest.approx(0.0, abs=1e-3)
        assert own[0].distance <= own[1].distance <= own[2].distance

    def test_saved_and_loaded_it_predicts_the_same_bits(self, name, tmp_path):
        model = self.fitted(name)
        loaded = load_model(model.save(tmp_path / "saved"))
        assert (model.trained_on, loaded.trained_on) == (24, None)
        new, _ = labelled(seed=5)
        expected, found = model.predict(new), loaded.predict(new)
        assert found.labels == expected.labels
        assert found.neighbours == expected.neighbours
        np.testing.assert_array_equal(found.probabilities, expected.probabilities)
        # Networks multiply whole batches, and how a product is rounded depends on its shape.
        tolerance = 1e-6 if name == "hitime" else 0
        np.testing.assert_allclose(found.probabilities[:1], loaded.predict(new[:1]).probabilities, rtol=tolerance)

    def test_the_same_seed_gives_the_same_model(self, name):
        new, _ = labelled(seed=5)
        np.testing.assert_array_equal(self.fitted(name).predict(new).probabilities, self.fitted(name).predict(new).probabilities)

    def test_gaps_and_unequal_lengths(self, name):
        cases, labels = labelled(count=30)
        ragged = [case[:, : 14 + row % 7] for row, case in enumerate(cases)]
        ragged[3] = np.array(ragged[3])
        ragged[3][0, 4:8] = np.nan
        ragged[5] = np.array(ragged[5])
        ragged[5][1] = np.nan
        model = create_classifier(name, **SMALL.get(name, {})).fit(ragged, labels)
        outcome = model.predict([case[:, :11] for case in cases])
        assert np.isfinite(outcome.probabilities).all()
        assert np.mean([a == b for a, b in zip(outcome.labels, labels, strict=True)]) >= 0.8

    def test_a_fit_that_is_refused_changes_no_count_of_cases(self, name):
        model = self.fitted(name)
        with pytest.raises(BadInput):
            model.fit(labelled(count=6)[0], ["one"] * 6)
        assert model.trained_on == 24

    def test_three_classes_one_of_them_with_one_case(self, name):
        cases, labels = labelled()
        labels[0] = "ünïque class"
        outcome = create_classifier(name, **SMALL.get(name, {})).fit(cases, labels).predict(cases[:2])
        assert outcome.classes == ("falling steep", "rising", "ünïque class")
        assert outcome.probabilities.shape == (2, 3)

    def test_bad_input(self, name):
        cases, labels = labelled(count=4)
        model = create_classifier(name)
        for wrong, names, said in [
            (cases, ["a"] * 4, "at least two classes"),
            (cases, labels[:3], "4 cases and 3 labels"),
            (cases, ["a", None, "b", "b"], "Case 1 has no label"),
            (cases, ["a", "b", float("nan"), "b"], "Case 2 has no label"),
            (cases[:, 0], labels, r"shape \(channel, time\)"),
            ([], [], "no cases"),
            ([np.ones((1, 4)), np.ones((2, 4))], ["a", "b"], "same channels"),
            (np.where(np.arange(4)[:, None, None] == 2, np.nan, cases), labels, "Case 2 has no value"),
            (np.where(np.arange(4)[:, None, None] == 1, np.inf, cases), labels, "Case 1 holds an infinite"),
        ]:
            with pytest.raises(BadInput, match=said):
                model.fit(wrong, names)
        with pytest.raises(NotFitted):
            model.predict(cases)

    def test_another_number_of_channels_is_refused(self, name):
        model = self.fitted(name)
        for ask in (model.predict, model.probabilities):
            with pytest.raises(BadInput, match=r"trained on 2 channel\(s\) and got 1"):
                ask(np.ones((1, 1, 20)))
