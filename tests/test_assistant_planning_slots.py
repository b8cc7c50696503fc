"""Times, horizons, levels, conditions and names, with exact values."""

from __future__ import annotations

import pytest

from assistant.errors import BadRequest, UnknownSeries
from assistant.plan import SeriesContext
from assistant.planning.dates import parse_date
from assistant.planning.horizon import read_horizon
from assistant.planning.names import mentioned
from assistant.planning.rhythm import Rhythm, rhythm_of
from assistant.planning.slots import read_condition, read_count, read_levels, read_model
from assistant.planning.times import read_times
from assistant.planning.wording import normalise, number


def clock(end: str, frequency: str | None, start: str = "2001-01-01T00:00:00") -> Rhythm:
    return rhythm_of(SeriesContext(name="x", n=240, start=start, end=end, frequency=frequency))


MONTHLY = clock("2020-12-01T00:00:00", "MS")
MIDYEAR = clock("2020-06-01T00:00:00", "MS")
DAILY = clock("2020-06-22T00:00:00", "D")
HOURLY = clock("2020-03-31T23:00:00+02:00", "h")
QUARTERLY = clock("2020-10-01T00:00:00", "QS-OCT")
YEARLY = clock("2019-01-01T00:00:00", "YS-JAN", "1950-01-01T00:00:00")
WEEKLY = clock("2020-06-21T00:00:00", "W-SUN")
BUSINESS = clock("2020-06-19T00:00:00", "B")
HALF_HOURLY = clock("2020-03-31T23:30:00", "30min")
UNEVEN = rhythm_of(SeriesContext(name="x", n=101, start="2020-01-01", end="2020-04-10", frequency="irregular"))
NO_TIME = rhythm_of(SeriesContext(name="x", n=144, start="0", end="143", frequency=None))


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("in march 2020", "2020-03", "2020-03"),
        ("in mar. 2020", "2020-03", "2020-03"),
        ("2020-03", "2020-03", "2020-03"),
        ("in 03/2020", "2020-03", "2020-03"),
        ("in 2019", "2019", "2019"),
        ("during the year 2019", "2019", "2019"),
        ("in the 90s", "1990", "1999"),
        ("in the 1980s", "1980", "1989"),
        ("in the first half of 2018", "2018-01", "2018-06"),
        ("h2 2018", "2018-07", "2018-12"),
        ("q3 2021", "2021-07", "2021-09"),
        ("in the last quarter of 2019", "2019-10", "2019-12"),
        ("summer 2019", "2019-06", "2019-08"),
        ("in the winter of 2018", "2018-12", "2019-02"),
        ("early 2017", "2017-01", "2017-04"),
        ("on 3 march 2020", "2020-03-03", "2020-03-03"),
        ("on the 3rd of march 2020", "2020-03-03", "2020-03-03"),
        ("on march 3rd, 2020", "2020-03-03", "2020-03-03"),
        ("on 2020-03-03", "2020-03-03", "2020-03-03"),
        ("between jan 2010 and feb 2012", "2010-01", "2012-02"),
        ("from january to march 2019", "2019-01", "2019-03"),
        ("from 2010 to 2012", "2010", "2012"),
        ("2010-2012", "2010", "2012"),
        ("from 2010-03-04 until 2011-05-06", "2010-03-04", "2011-05-06"),
        ("since 2015", "2015", None),
        ("from 2015 on", "2015", None),
        ("after march 2019", "2019-04", None),
        ("after 2018", "2019", None),
        ("after 2019-12-31", "2020-01-01", None),
        ("before 2015", None, "2014"),
        ("before march 2015", None, "2015-02"),
        ("until june 2010", None, "2010-06"),
        ("since last year", "2019", None),
        ("last year", "2019", "2019"),
        ("this year", "2020", "2020"),
        ("last month", "2020-05", "2020-05"),
        ("last quarter", "2020-01", "2020-03"),
        ("last week", "2020-06-15", "2020-06-21"),
        ("yesterday", "2020-06-22", "2020-06-22"),
        ("in march of last year", "2019-03", "2019-03"),
        ("in the last 12 months", "2019-06-23", "2020-06-22"),
        ("over the past six weeks", "2020-05-12", "2020-06-22"),
        ("the past year", "2019-06-23", "2020-06-22"),
        ("the last 50 values", "2020-05-04", "2020-06-22"),
        ("the first 10 days", "2001-01-01", "2001-01-10"),
        ("first half", "2001-01-01", "2001-04-30"),
    ],
)
def test_spans_of_a_daily_series(text: str, start: str | None, end: str | None) -> None:
    span = read_times(text, DAILY).span
    assert span is not None
    assert (span.start, span.end) == (start, end)


