"""The tournament: every plain forecaster is backtested on the series at hand, and the best one forecasts.

All members see the same rolling origins. A member that cannot be fitted, or whose turn comes after the time is up, stays on
the board as failed, with its reason. Intervals come from the winner's own held-out residuals (`models.conformal`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

from models import conformal, metrics
from models.backtest import BacktestPlan, backtest, plan_backtest, residuals_of
from models.base import check_history, check_horizon, check_levels, check_period, forecast_of
from models.errors import BadInput, Stopped, UnknownModel
from models.registry import available, create_forecaster
from models.types import BacktestRow, Forecast, Tournament

BASELINE = "seasonal-naive"
DECILES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
FEWEST_ORIGINS = 2
LONG_HISTORY = 1_000
ORIGINS_SHORT, ORIGINS_LONG = 8, 5
# Errors closer than this share of the smaller one are a tie, which the simpler model wins.
TIE = 1e-6

Progress = Callable[[float, str], None]


@dataclass(frozen=True)
class _Member:
    """One model's backtest. residuals: (origin, step), empty where it failed. error: what members are ranked by."""

    row: BacktestRow
    residuals: np.ndarray = field(default_factory=lambda: np.empty((0, 0)))
    error: float = float("inf")


def run_tournament(
    values: np.ndarray,
    *,
    period: int,
    horizon: int,
    levels: Sequence[float] = (80, 95),
    models: Sequence[str] | None = None,
    force: str | None = None,
    progress: Progress | None = None,
    cancelled: Callable[[], bool] | None = None,
    seconds: float = 20,
) -> Tournament:
    """Backtest the models on a series and forecast with the one whose mean MASE is lowest.

    values: (time,), NaN where missing. period: samples in one season, 1 for none. levels: of the intervals, percent.
    models: members by registry name, all forecasters by default; the seasonal naive always takes part. force: forecast with
    this model, whatever its rank. progress: called with a share from 0 to 1 and words. cancelled: asked between fits.
    seconds: no new fit is begun after that long; the seasonal naive is exempt.
    Errors: BadInput for unusable values or options, UnknownModel, Stopped when `cancelled` said so.
    """
    observed = check_history(values)
    period, horizon, levels = check_period(period), check_horizon(horizon), check_levels(levels)
    names = _member_names(models, force)
    run = _Run(observed, period, progress or _unwatched, cancelled or (lambda: False), time.monotonic() + seconds)
    maximum = ORIGINS_SHORT if len(observed) <= LONG_HISTORY else ORIGINS_LONG
    plan = plan_backtest(len(observed), period, horizon, maximum)
    if len(plan.origins) < FEWEST_ORIGINS or not _can_score(observed, plan):
        return _without_backtest(run, horizon, levels, force)
    members = [run.member(name, plan, index, len(names)) for index, name in enumerate(names)]
    ranked = _ranked(members)
    order = [force] if force else [member.row.model for member in ranked if member.row.failed is None]
    forecast, notes = _final_forecast(run, order, horizon, levels, {member.row.model: member for member in members})
    errors = {member.row.model: member.error for member in members}
    beats = errors[forecast.model] < errors[BASELINE] * (1 - TIE) if np.isfinite(errors[BASELINE]) else None
    run.progress(1.0, f"forecast by {forecast.model}")
    return Tournament(
        forecast=forecast,
        rows=tuple(member.row for member in ranked),
        beats_seasonal_naive=beats,
        origins=len(plan.origins),
        period=period,
        note=" ".join([*_plan_notes(plan, horizon), *_time_notes(ranked), *notes]),
    )


def estimate_seconds(count: int, period: int, horizon: int) -> float:
    """A rough guess of `run_tournament`'s time on one CPU core, without the first import of statsmodels (2 s).

    count: points in the series. Fitted to measurements; right within a factor of three.
    """
    origins = (ORIGINS_SHORT if count <= LONG_HISTORY else ORIGINS_LONG) + 1
    statistical = 0.03 + 3e-5 * min(count, 2_000) * (1 + min(period, 500) / 100)
    context = min(4 * period, 512) if period > 1 else 64
    linear = 4e-11 * min(count, 20_000) * context * (context + horizon) + 2e-8 * min(count * (context + horizon), 4_000_000)
    return origins * (statistical + linear)


