"""What-ifs of the forecaster: numbers worked out here beside those in documents and sentences, which all pass verification."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant import results
from assistant.agents import run_agent
from assistant.agents.base import AgentContext, Tools
from assistant.agents.forecast_prepare import Prepared
from assistant.agents.forecast_scenario import chosen_steps
from assistant.agents.forecast_words import say_cautions
from assistant.agents.wording import model_title
from assistant.data.series import Series, SeriesRef
from assistant.data.workspace import Workspace
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import Assumption, ForecastArgs, Span
from assistant.verification import verify
from models.calendar_effects import holidays_of
from models.plain.naive import Drift
from models.tournament import run_tournament
from models.types import BacktestRow, Forecast, Tournament
from tests.agent_text import checked_text

COUNT, AHEAD = 120, 12
RANDOM = np.random.default_rng(5)
STEPS = np.arange(COUNT + AHEAD)
MONTHS = pd.date_range("2012-01-01", periods=COUNT + AHEAD, freq="MS")
TEMPERATURE = 12 + 9 * np.sin(2 * np.pi * STEPS / 12) + RANDOM.normal(0, 2.5, COUNT + AHEAD)
PRICE = 20 + np.cumsum(RANDOM.normal(0, 0.3, COUNT))
SALES = 400 + 30 * np.cos(2 * np.pi * STEPS / 12) + 8 * TEMPERATURE + RANDOM.normal(0, 5, COUNT + AHEAD)
SALES[COUNT:] = np.nan
DIP = SALES[:COUNT].copy()
DIP[98:101] -= 300
JUNK = RANDOM.normal(size=COUNT)
DAYS = pd.date_range("2019-01-01", periods=900, freq="D")
GERMAN = holidays_of("DE", range(2018, 2023))
VISITORS = 1_000 + 150.0 * (DAYS.dayofweek >= 5) + RANDOM.normal(0, 20, 900)
VISITORS -= np.array([300 if day.date() in GERMAN and day.dayofweek < 5 else 0 for day in DAYS])
SERIES = (
    Series("sales", MONTHS, SALES, "MS"),
    Series("temperature", MONTHS, TEMPERATURE, "MS"),
    Series("price", MONTHS[:COUNT], PRICE, "MS"),
    Series("dip", MONTHS[:COUNT], DIP, "MS"),
    Series("junk", MONTHS[:COUNT], JUNK, "MS"),
    Series("visitors", DAYS, VISITORS, "D"),
    Series("rows", pd.RangeIndex(60), np.arange(60.0) + RANDOM.normal(0, 1, 60), None),
)
Told = tuple[list[Any], str, tuple[str, ...]]
Do = Callable[..., Told]


@pytest.fixture
def forecast(tmp_path: Path) -> Do:
    """Forecast over the series above: the typed results, the verified text, the warnings."""
    workspace = Workspace(tmp_path / "session")
    refs = tuple(workspace.put_series(one, "shop.csv") for one in SERIES)

    def do(series: str | tuple[str, ...], **options: Any) -> Told:
        tools = Tools(episodes=lambda: pytest.fail("no episodes here"), trained=dict, model_folder=lambda name: tmp_path / name)
        context = AgentContext(owner="ann", session="s", series=refs, uploads=(), workspace=workspace, tools=tools)
        names = (series,) if isinstance(series, str) else series
        report = run_agent(0, ForecastArgs(series=names, **{"horizon": AHEAD, **options}), context)
        text = checked_text(report)
        return [results.load_result(workspace.document(ref)) for ref in report.results], text, report.warnings

    return do


def means(points: Any) -> np.ndarray:
    return np.array([point["mean"] for point in points])


def test_a_stretch_left_out_counts_as_missing(forecast: Do) -> None:
    (found,), text, _ = forecast("dip", exclude=(Span(start="2020-03", end="2020-05"),))
    values = DIP.copy()
    values[98:101] = np.nan
    expected = run_tournament(values, period=12, horizon=AHEAD)
    assert means(found.points) == pytest.approx(expected.forecast.mean)
    assert [part.model_dump() for part in found.excluded] == [{"start": "2020-03", "end": "2020-05", "values": 3}]
    assert "I left out March 2020 to May 2020: 3 values count as missing" in text


def test_leaving_out_the_end_forecasts_across_it(forecast: Do) -> None:
    (found,), _, _ = forecast("dip", exclude=(Span(start="2021-07"),))
    expected = run_tournament(DIP[:114], period=12, horizon=AHEAD + 6)
    assert means(found.points) == pytest.approx(expected.forecast.mean[6:])
    assert found.points[0]["time"] == "2022-01-01T00:00:00"
    assert found.excluded[0].values == 6


def test_what_cannot_be_left_out_is_refused(forecast: Do) -> None:
    with pytest.raises(BadRequest, match="runs from January 2012 to December 2021"):
        forecast("dip", exclude=(Span(start="1999", end="1999"),))
    with pytest.raises(BadRequest, match="too few values left"):
        forecast("dip", exclude=(Span(start="2012", end="2021"),))


def test_a_percentage_moves_its_month_alone(forecast: Do) -> None:
    (found,), text, _ = forecast("dip", assume=(Assumption(kind="percent", value=10, months=(12,)),))
    plain, other = means(found.points), means(found.scenario.points)
    assert other[:11] == pytest.approx(plain[:11])
    assert other[11] == pytest.approx(1.1 * plain[11])
    assert found.scenario.points[11]["hi80"] == pytest.approx(1.1 * found.points[11]["hi80"])
    assert found.scenario.difference == pytest.approx(0.1 * plain[11])
    assert found.scenario.sum == pytest.approx(other.sum())
    assert "Your assumption, not something the data say" in text
    assert "10% higher in December" in text


def test_amounts_levels_and_several_assumptions_add_up(forecast: Do) -> None:
    assume = (
        Assumption(kind="amount", value=-50, months=(1, 2)),
        Assumption(kind="level", value=700, span=Span(start="2022-06", end="2022-06")),
    )
    (found,), text, _ = forecast("dip", assume=assume)
    plain, other = means(found.points), means(found.scenario.points)
    assert other[:2] == pytest.approx(plain[:2] - 50)
    assert other[5] == 700
    width = found.points[5]["hi80"] - found.points[5]["lo80"]
    assert found.scenario.points[5]["hi80"] - found.scenario.points[5]["lo80"] == pytest.approx(width)
    assert "50 lower in January and February" in text
    assert "is 700 in June 2022" in text


def test_an_unnamed_horizon_reaches_what_is_assumed(forecast: Do) -> None:
    (found,), _, _ = forecast(
        "dip", horizon=None, assume=(Assumption(kind="percent", value=5, span=Span(start="2023-03", end="2023-03")),)
    )
    assert found.horizon == 15
    (short,), text, _ = forecast("dip", assume=(Assumption(kind="percent", value=5, span=Span(start="2030")),))
    assert short.scenario is None
    assert "The forecast runs from January 2022 to December 2022, and what you assume lies outside that" in text


def test_steps_are_chosen_by_month_weekday_and_hour_where_they_have_them() -> None:
    times = pd.date_range("2022-01-01", periods=4, freq="QS")
    whole = Assumption(kind="percent", value=5, months=(10, 11, 12))
    assert chosen_steps(whole, list(times), "QS").tolist() == [False, False, False, True]
    with pytest.raises(BadRequest, match="One step of this series is a quarter, so December alone"):
        chosen_steps(Assumption(kind="percent", value=5, months=(12,)), list(times), "QS")
    hourly = pd.date_range("2022-01-01", periods=48, freq="h")
    night = Assumption(kind="percent", value=5, weekdays=(6,), hours=(0, 1))
    assert np.flatnonzero(chosen_steps(night, list(hourly), "h")).tolist() == [24, 25]
    with pytest.raises(BadRequest, match="single hours"):
        chosen_steps(night, list(times), "QS")
    with pytest.raises(BadRequest, match="no dates"):
        chosen_steps(whole, [60, 61], None)


def test_a_driver_with_a_known_future_is_used_where_it_helps(forecast: Do) -> None:
    (found,), text, _ = forecast("sales", horizon=None, drivers=("temperature",))
    assert found.horizon == AHEAD, "as far as the temperature is known"
    assert found.points[0]["time"] == "2022-01-01T00:00:00"
    assert found.drivers.used
    assert found.drivers.mase_with < 0.8 * found.drivers.mase_without
    assert found.drivers.effects["temperature"] == pytest.approx(8, abs=0.5)
    assert found.drivers.forecast == ()
    assert "no proof of a cause" in text
    assert "the forecast starts after December 2021" in text


def test_a_driver_that_does_not_help_is_left_out(forecast: Do) -> None:
    (found,), text, _ = forecast("dip", drivers=("junk",))
    (plain,), _, _ = forecast("dip")
    assert not found.drivers.used
    assert found.drivers.forecast == ("junk",)
    assert means(found.points) == pytest.approx(means(plain.points))
    assert "The file does not say what `junk` will be, so I forecast it first" in text
    assert "so the forecast does without" in text


def test_assuming_a_drivers_course_moves_the_forecast_by_its_effect(forecast: Do) -> None:
    (found,), text, _ = forecast("sales", assume=(Assumption(kind="amount", value=3, driver="temperature"),))
    effect = found.drivers.effects["temperature"]
    assert means(found.scenario.points) - means(found.points) == pytest.approx(np.full(AHEAD, 3 * effect))
    assert "`temperature` is 3 higher at every step" in text
    (refused,), words, _ = forecast("dip", assume=(Assumption(kind="percent", value=5, driver="junk"),))
    assert refused.scenario is None
    assert "`junk` did not help to forecast `dip`" in words


def test_drivers_that_cannot_be_lined_up_are_refused(forecast: Do) -> None:
    with pytest.raises(BadRequest, match="only one of the two series has dates"):
        forecast("sales", drivers=("rows",))


def test_the_holidays_of_a_named_country_are_used(forecast: Do) -> None:
    (found,), text, _ = forecast("visitors", horizon=60, calendar="holidays", country="DE")
    assert found.drivers.used
    assert (found.drivers.country, found.drivers.guessed) == ("DE", False)
    # The whole of it: most of a holiday's effect stands in a column of its own.
    assert found.drivers.effects["holiday"] == pytest.approx(-300, abs=15)
    assert "less on average for each day" in text
    fallen = {point["time"][:10]: point["mean"] for point in found.points}
    assert "the holidays of Germany" in text
    assert "guess" not in text
    assert len(fallen) == 60


def test_holidays_of_no_named_country_are_told_as_a_guess(forecast: Do) -> None:
    (found,), text, _ = forecast("visitors", horizon=60, calendar="holidays")
    assert found.drivers.guessed
    assert found.drivers.country == "DE"
    assert "the holidays are a guess" in text


def test_calendars_that_do_not_fit_the_steps_are_refused(forecast: Do) -> None:
    with pytest.raises(BadRequest, match="not a daily series"):
        forecast("dip", calendar="holidays", country="DE")
    with pytest.raises(BadRequest, match="Working days are counted by month"):
        forecast("visitors", calendar="working days")


def test_two_models_are_told_side_by_side(forecast: Do) -> None:
    found, text, _ = forecast("temperature", compare=("drift", "theta"))
    assert [one.model for one in found] == ["theta", "drift"], "the better first"
    compared = found[0].compared
    assert compared.models == ("drift", "theta")
    assert compared.difference == pytest.approx(compared.mase[0] - compared.mase[1])
    assert sum(compared.wins) <= compared.origins
    rows = {row.model: row.mase for row in found[0].leaderboard}
    assert rows["theta"] == pytest.approx(compared.mase[1])
    assert "Theta did better than drift" in text
    assert found[1].compared is None


def test_one_model_is_set_against_the_choice(forecast: Do) -> None:
    found, text, _ = forecast("temperature", compare=("drift",))
    assert "so I set drift beside that" in text
    assert {one.model for one in found} > {"drift"}
    assert found[0].compared.wins[1] > found[0].compared.wins[0]


def test_why_a_model_won_is_told_from_its_backtest(forecast: Do) -> None:
    (found,), text, _ = forecast("dip", explain=True)
    assert f"Why {model_title(found.model)}: " in text
    assert "and the MASE is" in text
    assert "season that explains" in text
    assert sum(found.combination.values()) == pytest.approx(1)
    assert f"It is the weighted mean of {len(found.combination)} models" in text


def test_a_model_that_ran_away_is_named(forecast: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    point = Drift.point
    monkeypatch.setattr(Drift, "point", lambda self, horizon: 10 * point(self, horizon))
    _, text, _ = forecast("dip", explain=True)
    assert "Far from the others was drift; for the mean it was held between half and twice their weighted middle." in text


def test_far_horizons_get_a_word(forecast: Do) -> None:
    _, text, _ = forecast("rows", horizon=90)
    assert "You ask for 90 steps from 60 values" in text


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (0.4, "they look too narrow"),
        (0.99, "they look too wide"),
        (0.68, "over so few stretches that may be chance"),
        (0.78, None),
    ],
)
def test_intervals_that_did_not_hold_are_told(found: float, words: str | None) -> None:
    times = pd.date_range("2022-01-01", periods=2, freq="MS")
    series = Series("dip", MONTHS[:COUNT], DIP, "MS")
    ref = SeriesRef(id="0" * 64, name="dip", n=COUNT, missing=0, start="", end="", frequency="MS")
    prepared = Prepared(ref, series, series, DIP, 12, 2, 0, 0, tuple(times), ())
    outcome = Tournament(Forecast(DIP[:2], {}, "theta"), (BacktestRow("theta", 1, 1, 1, found, 0),), True, 8, 12)
    book = FactBook("s0")
    say_cautions(book, prepared, outcome)
    text = " ".join(sentence.text for sentence in verify(book.sentences, book.facts).sentences)
    assert text == ("" if words is None else f"On the past, the 80% intervals held {found:.0%} of the values; {words}.")


def test_many_series_are_told_in_a_line_each(forecast: Do, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.agents.forecaster.TOLD_AT_LENGTH", 3)
    names = ("dip", "price", "temperature", "rows")
    found, text, _ = forecast(names, model="drift", assume=(Assumption(kind="amount", value=1),))
    assert [one.series for one in found] == list(names)
    assert "I forecast 4 series" in text
    assert all(one.scenario.difference == pytest.approx(AHEAD) for one in found)
    (alone,), _, _ = forecast("dip", model="drift")
    assert means(found[0].points) == pytest.approx(means(alone.points))
