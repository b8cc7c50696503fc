"""Yes/no questions, moves and limits in the future: what the plan says of them, over phrasings that no rule names whole."""

from __future__ import annotations

from typing import Any

import pytest

from assistant.errors import BadRequest
from assistant.plan import AnalystArgs, AnomalyArgs, ForecastArgs, Plan, PlanningContext, Recurring, SeriesContext, Span, StepArgs
from assistant.planning import Planner
from assistant.planning.yesno import comparative, direction, is_yes_no

SALES = SeriesContext(name="sales", n=144, start="2010-01-01T00:00:00", end="2021-12-01T00:00:00", frequency="MS")
COSTS = SALES.model_copy(update={"name": "costs"})
LOAD = SeriesContext(name="load", n=2184, start="2020-01-01T00:00:00", end="2020-03-31T23:00:00", frequency="h")
ONE, TWO, HOURS = (PlanningContext(series=series) for series in ((SALES,), (SALES, COSTS), (LOAD,)))


def steps(question: str, context: PlanningContext = ONE) -> tuple[StepArgs, ...]:
    plan = Planner(None).plan(question, context)
    assert plan.refusal is None
    assert plan.ask is None, plan.ask
    return plan.steps


def looked_up(question: str, context: PlanningContext = ONE) -> dict[str, Any]:
    step = steps(question, context)[0]
    assert isinstance(step, AnalystArgs)
    assert step.lookup is not None
    return step.lookup.model_dump(exclude_defaults=True)


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("is it rising?", True),
        ("and did they ever fall", True),
        ("hasn't it grown?", True),
        ("can you tell me whether it is seasonal", True),
        ("do you know if it fell", True),
        ("can you describe it", False),
        ("could you show the trend", False),
        ("do you forecast", False),
        ("what was the drop", False),
        ("is it going up or down", False),
    ],
)
def test_a_question_is_told_to_ask_for_yes_or_no(text: str, asked: bool) -> None:
    assert is_yes_no(text) is asked


def test_words_of_movement_and_comparison_have_a_side() -> None:
    assert [direction(text) for text in ("did it climb", "has it shrunk", "did it rise and fall", "is it blue")] == [
        "up", "down", None, None,
    ]  # fmt: skip
    assert [comparative(text) for text in ("is it hotter", "was it cheaper", "more or less", "the same")] == [
        "more", "less", None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("question", "task", "claim"),
    [
        ("is sales rising", "trend", "up"),
        ("are sales declining?", "trend", "down"),
        ("is there a trend?", "trend", "so"),
        ("did sales stay above 10", "lookup", "always"),
        ("has sales always been above 10", "lookup", "always"),
        ("was sales never below 10", "lookup", "never"),
        ("is sales mostly above 10", "lookup", "usually"),
        ("is sales often above 10", "lookup", None),
        ("was sales ever above 10", "lookup", "so"),
        ("did sales grow faster after 2012", "lookup", None),
        ("is the growth of sales accelerating?", "trend", None),
        ("is sales seasonal", "seasonality", "so"),
        ("is sales stationary?", "stationarity", "so"),
        ("does sales have a unit root", "stationarity", "wandering"),
        ("is sales a random walk?", "stationarity", "random walk"),
        ("are the values of sales normally distributed", "distribution", "normal"),
        ("how are the values of sales distributed", "distribution", None),
        ("did the level of sales shift", "change_points", "so"),
        ("describe sales", "describe", None),
    ],
)
def test_a_diagnosis_knows_what_was_supposed(question: str, task: str, claim: str | None) -> None:
    (step,) = steps(question)
    assert isinstance(step, AnalystArgs)
    assert (step.task, step.claim) == (task, claim)


def test_a_named_cycle_is_the_one_asked_about() -> None:
    for question, cycle in (
        ("is there a weekly pattern", "weekly"),
        ("do sales have a yearly cycle?", "yearly"),
        ("seasonal?", None),
    ):
        (step,) = steps(question)
        assert isinstance(step, AnalystArgs)
        assert step.cycle == cycle