def test_trailing_spans_hold_as_many_samples_as_they_say() -> None:
    assert read_times("the last 12 months", MONTHLY).span.model_dump() == {"start": "2020-01-01", "end": "2020-12-01"}  # type: ignore[union-attr]
    assert read_times("the last 24 hours", HOURLY).span.model_dump() == {  # type: ignore[union-attr]
        "start": "2020-03-31",
        "end": "2020-03-31T23:00:00",
    }
    assert read_times("the last 4 quarters", QUARTERLY).span.model_dump() == {"start": "2020-01-01", "end": "2020-10-01"}  # type: ignore[union-attr]
    assert read_times("last year", MIDYEAR).span.model_dump() == {"start": "2019", "end": "2019"}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("text", "months", "weekdays", "hours"),
    [
        ("average in march", (3,), (), ()),
        ("in april and may", (4, 5), (), ()),
        ("q3", (7, 8, 9), (), ()),
        ("h2", (7, 8, 9, 10, 11, 12), (), ()),
        ("in the fourth quarter", (10, 11, 12), (), ()),
        ("it may rise", (), (), ()),
        ("in summer", (6, 7, 8), (), ()),
        ("every winter", (12, 1, 2), (), ()),
        ("from november to february", (11, 12, 1, 2), (), ()),
        ("on weekends", (), (5, 6), ()),
        ("on weekdays", (), (0, 1, 2, 3, 4), ()),
        ("on mondays and fridays", (), (0, 4), ()),
        ("at 8 am", (), (), (8,)),
        ("at 14:00", (), (), (14,)),
        ("at 12 am", (), (), (0,)),
        ("in the morning", (), (), (6, 7, 8, 9, 10, 11)),
        ("between 10 pm and 2 am", (), (), (22, 23, 0, 1, 2)),
    ],
)
def test_recurring_times(text: str, months: tuple[int, ...], weekdays: tuple[int, ...], hours: tuple[int, ...]) -> None:
    times = read_times(text, DAILY)
    assert (times.span, times.months, times.weekdays, times.hours) == (None, months, weekdays, hours)


def test_days_that_do_not_exist_are_no_dates() -> None:
    assert parse_date("2020-02-30") is None
    assert parse_date("31 april 2020") is None


