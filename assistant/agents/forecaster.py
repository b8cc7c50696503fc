"""The forecaster: a tournament of models judged by rolling-origin backtest, and an honest word about the seasonal naive.

What a question adds goes beside the plain forecast, never into it unseen: stretches left out, drivers that the backtest kept,
the user's assumptions as a scenario, two models side by side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, report, series_fact
from assistant.agents.forecast_drivers import Driven, drive, say_drivers, wants_drivers
from assistant.agents.forecast_models import (
    compared_result,
    pair_of,
    paired_models,
    say_compared,
    say_overall,
    say_pair,
    say_why,
)
from assistant.agents.forecast_outlook import say_outlook
from assistant.agents.forecast_prepare import Prepared, prepare_series
from assistant.agents.forecast_scenario import build_scenario, say_assumed, say_out_of_reach, say_scenario
from assistant.agents.forecast_words import leaderboard_facts, say_cautions, say_choice, say_forecast, say_many, say_steps
from assistant.agents.wording import unit_of
from assistant.data.series import DocumentRef, SeriesRef
from assistant.errors import BadRequest, Cancelled
from assistant.facts import FactBook
from assistant.plan import ForecastArgs

if TYPE_CHECKING:
    from models.many import Failed
    from models.paired import Paired
    from models.types import Forecast, Tournament

# More series than this are told in a line each.
TOLD_AT_LENGTH = 8
FORECASTS_AT_ONCE = 1_000
_COMBINATION = "combination"


def run(step: int, args: ForecastArgs, context: AgentContext) -> AgentReport:
    """Forecast each series of the step."""
    book = FactBook(f"s{step}")
    refs = [ref for ref in context.refs(args.series, FORECASTS_AT_ONCE) if args.series or ref.name not in args.drivers]
    documents = (_compare_all if args.compare else _forecast_all)(book, args, refs, context)
    if args.horizon is None:
        book.say("")
        book.say("You named no horizon, so I chose one; say how far you want to look.")
    return report(step, "forecaster", book, documents, context)


def _forecast_all(book: FactBook, args: ForecastArgs, refs: Sequence[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """A tournament for each series; one that fails is named and stops no other."""
    from models.many import Failed

    ready: list[Prepared] = []
    failed: list[tuple[str, str]] = []
    for ref in refs:
        context.stop_if_cancelled()
        try:
            ready.append(prepare_series(args, ref, context))
        except BadRequest as error:
            if len(refs) == 1:
                raise
            failed.append((ref.name, str(error)))
    outcomes = _tournaments(ready, args, context)
    done = [(one, outcome) for one, outcome in zip(ready, outcomes, strict=True) if not isinstance(outcome, Failed)]
    failed += [
        (one.ref.name, outcome.reason) for one, outcome in zip(ready, outcomes, strict=True) if isinstance(outcome, Failed)
    ]
    if not done:
        raise BadRequest(failed[0][1] if failed else "There is no series to forecast.")
    if len(refs) > TOLD_AT_LENGTH:
        say_many(book, done, failed)
        return _keep_many(book, args, done, context)
    documents = []
    for position, (prepared, outcome) in enumerate(done):
        context.stop_if_cancelled()
        if position:
            book.say("")
        documents.append(_tell(book, args, prepared, outcome, context))
    _say_failed(book, failed)
    return documents


def _tournaments(ready: Sequence[Prepared], args: ForecastArgs, context: AgentContext) -> list[Tournament | Failed]:
    from models.errors import Stopped
    from models.many import Failed, Job, forecast_many

    names = ready[0].ref.name if len(ready) == 1 else ""
    try:
        outcomes = forecast_many(
            [Job(one.values, one.period, one.reach) for one in ready],
            levels=args.levels,
            force=args.model,
            seconds=context.tools.forecast_seconds,
            progress=lambda share, words: context.progress(share, f"{names}: {words}" if names else words),
            cancelled=context.cancelled,
        )
    except Stopped as error:
        raise Cancelled("Stopped, as you asked.") from error
    return [
        outcome if isinstance(outcome, Failed) else _from_first_step(outcome, one.skipped)
        for one, outcome in zip(ready, outcomes, strict=True)
    ]


def _from_first_step(outcome: Tournament, skipped: int) -> Tournament:
    """The tournament with its forecast from the first step asked for."""
    if not skipped:
        return outcome
    whole = outcome.forecast
    intervals = {level: (low[skipped:], high[skipped:]) for level, (low, high) in whole.intervals.items()}
    return replace(outcome, forecast=replace(whole, mean=whole.mean[skipped:], intervals=intervals))


def _tell(book: FactBook, args: ForecastArgs, prepared: Prepared, outcome: Tournament, context: AgentContext) -> DocumentRef:
    """One series' forecast at length, with whatever the question added."""
    series, levels = prepared.series, tuple(sorted(args.levels))
    if outcome.note:
        context.warnings.append(f"{series.name}: {outcome.note}")
    driven = _driven(args, prepared, outcome, context) if wants_drivers(args) else None
    forecast = driven.forecast if driven is not None and driven.forecast is not None else outcome.forecast
    document = _document(prepared, outcome, forecast, args, driven)
    if args.explain:
        for row in outcome.rows:
            leaderboard_facts(book, row, series.name, f"models.tournament({series.name})")
        document = document.model_copy(update={"compared": say_why(book, prepared, outcome)})
        book.say("")
    before = len(book.sentences)
    say_outlook(book, args, prepared, forecast, levels)
    if len(book.sentences) > before:
        book.say("")
    say_forecast(book, series, forecast, prepared.times, levels)
    if args.listed:
        say_steps(book, series, forecast, prepared.times, levels)
    say_cautions(book, prepared, outcome)
    if driven is not None:
        say_drivers(book, args, prepared, outcome.forecast.model, driven)
    document = _with_scenario(book, args, prepared, document, driven)
    if not args.explain:
        used = driven is not None and driven.result.used
        say_choice(book, series, outcome, forced=args.model is not None, driven=used)
    return _keep(document, context)


