"""The tournament: every plain forecaster is backtested on the series at hand, and their combination forecasts.

All members see the same rolling origins. A member that cannot be fitted, that would take more than its share of the time, or
whose turn comes after the time is up, stays on the board as failed, with its reason. The combination (`models.combination`)
weighs the others by their held-out errors; a single model forecasts alone only where it was far better. Intervals come from
held-out residuals of what forecasts (`models.conformal`).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from models import conformal
from models.backtest import BacktestPlan, backtest, plan_backtest
from models.base import check_history, check_horizon, check_levels, check_period, forecast_of
from models.combination import COMBINATION, combination_weights, combined, drawn_in, held_out_combination, stands_alone
from models.costs import fit_seconds
from models.errors import BadInput, Stopped, UnknownModel
from models.plain.naive import is_intermittent
from models.registry import available, create_forecaster
from models.scoring import TIE, Member, ranked, scored
from models.types import BacktestRow, Tournament

BASELINE = "seasonal-naive"
# A median of the recent past suits a series that is often zero; on any other it only blurs a trend.
FOR_ZEROS = "recent-median"
# Of a series that is often zero, the last value says little, and these go on from it: they are scored and not combined.
FROM_LAST_VALUE = frozenset({BASELINE, "drift", "autoregression"})
FEWEST_ORIGINS = 2
# A mean of two says little that neither of them says.
FEWEST_COMBINED = 3
LONG_HISTORY = 1_000
ORIGINS_SHORT, ORIGINS_LONG = 8, 5
# No member may take more than this share of a tournament's time.
SHARE = 1 / 3
# To score a member at an origin.
SCORING_SECONDS = 6e-4
TIME_UP, ONE_MODEL = "the time was up", "one model may take"
FAILURES = (BadInput, ValueError, ArithmeticError, np.linalg.LinAlgError)

Progress = Callable[[float, str], None]


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
    clock: Callable[[], float] = time.monotonic,
) -> Tournament:
    """Backtest the models on a series and forecast with their combination, or with one that is far better alone.

    values: (time,), NaN where missing. period: samples in one season, 1 for none. levels: of the intervals, percent.
    models: members by registry name, all forecasters by default; the seasonal naive always takes part, and the combination
    where three or more can be combined. force: forecast with this member, or `combination`, whatever its rank. progress:
    called with a share from 0 to 1 and words. cancelled: asked between fits. seconds: no new fit is begun after that long, and
    no member gets more than a third of it: one whose predicted cost (`models.costs`) is higher is left out at once, one that
    turns out slower is stopped. The seasonal naive is exempt from both, a forced member from its share. clock: seconds.
    Errors: BadInput for unusable values or options, UnknownModel, Stopped when `cancelled` said so.
    """
    observed = check_history(values)
    period, horizon, levels = check_period(period), check_horizon(horizon), check_levels(levels)
    names = _member_names(observed, models, force)
    watch = _Watch(clock, clock() + seconds, seconds, (BASELINE, force))
    run = _Run(observed, period, progress or (lambda share, words: None), cancelled or (lambda: False), watch)
    maximum = ORIGINS_SHORT if len(observed) <= LONG_HISTORY else ORIGINS_LONG
    plan = plan_backtest(len(observed), period, horizon, maximum)
    if len(plan.origins) < FEWEST_ORIGINS or not _can_score(observed, plan):
        return _without_backtest(run, horizon, levels, force)
    members = [run.member(name, plan, index, len(names), horizon) for index, name in enumerate(names)]
    finals, notes = _final_forecasts(run, members, horizon, force)
    members, weights = _with_combination(run, members, finals, plan)
    order = ranked(members)
    winner = _winner(order, finals, force)
    widths = conformal.calibrate(winner.residuals, plan.origins, observed, period) if len(winner.residuals) else None
    forecast = forecast_of(winner.row.model, finals[winner.row.model], levels, widths, observed)
    baseline = next(member for member in members if member.row.model == BASELINE)
    run.progress(1.0, f"forecast by {forecast.model}")
    return Tournament(
        forecast=forecast,
        rows=tuple(member.row for member in order),
        beats_seasonal_naive=winner.error < baseline.error * (1 - TIE) if np.isfinite(baseline.error) else None,
        origins=len(plan.origins),
        period=period,
        note=" ".join([*_plan_notes(plan, horizon), *_time_notes(order), *notes]),
        weights=weights,
        drawn_in=_drawn_in(weights, finals, observed),
        member_forecasts=finals,
        origins_at=plan.origins,
        steps=plan.steps,
    )


def estimate_seconds(count: int, period: int, horizon: int) -> float:
    """A rough guess of `run_tournament`'s time on one CPU core, without the first import of statsmodels' STL (about 1 s).

    count: points in the series. Fitted to measurements; right within a factor of three.
    """
    names = [entry.name for entry in available("forecaster") if not entry.on_request and entry.name != FOR_ZEROS]
    plan = plan_backtest(count, period, horizon, ORIGINS_SHORT if count <= LONG_HISTORY else ORIGINS_LONG)
    scoring = SCORING_SECONDS * (len(names) + 1) * len(plan.origins)
    return scoring + sum(member_seconds(name, plan, count, period, horizon) for name in names)


def member_seconds(name: str, plan: BacktestPlan, count: int, period: int, horizon: int) -> float:
    """A rough guess of a member's time for its backtest and its forecast, without scoring."""
    backtest_seconds = sum(fit_seconds(name, origin, period, plan.steps) for origin in plan.origins)
    return backtest_seconds + fit_seconds(name, count, period, horizon)


