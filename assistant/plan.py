"""The closed plan: everything a question may make the assistant do.

A plan is data, never code: a list of steps, each one agent with arguments from a fixed vocabulary. Planners (rules, a small
head, a language model) may only produce this; pydantic refuses anything else.
"""

from __future__ import annotations

from typing import Annotated, Literal, Protocol

from pydantic import BaseModel, ConfigDict, Field

AgentName = Literal["analyst", "anomaly", "forecaster", "classifier", "historian", "trainer"]
AnalystTask = Literal[
    "describe", "trend", "seasonality", "stationarity", "change_points", "lookup", "compare",
    "distribution", "spread", "noise", "autocorrelation", "granger",
]  # fmt: skip
Statistic = Literal[
    "max", "min", "mean", "median", "sum", "count", "std", "range", "first", "last", "value", "change", "growth",
    "year_over_year", "when", "longest", "step", "usual_step", "rank",
]  # fmt: skip
Comparison = Literal[">", ">=", "<", "<=", "==", "between"]
Grouping = Literal["hour", "weekday", "month", "quarter", "year"]

Claim = Literal[
    "so", "always", "usually", "never", "up", "down", "more", "less", "normal", "unusual", "wandering", "random walk",
    "first leads", "how far apart",
]  # fmt: skip
"""What a yes/no question supposes: that there is one, or that it is so; that it is always, usually or never so; a direction;
which of two is more or less ("how far apart" asks by how much, and supposes nothing); a normal distribution or value, or an
unusual one; that the series keeps to no level, or is a random walk; that the first of two series leads."""

CaseSubject = Literal["classes", "reasons", "doubts", "counts", "strange", "agreement", "neighbours", "model"]

MAX_HORIZON = 2_000
# So many cases are classified at once, and can be asked for one by one.
MAX_CASES = 5_000


class _Closed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Span(_Closed):
    """A stretch of time, both ends inclusive, ISO 8601 (a bare year or month names the whole period); None is open."""

    start: str | None = None
    end: str | None = None


class Condition(_Closed):
    """A test on values: `op` against `threshold` (and `upper` for "between")."""

    op: Comparison
    threshold: float
    upper: float | None = None


class Recurring(_Closed):
    """Rows that come back: months (1–12), weekdays (0 Monday – 6), hours (0–23)."""

    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = ()


class Lookup(_Closed):
    """A question with one computed answer.

    months (1–12), weekdays (0 Monday – 6), hours (0–23) keep matching rows in every year ("average in March"). `top` asks for
    several extremes. `group` computes the statistic per group and, with `pick`, names the highest or lowest group
    ("which month is highest on average": statistic mean, group month, pick max). `time` asks the value at one moment.
    `versus` is a second span to compare with; year_over_year compares each period with the one a year before. "when" lists the
    stretches that meet the condition, "longest" names the longest of them; both need one.

    "step" is the largest move from one value to the next: `pick` max a rise, min a fall, None either; relative ranks by percent;
    with a condition, it counts the moves whose size meets it; "longest" without a condition is the longest run of rises (`pick`
    max) or falls (min). "usual_step": the median size of the moves. "rank": which share of the values the condition's threshold
    reaches.
    `since`: a change counts from the highest ("max") or lowest ("min") value. `other`: recurring rows to compare with. Beside a
    group: `contrast`, rows that are set against all others; `supposed`, the group (its number) held to be the picked one.
    `limit`: what the answer is tested against ("was the mean above 340"); a condition chooses the rows instead.
    """

    statistic: Statistic
    condition: Condition | None = None
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = ()
    top: Annotated[int, Field(ge=1, le=50)] = 1
    group: Grouping | None = None
    pick: Literal["max", "min"] | None = None
    time: str | None = None
    versus: Span | None = None
    relative: bool = False
    since: Literal["max", "min"] | None = None
    other: Recurring | None = None
    contrast: Recurring | None = None
    supposed: Annotated[int, Field(ge=0, le=9999)] | None = None
    limit: Condition | None = None


class AnalystArgs(_Closed):
    """The analyst: statistics of one or several series. `series` empty means all loaded ones (up to a display limit).

    lag: in samples, of an autocorrelation asked for. percentile: of a distribution, 0–100. target: the series to be predicted
    where the task is "granger"; None asks in every direction. claim: what a yes/no question supposes; None for other questions.
    cycle: the one that such a question is about, None for any.
    """

    agent: Literal["analyst"] = "analyst"
    task: AnalystTask = "describe"
    series: tuple[str, ...] = ()
    span: Span | None = None
    lookup: Lookup | None = None
    lag: Annotated[int, Field(ge=1, le=10_000)] | None = None
    percentile: Annotated[float, Field(gt=0, lt=100)] | None = None
    target: str | None = None
    claim: Claim | None = None
    cycle: Literal["hourly", "daily", "weekly", "yearly"] | None = None


class AnomalyArgs(_Closed):
    """The anomaly watcher. `limit`: at most so many events, the strongest first. claim: "so" where it is asked whether any."""

    agent: Literal["anomaly"] = "anomaly"
    series: tuple[str, ...] = ()
    span: Span | None = None
    limit: Annotated[int, Field(ge=1, le=200)] = 20
    claim: Claim | None = None


class Assumption(_Closed):
    """What the user supposes about the future, which no data say: a change of the forecast, or of one of its drivers.

    value: percent to add, an amount to add in the series' unit, or the level itself, by `kind`. months (1–12), weekdays
    (0 Monday – 6), hours (0–23) and span choose the steps; all of them where none is given. driver: the series that changes
    instead.
    """

    kind: Literal["percent", "amount", "level"]
    value: float
    months: tuple[Annotated[int, Field(ge=1, le=12)], ...] = ()
    weekdays: tuple[Annotated[int, Field(ge=0, le=6)], ...] = ()
    hours: tuple[Annotated[int, Field(ge=0, le=23)], ...] = ()
    span: Span | None = None
    driver: str | None = None


