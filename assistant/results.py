"""Results: the machine-readable half of an answer, one pydantic model a `kind`; their keys are the public contract."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, SerializerFunctionWrapHandler, TypeAdapter, model_serializer


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trend(_Result):
    """direction "up", "down" or "none"; slope per `per` ("year", "day", "row" …) in the series' unit with its 95 % interval."""

    direction: Literal["up", "down", "none"]
    slope: float
    per: str
    low: float
    high: float


class Seasonality(_Result):
    """period in samples; strength 0–1 (share of the detrended variance; Wang, Smith & Hyndman 2006)."""

    period: int
    strength: float


class ChangePoint(_Result):
    """size: the change of the level (or slope, or standard deviation) in the series' unit."""

    time: str
    kind: str
    size: float


class Description(_Result):
    """Whole description of one series."""

    kind: Literal["description"] = "description"
    series: str
    n: int
    start: str
    end: str
    frequency: str | None
    missing: int
    trend: Trend | None
    seasonality: tuple[Seasonality, ...]
    stationary: bool | None
    change_points: tuple[ChangePoint, ...]
    outliers: int


class Traits(_Result):
    """What was found of a series' stationarity, distribution, spread, memory and noise, by name; None where it could not be.

    Their keys are the fields of the dataclasses of those names in assistant.analysis.
    """

    kind: Literal["traits"] = "traits"
    series: str
    n: int
    stationarity: dict[str, Any] | None
    distribution: dict[str, Any] | None
    spread: dict[str, Any] | None
    memory: dict[str, Any] | None
    noise: dict[str, Any] | None


class AnomalyPoint(_Result):
    """end: None for a single point. kind: spike, dip, level shift, unusual cycle, variance change, missing stretch, stuck value.

    value, expected: of the most extreme row; of a level shift the levels after and before it, of a variance change the spreads.
    """

    time: str
    end: str | None
    value: float | None
    expected: float | None
    score: float
    kind: str


class Anomalies(_Result):
    """What is unusual in one series."""

    kind: Literal["anomalies"] = "anomalies"
    series: str
    points: tuple[AnomalyPoint, ...]


class LeaderboardRow(_Result):
    """A model's rolling-origin backtest; None where it could not be computed."""

    model: str
    mase: float | None
    smape: float | None
    wql: float | None
    cov80: float | None
    seconds: float


class Scenario(_Result):
    """A forecast under the user's assumptions, which are no finding. points: as a forecast's, for the same steps.

    assumptions: {kind, value, months, weekdays, hours, start, end, driver}. Sums over all steps, and their difference.
    """

    assumptions: tuple[dict[str, Any], ...]
    points: tuple[dict[str, float | str | None], ...]
    sum: float
    plain_sum: float
    difference: float


class Excluded(_Result):
    """A stretch that was treated as missing; values: how many observed ones it held."""

    start: str | None
    end: str | None
    values: int


class ForecastDrivers(_Result):
    """Covariates that were tried. used: whether the backtest kept them; mase_with and mase_without at the same origins.

    names: series, or words for calendar effects. effects: name → change for one unit (a share where `relative`); empty where not
    used. forecast: those whose future had to be forecast first. country: whose holidays; guessed: nobody named it.
    """

    names: tuple[str, ...]
    used: bool
    mase_with: float | None
    mase_without: float | None
    effects: dict[str, float] = {}
    relative: bool = False
    forecast: tuple[str, ...] = ()
    country: str | None = None
    guessed: bool = False


class ComparedModels(_Result):
    """Two models at the same origins. wins: of the first and the second; difference: mean MASE of first minus second, with the
    95 % interval from resampled origins."""

    models: tuple[str, str]
    mase: tuple[float, float]
    wins: tuple[int, int]
    origins: int
    difference: float
    low: float
    high: float


class Forecast(_Result):
    """points: {time, mean, lo80, hi80 …}, one a step. What the question added stands in the document only where it added it.

    combination: member → weight where the forecast is a combination.
    """

    kind: Literal["forecast"] = "forecast"
    series: str
    model: str
    horizon: int
    points: tuple[dict[str, float | str | None], ...]
    leaderboard: tuple[LeaderboardRow, ...]
    beats_seasonal_naive: bool | None
    scenario: Scenario | None = None
    excluded: tuple[Excluded, ...] = ()
    drivers: ForecastDrivers | None = None
    compared: ComparedModels | None = None
    combination: dict[str, float] = {}

    @model_serializer(mode="wrap")
    def _without_what_was_not_asked(self, serialize: SerializerFunctionWrapHandler) -> dict[str, Any]:
        plain: dict[str, Any] = serialize(self)
        added = ("scenario", "excluded", "drivers", "compared", "combination")
        return {key: value for key, value in plain.items() if value or key not in added}