def _driven(args: ForecastArgs, prepared: Prepared, outcome: Tournament, context: AgentContext) -> Driven:
    from models.errors import BadInput, Stopped

    try:
        return drive(args, prepared, outcome, context)
    except BadInput as error:
        raise BadRequest(f"{prepared.ref.name} cannot be forecast with drivers: {error}") from error
    except Stopped as error:
        raise Cancelled("Stopped, as you asked.") from error


def _with_scenario(
    book: FactBook, args: ForecastArgs, prepared: Prepared, document: results.Forecast, driven: Driven | None
) -> results.Forecast:
    """The document with the user's assumptions beside the plain forecast, and the sentences about them."""
    kept = tuple(one for one in args.assume if one.driver is None or (driven is not None and driven.result.used))
    for one in args.assume:
        if one not in kept and one.driver is not None:
            driver, name = series_fact(book, one.driver), series_fact(book, prepared.series.name)
            book.say(
                f"On the past, {driver} did not help to forecast {name}, so I cannot work out what your assumption about it "
                f"would change; ask for a forecast of {driver} to see it there, or assume something about {name} itself."
            )
    if not kept:
        return document
    shifts = driven.shifts if driven is not None else np.zeros(prepared.horizon)
    scenario = build_scenario(kept, document.points, prepared.times, prepared.grid.frequency, shifts)
    if scenario is None:
        say_out_of_reach(book, prepared.series, prepared.times)
        return document
    say_scenario(book, prepared.series, kept, scenario, document.points, prepared.times, unit_of(prepared.series))
    return document.model_copy(update={"scenario": scenario})


def _keep_many(
    book: FactBook, args: ForecastArgs, done: Sequence[tuple[Prepared, Tournament]], context: AgentContext
) -> list[DocumentRef]:
    """The documents of many series, each with the user's assumptions about the forecast beside it."""
    if wants_drivers(args):
        context.warnings.append("Drivers and holidays are tried on a few series at a time; name the series to use them on.")
    own = tuple(one for one in args.assume if one.driver is None)
    kept = []
    for prepared, outcome in done:
        document = _document(prepared, outcome, outcome.forecast, args)
        if own:
            nothing = np.zeros(prepared.horizon)
            scenario = build_scenario(own, document.points, prepared.times, prepared.grid.frequency, nothing)
            document = document.model_copy(update={"scenario": scenario})
        kept.append(_keep(document, context))
    if own and document.scenario is None:
        say_out_of_reach(book, prepared.series, prepared.times)
    elif own:
        book.say("")
        say_assumed(book, done[0][0].series, own, None)
        book.say("The same is assumed of the other series; the results hold each with and without it.")
    return kept