def test_relations_are_asked_for_leads_levels_and_never_for_causes() -> None:
    for question, claim in (
        ("are sales and costs related?", "so"),
        ("does sales lead costs?", "first leads"),
        ("is sales bigger than costs?", "more"),
        ("what is the difference between sales and costs", "how far apart"),
        ("does sales drive costs?", None),
        ("compare sales and costs", None),
    ):
        (step,) = steps(question, TWO)
        assert isinstance(step, AnalystArgs)
        assert (step.task, step.claim) == ("compare", claim), question


def test_anything_unusual_is_a_yes_no_question() -> None:
    for question, claim in (("is there anything odd?", "so"), ("were there any outages", "so"), ("list the outliers", None)):
        (step,) = steps(question)
        assert isinstance(step, AnomalyArgs)
        assert step.claim == claim


def test_a_move_over_a_year_is_told_beside_the_year_before() -> None:
    moved, beside = steps("did sales grow in 2019?")
    assert isinstance(moved, AnalystArgs)
    assert isinstance(beside, AnalystArgs)
    assert moved.lookup is not None
    assert beside.lookup is not None
    assert (moved.lookup.statistic, moved.claim, moved.span) == ("change", "up", Span(start="2019", end="2019"))
    assert (beside.lookup.statistic, beside.claim, beside.lookup.versus) == ("mean", None, Span(start="2018", end="2018"))
    assert len(steps("did sales fall in 2010?")) == 1  # there is no year before


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("what was the biggest drop and when", {"statistic": "step", "pick": "min"}),
        ("largest monthly increase", {"statistic": "step", "pick": "max"}),
        ("the 3 biggest moves", {"statistic": "step", "top": 3}),
        ("steepest one-month fall in percent", {"statistic": "step", "pick": "min", "relative": True}),
        ("how much does it usually change from month to month", {"statistic": "usual_step"}),
        ("how many months in a row did it rise?", {"statistic": "longest", "pick": "max"}),
        ("longest losing streak", {"statistic": "longest", "pick": "min"}),
        (
            "how often did it fall by more than 5 in a month",
            {"statistic": "step", "pick": "min", "condition": {"op": ">", "threshold": 5.0}},
        ),
        ("which year had the biggest drop", {"statistic": "change", "group": "year", "pick": "min"}),
        ("how far has it fallen from its peak", {"statistic": "change", "since": "max"}),
        ("has it recovered to its high", {"statistic": "change", "since": "max"}),
        ("how much did it gain since the low", {"statistic": "change", "since": "min"}),
        ("is 70 normal?", {"statistic": "rank", "condition": {"op": "<=", "threshold": 70.0}}),
        ("would 700 be unusual", {"statistic": "rank", "condition": {"op": "<=", "threshold": 700.0}}),
        (
            "how many months above 30 per year",
            {"statistic": "count", "group": "year", "condition": {"op": ">", "threshold": 30.0}},
        ),
        ("is March always the best month?", {"statistic": "mean", "group": "month", "pick": "max", "supposed": 3}),
        ("did it grow every year?", {"statistic": "change", "group": "year"}),
        (
            "how many months of decline",
            {"statistic": "step", "pick": "min", "condition": {"op": ">", "threshold": 0.0}},
        ),
        ("is q4 always the strongest quarter?", {"statistic": "mean", "group": "quarter", "pick": "max", "supposed": 4}),
        ("lowest month on record", {"statistic": "min"}),
        ("how many months at or below 0", {"statistic": "count", "condition": {"op": "<=", "threshold": 0.0}}),
        ("how many rainy months in 2019", {"statistic": "count", "condition": {"op": ">", "threshold": 0.0}}),
        ("longest dry spell", {"statistic": "longest", "condition": {"op": "==", "threshold": 0.0}}),
        ("when did it last go below 40", {"statistic": "last", "condition": {"op": "<", "threshold": 40.0}}),
    ],
)
def test_a_look_up_of_moves_places_and_groups(question: str, found: dict[str, Any]) -> None:
    assert looked_up(question) == found