class EpisodeMatch(_Result):
    """followed_by: the values right after the episode (at most one episode's length)."""

    series: str
    start: str
    end: str
    similarity: float
    text: str
    followed_by: tuple[float | None, ...]


class Episodes(_Result):
    """query: {series, start, end, text}."""

    kind: Literal["episodes"] = "episodes"
    query: dict[str, Any]
    matches: tuple[EpisodeMatch, ...]


class Stretch(_Result):
    """Part of a classified series, ends inclusive: ISO times where it has them, else steps counted from 0.

    drop: what hiding it takes from the probability of the class (0–1).
    """

    start: str | int
    end: str | int
    drop: float


class Classification(_Result):
    """Class of one series or case; accuracies held out, on the same split.

    unsure: the class is less likely than not, or less than twice as likely as the next one, `second`. strange: unlike anything
    the model was trained on; strangeness: its distance to the nearest training example over the farthest that is usual; unlike:
    in what it differs most ("shape", "level", "spread", "roughness", "reach", "rhythm", "length"), "class" where it is unlike
    the training examples of `label` alone (strangeness is then the distance to these), "" where it is not strange.
    stretch: the part that decided, null where none did or none was looked for. neighbours: {index, label, distance, values}, the
    nearest training examples, `values` empty but for one to compare with. shipped: whether the model comes with the product.
    file: the table of the case, "" for a series. shown: whether the answer speaks of this case by itself. To draw it, for those
    that are: steps, the times (or steps) of the points kept; values and a neighbour's values, a list for each of `channels`
    (channel_names: as the file calls them), null where missing, the neighbour's evenly spread over the same stretch; saliency: at
    each step, what hiding around it takes from the probability, empty where it was not looked for.
    """

    kind: Literal["classification"] = "classification"
    series: str
    label: str
    probabilities: dict[str, float]
    model: str
    accuracy: float | None
    plain_accuracy: float | None
    neighbours: tuple[dict[str, Any], ...]
    shipped: bool = False
    second: str | None = None
    unsure: bool = False
    strange: bool = False
    strangeness: float | None = None
    unlike: str = ""
    stretch: Stretch | None = None
    file: str = ""
    shown: bool = True
    saliency: tuple[float | None, ...] = ()
    channels: tuple[int, ...] = ()
    channel_names: tuple[str, ...] = ()
    steps: tuple[str | int, ...] = ()
    values: tuple[tuple[float | None, ...], ...] = ()


class Relation(_Result):
    """Relation of two series. lag in samples: positive, the first leads; null where it could not be found."""

    kind: Literal["comparison"] = "comparison"
    series: tuple[str, ...]
    correlation: float | None
    lag: int | None
    lag_correlation: float | None
    n: int
    means: dict[str, float | None]
    detail: dict[str, Any] = {}


class LookupValue(_Result):
    """One computed answer. what: e.g. "max", "count > 30". time: where it was, if at one moment."""

    kind: Literal["value"] = "value"
    series: str
    what: str
    value: float | None
    unit: str | None
    time: str | None
    detail: dict[str, Any] = {}


class RefusalResult(_Result):
    """What was not answered, why, and what can be asked instead."""

    kind: Literal["refusal"] = "refusal"
    reason: str
    instead: tuple[str, ...]


class Training(_Result):
    """A model that was fitted on the user's table.

    trained_on: how many of the cases it has learnt from. seconds: of this run; resumed: it went on from what a stopped training
    had finished. method: the classifier that was kept. scores: of all that were compared, on the same held-out cases, {model,
    accuracy, seconds}, best first. failed: those that could not be trained, with the reason.
    """

    kind: Literal["training"] = "training"
    model: str
    file: str
    classes: tuple[str, ...]
    cases: int
    accuracy: float
    plain_accuracy: float
    seconds: float
    method: str = ""
    trained_on: int | None = None
    resumed: bool = False
    scores: tuple[dict[str, Any], ...] = ()
    failed: dict[str, str] = {}


Result = (
    Description | Traits | Anomalies | Forecast | Episodes | Classification | Relation | LookupValue | RefusalResult | Training
)
_ADAPTER: TypeAdapter[Result] = TypeAdapter(Result)


def load_result(document: dict[str, Any]) -> Result:
    """The typed result of a stored JSON document. Raises pydantic.ValidationError for anything else."""
    return _ADAPTER.validate_python(document)
