"""Questions as different people type them about the sample files, and the plans they should become.

A plan is written in one line: the task or agent, the series ("*" for all), the span, and what else is not at its default.
Series: N total nonfarm, C construction, M manufacturing, R retail trade, L leisure and hospitality, G government; O oil price;
X carbon dioxide; P processor load, Q requests. A question after ">" follows the ones before it; the last plan counts.
"""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from assistant.errors import TidingsError, UnknownSeries
from assistant.plan import AnalystArgs, AnomalyArgs, ForecastArgs, HistorianArgs, Plan, PlanningContext, SeriesContext, StepArgs
from assistant.planning import Planner

_LETTERS = {
    "Total nonfarm": "N", "Construction": "C", "Manufacturing": "M", "Retail trade": "R", "Leisure and hospitality": "L",
    "Government": "G", "Series ID: PET.RBRTE.D Dollars per Barrel": "O", "co2_ppm": "X", "cpu_load": "P", "requests": "Q",
}  # fmt: skip


_NAMES = {"forecaster": "forecast", "historian": "similar", "classifier": "classify", "trainer": "train"}


def _series(letters: str, source: str, n: int, start: str, end: str, frequency: str) -> tuple[SeriesContext, ...]:
    return tuple(
        SeriesContext(name=name, n=n, start=start, end=end, frequency=frequency, source=source)
        for name, letter in _LETTERS.items()
        if letter in letters
    )


_EMPLOYMENT = _series("NCMRLG", "us_employment_monthly.csv", 120, "2006-01-01T00:00:00", "2015-12-01T00:00:00", "MS")
_OIL = _series("O", "brent_oil_daily.csv", 2029, "2011-08-30T00:00:00", "2019-08-26T00:00:00", "B")
_CARBON = _series("X", "co2_monthly.csv", 526, "1958-03-01T00:00:00", "2001-12-01T00:00:00", "MS")
_SERVER = _series("PQ", "server_load.csv", 2184, "2025-06-02T00:00:00", "2025-08-31T23:00:00", "h")
_GESTURES = "gestures_labelled.csv"
CONTEXTS = {
    "jobs": PlanningContext(series=_EMPLOYMENT),
    "oil": PlanningContext(series=_OIL),
    "co2": PlanningContext(series=_CARBON),
    "server": PlanningContext(series=_SERVER),
    "gestures": PlanningContext(files=(_GESTURES,), labelled_files=(_GESTURES,)),
    "all": PlanningContext(series=(*_OIL, *_CARBON, *_SERVER, *_EMPLOYMENT), files=(_GESTURES,), labelled_files=(_GESTURES,)),
}


def _span(step: StepArgs, key: str = "span") -> str:
    span = getattr(step, key, None)
    return "" if span is None else f"{span.start or ''}..{span.end or ''}"


def _lookup(step: AnalystArgs) -> list[str]:
    lookup = step.lookup
    if lookup is None:
        return []
    words = []
    if lookup.condition is not None:
        upper = "" if lookup.condition.upper is None else f"-{lookup.condition.upper:g}"
        words.append(f"{lookup.condition.op}{lookup.condition.threshold:g}{upper}")
    words += [f"limit={lookup.limit.op}{lookup.limit.threshold:g}"] if lookup.limit is not None else []
    words += [f"{key}={','.join(map(str, value))}" for key in ("months", "weekdays", "hours") if (value := getattr(lookup, key))]
    words += [f"top={lookup.top}"] if lookup.top > 1 else []
    words += [f"{key}={value}" for key in ("group", "pick", "time") if (value := getattr(lookup, key)) is not None]
    return words + ([f"versus={lookup.versus.start}..{lookup.versus.end}"] if lookup.versus else [])


def _line(step: StepArgs) -> str:
    named = getattr(step, "series", ())
    series = "".join(_LETTERS[name] for name in named) or ("*" if hasattr(step, "series") else "")
    words = [_NAMES.get(step.agent, step.agent), series, _span(step)]
    if isinstance(step, AnalystArgs):
        words = [step.lookup.statistic if step.lookup else step.task, series, _span(step), *_lookup(step)]
    elif isinstance(step, ForecastArgs):
        words += [f"h={step.horizon}"] if step.horizon else []
        words += [f"levels={','.join(f'{level:g}' for level in step.levels)}"] if step.levels != (80.0, 95.0) else []
        words += [f"model={step.model}"] if step.model else []
    elif isinstance(step, AnomalyArgs):
        words += [f"limit={step.limit}"] if step.limit != 20 else []
    elif isinstance(step, HistorianArgs):
        words += [f"text={step.text}"] if step.text else []
        words += [f"k={step.k}"] if step.k != 5 else []
    return " ".join(word for word in words if word)