@pytest.mark.parametrize(
    ("text", "rhythm", "steps"),
    [
        ("next 6 months", MONTHLY, 6),
        ("6 months ahead", MONTHLY, 6),
        ("a 12-month forecast", MONTHLY, 12),
        ("for two years", MONTHLY, 24),
        ("1.5 years ahead", MONTHLY, 18),
        ("half a year ahead", MONTHLY, 6),
        ("next quarter", MONTHLY, 3),
        ("a year ahead", MONTHLY, 12),
        ("until the end of 2027", MONTHLY, 84),
        ("through march 2021", MONTHLY, 3),
        ("in 2021", MONTHLY, 12),
        ("for the rest of the year", MIDYEAR, 6),
        ("until december", MIDYEAR, 6),
        ("6m", MONTHLY, 6),
        ("10y", MONTHLY, 120),
        ("forecast 12", MONTHLY, 12),
        ("horizon 18", MONTHLY, 18),
        ("h=7", MONTHLY, 7),
        ("48 steps", MONTHLY, 48),
        ("next twenty-four periods", MONTHLY, 24),
        ("two weeks", DAILY, 14),
        ("2w", DAILY, 14),
        ("tomorrow", DAILY, 1),
        ("the day after tomorrow", DAILY, 2),
        ("next 6 months", DAILY, 183),
        ("next year", DAILY, 365),
        ("until 2020-07-01", DAILY, 9),
        ("until 2020", DAILY, 192),
        ("24h", HOURLY, 24),
        ("next 3 days", HOURLY, 72),
        ("tomorrow", HOURLY, 24),
        ("until 2 april 2020", HOURLY, 48),
        ("next day", HALF_HOURLY, 48),
        ("next 2 years", QUARTERLY, 8),
        ("next decade", YEARLY, 10),
        ("until 2025", YEARLY, 6),
        ("next 6 months", WEEKLY, 26),
        ("next 3 weeks", WEEKLY, 3),
        ("next 2 weeks", BUSINESS, 10),
        ("next 10 days", BUSINESS, 10),
        ("next 10 days", UNEVEN, 10),
        ("using the last 3 years, 6 months ahead", MONTHLY, 6),
        ("12 steps", NO_TIME, 12),
        ("what will happen", MONTHLY, None),
    ],
)
def test_horizons_in_samples(text: str, rhythm: Rhythm, steps: int | None) -> None:
    assert read_horizon(text, rhythm).steps == steps


@pytest.mark.parametrize(
    ("text", "rhythm"),
    [
        ("0 months ahead", MONTHLY),
        ("-3 months", MONTHLY),
        ("next 2,001 steps", MONTHLY),
        ("two weeks", YEARLY),
        ("6 months", NO_TIME),
    ],
)
def test_horizons_that_cannot_be_are_refused(text: str, rhythm: Rhythm) -> None:
    with pytest.raises(BadRequest, match=r"ask|give"):
        read_horizon(text, rhythm)


def test_the_longest_horizon_is_allowed() -> None:
    assert read_horizon("next 2,000 steps", MONTHLY).steps == 2_000


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("with a 90 % interval", (90.0,)),
        ("90% and 99% interval", (90.0, 99.0)),
        ("at 99/80 %", (80.0, 99.0)),
        ("with 95 percent confidence", (95.0,)),
        ("make it 97.5%", (97.5,)),
        ("with ninety percent intervals", (90.0,)),
        ("confidence level 80", (80.0,)),
        ("for 12 months", ()),
    ],
)
def test_levels(text: str, levels: tuple[float, ...]) -> None:
    assert read_levels(text)[0] == levels


@pytest.mark.parametrize(
    ("text", "operator", "threshold", "upper"),
    [
        ("above 30", ">", 30.0, None),
        ("over 1,000", ">", 1000.0, None),
        ("more than 1.5k", ">", 1500.0, None),
        ("exceeded 3 million", ">", 3e6, None),
        ("at least 5", ">=", 5.0, None),
        ("below -2.5", "<", -2.5, None),
        ("fewer than twenty", "<", 20.0, None),
        ("at most 7", "<=", 7.0, None),
        ("between 20 and 10", "between", 10.0, 20.0),
        ("negative", "<", 0.0, None),
        ("> 5", ">", 5.0, None),
        (">= 5", ">=", 5.0, None),
        ("exactly 4", "==", 4.0, None),
    ],
)
def test_conditions(text: str, operator: str, threshold: float, upper: float | None) -> None:
    condition, rest = read_condition(text)
    assert condition is not None
    assert (condition.op, condition.threshold, condition.upper) == (operator, threshold, upper)
    assert rest.strip() == ""