@dataclass(frozen=True)
class _Watch:
    """The time of one tournament. deadline: on the clock. seconds: for all. exempt: who may take more than a share."""

    clock: Callable[[], float]
    deadline: float
    seconds: float
    exempt: tuple[str | None, ...]

    @property
    def share(self) -> float:
        return SHARE * self.seconds

    def too_costly(self, name: str, expected: float) -> str | None:
        """Why a member of that expected cost is left out; None where it takes part. The clock is not asked."""
        if name in self.exempt or expected <= self.share:
            return None
        return f"it would take about {expected:.2g} s, and {ONE_MODEL} {self.share:.2g} of the {self.seconds:.3g} s"

    def out_of_time(self, name: str, begun: float) -> str | None:
        """Why no further fit of a member is begun; None while there is time."""
        now = self.clock()
        if name != BASELINE and now >= self.deadline:
            return TIME_UP
        if name not in self.exempt and now - begun > self.share:
            return f"it took longer than expected, and {ONE_MODEL} {self.share:.2g} of the {self.seconds:.3g} s"
        return None


@dataclass(frozen=True)
class _Run:
    """What every step of one tournament needs. values: (time,), from the first observed value on."""

    values: np.ndarray
    period: int
    progress: Progress
    cancelled: Callable[[], bool]
    watch: _Watch

    def check(self) -> None:
        if self.cancelled():
            raise Stopped("The forecast was stopped before it was finished.")

    def member(self, name: str, plan: BacktestPlan, index: int, members: int, horizon: int) -> Member:
        """Backtest one member, within the time that is left and its share of all of it."""
        begun = self.watch.clock()
        forecasts: list[np.ndarray] = []
        expected = member_seconds(name, plan, len(self.values), self.period, horizon)
        failed = self.watch.out_of_time(name, begun) or self.watch.too_costly(name, expected)
        steps = backtest(lambda: create_forecaster(name), self.values, self.period, plan)
        while failed is None and len(forecasts) < len(plan.origins):
            self.check()
            failed = self.watch.out_of_time(name, begun)
            if failed is not None:
                break
            self.progress((index + len(forecasts) / len(plan.origins)) / (members + 1), f"trying {name}")
            try:
                forecasts.append(next(steps)[1])
            except FAILURES as error:
                failed = str(error)
        spent = self.watch.clock() - begun
        if failed is not None:
            return Member(BacktestRow(name, None, None, None, None, spent, failed))
        return scored(name, self.values, self.period, plan, np.array(forecasts), spent)


def _member_names(values: np.ndarray, models: Sequence[str] | None, force: str | None) -> list[str]:
    """Who takes part, simplest first: those asked for, or all that suit the history (time,)."""
    entries = available("forecaster")
    known = [entry.name for entry in entries]
    often_zero = is_intermittent(values)
    suitable = [entry.name for entry in entries if not entry.on_request and (entry.name != FOR_ZEROS or often_zero)]
    wanted = set(suitable if models is None else models) | {BASELINE} | ({force} if force and force != COMBINATION else set())
    unknown = sorted(wanted - set(known))
    if unknown:
        raise UnknownModel(f"No forecaster is called {unknown[0]!r}; there are: {', '.join(known)}.")
    return [name for name in known if name in wanted]


def _can_score(values: np.ndarray, plan: BacktestPlan) -> bool:
    """Whether the shortest training part can be fitted and enough held-out values are there to compare with."""
    held_out = [values[origin : origin + plan.steps] for origin in plan.origins]
    return int(np.isfinite(values[: min(plan.origins)]).sum()) >= 3 and sum(np.isfinite(part).any() for part in held_out) >= 2