def brief(plan: Plan) -> str:
    """A plan in one line; what is refused comes last."""
    lines = [_line(step) for step in plan.steps]
    lines += [f"refuse {'cause' if 'why it happened' in plan.refusal.reason else 'other'}"] if plan.refusal else []
    return "; ".join(lines + (["ask"] if plan.ask else []))


def planned(context: PlanningContext, chain: str) -> str:
    """The last plan of a chain of questions, in one line."""
    plan: Plan | None = None
    for question in chain.split(" > "):
        try:
            plan = Planner(None).plan(question, context)
        except TidingsError as error:
            return f"error {type(error).__name__}"
        if plan.steps:
            context = context.model_copy(update={"previous": plan, "previous_question": question})
    return brief(plan) if plan is not None else ""


QUESTIONS: list[tuple[str, str, str]] = [
    # an analyst, a manager, a trader, students and an operations engineer
    ("jobs", "give me the headline numbers for construction", "describe C"),
    ("jobs", "mean govt employment 2010-2012", "mean G 2010..2012"),
    ("jobs", "how many thousand retail trade jobs were there in june 2009?", "value R time=2009-06"),
    ("jobs", "by how many thousand did construction change between january 2007 and january 2010", "change C 2007-01..2010-01"),
    ("jobs", "how much did manufacturing lose from 2008 to 2009", "change M 2008..2009"),
    ("jobs", "in percent, how much did leisure and hospitality grow since 2010?", "growth L 2010.."),
    ("jobs", "percentage fall in construction between 2007-01 and 2011-01", "growth C 2007-01..2011-01"),
    ("jobs", "which sector grew fastest", "growth *"),
    ("jobs", "avg total employment last year", "mean N 2015..2015"),
    ("jobs", "is employment seasonal", "seasonality *"),
    ("jobs", "does manufacturing lead construction", "compare MC"),
    ("jobs", "correlate retail jobs with leisure jobs", "compare RL"),
    ("jobs", "peak of construction", "max C"),
    ("jobs", "when did mfg hit its low", "min M"),
    ("jobs", "year on year change of government in 2014", "year_over_year G 2014..2014"),
    ("jobs", "range of retail trade over the whole record", "range R"),
    ("jobs", "std of govt jobs", "std G"),
    ("jobs", "list the 3 lowest months for construction", "min C top=3"),
    ("jobs", "how many months was manufacturing below 12000", "count M <12000"),
    ("jobs", "first time leisure exceeded 14 thousand", "first L >14000"),
    ("jobs", "describe trend and seasonality of retail", "trend R; seasonality R"),
    ("jobs", "forcast construction for 2016", "forecast C h=12"),
    ("jobs", "forecast government, 6 months, 90% band", "forecast G h=6 levels=90"),
    ("jobs", "project the workforce in manufacturing two years out", "forecast M h=24"),
    ("jobs", "were there structural breaks in construction between 2007 and 2012", "change_points C 2007..2012"),
    ("jobs", "anything odd in government in 2010", "anomaly G 2010..2010"),
    ("jobs", "did manufacturing jump to a new level at any point", "change_points M"),
    ("jobs", "is total nonfarm mean reverting", "stationarity N"),
    ("jobs", "what was construction last month", "value C time=2015-12"),
    ("jobs", "retail trade last quarter vs the quarter before", "mean R 2015-10..2015-12 versus=2015-07..2015-09"),
    ("jobs", "Hi, could you tell me roughly how the factories did, I mean manufacturing, in 2009? thanks", "mean M 2009..2009"),
    ("jobs", "why did construction collapse in 2008?", "refuse cause"),
    ("jobs", "I need the best year for retail trade please", "mean R group=year pick=max"),
    ("jobs", "What should we expect for hospitality next year?", "forecast L h=12"),
    ("jobs", "How complete is this data set, and is anything missing?", "describe *"),
    ("jobs", "what can you do for me", "refuse other"),
    ("jobs", "should I invest in builders", "refuse other"),
    ("jobs", "so construction, was it going up or down after 2011", "trend C 2012.."),
    ("jobs", "Compare government with all the others", "compare GNCMRL"),
    ("jobs", "not interested in construction, show me anomalies in government", "anomaly G"),
    ("jobs", "When was government employment highest and what was it in 2013?", "max G; mean G 2013..2013"),
    ("jobs", "forecast apples", "error UnknownSeries"),
    ("jobs", "what about the weather in march", "refuse other"),
    ("oil", "describe the oil price", "describe O"),
    ("oil", "average brent price in 2015", "mean O 2015..2015"),
    ("oil", "what did oil cost on 20 january 2016", "value O time=2016-01-20"),
    ("oil", "how much did the price drop between june 2014 and jan 2016?", "change O 2014-06..2016-01"),
    ("oil", "by what percentage did brent fall in 2014", "growth O 2014..2014"),
    ("oil", "highest oil price ever", "max O"),
    ("oil", "which weekday has the lowest average price", "mean O group=weekday pick=min"),
    ("oil", "how many days was oil over 100 dollars", "count O >100"),
    ("oil", "how many days above 100 in 2012?", "count O 2012..2012 >100"),
    ("oil", "last time brent was below 30", "last O <30"),
    ("oil", "is the oil price stationary or is it a random walk", "stationarity O"),
    ("oil", "predict oil for the next 20 trading days", "forecast O h=20"),
    ("oil", "forecast the price until the end of september 2019", "forecast O h=25"),
    ("oil", "did the level of the price step down at some point", "change_points O"),
    ("oil", "find a stretch that looks like a slow rise and a sharp fall", "similar O text=slow rise and a sharp fall"),
    ("oil", "when did something like a sudden crash happen before", "similar O text=sudden crash"),
    ("oil", "periods similar to the last 60 days", "similar O 2019-06-28..2019-08-26"),
    ("oil", "any spikes?", "anomaly O"),
    ("oil", "price last week", "mean O 2019-08-19..2019-08-25"),
    ("oil", "mean price last month", "mean O 2019-07..2019-07"),
    ("oil", "highest this month", "max O 2019-08..2019-08"),
    ("oil", "year with the highest average price", "mean O group=year pick=max"),
    ("oil", "which year was the worst for the oil price", "mean O group=year pick=min"),
    ("oil", "volatility of brent in 2015 compared to 2013", "std O 2015..2015 versus=2013..2013"),
    ("oil", "whats the median price", "median O"),
    ("oil", "how did oil develop in 2016", "change O 2016..2016"),
    ("oil", "is there a trend since 2016?", "trend O 2016.."),
    ("oil", "forecast oil with theta for 10 days", "forecast O h=10 model=theta"),
    ("oil", "are there gaps", "describe O"),
    ("oil", "what drives the oil price", "refuse cause"),
    ("oil", "top 5 daily prices", "max O top=5"),
    ("oil", "oil", "describe O"),
    ("co2", "how many values are missing?", "describe X"),
    ("co2", "does co2 have a yearly cycle", "seasonality X"),
    ("co2", "which month of the year has the highest co2 on average", "mean X group=month pick=max"),
    ("co2", "in what month is the co2 usually lowest", "mean X group=month pick=min"),
    ("co2", "by how many ppm did co2 rise between 1960 and 2000", "change X 1960..2000"),
    ("co2", "co2 in december 1999", "value X time=1999-12"),
    ("co2", "how much higher was co2 in 2000 than in 1970", "mean X 2000..2000 versus=1970..1970"),
    ("co2", "when did it first pass 350", "first X >350"),
    ("co2", "co2 last year", "mean X 2001..2001"),
    ("co2", "co2 over the last 10 years, rising?", "trend X 1992-01-01..2001-12-01"),
    ("co2", "Forecast five years of co2", "forecast X h=60"),
    ("co2", "extrapolate to 2010", "forecast X h=108"),
    ("co2", "was there ever a period like a long plateau", "similar X text=long plateau"),
    ("server", "cpu load values above 90", "count P >90"),
    ("server", "max reqs", "max Q"),
    ("server", "busiest hour of day requests", "mean Q group=hour pick=max"),
    ("server", "quietest weekday for the cpu", "mean P group=weekday pick=min"),
    ("server", "which day of the week has most requests", "mean Q group=weekday pick=max"),
    ("server", "hour with the highest average cpu load", "mean P group=hour pick=max"),
    ("server", "avg cpu last week", "mean P 2025-08-25..2025-08-31"),
    ("server", "requests last month total", "sum Q 2025-08..2025-08"),
    ("server", "requests yesterday", "mean Q 2025-08-31..2025-08-31"),
    ("server", "did cpu load shift for good at some point?", "change_points P"),
    ("server", "anomalies on the server", "anomaly *"),
    ("server", "strongest glitch in requests", "anomaly Q limit=1"),
    ("server", "stuck readings in requests in august?", "anomaly Q 2025-08..2025-08"),
    ("server", "does cpu follow requests, and with what lag", "compare PQ"),
    ("server", "forecast cpu next 48h", "forecast P h=48"),
    ("server", "predict requests for tomorrow, then anomalies in cpu", "forecast Q h=24; anomaly P"),
    ("server", "cpu at 24 june 2025 14:00", "value P time=2025-06-24T14:00"),
    ("server", "mean requests on weekends vs weekdays", "mean Q weekdays=5,6; mean Q weekdays=0,1,2,3,4"),
    ("server", "how often was cpu above 80 in july", "count P >80 months=7"),
    ("server", "memory usage?", "error UnknownSeries"),
    ("server", "forecast disk_io", "error UnknownSeries"),
    ("gestures", "can you learn to tell these gestures apart?", "train"),
    ("gestures", "teach yourself to recognise the gestures", "train"),
    ("gestures", "fit something that sorts them into classes", "train"),
    ("gestures", "which gesture is this?", "classify *"),
    ("gestures", "please label them", "classify *"),
    ("gestures", "why is case 3 of that class?", "classify *"),
    ("jobs", "why did the first class of retail fall in 2009?", "refuse cause"),
    ("gestures", "what made you label the first one so", "classify *"),
    ("gestures", "forecast the gestures", "refuse other"),
    ("jobs", "average construction in 2012 > and 2013? > and manufacturing?", "mean M 2013..2013"),
    ("all", "mean construction in 2012 > what about oil", "mean O 2012..2012"),
    ("all", "average co2 in 1975 > and oil?", "mean O"),
    ("all", "anomalies in cpu in july 2025 > and in government employment?", "anomaly G"),
    ("server", "forecast cpu for 24 hours > make it 48 > same for requests", "forecast Q h=48"),
    ("oil", "highest price in 2013 > and the lowest? > in 2016?", "min O 2016..2016"),
    ("jobs", "describe retail > is it seasonal? > forecast it for 2 years", "forecast R h=24"),
    ("jobs", "anomalies in government > why?", "refuse cause"),
    ("all", "how is the server doing", "describe PQ"),
    ("all", "employment in 2012", "mean NCMRLG 2012..2012"),
    ("server", "describe the server > busiest hour of day", "mean * group=hour pick=max"),
    ("jobs", "how much did construction lose from 2007 to 2010 > in percent?", "growth C 2007..2010"),
    ("jobs", "forecast construction > construction in 2009 vs 2006", "mean C 2009..2009 versus=2006..2006"),
    ("server", "cpu yesterday vs the day before", "mean P 2025-08-31..2025-08-31 versus=2025-08-30..2025-08-30"),
    ("gestures", "can you tell them apart", "train"),
    ("jobs", "pls plot manufacturing", "describe M"),
    ("jobs", "which year did leisure grow the most", "growth L group=year pick=max"),
    ("jobs", "no trend, only outliers in mfg", "anomaly M"),
    ("oil", "was 2014 or 2015 more volatile", "std O 2014..2014 versus=2015..2015"),
    ("oil", "find moments like the second half of 2014", "similar O 2014-07..2014-12"),
    ("server", "is the weekend calmer", "mean * group=weekday"),
    ("server", "cpu stats for june", "describe P 2025-06..2025-06"),
    ("server", "cpu load values", "describe P"),
    ("jobs", "jobs in construction and manufacturing", "describe CM"),
    ("jobs", "total jobs in 2014", "mean N 2014..2014"),
    ("jobs", "how many jobs in retail in 2012", "mean R 2012..2012"),
    # the same people, terser
    ("jobs", "whats up with contruction", "describe C"),
    ("jobs", "show construction and manufacturing side by side 2008-2010", "compare CM 2008..2010"),
    ("jobs", "lowest value of retail trade between 2008 and 2011 and when", "min R 2008..2011"),
    ("jobs", "how many people worked in hospitality in december 2015", "value L time=2015-12"),
    ("jobs", "did govt spike in may 2010", "anomaly G 2010-05..2010-05"),
    ("jobs", "average of all series in 2011", "mean * 2011..2011"),
    ("jobs", "which months are usually weak for retail", "mean R group=month pick=min"),
    ("jobs", "does hiring in leisure depend on the season", "seasonality L"),
    ("jobs", "how much bigger is retail than construction", "compare RC"),
    ("jobs", "long run direction of mfg?", "trend M"),
    ("jobs", "construction 2009", "mean C 2009..2009"),
    ("jobs", "predict every series one year ahead", "forecast * h=12"),
    ("jobs", "forecast everything except government", "forecast NCMRL"),
    ("jobs", "did manufacturing lose jobs in 2009? how many?", "change M 2009..2009"),
    ("jobs", "total change in construction over the whole period", "change C"),
    ("jobs", "find times in the past that resemble the last 12 months of retail trade", "similar R 2015-01-01..2015-12-01"),
    ("jobs", "can you compare last year to this year for govt", "mean G 2014..2014 versus=2015..2015"),
    ("jobs", "first half of 2010 vs second half of 2010 construction", "mean C 2010-01..2010-06 versus=2010-07..2010-12"),
    ("oil", "brent max/min/avg in 2018", "max O 2018..2018; min O 2018..2018; mean O 2018..2018"),
    ("oil", "price?", "describe O"),
    ("oil", "what is it now", "last O"),
    ("oil", "is oil more expensive in summer or winter", "mean O months=6,7,8; mean O months=12,1,2"),
    ("oil", "how did the oil price change over the last 5 years", "change O 2014-08-27..2019-08-26"),
    ("oil", "show me the crash of 2014", "describe O 2014..2014"),
    ("oil", "biggest drop", "step O pick=min"),
    ("oil", "what changed?", "change_points O"),
    ("oil", "what is this?", "describe O"),
    ("oil", "forecats the nxt 10 dayz", "forecast O h=10"),
    ("oil", "forecast next friday", "forecast O h=4"),
    ("server", "what will cpu_load be on tuesday", "forecast P h=48"),
    ("jobs", "is there a trend in construction and what changed?", "trend C; change_points C"),
    ("jobs", "which series is growing fastest?", "growth *"),
    ("oil", "days with price between 50 and 60 in 2017", "count O 2017..2017 between50-60"),
    ("oil", "avg by year", "mean O group=year"),
    ("oil", "forecast to the end of the year, 50% and 99% intervals", "forecast O h=91 levels=50,99"),
    ("oil", "when was there a steep fall followed by a quick recovery", "similar O text=steep fall followed by a quick recovery"),
    ("oil", "no forecasts please, just the trend", "trend O"),
    ("oil", "are prices on mondays lower than on fridays", "mean O weekdays=0; mean O weekdays=4"),
    ("co2", "carbon dioxide in 1970", "mean X 1970..1970"),
    ("co2", "what was co2 the year before last", "mean X 2000..2000"),
    ("co2", "how fast is co2 rising", "trend X"),
    ("co2", "gaps?", "describe X"),
    ("co2", "how many months exceeded 365 ppm and when was the first", "count X >365; first X >365"),
    ("server", "peak hour", "mean * group=hour pick=max"),
    ("server", "is load higher at night", "mean P group=hour"),
    ("server", "cpu avg by weekday", "mean P group=weekday"),
    ("server", "95% interval forecast of cpu, next day", "forecast P h=24 levels=95"),
    ("server", "what happened on 12 august in requests", "describe Q 2025-08-12..2025-08-12"),
    ("server", "requests >3000", "count Q >3000"),
    ("server", "does server load go up when requests go up", "compare PQ"),
    ("server", "last 3 days cpu min", "min P 2025-08-29..2025-08-31T23:00:00"),
    ("server", "anomalies this month", "anomaly * 2025-08..2025-08"),
    ("server", "are there anomalies and is there a weekly pattern in cpu?", "anomaly P; seasonality P"),
    ("server", "forecast cpu > why so high?", "refuse cause"),
    ("server", "max cpu in july > and for the requests > what about june", "max Q months=6"),
    ("all", "compare oil and co2", "compare OX"),
    ("all", "is cpu correlated with the oil price", "compare PO"),
    ("all", "what is the best performing sector", "ask"),
    ("gestures", "what can you tell me about this file", "refuse other"),
    ("gestures", "build me a classifer", "train"),
    # and once more
    ("jobs", "constrution jobs trend pls", "trend C"),
    ("jobs", "manufacturing: up or down since 2010?", "trend M 2010.."),
    ("jobs", "what percentage did govt shed in 2011", "growth G 2011..2011"),
    ("jobs", "how did the recession of 2008-2009 show in construction", "describe C 2008..2009"),
    ("jobs", "tell me the retail number for march 2011", "value R time=2011-03"),
    ("jobs", "leisure and hospitality, highest 2 months of 2014", "max L 2014..2014 top=2"),
    ("jobs", "which series has the strongest seasonality", "seasonality *"),
    ("jobs", "which of them is most volatile", "std *"),
    ("jobs", "is there a link between retail and construction", "compare RC"),
    ("jobs", "forecast retail trade through june 2016 with 80 percent interval", "forecast R h=6 levels=80"),
    ("jobs", "next 3 quarters for mfg", "forecast M h=9"),
    ("jobs", "how long is the data", "describe *"),
    ("jobs", "Which months had construction below 5500?", "count C <5500"),
    ("jobs", "was may 2010 unusual for government?", "anomaly G 2010-05..2010-05"),
    ("jobs", "total nonfarm dec 2007 to june 2009 change in %", "growth N 2007-12..2009-06"),
    ("oil", "what did brent do in the second half of 2014", "describe O 2014-07..2014-12"),
    ("oil", "cheapest day", "min O"),
    ("oil", "when was oil cheapest", "min O"),
    ("oil", "what's the latest price", "last O"),
    ("oil", "does the price repeat every year", "seasonality O"),
    ("oil", "outlook next quarter", "forecast O h=66"),
    ("oil", "five periods that look like june to december 2014", "similar O 2014-06..2014-12"),
    ("oil", "is brent above 60 today", "last O limit=>60"),
    ("co2", "did it rise by more than 5 between 1980 and 1985", "change X 1980..1985 limit=>5"),
    ("oil", "has it dropped since its peak", "change O"),
    ("co2", "has it risen since its low", "change X"),
    ("co2", "was it 350 or more in 1990", "count X 1990..1990 >=350"),
    ("co2", "does it revert to the mean", "stationarity X"),
    ("oil", "was the mean above 100 in 2012", "mean O 2012..2012 limit=>100"),
    ("oil", "is the highest price in 2013 below 120", "max O 2013..2013 limit=<120"),
    ("oil", "did it fall by more than 20% in 2014", "growth O 2014..2014 limit=<-20"),
    ("oil", "did it rise by at least 5 in 2013", "change O 2013..2013 limit=>=5"),
    ("oil", "how often did it fall by more than 5%", "step O >5 pick=min"),
    ("oil", "on which days did it rise by more than 3", "step O >3 pick=max"),
    ("co2", "was it above 340 in january 1985", "value X limit=>340 time=1985-01"),
    ("co2", "was it above 340 in 1985", "count X 1985..1985 >340"),
    ("co2", "was 1998 the highest year", "mean X group=year pick=max"),
    ("oil", "average 2013 vs 2016", "mean O 2013..2013 versus=2016..2016"),
    ("oil", "mean, median and standard deviation for 2017 please", "mean O 2017..2017; median O 2017..2017; std O 2017..2017"),
    ("oil", "sum of jan 2012", "sum O 2012-01..2012-01"),
    ("oil", "explain why it fell", "refuse cause"),
    ("co2", "level in march 1958", "value X time=1958-03"),
    ("co2", "how much did co2 go up per year on average", "change X group=year"),
    ("co2", "average growth per year", "growth X group=year"),
    ("co2", "what will co2 be in 2005", "forecast X h=48"),
    ("co2", "has the growth accelerated", "trend X"),
    ("co2", "does it look normal", "anomaly X"),
    ("server", "is anything wrong with the server", "anomaly *"),
    ("server", "cpu above 90 - when?", "count P >90"),
    ("server", "give me p95... ok just the max of cpu for june", "max P months=6"),
    ("server", "number of requests in total", "sum Q"),
    ("server", "how many requests did we get last week", "sum Q 2025-08-25..2025-08-31"),
    ("server", "requests per weekday", "mean Q group=weekday"),
    ("server", "avg requests between 9 and 17 h", "mean Q hours=9,10,11,12,13,14,15,16,17"),
    ("server", "when are we least busy", "mean * group=hour pick=min"),
    ("server", "will cpu exceed 95 next week", "forecast P h=168"),
    ("server", "do both follow a daily cycle", "seasonality PQ"),
    ("server", "have we seen this load pattern before", "similar P"),
    ("server", "cpu change points and anomalies", "change_points P; anomaly P"),
    ("all", "when did govt peak", "max G"),
    ("all", "forecast oil and co2 for 6 months", "forecast O h=132; forecast X h=6"),
    ("all", "train on the gestures", "train"),
    ("all", "any anomalies in the employment data", "anomaly NCMRLG"),
    ("jobs", "trend of retail > compare it with construction > only since 2010", "compare RC 2010.."),
    # days, quarters and holidays without a year
    ("server", "what was the cpu load on 5 July at 14:00?", "value P time=2025-07-05T14:00"),
    ("server", "requests on August 3rd at 2 pm", "value Q time=2025-08-03T14:00"),
    ("oil", "what was the price on 29 february?", "value O time=2016-02-29"),
    ("oil", "average since 5 march", "mean O 2019-03-05.."),
    ("oil", "price on 5 march last year", "value O time=2018-03-05"),
    ("oil", "average of Q3", "mean O months=7,8,9"),
    ("co2", "highest in the second quarter", "max X months=4,5,6"),
    ("co2", "mean of Q1 in 1990", "mean X 1990..1990 months=1,2,3"),
    ("oil", "what was the price on Christmas 2014?", "value O time=2014-12-25"),
    ("oil", "price on New Year's Eve 2013", "value O time=2013-12-31"),
    ("oil", "price on new year's day", "value O time=2019-01-01"),
    ("oil", "what was the price on Easter 2014?", "ask"),
    ("oil", "forecast until 24 september", "forecast O h=21"),
    ("server", "what will cpu be on 2 september?", "forecast P h=48"),
    ("co2", "forecast q4", "forecast X h=12"),
    ("oil", "forecast oil with data until 5 july", "forecast O ..2019-07-05"),
    ("oil", "forecast for christmas", "forecast O h=87"),
    # a threshold is no interval level
    ("server", "is cpu above 90% next week?", "forecast P h=168"),
    ("oil", "will it exceed 100 next month", "forecast O h=23"),
    ("server", "forecast cpu next week with 90%", "forecast P h=168 levels=90"),
    # the stretch before and after
    ("jobs", "mean construction in 2010 > what about the year before?", "mean C 2009..2009"),
    ("jobs", "mean construction in March 2010 > and the month before that?", "mean C 2010-02..2010-02"),
    ("jobs", "mean construction in March 2010 > and the year before?", "mean C 2009-03..2009-03"),
    ("jobs", "what was construction in january 2010? > and the month before?", "value C time=2009-12"),
    ("oil", "average price last week > and the week before?", "mean O 2019-08-12..2019-08-18"),
    ("oil", "periods similar to the last 60 days > what happened after?", "describe O 2019-08-27..2019-10-25"),
    ("jobs", "episodes similar to 2008 in construction > what happened after?", "describe C 2009..2009"),
    ("jobs", "anomalies in government from 2008 to 2009 > and after?", "anomaly G 2010..2011"),
    ("jobs", "average construction in march > and the month before?", "mean C months=2"),
    ("jobs", "trend of construction > what about the year before?", "error BadRequest"),
    # what is loaded, and questions over all series
    ("jobs", "how many series are there", "describe *"),
    ("jobs", "describe retail > list all series", "describe *"),
    ("jobs", "trend of retail > which columns are there?", "describe *"),
    ("jobs", "which sector has the highest average", "mean *"),
    ("jobs", "describe retail > which store grew the most between 2010 and 2014?", "growth * 2010..2014"),
    ("jobs", "which grew the most between 2010 and 2014", "growth * 2010..2014"),
]  # fmt: skip