def _compare_all(book: FactBook, args: ForecastArgs, refs: Sequence[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """Two models on each series, in full on a single one; of several, how many each wins too."""
    if len(refs) > TOLD_AT_LENGTH:
        context.warnings.append("The two models are compared on the first few series; name the ones you want.")
    documents: list[DocumentRef] = []
    found = []
    for ref in refs[:TOLD_AT_LENGTH]:
        context.stop_if_cancelled()
        kept, paired = _compare(book, args, ref, context, alone=len(refs) == 1)
        documents += kept
        found.append(paired)
    if len(found) > 1 and len(args.compare) == 2:
        say_overall(book, (args.compare[0], args.compare[1]), found)
    return documents


def _compare(
    book: FactBook, args: ForecastArgs, ref: SeriesRef, context: AgentContext, *, alone: bool
) -> tuple[list[DocumentRef], Paired | None]:
    """Two models on one series: both forecasts, and their errors on the same past."""
    prepared = prepare_series(args, ref, context)
    together = args.compare if len(args.compare) == 2 and _COMBINATION not in args.compare else ()
    # One tournament judges both; the other model then only forecasts.
    judged = _forced(prepared, args, args.compare[-1] if len(args.compare) == 2 else None, together, context)
    names = pair_of(args.compare, judged)
    if len(args.compare) == 1:
        say_pair(book, prepared.series.name, *names, judged)
    outcome, other = (
        judged
        if name == judged.forecast.model
        else _forced(prepared, args, name, () if name == _COMBINATION else (name,), context)
        for name in names
    )
    paired = paired_models(names, judged)
    both = (outcome, other) if paired is None or paired.difference <= 0 else (other, outcome)
    if alone:
        say_compared(book, prepared.series.name, names, paired)
    documents = []
    for position, one in enumerate(both):
        document = _document(prepared, one, one.forecast, args)
        if position == 0 and paired is not None:
            document = document.model_copy(update={"compared": compared_result(names, paired)})
        documents.append(_keep(document, context))
        if alone:
            book.say("")
            say_forecast(book, prepared.series, one.forecast, prepared.times, tuple(sorted(args.levels)))
    for row in judged.rows:
        leaderboard_facts(book, row, prepared.series.name, f"models.tournament({prepared.series.name})")
    if alone:
        say_cautions(book, prepared, judged)
    else:
        say_compared(book, prepared.series.name, names, paired)
    return documents, paired


def _forced(
    prepared: Prepared, args: ForecastArgs, name: str | None, members: Sequence[str], context: AgentContext
) -> Tournament:
    """A tournament whose forecast is by one model, the best where none is named; among a few members, all where none are."""
    from models.errors import BadInput, Stopped
    from models.tournament import run_tournament

    try:
        outcome = run_tournament(
            prepared.values,
            period=prepared.period,
            horizon=prepared.reach,
            levels=args.levels,
            models=members or None,
            force=name,
            progress=lambda share, words: context.progress(share, f"{prepared.ref.name}: {words}"),
            cancelled=context.cancelled,
            seconds=context.tools.forecast_seconds,
        )
    except BadInput as error:
        raise BadRequest(f"{prepared.ref.name}: {error}") from error
    except Stopped as error:
        raise Cancelled("Stopped, as you asked.") from error
    return _from_first_step(outcome, prepared.skipped)


def _say_failed(book: FactBook, failed: Sequence[tuple[str, str]]) -> None:
    for name, reason in failed:
        words = book.name(reason, "text", f"Why {name} could not be forecast: {{}}", "models.many")
        book.say("")
        book.say(f"{series_fact(book, name)} could not be forecast. {words}")


def _keep(document: results.Forecast, context: AgentContext) -> DocumentRef:
    return context.keep(document, title=f"Forecast of {document.series}")


def _document(
    prepared: Prepared, outcome: Tournament, forecast: Forecast, args: ForecastArgs, driven: Driven | None = None
) -> results.Forecast:
    """The machine-readable forecast."""
    levels = tuple(sorted(args.levels))
    document = forecast_result(prepared.series.name, replace(outcome, forecast=forecast), prepared.times, levels)
    beats = document.beats_seasonal_naive
    if driven is not None and driven.forecast is not None and driven.result.mase_with is not None:
        naive = next((row.mase for row in outcome.rows if row.model == "seasonal-naive"), None)
        beats = None if naive is None else driven.result.mase_with < naive
    return document.model_copy(
        update={
            "excluded": prepared.excluded,
            "drivers": None if driven is None else driven.result,
            "beats_seasonal_naive": beats,
            "combination": dict(outcome.weights) if forecast.model == _COMBINATION else {},
        }
    )


def forecast_result(
    name: str, outcome: Tournament, times: Sequence[pd.Timestamp | int], levels: Sequence[float]
) -> results.Forecast:
    """The machine-readable forecast of a tournament."""
    forecast = outcome.forecast
    points: list[dict[str, float | str | None]] = []
    for position, moment in enumerate(times):
        point: dict[str, float | str | None] = {
            "time": moment.isoformat() if isinstance(moment, pd.Timestamp) else str(moment),
            "mean": float(forecast.mean[position]),
        }
        for level in levels:
            low, high = forecast.intervals[level]
            point[f"lo{level:g}"], point[f"hi{level:g}"] = float(low[position]), float(high[position])
        points.append(point)
    rows = tuple(
        results.LeaderboardRow(model=r.model, mase=r.mase, smape=r.smape, wql=r.wql, cov80=r.cov80, seconds=r.seconds)
        for r in outcome.rows
    )
    return results.Forecast(
        series=name,
        model=forecast.model,
        horizon=forecast.horizon,
        points=tuple(points),
        leaderboard=rows,
        beats_seasonal_naive=outcome.beats_seasonal_naive,
    )
