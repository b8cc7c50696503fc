"""Figures: what is drawn, where, and that thinning keeps every extreme."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from assistant.data.series import Series
from tests.ui_fakes import forecast_document
from ui.alternatives import escape_markdown, summary, table
from ui.decomposition import decomposition, decomposition_words
from ui.forecast_plot import levels
from ui.plots import figure, trend_line
from ui.thinning import thin


def _series(values: np.ndarray, frequency: str = "D", name: str = "sales", zone: str | None = None) -> Series:
    return Series(name, pd.date_range("2020-01-01", periods=len(values), freq=frequency, tz=zone), values, frequency)


def _trace(drawing, name: str):
    return next(trace for trace in drawing.data if trace.name == name)


def test_thinning_keeps_extremes_gaps_and_ends() -> None:
    values = np.sin(np.arange(100_000) / 500.0)
    values[61_237], values[3], values[99_998] = 40.0, -25.0, 12.0
    values[5_000:5_004] = np.nan
    kept = thin(values, 2_000)
    assert len(kept) <= 2_000
    assert {0, 3, 61_237, 99_998, 99_999} <= set(kept.tolist())
    assert np.isnan(values[kept]).any()
    assert np.all(np.diff(kept) > 0)


@pytest.mark.parametrize("limit", [5, 6, 50, 1_999])
def test_thinning_never_exceeds_its_limit(limit: int) -> None:
    values = np.random.default_rng(limit).normal(size=5_000)
    values[::7] = np.nan
    kept = thin(values, limit)
    assert len(kept) <= limit
    assert np.array_equal(thin(values[:limit], limit), np.arange(limit))


def test_thinning_refuses_a_limit_that_holds_nothing() -> None:
    with pytest.raises(ValueError, match="at least 5"):
        thin(np.zeros(10), 4)


def test_thinning_of_missing_values_alone() -> None:
    assert len(thin(np.full(10_000, np.nan), 100)) <= 100


def test_long_series_is_drawn_thinned_with_its_extremes() -> None:
    values = np.zeros(100_000)
    values[77_777] = 9.5
    document = {"kind": "description", "series": "sales", "trend": None, "change_points": []}
    drawn = figure(document, {"sales": _series(values, "h")}).data[0]
    assert len(drawn.x) <= 2_000
    assert max(drawn.y) == 9.5


def test_trend_line_has_the_slope_and_passes_through_the_middle() -> None:
    one = _series(2.0 + 0.5 * np.arange(200))
    line = trend_line(one, 0.5, "day")
    assert line is not None
    assert np.allclose(line, one.values)
    assert trend_line(one, 0.5 * 365.25, "year") == pytest.approx(one.values)
    assert trend_line(one, 1.0, "fortnight") is None


def test_description_marks_trend_and_change_points() -> None:
    values = np.concatenate([np.zeros(50), np.full(50, 10.0)])
    document = {
        "kind": "description",
        "series": "sales",
        "trend": {"direction": "up", "slope": 0.1, "per": "day", "low": 0.05, "high": 0.2},
        "change_points": [{"time": "2020-02-20T00:00:00", "kind": "level", "size": 10.0}],
    }
    series = {"sales": _series(values)}
    drawing = figure(document, series)
    marks = _trace(drawing, "change point")
    assert pd.Timestamp(marks.x[0]) == pd.Timestamp("2020-02-20")
    assert marks.y[0] == 10.0
    assert "trend: 0.1 per day" in [trace.name for trace in drawing.data]
    assert drawing.layout.paper_bgcolor == drawing.layout.plot_bgcolor == "rgba(0,0,0,0)"
    assert "1 change point" in summary(document, series)
    assert "20 February 2020" in table(document, series)


def test_anomalies_mark_points_and_shade_stretches() -> None:
    values = np.zeros(60)
    values[10] = 5.0
    point = {"time": "2020-01-11T00:00:00", "end": None, "value": 5.0, "expected": 0.0, "score": 9.0, "kind": "spike"}
    stretch = {
        "time": "2020-02-01T00:00:00",
        "end": "2020-02-05T00:00:00",
        "value": None,
        "expected": None,
        "score": 3.0,
        "kind": "stuck value",
    }
    document = {"kind": "anomalies", "series": "sales", "points": [point, stretch]}
    series = {"sales": _series(values)}
    drawing = figure(document, series)
    assert list(_trace(drawing, "spike").y) == [5.0]
    assert "expected 0" in _trace(drawing, "spike").text[0]
    rectangle = drawing.layout.shapes[0]
    assert (pd.Timestamp(rectangle.x0), pd.Timestamp(rectangle.x1)) == (pd.Timestamp("2020-02-01"), pd.Timestamp("2020-02-05"))
    assert "2 stretches or values are" not in summary(document, series)
    assert "2 unusual" in summary(document, series)
    assert table(document, series).count("\n") == 3


def test_forecast_draws_one_band_a_level_and_its_mean() -> None:
    one = _series(np.arange(300.0))
    document = forecast_document(one)
    drawing = figure(document, {"sales": one})
    assert levels(document["points"][0]) == [80.0, 95.0]
    assert list(_trace(drawing, "forecast").y) == [299.0] * 4
    wide = _trace(drawing, "95 % interval")
    assert wide.y[0] == 301.0
    assert wide.y[-1] == 297.0
    assert min(_trace(drawing, "history").y) == 180.0
    assert "4 steps" in summary(document, {"sales": one})
    assert "| 27 October 2020 | 299 | 298 | 300 | 297 | 301 |" in table(document, {"sales": one})


def test_an_assumption_is_a_second_line_and_what_was_left_out_is_shaded() -> None:
    one = _series(np.arange(300.0))
    document = forecast_document(one)
    other = [{**point, "mean": point["mean"] + 10} for point in document["points"]]
    document["scenario"] = {"points": other, "sum": 1236.0, "plain_sum": 1196.0}
    document["excluded"] = [{"start": "2020-10-01", "end": "2020-10-03", "values": 3}, {"start": "2020-01", "end": "2020-01"}]
    drawing = figure(document, {"sales": one})
    line = _trace(drawing, "under your assumption")
    assert (list(line.y), line.line.dash) == ([309.0] * 4, "dash")
    (shade,) = drawing.layout.shapes
    assert (pd.Timestamp(shade.x0), pd.Timestamp(shade.x1)) == (pd.Timestamp("2020-10-01"), pd.Timestamp("2020-10-03"))
    assert "a total of 1,236 instead of 1,196" in summary(document, {"sales": one})
    assert "| 27 October 2020 | 299 | 298 | 300 | 297 | 301 | 309 |" in table(document, {"sales": one})


def test_forecast_without_its_series_is_still_drawn() -> None:
    drawing = figure(forecast_document(_series(np.arange(20.0))), {})
    assert [trace.name for trace in drawing.data] == ["95 % interval", "80 % interval", "forecast"]


def test_forecast_without_intervals_draws_the_mean_alone() -> None:
    points = [{"time": "2020-01-02T00:00:00", "mean": 4.0}]
    document = {"kind": "forecast", "series": "sales", "model": "drift", "points": points}
    assert [trace.name for trace in figure(document, {}).data] == ["forecast"]


def test_episodes_overlay_standardised_shapes_and_what_followed() -> None:
    values = np.tile([0.0, 1.0, 2.0, 3.0], 10)
    match = {
        "series": "sales",
        "start": "2020-01-05",
        "end": "2020-01-08",
        "similarity": 1.0,
        "text": "rises",
        "followed_by": [0.0, 1.0],
    }
    foreign = {**match, "series": "of the library"}
    query = {"series": "sales", "start": "2020-01-01", "end": "2020-01-04", "text": "rises"}
    document = {"kind": "episodes", "query": query, "matches": [match, foreign]}
    drawing = figure(document, {"sales": _series(values)})
    asked, found = drawing.data
    assert list(asked.x) == [-3, -2, -1, 0]
    assert np.allclose(asked.y, found.y[:4])
    assert list(found.x[-2:]) == [1, 2]
    assert found.y[4] == pytest.approx(asked.y[0])
    assert figure(document, {}) is None


def test_comparison_gives_two_series_an_axis_each_only_where_scales_differ() -> None:
    near = {"a": _series(np.arange(10.0), name="a"), "b": _series(np.arange(10.0) + 1, name="b")}
    document = {"kind": "comparison", "series": ["a", "b"], "correlation": 1.0, "lag": 0}
    drawing = figure(document, near)
    assert list(drawing.data[1].y) == list(np.arange(10.0) + 1)
    assert drawing.data[1].yaxis is None
    far = {"a": near["a"], "b": _series(1e6 * np.arange(10.0), name="b")}
    drawing = figure(document, far)
    assert (drawing.data[0].yaxis, drawing.data[1].yaxis) == ("y", "y2")
    assert max(drawing.data[1].y) == 9e6
    assert drawing.layout.yaxis2.title.text == "b"
    assert "correlation is 1.00" in summary(document, near)
    assert "leads" not in summary(document, near)


def test_comparison_of_many_scales_is_in_standard_deviations() -> None:
    series = {name: _series(scale * np.arange(10.0), name=name) for name, scale in [("a", 1.0), ("b", 1e6), ("c", 1e-3)]}
    drawing = figure({"kind": "comparison", "series": ["a", "b", "c"]}, series)
    for trace in drawing.data:
        assert (np.mean(trace.y), np.std(trace.y)) == (pytest.approx(0.0), pytest.approx(1.0))


@pytest.mark.parametrize(("lag", "words"), [(3, "a leads b by 3 steps"), (-1, "b leads a by 1 step.")])
def test_comparison_names_the_lag(lag: int, words: str) -> None:
    document = {"kind": "comparison", "series": ["a", "b"], "correlation": 0.2, "lag": lag, "lag_correlation": 0.9}
    assert words in summary(document, {})


def test_decomposition_gives_back_what_was_put_together() -> None:
    steps = np.arange(240.0)
    season = 5.0 * np.sin(2 * np.pi * steps / 12)
    one = _series(0.1 * steps + season, "MS")
    gap = Series(one.name, one.times.delete(30), np.delete(one.values, 30), "MS")
    document = {"kind": "description", "series": "sales", "seasonality": [{"period": 12, "strength": 0.9}]}
    drawing = decomposition(document, {"sales": gap})
    assert [trace.name for trace in drawing.data] == ["trend", "season of 12 values", "remainder"]
    trend, seasonal, remainder = (np.asarray(trace.y, dtype=np.float64) for trace in drawing.data)
    assert np.abs(trend - 0.1 * steps).max() < 0.5
    assert np.abs(seasonal - season).max() < 0.5
    assert np.isnan(remainder[30])
    kept = np.delete(np.arange(240), 30)
    assert np.allclose((trend + seasonal + remainder)[kept], gap.values)
    assert len({trace.yaxis for trace in drawing.data}) == 3
    assert "trend, season of 12 values and remainder" in decomposition_words(document, drawing)


def test_decomposition_leaves_out_absent_seasons_and_thins() -> None:
    document = {"kind": "description", "series": "sales", "seasonality": []}
    drawing = decomposition(document, {"sales": _series(np.random.default_rng(3).normal(size=30_000), "h")})
    assert [trace.name for trace in drawing.data] == ["trend", "remainder"]
    assert max(len(trace.x) for trace in drawing.data) <= 2_000


@pytest.mark.parametrize("values", [np.ones(40), np.arange(5.0), np.full(40, np.nan)])
def test_nothing_to_take_apart(values: np.ndarray) -> None:
    document = {"kind": "description", "series": "sales", "seasonality": []}
    assert decomposition(document, {"sales": _series(values)}) is None
    assert decomposition({**document, "kind": "value"}, {"sales": _series(np.arange(40.0))}) is None
    assert decomposition(document, {}) is None


def test_value_is_marked_in_a_zoned_series() -> None:
    one = _series(np.arange(10.0), zone="Europe/Vienna")
    document = {
        "kind": "value",
        "series": "sales",
        "what": "max",
        "value": 9.0,
        "unit": None,
        "time": one.time_text(9),
        "detail": {},
    }
    mark = figure(document, {"sales": one}).data[1]
    assert mark.y[0] == 9.0
    assert mark.name == "max: 9"
    assert figure({**document, "time": None, "what": "count > 3"}, {"sales": one}) is None
    level = figure({**document, "time": None, "what": "mean", "value": 4.5}, {"sales": one}).data[1]
    assert list(level.y) == [4.5, 4.5]


def test_classification_ranks_probabilities() -> None:
    document = {"kind": "classification", "series": "case 1", "label": "tap", "probabilities": {"tap": 0.7, "shake": 0.3}}
    bars = figure(document, {}).data[0]
    assert list(bars.y) == ["shake", "tap"]
    assert list(bars.x) == [0.3, 0.7]
    assert "tap 70.0 %" in summary(document, {})


def test_rows_without_times_are_numbered() -> None:
    one = Series("x", pd.RangeIndex(5), np.array([1.0, 9.0, 2.0, np.nan, 3.0]), None)
    document = {"kind": "value", "series": "x", "what": "max", "value": 9.0, "unit": None, "time": "1", "detail": {}}
    drawing = figure(document, {"x": one})
    assert drawing.data[1].x[0] == 1
    assert "row 1" in summary(document, {"x": one})


@pytest.mark.parametrize("kind", ["refusal", "training", "nothing of the kind"])
def test_kinds_without_a_figure(kind: str) -> None:
    assert figure({"kind": kind}, {}) is None
    assert summary({"kind": kind}, {}) == ""
    assert table({"kind": kind}, {}) == ""


def test_markdown_of_strangers_is_defused() -> None:
    assert escape_markdown("[x](http://evil) <img>") == "\\[x\\]\\(http\\://evil\\) \\<img\\>"
    assert escape_markdown("a\u202eb\x07c") == "abc"


def test_groups_are_bars_in_their_order_with_the_picked_one_marked() -> None:
    detail = {"groups": [["Q1", 3.0], ["Q2", 5.0], ["Q3", None]], "group": "Q2", "pick": "max"}
    document = {"kind": "value", "series": "sales", "what": "mean by quarter", "value": 5.0, "unit": None, "detail": detail}
    series = {"sales": _series(np.arange(40.0))}
    drawing = figure(document, series)
    assert drawing is not None
    (bars,) = drawing.data
    assert (bars.type, list(bars.x), list(bars.y)) == ("bar", ["Q1", "Q2", "Q3"], [3.0, 5.0, None])
    assert bars.marker.color[1] != bars.marker.color[0] == bars.marker.color[2]
    assert summary(document, series) == "Bars of sales, mean by quarter: 3 bars; marked is Q2, 5."


def test_the_legend_is_below_the_plot_where_the_title_is_not() -> None:
    series = _series(np.arange(40.0))
    drawing = figure(forecast_document(series), {"sales": series})
    assert drawing is not None
    assert drawing.layout.legend.y < 0 < drawing.layout.title.y