@pytest.mark.parametrize(("loaded", "chain", "plan"), QUESTIONS, ids=[chain for _, chain, _ in QUESTIONS])
def test_a_question_becomes_the_plan_its_writer_meant(loaded: str, chain: str, plan: str) -> None:
    assert planned(CONTEXTS[loaded], chain) == plan


STORES = PlanningContext(
    series=tuple(
        SeriesContext(name=f"store_{n:02d}", n=130, start="2022-01-03", end="2024-06-24", frequency="W-MON", source="stores.csv")
        for n in range(1, 41)
    )
)


@pytest.mark.parametrize(
    ("question", "plan"),
    [
        ("which store grew the most?", "growth *"),
        ("rank the stores by average revenue", "mean *"),
        ("average per store", "mean *"),
        ("what was the mean of store_07", "mean store_07"),
    ],
)
def test_a_word_that_all_names_share_may_mean_each_of_them(question: str, plan: str) -> None:
    (step,) = Planner(None).plan(question, STORES).steps
    assert isinstance(step, AnalystArgs)
    assert step.lookup is not None
    assert f"{step.lookup.statistic} {','.join(step.series) or '*'}" == plan


@pytest.mark.parametrize(
    ("question", "pick"),
    [
        ("which sector lost the most jobs in 2009?", "min"),
        ("which sector has the lowest average", "min"),
        ("which sector grew the most", None),
    ],
)
def test_a_question_for_the_lowest_series_is_told_from_that_end(question: str, pick: str | None) -> None:
    (found,) = Planner(None).plan(question, CONTEXTS["jobs"]).steps
    assert isinstance(found, AnalystArgs)
    assert found.lookup is not None
    assert (found.series, found.lookup.pick) == ((), pick)