@pytest.mark.parametrize("text", ["between 2010 and 2012", "over the last 6 weeks", "for more than 5 days", "over 2015"])
def test_times_are_not_conditions(text: str) -> None:
    assert read_condition(text, (2001, 2020))[0] is None


def test_counts_models_and_numbers() -> None:
    assert read_count("the three most similar", 50)[0] == 3
    assert read_count("top 5", 50)[0] == 5
    assert read_count("in the first 3 weeks", 50)[0] is None
    with pytest.raises(BadRequest, match="1 to 50"):
        read_count("top 51", 50)
    assert read_model("using holt-winters", ())[0] == "ets"
    assert read_model("with the seasonal naive", ("seasonal-naive",))[0] == "seasonal-naive"
    assert read_model("a theta forecast", ())[0] == "theta"
    assert [number(text) for text in ("1.5k", "3 million", "1,000", "twenty-four", "two hundred", "minus three", "a dozen")] == [
        *(1500.0, 3e6, 1000.0, 24.0, 200.0, -3.0, 12.0)
    ]


CITIES = [f"{city} · {measure}" for city in ("Köln", "München", "東京") for measure in ("temp", "humidity")]
EMPLOYMENT = ["Total nonfarm", "Construction", "Retail trade", "Leisure and hospitality"]


@pytest.mark.parametrize(
    ("text", "names", "found"),
    [
        ("forecast retail", EMPLOYMENT, ("Retail trade",)),
        ("leisure and hospitality and construction", EMPLOYMENT, ("Leisure and hospitality", "Construction")),
        ("total nonfarm", EMPLOYMENT, ("Total nonfarm",)),
        ("the total of construction", EMPLOYMENT, ("Construction",)),
        ("construcion since 2010", EMPLOYMENT, ("Construction",)),
        ("AIR PASSENGERS", ["AirPassengers"], ("AirPassengers",)),
        ("airpassenger", ["air_passengers"], ("air_passengers",)),
        ("passangers", ["air_passengers"], ("air_passengers",)),
        ("sales and online sales", ["sales", "sales_online"], ("sales", "sales_online")),
        ("online sales", ["sales", "sales_online"], ("sales_online",)),
        ("temperature north and south", ["temperature_north", "temperature_south"], ("temperature_north", "temperature_south")),
        ("is there a trend in b", ["a", "b"], ("b",)),
        ("compare a and b", ["a", "b"], ("a", "b")),
        ("whether it will station", ["weather", "stations_x"], ("stations_x",)),
        ("it may rise", ["may", "june"], ()),
        ("the highest value of flow", ["value", "flow"], ("flow",)),
        ("the highest value", ["value", "flow"], ("value",)),
        ("`retail trade`", EMPLOYMENT, ("Retail trade",)),
        ("average temp in Köln", CITIES, ("Köln · temp",)),
        ("highest temp of 東京", CITIES, ("東京 · temp",)),
        ("humidity in Munchen", CITIES, ("München · humidity",)),
        ("temp in Koln and München", CITIES, ("Köln · temp", "München · temp")),
        ("average temp", CITIES, ("Köln · temp", "München · temp", "東京 · temp")),
    ],
)
def test_names(text: str, names: list[str], found: tuple[str, ...]) -> None:
    assert mentioned(normalise(text), names).names == found


def test_all_both_and_shared_parts() -> None:
    assert mentioned("forecast every series", EMPLOYMENT).all
    assert not mentioned("the average of each month", EMPLOYMENT).all
    assert mentioned("describe both", ["a", "b"]).names == ("a", "b")
    shared = mentioned("temperatures", ["temperature_north", "temperature_south"])
    assert shared.ambiguous
    assert shared.names == ("temperature_north", "temperature_south")


def test_a_quoted_name_that_is_not_loaded_is_refused() -> None:
    with pytest.raises(UnknownSeries) as caught:
        mentioned("forecast `constructor`", EMPLOYMENT)
    assert caught.value.nearest[0] == "Construction"