def test_what_is_not_looked_for_is_refused_and_never_answered_with_something_else() -> None:
    for question, words in (
        ("what was the biggest 3-month drop", "is over several"),
        ("how many windy months in 2019", "give a limit"),
    ):
        with pytest.raises(BadRequest, match=words):
            steps(question)


def test_a_biggest_shift_stays_a_change_point() -> None:
    (step,) = steps("what was the biggest shift in the level of sales")
    assert isinstance(step, AnalystArgs)
    assert step.task == "change_points"


def test_lately_is_a_guess_that_the_plan_names() -> None:
    (step,) = steps("how volatile has it been lately")
    assert isinstance(step, AnalystArgs)
    assert step.span == Span(start="2021-01-01", end="2021-12-01")


def test_one_recurring_time_is_set_against_the_rest_and_two_against_each_other() -> None:
    assert looked_up("is load higher at weekends?", HOURS)["contrast"] == Recurring(weekdays=(5, 6)).model_dump(
        exclude_defaults=True
    )
    first, second = steps("is load lower on monday than on friday?", HOURS)
    assert isinstance(first, AnalystArgs)
    assert isinstance(second, AnalystArgs)
    assert first.lookup is not None
    assert (first.claim, second.claim) == ("less", None)
    assert first.lookup.other == Recurring(weekdays=(4,))


def test_when_it_is_busiest_asks_for_the_hour() -> None:
    assert looked_up("when is it busiest", HOURS) == {"statistic": "mean", "group": "hour", "pick": "max"}
    assert looked_up("what time of day is it calm", HOURS) == {"statistic": "mean", "group": "hour", "pick": "min"}
    assert looked_up("when was the peak", HOURS) == {"statistic": "max"}


@pytest.mark.parametrize(
    ("question", "condition", "claim", "horizon"),
    [
        ("will it reach 450 next year?", (">=", 450.0), None, 12),
        ("will sales be above 12000 in a year", (">", 12_000.0), None, 12),
        ("how likely is it that sales falls below 20 in the next 3 months", ("<", 20.0), None, 3),
        ("will sales go back to 100?", ("==", 100.0), None, None),
        ("when will it pass 500", (">", 500.0), None, None),
        ("will it go up next year?", None, "up", 12),
        ("what is the chance that it falls in the next 6 months", None, "down", 6),
        ("forecast the next 6 months", None, None, 6),
    ],
)
def test_a_limit_or_a_direction_in_the_future(
    question: str, condition: tuple[str, float] | None, claim: str | None, horizon: int | None
) -> None:
    (step,) = steps(question)
    assert isinstance(step, ForecastArgs)
    found = None if step.condition is None else (step.condition.op, step.condition.threshold)
    assert (found, step.claim, step.horizon) == (condition, claim, horizon)


def _after(first: str, second: str) -> Plan:
    previous = Planner(None).plan(first, ONE)
    return Planner(None).plan(second, ONE.model_copy(update={"previous": previous, "previous_question": first}))


def test_doubts_ask_for_the_grounds_of_the_forecast_before() -> None:
    for doubt in ("can I trust that?", "how sure are you", "is it reliable?"):
        (step,) = _after("forecast sales for 6 months", doubt).steps
        assert isinstance(step, ForecastArgs)
        assert (step.explain, step.horizon) == (True, 6)
    (step,) = steps("can I trust this data?")
    assert isinstance(step, AnalystArgs)
    assert step.task == "describe"


def test_as_a_table_repeats_the_answer_and_lists_the_steps() -> None:
    (step,) = _after("forecast sales for 6 months", "as a table please").steps
    assert isinstance(step, ForecastArgs)
    assert (step.listed, step.horizon) == (True, 6)
    assert _after("average per month in 2015", "show it as a table").steps == steps("average per month in 2015")


def test_a_forecast_goes_on_by_the_unit_that_is_named() -> None:
    (step,) = _after("forecast sales for 6 months", "and the month after?").steps
    assert isinstance(step, ForecastArgs)
    assert step.horizon == 7