def test_a_shared_word_without_a_sign_of_all_is_asked_about() -> None:
    assert Planner(None).plan("what was the highest store value", STORES).steps == ()


def test_an_unclear_question_about_a_labelled_table_is_not_taken_for_classifying() -> None:
    def surely_classify(sentences: list[str]) -> np.ndarray:
        return np.zeros((len(sentences), 384))

    head = SimpleNamespace(intents=("classify",), probabilities=lambda vectors: np.ones((len(vectors), 1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("assistant.planning.planner.load_head", lambda: head)
        found = Planner(surely_classify).plan("mumble", CONTEXTS["gestures"])
    assert found.steps == ()
    assert found.refusal is not None
    assert "labelled table" in found.refusal.reason


@pytest.mark.parametrize("loaded", ["jobs", "oil", "co2", "server", "all"])
def test_what_is_offered_instead_can_be_asked(loaded: str) -> None:
    context = CONTEXTS[loaded]
    asked = Planner(None).plan("mumble the purple elephants dancing", context).suggestions
    declined = Planner(None).plan("why did it happen", context).refusal
    assert declined is not None
    for offer in (*asked, *declined.instead):
        assert "`" not in offer
        plan = Planner(None).plan(offer, context)
        assert plan.steps, offer
        assert plan.confidence > 0.8


def test_offers_are_about_the_series_in_play() -> None:
    context = CONTEXTS["jobs"]
    context = context.model_copy(update={"previous": Planner(None).plan("describe retail trade", context)})
    plan = Planner(None).plan("mumble the purple elephants dancing", context)
    assert plan.suggestions[0] == "Describe Retail trade"


def test_an_unknown_name_is_refused_in_plain_words() -> None:
    with pytest.raises(UnknownSeries) as caught:
        Planner(None).plan("forecast the oil", CONTEXTS["server"])
    assert str(caught.value) == (
        "There is no series called “oil” here. What is loaded is “cpu_load” and “requests”; please ask about one of these."
    )


def test_a_labelled_table_alone_says_what_can_be_done_with_it() -> None:
    refusal = Planner(None).plan("what is in here", CONTEXTS["gestures"]).refusal
    assert refusal is not None
    assert "labelled table" in refusal.reason
    assert refusal.instead == ("Train a classifier on gestures_labelled.csv",)
    assert planned(CONTEXTS["gestures"], refusal.instead[0]) == "train"


@pytest.mark.parametrize(
    ("end", "frequency", "question", "expected"),
    [
        ("2025-08-31T23:00:00", "h", "mean last month", "2025-08..2025-08"),
        ("2025-08-31T23:00:00", "h", "mean last week", "2025-08-25..2025-08-31"),
        ("2025-08-31T00:00:00", "D", "mean last month", "2025-08..2025-08"),
        ("2025-08-15T00:00:00", "D", "mean last month", "2025-07..2025-07"),
        ("2025-08-15T00:00:00", "D", "mean this month", "2025-08..2025-08"),
        ("2025-08-29T00:00:00", "B", "mean last month", "2025-08..2025-08"),
        ("2015-12-01T00:00:00", "MS", "mean last year", "2015..2015"),
        ("2015-11-01T00:00:00", "MS", "mean last year", "2014..2014"),
        ("2015-12-01T00:00:00", "MS", "mean last quarter", "2015-10..2015-12"),
        ("2015-12-01T00:00:00", "MS", "mean of the last 6 months", "2015-07-01..2015-12-01"),
    ],
)
def test_now_is_the_first_moment_after_the_last_sample(end: str, frequency: str, question: str, expected: str) -> None:
    series = SeriesContext(name="level", n=100, start="2011-01-01T00:00:00", end=end, frequency=frequency)
    step = Planner(None).plan(question, PlanningContext(series=(series,))).steps[0]
    assert _span(step) == expected
