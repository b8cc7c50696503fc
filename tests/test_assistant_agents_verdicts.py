"""How answers open: yes and no as the numbers have them, moves in words, and what a forecast says of a limit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from assistant.agents import run_agent
from assistant.agents.base import AgentContext, Tools
from assistant.agents.forecast_outlook import judge_outlook
from assistant.agents.verdicts import open_with
from assistant.agents.wording import too_coarse_for
from assistant.data.series import Series
from assistant.data.workspace import Workspace
from assistant.facts import FactBook, number_text
from assistant.plan import AnalystArgs, AnomalyArgs, Condition, ForecastArgs, Lookup, Recurring, Span
from assistant.verification import verify
from tests.agent_text import checked_text

MONTHS = pd.date_range("2010-01-01", periods=120, freq="MS")
NOISE = np.random.default_rng(11).normal(0, 1, (3, 120))
RISING = 100 + 0.8 * np.arange(120) + 10 * np.sin(2 * np.pi * np.arange(120) / 12) + NOISE[0]
FLAT = 50 + NOISE[1]
LAGGED = np.roll(RISING, 2) * 0.5 + 0.2 * NOISE[2]
PANDAS = pd.Series(RISING, MONTHS)
Ask = Callable[[Any], str]


@pytest.fixture
def ask(tmp_path: Path) -> Ask:
    """The verified text of a step over a rising, a flat and a lagging monthly series."""
    workspace = Workspace(tmp_path / "session")
    values = {"rising": RISING, "flat": FLAT, "lagged": LAGGED}
    refs = tuple(workspace.put_series(Series(name, MONTHS, one, "MS"), "shop.csv") for name, one in values.items())
    tools = Tools(episodes=lambda: pytest.fail("no episodes"), trained=dict, model_folder=lambda name: tmp_path / name)

    def answer(args: Any) -> str:
        context = AgentContext(owner="ann", session="s", series=refs, uploads=(), workspace=workspace, tools=tools)
        report = run_agent(0, args, context)
        return checked_text(report)

    return answer


def _told(folder: Path, series: Series, args: Any) -> str:
    """The text of a step over one series, all of which passes the strict check."""
    workspace = Workspace(folder / "single")
    ref = workspace.put_series(series, "one.csv")
    tools = Tools(episodes=lambda: pytest.fail("no episodes"), trained=dict, model_folder=lambda name: folder / name)
    context = AgentContext(owner="ann", session="s", series=(ref,), uploads=(), workspace=workspace, tools=tools)
    report = run_agent(0, args, context)
    return checked_text(report, strict=True)


@pytest.mark.parametrize(
    ("series", "task", "claim", "opening"),
    [
        ("rising", "trend", "up", "Yes: `rising` has a rising trend"),
        ("rising", "trend", "down", "No: `rising` has a rising trend"),
        ("flat", "trend", "so", "No: `flat` shows no clear trend"),
        ("rising", "seasonality", "so", "Yes: `rising` has a yearly cycle"),
        ("flat", "seasonality", "so", "No: `flat` shows no repeating cycle"),
        ("flat", "stationarity", "so", "Yes: `flat` keeps coming back to the same level"),
        ("flat", "stationarity", "wandering", "No: `flat` keeps coming back to the same level"),
        ("flat", "stationarity", "random walk", "No: `flat`"),
        ("flat", "distribution", "normal", "Yes: the values of `flat` look much like a normal distribution"),
        ("flat", "change_points", "so", "No: `flat` shows no lasting change"),
        ("flat", "noise", "so", "Yes: `flat` is noisy"),
        ("flat", "autocorrelation", "so", "No: values of `flat`"),
    ],
)
def test_a_diagnosis_opens_with_yes_or_no(ask: Ask, series: str, task: Any, claim: Any, opening: str) -> None:
    assert ask(AnalystArgs(task=task, series=(series,), claim=claim)).startswith(opening)
    assert not ask(AnalystArgs(task=task, series=(series,))).startswith(("Yes", "No:"))


@pytest.mark.parametrize(
    ("cycle", "opening"),
    [
        ("weekly", "That cannot be said: the values of `rising` lie too far apart to show a weekly cycle. `rising` has a yearly"),
        ("daily", "That cannot be said: the values of `rising` lie too far apart to show a daily cycle."),
        ("yearly", "Yes: `rising` has a yearly cycle"),
    ],
)
def test_a_cycle_within_a_step_is_left_open(ask: Ask, cycle: Any, opening: str) -> None:
    assert ask(AnalystArgs(task="seasonality", series=("rising",), claim="so", cycle=cycle)).startswith(opening)


def test_a_cycle_that_was_not_asked_about_is_no_yes(tmp_path: Path) -> None:
    days = pd.date_range("2019-01-01", periods=140, freq="D")
    weekly = Series("visits", days, np.tile([9.0, 8, 7, 7, 6, 1, 2], 20) + np.resize(NOISE[0], 140) / 5, "D")
    for cycle, verdict in (("yearly", "No"), ("weekly", "Yes")):
        text = _told(tmp_path, weekly, AnalystArgs(task="seasonality", series=("visits",), claim="so", cycle=cycle))
        assert text.startswith(f"{verdict}: `visits` has a weekly cycle")


@pytest.mark.parametrize(
    ("cycle", "frequency", "coarse"),
    [
        ("weekly", "W-SUN", True), ("weekly", "D", False), ("daily", "12h", False), ("daily", "24h", True),
        ("hourly", "h", True), ("hourly", "30min", False), ("yearly", "QS-OCT", False), ("yearly", "YS", True),
        ("weekly", "irregular", False), ("weekly", None, False),
    ],
)  # fmt: skip
def test_which_cycles_a_step_hides(cycle: str, frequency: str | None, coarse: bool) -> None:
    assert too_coarse_for(cycle, frequency) is coarse


def test_values_far_from_normal_say_in_what(ask: Ask, tmp_path: Path) -> None:
    workspace = Workspace(tmp_path / "other")
    skewed = np.exp(np.random.default_rng(5).normal(0, 1, 120))
    ref = workspace.put_series(Series("skewed", MONTHS, skewed, "MS"), "x.csv")
    tools = Tools(episodes=lambda: pytest.fail("no episodes"), trained=dict, model_folder=lambda name: tmp_path / name)
    context = AgentContext(owner="ann", session="s", series=(ref,), uploads=(), workspace=workspace, tools=tools)
    report = run_agent(0, AnalystArgs(task="distribution", series=("skewed",), claim="normal"), context)
    text = verify(report.sentences, report.facts).sentences[0].text
    assert text.startswith("No: the values of `skewed` do not follow a normal distribution: they lean to a side and")


def test_look_ups_open_by_their_numbers(ask: Ask) -> None:
    def look(claim: Any, span: Span | None = None, **lookup: Any) -> str:
        return ask(AnalystArgs(task="lookup", series=("rising",), span=span, claim=claim, lookup=Lookup(**lookup)))

    year = Span(start="2015", end="2015")
    change = float(PANDAS[MONTHS.year == 2015].iloc[[0, -1]].diff().iloc[-1])
    assert look("up", year, statistic="change").startswith("Yes:" if change > 0 else "No:")
    assert look("down", year, statistic="change").startswith("No:" if change > 0 else "Yes:")
    assert look("more", year, statistic="mean", versus=Span(start="2014", end="2014")).startswith("Yes: the mean of `rising`")
    assert look("less", year, statistic="mean", versus=Span(start="2014", end="2014")).startswith("No: the mean of `rising`")
    above = Condition(op=">", threshold=float(RISING.max()) + 1)
    assert look("so", statistic="count", condition=above).startswith("No: `rising` was never above")
    assert look("so", statistic="count", condition=Condition(op=">", threshold=0)).startswith("Yes: `rising` was above 0 in 120")
    assert look(None, statistic="first", condition=above).startswith("`rising` was never above")
    falls = Condition(op=">", threshold=1e6)
    assert look("so", statistic="step", pick="min", condition=falls).startswith("No: of 119 moves of `rising`")


def test_places_of_a_value(ask: Ask) -> None:
    high = Lookup(statistic="rank", condition=Condition(op="<=", threshold=float(FLAT.max()) + 1))
    middle = Lookup(statistic="rank", condition=Condition(op="<=", threshold=50))
    for lookup, claim, verdict in (
        (high, "unusual", "Yes"),
        (high, "more", "Yes"),
        (middle, "normal", "Yes"),
        (middle, "less", "No"),
    ):
        text = ask(AnalystArgs(task="lookup", series=("flat",), claim=claim, lookup=lookup))
        assert text.startswith(f"{verdict}: "), text
    assert "100% of the 120 known values of `flat` lie below" in ask(AnalystArgs(task="lookup", series=("flat",), lookup=high))


def test_a_supposed_best_month_is_judged_on_average_or_always(ask: Ask) -> None:
    years = RISING.reshape(10, 12)
    best = int(np.argmax(years.mean(axis=0))) + 1
    wins = int((np.argmax(years, axis=1) + 1 == best).sum())
    lookup = Lookup(statistic="mean", group="month", pick="max", supposed=best)
    always = ask(AnalystArgs(task="lookup", series=("rising",), lookup=lookup, claim="always"))
    assert always.startswith("Yes:" if wins == 10 else "No:")
    assert f"in {wins} of 10 whole years" in always
    assert ask(AnalystArgs(task="lookup", series=("rising",), lookup=lookup, claim="so")).startswith("Yes: of the 12 months")


def test_the_rounds_overrule_means_of_unequal_years(tmp_path: Path) -> None:
    """A rising series that starts late in its first year has fewer, and so higher, values early in the year."""
    lookup = Lookup(statistic="mean", group="month", pick="max", supposed=5)
    months = pd.date_range("2000-06-01", periods=79, freq="MS")  # to December 2006
    values = 10 * (months.year - 2000) + np.where(months.month == 5, 4.0, np.where(months.month == 4, 3.5, 0.0))
    values = np.where(months == pd.Timestamp("2001-04-01"), np.nan, values)
    args = AnalystArgs(task="lookup", series=("late",), lookup=lookup, claim="so")
    text = _told(tmp_path, Series("late", months, values, "MS"), args)
    assert text.startswith("Yes: `late` was highest in May in 5 of 5 whole years. Of the 12 months of `late`, the mean is")
    assert "highest in April" in text


def test_a_year_held_to_be_the_highest_is_told_beside_it(ask: Ask) -> None:
    means = PANDAS.groupby(MONTHS.year).mean()
    lookup = Lookup(statistic="mean", group="year", pick="max", supposed=2015)
    text = ask(AnalystArgs(task="lookup", series=("rising",), lookup=lookup, claim="so"))
    assert text.startswith(f"No: of the 10 years of `rising`, the mean is highest in {means.idxmax()}")
    assert f"In 2015 it is {number_text(means[2015])}." in text


@pytest.mark.parametrize(
    ("claim", "limit", "verdict"),
    [
        ("so", RISING.max() - 0.1, "Yes"), ("always", RISING.min() - 1, "Yes"), ("always", RISING.min() + 0.1, "No"),
        ("usually", float(np.quantile(RISING, 0.4)), "Yes"), ("usually", float(np.quantile(RISING, 0.6)), "No"),
        ("never", RISING.max() + 1, "Yes"), ("never", RISING.max() - 0.1, "No"), (None, 0.0, None),
    ],
)  # fmt: skip
def test_how_much_of_the_time_a_limit_is_met(ask: Ask, claim: Any, limit: float, verdict: str | None) -> None:
    lookup = Lookup(statistic="count", condition=Condition(op=">", threshold=float(limit)))
    text = ask(AnalystArgs(task="lookup", series=("rising",), lookup=lookup, claim=claim))
    assert text.startswith(f"{verdict}: " if verdict else "`rising` was above 0"), text


@pytest.mark.parametrize("statistic", ["mean", "median", "max", "std", "last", "growth", "change"])
def test_one_number_is_tested_against_a_limit(ask: Ask, statistic: Any) -> None:
    for limit, verdict, said in ((-1e6, "Yes", "That is above"), (1e6, "No", "That is not above")):
        lookup = Lookup(statistic=statistic, limit=Condition(op=">", threshold=limit))
        text = ask(AnalystArgs(task="lookup", series=("rising",), lookup=lookup, claim="so"))
        assert text.startswith(f"{verdict}: "), text
        assert said in text


@pytest.mark.parametrize(
    ("sentence", "kept"),
    [
        ("The largest fall of {s0.1} is {s0.2}, from {s0.3} to {s0.4}.", True),
        ("The largest rise of {s0.1} is {s0.2}, from {s0.3} to {s0.4}.", False),
        ("{s0.1} fell from {s0.4} to {s0.3}.", False),
        ("{s0.1} runs from {s0.3} to {s0.4}; falling.", True),
        ("{s0.1} runs from {s0.3} to {s0.4}; rising.", False),
        ("{s0.1} fell in {s0.5} years.", True),
        ("{s0.1} rose in {s0.5} years.", False),
        ("The highest value of {s0.1} is {s0.6}.", True),
        ("The lowest value of {s0.1} is {s0.6}.", False),
    ],
)
def test_moves_and_extremes_are_checked_by_their_own_numbers(sentence: str, kept: bool) -> None:
    book = FactBook("s0")
    name = "minimum temperature"
    source = f"analysis.lookup({name})"
    book.name(name, "series", "A series is called {}", "data")
    book.number(-2.5, f"The change of a largest fall of {name}: {{}}", source, text="2.5")
    book.number(9.5, f"Value before a largest fall of {name}", source)
    book.number(7.0, f"Value after a largest fall of {name}", source)
    book.number(8, f"Years in which {name} fell", source)
    book.number(31.5, f"The highest value of {name} is {{}}", source)
    book.flag(False, f"{name} has a trend upward: {{}}", f"{source}.trend_up")
    book.flag(True, f"{name} has a trend downward: {{}}", f"{source}.trend_down")
    removed = verify([sentence], book.facts, strict=True).removed
    assert (removed == ()) is kept, removed


def test_a_quiet_span_is_named(ask: Ask) -> None:
    span = Span(start="2012", end="2012")
    assert ask(AnomalyArgs(series=("flat",), span=span, claim="so")).startswith(
        "No: nothing unusual stands out in `flat` in 2012."
    )


def test_every_year_means_each_of_them(ask: Ask) -> None:
    changes = RISING.reshape(10, 12)[:, -1] - RISING.reshape(10, 12)[:, 0]
    text = ask(AnalystArgs(task="lookup", series=("rising",), claim="up", lookup=Lookup(statistic="change", group="year")))
    verdict = "Yes" if (changes > 0).all() else "No"
    assert text.startswith(f"{verdict}: `rising` rose in {(changes > 0).sum()} of 10 years")


def test_recurring_rows_are_set_against_the_rest(ask: Ask) -> None:
    lookup = Lookup(statistic="mean", group="month", contrast=Recurring(months=(1, 2)))
    here, rest = PANDAS[MONTHS.month <= 2].mean(), PANDAS[MONTHS.month > 2].mean()
    text = ask(AnalystArgs(task="lookup", series=("rising",), lookup=lookup, claim="more"))
    assert text.startswith("Yes:" if here > rest else "No:")
    assert f"is {number_text(here)}, against {number_text(rest)} at all other times" in text


def test_moves_are_told_with_both_ends(ask: Ask) -> None:
    fall = PANDAS.diff().min()
    text = ask(AnalystArgs(task="lookup", series=("rising",), lookup=Lookup(statistic="step", pick="min")))
    assert text.startswith(f"The largest fall of `rising` from each month to the next is {number_text(-fall)} (")
    assert f"in {PANDAS.diff().idxmin():%B %Y}." in text
    usual = ask(AnalystArgs(task="lookup", series=("rising",), lookup=Lookup(statistic="usual_step")))
    assert f"usually moves by {number_text(float(PANDAS.diff().abs().median()))} (the median of its moves)" in usual
    run = ask(AnalystArgs(task="lookup", series=("rising",), lookup=Lookup(statistic="longest", pick="max")))
    assert "months in a row at most" in run
    three = ask(AnalystArgs(task="lookup", series=("rising",), lookup=Lookup(statistic="step", top=3)))
    assert three.startswith("The 3 largest moves of `rising`")


def test_several_series_are_counted_by_their_verdicts(ask: Ask) -> None:
    lookup = Lookup(statistic="count", condition=Condition(op=">", threshold=60))
    text = ask(AnalystArgs(task="lookup", series=("rising", "flat"), claim="so", lookup=lookup))
    assert text.startswith("That is so for 1 of 2 series: - Yes: `rising`")
    assert "- No: `flat` was never above 60" in text


def test_relations_open_with_yes_or_no_and_differences_with_the_means(ask: Ask) -> None:
    assert ask(AnalystArgs(task="compare", series=("rising", "lagged"), claim="so")).startswith("Yes: `rising` and `lagged` move")
    assert ask(AnalystArgs(task="compare", series=("rising", "lagged"), claim="first leads")).startswith("Yes:")
    assert ask(AnalystArgs(task="compare", series=("lagged", "rising"), claim="first leads")).startswith("No:")
    assert ask(AnalystArgs(task="compare", series=("rising", "flat"), claim="so")).startswith("No: `rising` and `flat` hardly")
    gap = number_text(RISING.mean() - FLAT.mean())
    apart = ask(AnalystArgs(task="compare", series=("rising", "flat"), claim="how far apart"))
    assert apart.startswith(
        f"`rising` averages {number_text(RISING.mean())} and `flat` {number_text(FLAT.mean())}: a difference of {gap}."
    )
    assert ask(AnalystArgs(task="compare", series=("rising", "flat"), claim="less")).startswith("No: `rising` averages")


def test_nothing_unusual_is_a_no(ask: Ask) -> None:
    assert ask(AnomalyArgs(series=("flat",), claim="so")).startswith("No: nothing unusual stands out in `flat`")


def test_a_verdict_keeps_names_and_lowers_words() -> None:
    book = FactBook("s0")
    for sentence in ("The mean is 3.", "{s0.1} rose.", "ADF says so.", "It fell.", "Who knows."):
        book.say(sentence)
    for place, verdict in enumerate(("Yes", "No", "Probably", "Probably not", "That cannot be said")):
        open_with(book, place, verdict, "analysis.lookup(sales)")
    assert book.sentences == [
        "Yes: the mean is 3.", "No: {s0.1} rose.", "Probably: ADF says so.", "Probably not: it fell.",
        "That cannot be said: who knows.",
    ]  # fmt: skip
    assert [fact.value for fact in book.facts] == [True, False, True, False]
    assert {fact.source for fact in book.facts} == {"analysis.lookup(sales).verdict"}


@pytest.mark.parametrize(
    ("verdict", "sentence", "kept"),
    [
        ("Yes", "Yes: {s0.1} rose.", True),
        ("Yes", "No: {s0.1} did not move.", False),
        ("Probably not", "No, by the forecast: {s0.1} stays there.", True),
        ("Probably not", "Probably: {s0.1} is there.", False),
        ("That cannot be said", "Yes: {s0.1} is there.", False),
    ],
)
def test_a_retelling_answers_as_was_computed(verdict: str, sentence: str, kept: bool) -> None:
    book = FactBook("s0")
    book.name("sales", "series", "A series is called {}", "data")
    book.flag(True, "sales has a trend upward: {}", "analysis.trend(sales).trend_up")
    book.say("It is so.")
    open_with(book, 0, verdict, "analysis.lookup(sales)")
    removed = verify([sentence], book.facts, strict=True).removed
    assert bool(removed) is not kept
    assert kept or "answers" in removed[0].reason


def test_a_limit_is_judged_by_the_mean_and_the_intervals() -> None:
    mean = np.array([10.0, 12.0, 11.0])
    bounds = [(80.0, mean - 2, mean + 2), (95.0, mean - 3, mean + 3)]
    sure = judge_outlook(">", 8.5, mean, bounds)
    assert (sure.verdict, sure.step, sure.best, sure.chance) == ("Yes, by the forecast", 0, 1, (97.5, 100.0))
    likely = judge_outlook(">=", 11.5, mean, bounds)
    assert (likely.verdict, likely.step, likely.chance) == ("Probably", 1, (50.0, 90.0))
    open_yet = judge_outlook(">", 14.5, mean, bounds)
    assert (open_yet.verdict, open_yet.step, open_yet.chance) == ("Probably not", 1, (2.5, 10.0))
    assert judge_outlook(">", 20, mean, bounds).verdict == "No, by the forecast"
    assert judge_outlook(">", 20, mean, bounds).chance == (0.0, 2.5)
    below = judge_outlook("<", 6.5, mean, bounds)
    assert (below.verdict, below.step, below.chance) == ("No, by the forecast", 0, (0.0, 2.5))
    half, whole = np.array([1.0, 1.0, 8.0]), np.array([2.0, 2.0, 12.0])
    widening = [(80.0, mean - half, mean + half), (95.0, mean - whole, mean + whole)]
    assert judge_outlook(">", 18, mean, widening).best == 2


def test_a_forecast_answers_the_limit_before_it_tells_itself(ask: Ask) -> None:
    over = ask(ForecastArgs(series=("rising",), horizon=6, condition=Condition(op=">", threshold=150)))
    assert over.startswith("Yes, by the forecast: `rising` is forecast to be above 150 for the first time in January 2020, at ")
    never = ask(ForecastArgs(series=("rising",), horizon=6, condition=Condition(op="==", threshold=900)))
    assert never.startswith("No, by the forecast: over the next 6 months, `rising` is not forecast to be at or above 900")
    assert "the chance of that is below 2.5%" in never
    down = ask(ForecastArgs(series=("rising",), horizon=12, claim="down"))
    assert "`rising` is forecast to be" in down.split(". ")[0]
    listed = ask(ForecastArgs(series=("rising",), horizon=3, listed=True))
    assert all(f"- {month} 2020: " in listed for month in ("January", "February", "March"))


def test_the_grounds_of_a_forecast_come_first_where_they_were_asked_for(ask: Ask) -> None:
    text = ask(ForecastArgs(series=("rising",), horizon=6, explain=True))
    assert text.startswith("Why ")
    assert "Forecast of `rising` for the next 6 months" in text