def _final_forecasts(
    run: _Run, members: Sequence[Member], horizon: int, force: str | None
) -> tuple[dict[str, np.ndarray], list[str]]:
    """Name → (horizon,) of each member that took part, or is forced, fitted to the whole history; and who could not be."""
    finals: dict[str, np.ndarray] = {}
    notes = []
    for member in members:
        name = member.row.model
        if member.row.failed is not None and name != force:
            continue
        run.check()
        try:
            finals[name] = create_forecaster(name).fit(run.values, period=run.period).point(horizon)
        except FAILURES as error:
            if name == force:
                raise BadInput(f"{name} cannot forecast this series: {error}") from error
            notes.append(f"{name} took part in the backtest and could not forecast {horizon} steps: {error}")
    return finals, notes


def _with_combination(
    run: _Run, members: list[Member], finals: dict[str, np.ndarray], plan: BacktestPlan
) -> tuple[list[Member], tuple[tuple[str, float], ...]]:
    """The members and, where enough of them can be combined, the combination; its forecast is added to `finals`."""
    able = [member for member in members if member.row.failed is None and member.row.model in finals]
    if is_intermittent(run.values):
        able = [member for member in able if member.row.model not in FROM_LAST_VALUE]
    if len(able) < FEWEST_COMBINED:
        return members, ()
    begun = run.watch.clock()
    positive = bool(np.nanmin(run.values) > 0)
    errors = np.stack([member.origin_errors for member in able])
    weights = combination_weights(errors, plan.steps)
    finals[COMBINATION] = combined(np.stack([finals[member.row.model] for member in able]), weights, positive=positive)
    held_out = held_out_combination(np.stack([member.forecasts for member in able]), errors, positive=positive)
    combination = scored(COMBINATION, run.values, run.period, plan, held_out, 0.0)
    spent = sum(member.row.seconds for member in able) + run.watch.clock() - begun
    combination = replace(combination, row=replace(combination.row, seconds=spent))
    named = zip((member.row.model for member in able), weights.tolist(), strict=True)
    return [*members, combination], tuple(sorted(named, key=lambda pair: -pair[1]))


def _drawn_in(weights: Sequence[tuple[str, float]], finals: dict[str, np.ndarray], values: np.ndarray) -> tuple[str, ...]:
    """The members whose final forecasts were bounded for the combination."""
    if not weights or np.nanmin(values) <= 0:
        return ()
    said = np.stack([finals[name] for name, _ in weights])
    counted = drawn_in(said, np.array([share for _, share in weights]))
    return tuple(name for (name, _), moved in zip(weights, (counted != said).any(axis=1), strict=True) if moved)


def _winner(order: Sequence[Member], finals: dict[str, np.ndarray], force: str | None) -> Member:
    """Who forecasts: the forced one; else the combination, unless the best member made no error or far smaller ones."""
    if force is not None:
        found = next((member for member in order if member.row.model == force), None)
        if found is None or force not in finals:
            raise BadInput(f"There are too few models that can forecast this series to combine them; {BASELINE} can.")
        return found
    able = [member for member in order if member.row.model in finals]
    if not able:
        raise BadInput("No model could forecast this series; give it more observed values or a shorter horizon.")
    combination = next((member for member in able if member.row.model == COMBINATION), None)
    if combination is None or able[0].error == 0 or stands_alone(able[0].origin_errors, combination.origin_errors):
        return able[0]
    return combination


def _without_backtest(run: _Run, horizon: int, levels: Sequence[float], force: str | None) -> Tournament:
    name = force if force not in (None, COMBINATION) else BASELINE
    try:
        mean = create_forecaster(name).fit(run.values, period=run.period).point(horizon)
    except FAILURES as error:
        raise BadInput(f"{name} cannot forecast this series: {error}") from error
    forecast = forecast_of(name, mean, levels, None, run.values)
    row = BacktestRow(BASELINE, None, None, None, None, 0.0)
    forced = [BacktestRow(name, None, None, None, None, 0.0)] if name != BASELINE else []
    observed = int(np.isfinite(run.values).sum())
    note = (
        f"The history ({observed} observed values) is too short to hold any of it back, so no models were compared; "
        "the intervals come from the steps between neighbouring values and are rough."
    )
    return Tournament(forecast, (*forced, row), None, 0, run.period, note, member_forecasts={name: mean})


def _plan_notes(plan: BacktestPlan, horizon: int) -> list[str]:
    if plan.steps >= horizon:
        return []
    return [f"The history is short: the backtest could follow {plan.steps} of the {horizon} steps; later steps are less certain."]


def _time_notes(order: Sequence[Member]) -> list[str]:
    late = [member.row.model for member in order if member.row.failed == TIME_UP]
    notes = [f"The time was up before {', '.join(late)} could be compared."] if late else []
    rows = [member.row for member in order if member.row.failed is not None and ONE_MODEL in member.row.failed]
    return [*notes, *(f"{row.model} was left out: {row.failed}." for row in rows)]
