"""What-ifs in questions: assumptions, exclusions, drivers, holidays, compared models, and follow-ups of a forecast."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.errors import BadRequest, UnknownSeries
from assistant.plan import ForecastArgs, Plan, PlanningContext, SeriesContext, Span
from assistant.planning import Planner
from assistant.planning.countries import country_name, read_country

MODELS = ("seasonal-naive", "drift", "theta", "stl-ets", "cycle-linear", "ets")


def monthly(name: str) -> SeriesContext:
    return SeriesContext(
        name=name, n=144, start="2010-01-01T00:00:00", end="2021-12-01T00:00:00", frequency="MS", source="shop.csv"
    )


SHOP = PlanningContext(series=(monthly("sales"), monthly("price"), monthly("temperature")), files=("shop.csv",))
ONE = PlanningContext(series=(monthly("sales"),), files=("shop.csv",))
DAILY = PlanningContext(
    series=(SeriesContext(name="visitors", n=1155, start="2018-01-01T00:00:00", end="2021-02-28T00:00:00", frequency="D"),)
)
BEFORE = SHOP.model_copy(
    update={"previous": Plan(steps=(ForecastArgs(series=("sales",), horizon=12),)), "previous_question": "forecast sales"}
)


def planned(question: str, context: PlanningContext = SHOP) -> Plan:
    plan = Planner(None, forecasters=MODELS).plan(question, context)
    assert plan.ask is None, plan.ask
    assert plan.refusal is None, plan.refusal
    return plan


def step(question: str, context: PlanningContext = SHOP) -> dict[str, Any]:
    """The only step, without what is at its default; what is assumed likewise."""
    (found,) = planned(question, context).steps
    assert isinstance(found, ForecastArgs)
    return found.model_dump(exclude_defaults=True)


def assumed(kind: str, value: float, **rest: Any) -> dict[str, Any]:
    return {"kind": kind, "value": value, **rest}


@pytest.mark.parametrize(
    ("question", "assumptions"),
    [
        ("assume sales rise 10 % in December", [assumed("percent", 10, months=(12,))]),
        ("What if sales are 500 higher in July?", [assumed("amount", 500, months=(7,))]),
        ("suppose sales fall by 2.5 percent in summer", [assumed("percent", -2.5, months=(6, 7, 8))]),
        ("what would sales be next december with 10 % more", [assumed("percent", 10, months=(12,))]),
        ("what would happen if sales doubled next year", [assumed("percent", 100, span={"start": "2022", "end": "2022"})]),
        ("imagine sales are 300 in July 2022", [assumed("level", 300, span={"start": "2022-07", "end": "2022-07"})]),
        ("forecast sales assuming 1,000 more in Q4", [assumed("amount", 1000, months=(10, 11, 12))]),
        ("forecast sales if they drop 20", [assumed("amount", -20)]),
    ],
)
def test_an_assumption_is_read_as_the_users(question: str, assumptions: list[dict[str, Any]]) -> None:
    assert step(question, ONE) == {"series": ("sales",), "assume": tuple(assumptions)}


def test_several_assumptions_are_read_in_turn() -> None:
    found = step("what if sales fall 10 percent from July 2022 to September 2022 and rise 5 % in December", ONE)
    assert found["assume"] == (
        assumed("percent", -10, span={"start": "2022-07", "end": "2022-09"}),
        assumed("percent", 5, months=(12,)),
    )


def test_an_assumption_about_another_series_makes_it_a_driver() -> None:
    assert step("forecast sales assuming price rises 5 %")["assume"] == (assumed("percent", 5, driver="price"),)
    assert step("assume the price rises 5 %", BEFORE)["assume"] == (assumed("percent", 5, driver="price"),)
    assert step("assume the price rises 5 %")["series"] == ("price",)
    found = step("what happens to sales if price doubles?")
    assert (found["series"], found["assume"]) == (("sales",), (assumed("percent", 100, driver="price"),))
    with pytest.raises(UnknownSeries, match="oil"):
        planned("what if oil rises 10 %?")


def test_the_rest_of_the_question_keeps_its_horizon() -> None:
    found = step("assume sales rise 10 % in December, forecast the next 24 months", ONE)
    assert found == {"series": ("sales",), "horizon": 24, "assume": (assumed("percent", 10, months=(12,)),)}


@pytest.mark.parametrize(
    ("question", "spans"),
    [
        ("forecast sales without 2020", [Span(start="2020", end="2020")]),
        ("forecast sales excluding 2019 and 2020", [Span(start="2019", end="2019"), Span(start="2020", end="2020")]),
        ("predict sales and leave out March to May 2020", [Span(start="2020-03", end="2020-05")]),
        ("forecast sales without the first year", [Span(start="2010-01-01", end="2010-12-01")]),
        ("forecast sales ignoring the last 6 months", [Span(start="2021-07-01", end="2021-12-01")]),
    ],
)
def test_stretches_to_leave_out(question: str, spans: list[Span]) -> None:
    assert step(question, ONE) == {"series": ("sales",), "exclude": tuple(span.model_dump() for span in spans)}


def test_what_is_left_out_ends_with_its_times() -> None:
    assert step("forecast sales for 6 months, without 2020, and take temperature into account") == {
        "series": ("sales",),
        "horizon": 6,
        "exclude": ({"start": "2020", "end": "2020"},),
        "drivers": ("temperature",),
    }
    assert step("forecast sales leaving out 2020 using theta")["model"] == "theta"
    found = step("assume sales rise 10 % in December and take temperature into account")
    assert (found["drivers"], found["assume"]) == (("temperature",), (assumed("percent", 10, months=(12,)),))


def test_a_month_to_leave_out_is_left_out_of_every_year() -> None:
    spans = step("forecast sales without December", ONE)["exclude"]
    assert [span["start"] for span in spans] == [f"{year}-12" for year in range(2010, 2022)]
    with pytest.raises(BadRequest, match="not weekdays"):
        planned("forecast visitors without Sundays", DAILY)


@pytest.mark.parametrize(
    ("question", "drivers"),
    [
        ("forecast sales using temperature", ("temperature",)),
        ("forecast sales with temperature as a driver", ("temperature",)),
        ("forecast sales taking price and temperature into account", ("price", "temperature")),
        ("predict sales given the price for 6 months", ("price",)),
    ],
)
def test_series_named_to_help_are_drivers(question: str, drivers: tuple[str, ...]) -> None:
    found = step(question)
    assert (found["series"], found["drivers"]) == (("sales",), drivers)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("forecast visitors taking holidays in Germany into account", {"calendar": "holidays", "country": "DE"}),
        ("forecast visitors with US holidays", {"calendar": "holidays", "country": "US"}),
        ("predict visitors with public holidays", {"calendar": "holidays"}),
        ("forecast visitors considering the holidays of cz", {"calendar": "holidays", "country": "CZ"}),
    ],
)
def test_holidays_and_their_country(question: str, expected: dict[str, str]) -> None:
    assert step(question, DAILY) == {"series": ("visitors",), **expected}


def test_working_days_and_unknown_countries() -> None:
    assert step("forecast sales adjusting for working days", ONE)["calendar"] == "working days"
    with pytest.raises(BadRequest, match="atlantis"):
        planned("forecast visitors with holidays in Atlantis", DAILY)
    assert (read_country("the uk holidays"), read_country("give us holidays"), country_name("GB")) == (
        "GB", "US", "the United Kingdom",
    )  # fmt: skip
    assert read_country("tell us about it") is None
    assert country_name("LV") == "LV"


@pytest.mark.parametrize(
    ("question", "models"),
    [
        ("compare ets and theta on sales", ("ets", "theta")),
        ("which is better for sales, theta or drift, and why?", ("theta", "drift")),
        ("is theta better than the winner on sales?", ("theta",)),
        ("seasonal naive versus stl-ets for sales", ("seasonal-naive", "stl-ets")),
    ],
)
def test_models_to_compare(question: str, models: tuple[str, ...]) -> None:
    assert step(question) == {"series": ("sales",), "compare": models}


def test_a_model_that_is_not_there_cannot_be_compared() -> None:
    with pytest.raises(BadRequest, match="“prophet” is not among them"):
        planned("compare prophet and ets on sales")


@pytest.mark.parametrize(
    "question",
    ["why this model?", "why did you choose ets?", "why did it win?", "how did you pick it?", "which model did you use?"],
)
def test_why_a_model_is_no_question_of_causes(question: str) -> None:
    assert step(question, BEFORE) == {"series": ("sales",), "horizon": 12, "explain": True}


def test_an_assumption_keeps_its_subject_until_another_is_named() -> None:
    found = step("what if price falls by 5 in January and rises 3% in December", BEFORE)
    assert [one["driver"] for one in found["assume"]] == ["price", "price"]


def test_leaving_out_what_is_not_there_is_refused_and_changes_nothing() -> None:
    with pytest.raises(BadRequest, match="The data run from 2010-01-01 to 2021-12-01"):
        planned("leave out 2030", BEFORE)


def test_drivers_alone_ask_which_series_to_forecast() -> None:
    plan = Planner(None, forecasters=MODELS).plan("forecast using temperature", SHOP)
    assert plan.ask is not None
    assert "Which series" in plan.ask


def test_causes_are_still_declined() -> None:
    for question in ("why did sales drop in 2020?", "why?"):
        assert Planner(None, forecasters=MODELS).plan(question, BEFORE).refusal is not None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("leave out 2020", {"exclude": ({"start": "2020", "end": "2020"},)}),
        ("leave out 2020 and make it 24 months", {"horizon": 24, "exclude": ({"start": "2020", "end": "2020"},)}),
        ("+10 % in December", {"assume": (assumed("percent", 10, months=(12,)),)}),
        ("with 10 % more in December", {"assume": (assumed("percent", 10, months=(12,)),)}),
        ("what if it is 500 higher in July", {"assume": (assumed("amount", 500, months=(7,)),)}),
        ("compare ets and theta", {"compare": ("ets", "theta")}),
        ("use temperature as a driver", {"drivers": ("temperature",)}),
        ("use only data since 2015", {"span": {"start": "2015"}}),
        ("what if we use theta", {"model": "theta"}),
        ("make it 24 months", {"horizon": 24}),
        ("and on Sundays 10% more", {"assume": (assumed("percent", 10, weekdays=(6,)),)}),
        ("what if it is 20 % lower at 8 am", {"assume": (assumed("percent", -20, hours=(8,)),)}),
        ("show 90 % intervals", {"levels": (90.0,)}),
        ("why not theta?", {"compare": ("theta",)}),
        ("compare ets with the combination", {"compare": ("ets", "combination")}),
        ("what would it be with a 1% cut from July?", {"assume": (assumed("percent", -1, span={"start": "2022-07"}),)}),
    ],
)
def test_follow_ups_change_what_they_name(question: str, expected: dict[str, Any]) -> None:
    assert step(question, BEFORE) == {"series": ("sales",), "horizon": 12, **expected}


def follow(*questions: str) -> dict[str, Any]:
    context = SHOP
    for question in questions:
        plan = planned(question, context)
        context = context.model_copy(update={"previous": plan, "previous_question": question})
    (found,) = plan.steps
    return found.model_dump(exclude_defaults=True)


def test_what_ifs_stay_through_a_thread_until_they_are_taken_back() -> None:
    opening = ("forecast sales for 12 months", "leave out 2020", "assume +10 % in December")
    assert follow(*opening, "make it 24 months") == {
        "series": ("sales",),
        "horizon": 24,
        "exclude": ({"start": "2020", "end": "2020"},),
        "assume": (assumed("percent", 10, months=(12,)),),
    }
    assert follow(*opening, "and -5 % in January")["assume"] == (
        assumed("percent", 10, months=(12,)),
        assumed("percent", -5, months=(1,)),
    )
    assert follow(*opening, "leave out 2019 too")["exclude"] == (
        {"start": "2020", "end": "2020"},
        {"start": "2019", "end": "2019"},
    )
    assert "exclude" not in follow(*opening, "use all data again")
    assert follow(*opening, "compare ets and theta") == {
        "series": ("sales",),
        "horizon": 12,
        "exclude": ({"start": "2020", "end": "2020"},),
        "compare": ("ets", "theta"),
    }
    assert follow(*opening, "what about price?")["series"] == ("price",)


def test_what_is_assumed_of_one_series_is_not_assumed_of_the_next() -> None:
    opening = "forecast sales for 12 months", "and 10 % more in December"
    assert follow(*opening)["assume"] == (assumed("percent", 10, months=(12,)),)
    assert "assume" not in follow(*opening, "what about price?")
    assert follow(*opening, "the same for price")["assume"] == (assumed("percent", 10, months=(12,)),)


@pytest.mark.parametrize("ending", ["and show why", "and explain", "then explain it"])
def test_a_forecast_with_its_reasons_is_one_wish(ending: str) -> None:
    assert step(f"forecast sales for 6 months {ending}") == {"series": ("sales",), "horizon": 6, "explain": True}


@pytest.mark.parametrize(
    ("question", "task"),
    [("is there a trend since 2015?", "trend"), ("compare sales and price", "compare"), ("describe sales", "describe")],
)
def test_other_questions_stay_their_own(question: str, task: str) -> None:
    (found,) = planned(question, BEFORE).steps
    assert found.agent == "analyst"
    assert found.task == task


def test_a_threshold_is_no_assumption() -> None:
    steps = planned("suppose the limit is 500, how many months were above 500?", ONE).steps
    assert {step.agent for step in steps} == {"analyst"}


@pytest.mark.parametrize("question", ["what is the mean of sales without 2020?", "is there a trend excluding 2020?"])
def test_other_answers_never_take_a_stretch_to_leave_out_for_the_one_to_look_at(question: str) -> None:
    with pytest.raises(BadRequest, match="I can leave out a stretch of time when I forecast"):
        planned(question, ONE)
