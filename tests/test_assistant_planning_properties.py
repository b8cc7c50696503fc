"""Any text becomes a valid plan or an error fit to be shown, quickly."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.errors import TidingsError
from assistant.plan import Plan, PlanningContext, SeriesContext
from assistant.planning import Planner

_FREQUENCIES = ["MS", "D", "h", "QS", "YS", "W-SUN", "B", "30min", "irregular", None]
_VOCABULARY = (
    "forecast trend anomalies compare average highest lowest total how many days above below between and then why what when "
    "which month weekday is best worst on in since until before after last first next past the of for with from to 12 0 -3 "
    "1e9 99 90% 2019 2020-03 2020-02-30 31/02/2021 march may summer q3 90s h1 weeks months years steps rows 10 000 1,000 "
    "1.5k twenty half a quarter year ago similar like sharp drop classify train series all both each it other more make "
    "instead theta sales `sales` 'x' \"nope\" top five three % > >= <= = ( ) [ { } ? . , ; § 9999 1500 0001 am pm 8 25:61 14:00 "
    "31 december 9999 decade million billion minute seconds"
)
_WORDS = st.sampled_from(_VOCABULARY.split(" "))
_TEXT = st.one_of(st.text(max_size=200), st.lists(_WORDS, max_size=14).map(" ".join))
_NAME = st.one_of(
    st.sampled_from(["sales", "a", "may", "value", "x_1", "2019", "50%", "forecast all", "§", "é b"]), st.text(max_size=20)
)


@st.composite
def _series(draw: st.DrawFn) -> SeriesContext:
    frequency = draw(st.sampled_from(_FREQUENCIES))
    if frequency is None:
        return SeriesContext(name=draw(_NAME), n=50, start="0", end="49", frequency=None)
    end = draw(
        st.sampled_from(["2020-12-01T00:00:00", "9999-12-31T00:00:00", "2020-03-29T02:30:00+01:00", "0002-01-01T00:00:00"])
    )
    return SeriesContext(
        name=draw(_NAME), n=draw(st.integers(0, 10_000)), start="0001-01-01T00:00:00", end=end, frequency=frequency
    )


def _plan(question: str, context: PlanningContext) -> Plan | None:
    try:
        return Planner(None).plan(question, context)
    except TidingsError:
        return None


@settings(max_examples=250, deadline=None)
@given(_TEXT, st.lists(_series(), max_size=4), st.one_of(st.none(), _TEXT))
def test_any_text_becomes_a_plan_or_an_error(question: str, series: list[SeriesContext], earlier: str | None) -> None:
    context = PlanningContext(series=tuple(series), labelled_files=("gestures.csv",))
    previous = _plan(earlier, context) if earlier else None
    plan = _plan(question, context.model_copy(update={"previous": previous}))
    if plan is None:
        return
    assert Plan.model_validate(plan.model_dump()) == plan
    assert plan.steps or plan.refusal or plan.ask
    assert not plan.ask or plan.suggestions
    loaded = {one.name for one in series}
    for step in plan.steps:
        assert set(getattr(step, "series", ())) <= loaded


def test_a_long_question_about_many_series_is_planned_in_time() -> None:
    names = [f"station_{number}_{kind}" for number in range(200) for kind in ("flow", "level", "rain")]
    series = tuple(
        SeriesContext(name=name, n=900, start="2018-01-01T00:00:00", end="2020-06-18T00:00:00", frequency="D") for name in names
    )
    context = PlanningContext(series=series)
    question = "compare the average flow of station_7_flow and the strange lvel of station_9_level between january and march " * 8
    _plan(question, context)
    started = time.process_time()
    _plan(question, context)
    assert time.process_time() - started < 0.5


def test_a_plain_question_takes_under_fifty_milliseconds() -> None:
    series = SeriesContext(name="sales", n=240, start="2001-01-01T00:00:00", end="2020-12-01T00:00:00", frequency="MS")
    context = PlanningContext(series=(series,))
    seconds = []
    for _ in range(5):
        started = time.process_time()
        _plan("what was the highest value of sales between march 2010 and june 2012, and forecast the next two years?", context)
        seconds.append(time.process_time() - started)
    assert sorted(seconds)[2] < 0.05