@dataclass(frozen=True)
class _Run:
    """What every step of one tournament needs. values: (time,), from the first observed value on."""

    values: np.ndarray
    period: int
    progress: Progress
    cancelled: Callable[[], bool]
    deadline: float

    def check(self) -> None:
        if self.cancelled():
            raise Stopped("The forecast was stopped before it was finished.")

    def member(self, name: str, plan: BacktestPlan, index: int, members: int) -> _Member:
        """Backtest one member, within the time that is left."""
        begun = time.monotonic()
        forecasts: list[np.ndarray] = []
        failed = None
        steps = backtest(lambda: create_forecaster(name), self.values, self.period, plan)
        while len(forecasts) < len(plan.origins):
            self.check()
            if name != BASELINE and time.monotonic() > self.deadline:
                failed = "the time was up"
                break
            self.progress((index + len(forecasts) / len(plan.origins)) / (members + 1), f"trying {name}")
            try:
                forecasts.append(next(steps)[1])
            except (BadInput, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
                failed = str(error)
                break
        spent = time.monotonic() - begun
        if failed is not None:
            return _Member(BacktestRow(name, None, None, None, None, spent, failed))
        return _scored(name, self.values, self.period, plan, np.array(forecasts), spent)


def _unwatched(share: float, words: str) -> None:
    """Where nobody wants to know the progress."""


def _member_names(models: Sequence[str] | None, force: str | None) -> list[str]:
    known = [entry.name for entry in available("forecaster")]
    wanted = set(known if models is None else models) | {BASELINE} | ({force} if force else set())
    unknown = sorted(wanted - set(known))
    if unknown:
        raise UnknownModel(f"No forecaster is called {unknown[0]!r}; there are: {', '.join(known)}.")
    return [name for name in known if name in wanted]


def _can_score(values: np.ndarray, plan: BacktestPlan) -> bool:
    """Whether the shortest training part can be fitted and enough held-out values are there to compare with."""
    held_out = [values[origin : origin + plan.steps] for origin in plan.origins]
    return int(np.isfinite(values[: min(plan.origins)]).sum()) >= 3 and sum(np.isfinite(part).any() for part in held_out) >= 2


def _scored(name: str, values: np.ndarray, period: int, plan: BacktestPlan, forecasts: np.ndarray, spent: float) -> _Member:
    """The member's row: measures averaged over the origins where they are defined; intervals calibrated on the other origins."""
    residuals = residuals_of(list(forecasts), values, plan)
    measures: dict[str, list[float]] = {"mase": [], "smape": [], "wql": [], "cov80": []}
    for index, (origin, forecast) in enumerate(zip(plan.origins, forecasts, strict=True)):
        actual = values[origin : origin + plan.steps]
        measures["mase"].append(metrics.mase(actual, forecast, values[:origin], period))
        measures["smape"].append(metrics.smape(actual, forecast))
        others = conformal.calibrate(np.delete(residuals, index, axis=0))
        if others is not None:
            measures["wql"].append(metrics.wql(actual, others.quantiles(forecast, DECILES)))
            measures["cov80"].append(metrics.coverage(actual, *others.intervals(forecast, (80,))[80]))
    means = {measure: _mean(found) for measure, found in measures.items()}
    row = BacktestRow(name, means["mase"], means["smape"], means["wql"], means["cov80"], spent)
    error = means["mase"] if means["mase"] is not None else float(np.nanmean(np.abs(residuals)))
    return _Member(row, residuals, error)


def _mean(found: list[float]) -> float | None:
    finite = [value for value in found if np.isfinite(value)]
    return float(np.mean(finite)) if finite else None


def _ranked(members: list[_Member]) -> list[_Member]:
    """Lowest error first, failed members last. Members come simplest first, so within a tie the simpler one leads."""
    left = list(members)
    ranked = []
    while left:
        best = min(member.error for member in left)
        leader = next(member for member in left if member.error <= best * (1 + TIE))
        ranked.append(leader)
        left.remove(leader)
    return ranked


def _final_forecast(
    run: _Run, order: Sequence[str], horizon: int, levels: Sequence[float], members: dict[str, _Member]
) -> tuple[Forecast, list[str]]:
    """Fit the first name of `order` that can be fitted to the whole history; says which were passed over."""
    notes = []
    for name in order:
        run.check()
        try:
            mean = create_forecaster(name).fit(run.values, period=run.period).point(horizon)
        except (BadInput, ValueError, ArithmeticError, np.linalg.LinAlgError) as error:
            if len(order) == 1:
                raise BadInput(f"{name} cannot forecast this series: {error}") from error
            notes.append(f"{name} did best in the backtest and could not forecast {horizon} steps: {error}")
            continue
        widths = conformal.calibrate(members[name].residuals) if name in members and len(members[name].residuals) else None
        return forecast_of(name, mean, levels, widths, run.values), notes
    raise BadInput("No model could forecast this series; give it more observed values or a shorter horizon.")


def _without_backtest(run: _Run, horizon: int, levels: Sequence[float], force: str | None) -> Tournament:
    forecast, _ = _final_forecast(run, [force or BASELINE], horizon, levels, {})
    row = BacktestRow(BASELINE, None, None, None, None, 0.0)
    forced = [BacktestRow(force, None, None, None, None, 0.0)] if force and force != BASELINE else []
    observed = int(np.isfinite(run.values).sum())
    note = (
        f"The history ({observed} observed values) is too short to hold any of it back, so no models were compared; "
        "the intervals come from the steps between neighbouring values and are rough."
    )
    return Tournament(forecast, (*forced, row), None, 0, run.period, note)


def _plan_notes(plan: BacktestPlan, horizon: int) -> list[str]:
    if plan.steps >= horizon:
        return []
    return [f"The history is short: the backtest could follow {plan.steps} of the {horizon} steps; later steps are less certain."]


def _time_notes(ranked: list[_Member]) -> list[str]:
    late = [member.row.model for member in ranked if member.row.failed == "the time was up"]
    return [f"The time was up before {', '.join(late)} could be compared."] if late else []