class ForecastArgs(_Closed):
    """The forecaster. horizon in samples; None: one season, at least 8. levels in percent. model: a registry name to force.

    exclude: stretches that count as missing. drivers: series whose course is to be used. calendar: which calendar effects to
    try; country: ISO code of the one whose holidays count, None where none was named. assume: a scenario beside the forecast.
    compare: two models, or one to set against the tournament's choice. explain: say at length why the model was chosen.
    condition: a limit that the question asks about ("will it reach 450"); claim: a move from the last value asked about instead.
    listed: tell every step, not the last one alone.
    """

    agent: Literal["forecaster"] = "forecaster"
    series: tuple[str, ...] = ()
    span: Span | None = None
    horizon: Annotated[int, Field(ge=1, le=MAX_HORIZON)] | None = None
    levels: tuple[Annotated[float, Field(gt=0, lt=100)], ...] = (80.0, 95.0)
    model: str | None = None
    exclude: Annotated[tuple[Span, ...], Field(max_length=100)] = ()
    drivers: Annotated[tuple[str, ...], Field(max_length=8)] = ()
    calendar: Literal["holidays", "working days"] | None = None
    country: Annotated[str, Field(pattern="^[A-Z]{2}$")] | None = None
    assume: Annotated[tuple[Assumption, ...], Field(max_length=4)] = ()
    compare: Annotated[tuple[str, ...], Field(max_length=2)] = ()
    explain: bool = False
    condition: Condition | None = None
    claim: Claim | None = None
    listed: bool = False


class HistorianArgs(_Closed):
    """The historian: stored episodes like a stretch (`span`; None: the last season) or like words (`text`).

    index_only: store the series' episodes and search nothing (a command's wish; planners leave it).
    """

    agent: Literal["historian"] = "historian"
    series: tuple[str, ...] = ()
    span: Span | None = None
    text: str | None = None
    k: Annotated[int, Field(ge=1, le=50)] = 5
    any_time: bool = False
    index_only: bool = False


class ClassifierArgs(_Closed):
    """The classifier: the class of each series, or of the cases of a table, by a trained model (None: the session's latest).

    cases: the numbers of those asked about, from 1 as people count;
    first, last: so many at the beginning and at the end. All of them where nothing is chosen. label: only those that are given
    this class. supposed: the class that the question takes the chosen cases for, right or wrong. about: what is asked of them:
    their classes, why they were named so (reasons), which are unsure or unlike anything known (doubts), how many are of each
    class (counts: by the table's own labels where it has any), the most unusual one (strange), how the classes agree with the
    table's own (agreement), the nearest training examples (neighbours); or what the model was trained on and how good it is
    (model).
    """

    agent: Literal["classifier"] = "classifier"
    series: tuple[str, ...] = ()
    span: Span | None = None
    model: str | None = None
    cases: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(max_length=MAX_CASES)] = ()
    first: Annotated[int, Field(ge=1)] | None = None
    last: Annotated[int, Field(ge=1)] | None = None
    label: str | None = None
    supposed: str | None = None
    about: CaseSubject = "classes"


class TrainerArgs(_Closed):
    """The trainer: fits a model on the user's labelled table. Asks before it starts.

    model: the classifier to train; "auto" compares those that train fast enough and keeps the best.
    """

    agent: Literal["trainer"] = "trainer"
    target: Literal["classifier"] = "classifier"
    file: str | None = None
    model: str = "auto"


StepArgs = Annotated[
    AnalystArgs | AnomalyArgs | ForecastArgs | HistorianArgs | ClassifierArgs | TrainerArgs, Field(discriminator="agent")
]


class Refusal(_Closed):
    """Why a question is not answered, and up to three that can be."""

    reason: str
    instead: tuple[str, ...] = ()


class Plan(_Closed):
    """What to do about a question: steps, or a refusal, or a question back (`ask`, with suggestions to click).

    confidence: of the planner, 0–1. origin: which planner wrote it.
    """

    steps: tuple[StepArgs, ...] = Field(default=(), max_length=6)
    refusal: Refusal | None = None
    ask: str | None = None
    suggestions: tuple[str, ...] = ()
    confidence: float = 1.0
    origin: str = "rules"


class SeriesContext(_Closed):
    """What a planner may know of a loaded series: never its values."""

    name: str
    n: int
    start: str
    end: str
    frequency: str | None
    source: str = ""


class PlanningContext(_Closed):
    """What a planner may know: the loaded series, the files, the previous plan, the selected series.

    labelled_files: those with a column of classes; case_files: those that are tables of cases, with classes or without. models:
    trained classifiers that may be meant; classes: those that any trained classifier knows. recordings: what those of the newest
    file are called; case_numbers: the numbers that they go by.
    """

    series: tuple[SeriesContext, ...] = ()
    files: tuple[str, ...] = ()
    labelled_files: tuple[str, ...] = ()
    case_files: tuple[str, ...] = ()
    recordings: tuple[str, ...] = ()
    case_numbers: tuple[int, ...] = ()
    models: tuple[str, ...] = ()
    classes: tuple[str, ...] = ()
    previous: Plan | None = None
    previous_question: str | None = None
    selected: tuple[str, ...] = ()


class PlanWriter(Protocol):
    """Whatever turns a question into a plan: the rules and the head, or a fine-tuned language model."""

    def plan(self, question: str, context: PlanningContext) -> Plan:
        """The plan for a question. Raises TidingsError, in words for the user, when the question cannot be planned."""
        ...
