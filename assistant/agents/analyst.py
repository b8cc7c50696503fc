"""The analyst: statistics of one or several series, in sentences that rest on facts."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assistant import results
from assistant.agents import comparisons, lookups, predictors
from assistant.agents.base import SERIES_AT_ONCE, AgentContext, AgentReport, report, series_fact
from assistant.agents.noise import say_memory, say_noise
from assistant.agents.steadiness import say_stationarity
from assistant.agents.traits import say_distribution, say_notables, say_percentile, say_pulled_mean, say_spread
from assistant.agents.verdicts import description_verdict, open_with
from assistant.agents.wording import cycle_name, rhythm, step_words, too_coarse_for, unit_of
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.facts import FactBook, number_text, time_preposition
from assistant.plan import AnalystArgs

if TYPE_CHECKING:
    from assistant.analysis.describe import SeriesDescription

_WHOLE_AT_ONCE = 3
_DRIFT_LEVEL = 0.01


def run(step: int, args: AnalystArgs, context: AgentContext) -> AgentReport:
    """Do one analyst's task for each series of the step."""
    book = FactBook(f"s{step}")
    refs = context.refs(args.series, lookups.SERIES_AT_ONCE if args.task == "lookup" else SERIES_AT_ONCE)
    if args.task == "compare":
        documents = comparisons.run(book, args, refs, context)
    elif args.task == "granger":
        documents = predictors.run(book, args, refs, context)
    elif args.task == "lookup":
        documents = lookups.run(book, args, refs, context)
    else:
        documents = []
        brief = args.task == "describe" and len(refs) > _WHOLE_AT_ONCE
        if brief:
            _say_many(book, refs)
        for position, ref in enumerate(refs):
            context.stop_if_cancelled()
            context.progress(position / len(refs), f"describing {ref.name}")
            if position and not brief:
                book.say("")
            documents += _describe(book, args, ref, context, brief=brief)
    return report(step, "analyst", book, documents, context)


def _say_many(book: FactBook, refs: list[SeriesRef]) -> None:
    count = book.number(len(refs), "Series described", "data.workspace")
    book.say(f"Here are {count} series, a line each; ask about one of them for its whole description.")


def _describe(book: FactBook, args: AnalystArgs, ref: SeriesRef, context: AgentContext, *, brief: bool) -> list[DocumentRef]:
    from assistant.analysis.describe import IRREGULAR, SHIFTS_OUT, describe

    series = context.load(ref, args.span)
    description = describe(series)
    task = args.task
    documents = [context.keep(description_result(series, description), title=f"Description of {series.name}")]
    if brief:
        _say_line(book, series, description)
        return documents
    if len(series) == 1 and not series.missing:
        _say_one_value(book, series)
        return documents
    start = len(book.sentences)
    if args.cycle is not None and too_coarse_for(args.cycle, series.frequency):
        book.say(f"The values of {series_fact(book, series.name)} lie too far apart to show a {args.cycle} cycle.")
    _tell(book, args, series, description)
    verdict = description_verdict(args, series.name, description, book.facts)
    if verdict is not None and len(book.sentences) > start:
        open_with(book, start, verdict, f"analysis.describe({series.name})")
    beside = {"distribution": {SHIFTS_OUT, IRREGULAR}, "spread": {SHIFTS_OUT, IRREGULAR}, "describe": set(), "trend": set()}
    for note in description.notes:
        if note not in beside.get(task, {SHIFTS_OUT}):
            book.say(str(book.name(note, "text", "Note: {}", f"analysis.describe({series.name})")))
    if task in _TRAITS or task == "autocorrelation":
        documents.append(context.keep(traits_result(series, description), title=f"Traits of {series.name}"))
    return documents


_TRAITS: dict[str, Callable[[FactBook, Series, SeriesDescription, str], None]] = {
    "distribution": say_distribution,
    "spread": say_spread,
    "noise": say_noise,
}


def _tell(book: FactBook, args: AnalystArgs, series: Series, description: SeriesDescription) -> None:
    """Everything, or the part that was asked for."""
    subject: str = series_fact(book, series.name)
    if series.frequency == "irregular" and args.task in ("stationarity", "noise", "autocorrelation"):
        return  # the description's note says why not
    task, whole = args.task, args.task == "describe"
    if args.percentile is not None:
        say_percentile(book, series, args.percentile)
    if task == "distribution":
        say_distribution(book, series, description, subject, args.claim)
        return
    if task in _TRAITS:
        _TRAITS[task](book, series, description, subject)
        return
    if task == "autocorrelation":
        say_memory(book, series, description, subject, args.lag)
        return
    if whole:
        # A whole description names the series once and says "it" from then on.
        _say_overview(book, series, description, subject)
        subject = "It"
    if whole or task == "trend":
        _say_trend(book, series, description, subject, brief=whole)
    if whole or task == "seasonality":
        _say_seasons(book, series, description, subject, brief=whole)
    if whole or task == "stationarity":
        say_stationarity(book, series, description, subject, brief=whole)
    if whole or task == "change_points":
        _say_changes(book, series, description, subject, brief=whole)
    if whole:
        say_notables(book, series, description)
        _say_outliers(book, series, description)


def description_result(series: Series, description: SeriesDescription) -> results.Description:
    """The machine-readable description of a series. Its change points count rows of the full grid, and are given as times."""
    trend = description.trend
    return results.Description(
        series=series.name,
        n=len(series),
        start=series.time_text(0),
        end=series.time_text(len(series) - 1),
        frequency=series.frequency,
        missing=series.missing,
        trend=trend
        and results.Trend(direction=trend.direction, slope=trend.slope, per=trend.per, low=trend.low, high=trend.high),
        seasonality=tuple(results.Seasonality(period=s.period, strength=s.strength) for s in description.seasons),
        stationary=description.stationarity.stationary if description.stationarity else None,
        change_points=tuple(
            results.ChangePoint(time=description.series.time_text(c.position), kind=c.kind, size=c.size)
            for c in description.changes
        ),
        outliers=sum(a.kind in ("spike", "dip") for a in description.anomalies),
    )


def traits_result(series: Series, description: SeriesDescription) -> results.Traits:
    """What a description leaves out: the traits of a series, machine-readable."""
    parts = ("stationarity", "distribution", "spread", "memory", "noise")
    found = {part: getattr(description, part) for part in parts}
    traits = {part: None if one is None else _finite(asdict(one)) for part, one in found.items()}
    return results.Traits(series=series.name, n=len(series), **traits)


def _finite(found: dict[str, Any]) -> dict[str, Any]:
    """What was found, without numbers that are none (JSON has no NaN); a long list of lags is cut."""
    kept = {key: value[:100] if isinstance(value, tuple) else value for key, value in found.items()}
    return {key: None if isinstance(value, float) and not math.isfinite(value) else value for key, value in kept.items()}


def _say_one_value(book: FactBook, series: Series) -> None:
    source = f"analysis.summary({series.name})"
    value = book.number(float(series.values[0]), f"The only value of {series.name} there is {{}}", source, unit_of(series))
    when = book.time(series.times[0], series.frequency, f"Time of the only value of {series.name}", source)
    on = time_preposition(series.frequency, series.dated)
    book.say(f"{series_fact(book, series.name)} was {value} {on} {when}; that one value is all there is to describe.")


def _say_line(book: FactBook, series: Series, description: SeriesDescription) -> None:
    """A series in one line of a list: size, mean, range, and what stands out."""
    source, unit, summary = f"analysis.summary({series.name})", unit_of(series), description.summary
    count = book.number(len(series), f"Rows of {series.name}", source)
    parts = [f"{count} {rhythm(series.frequency)} values"]
    if series.missing:
        parts[0] += f" ({book.number(series.missing, f'Missing values of {series.name}', source)} missing)"
    if summary.minimum is not None and summary.maximum is not None:
        mean = book.number(summary.mean, f"The mean (average) of {series.name} is {{}}", source, unit)
        low = book.number(summary.minimum, f"The minimum (lowest value) of {series.name} is {{}}", source, unit)
        high = book.number(summary.maximum, f"The maximum (highest value) of {series.name} is {{}}", source, unit)
        parts.append(f"mean {mean}, from {low} to {high}")
    if description.trend and description.trend.direction != "none":
        _trend_flags(book, series.name, description.trend.direction, source)
        parts.append("rising" if description.trend.direction == "up" else "falling")
    for season in description.seasons[:1]:
        period = book.number(
            season.period, f"A season (period) of {series.name}", source, step_words(series.frequency, season.period)
        )
        called = cycle_name(season.period, series.frequency)
        parts.append(f"a {called} cycle" if called else f"a cycle of {period}")
    if description.anomalies:
        events = book.number(len(description.anomalies), f"Unusual events in {series.name}", source)
        parts.append(f"{events} unusual event{'s' if len(description.anomalies) != 1 else ''}")
    book.say(f"- {series_fact(book, series.name)}: {'; '.join(parts)}")


def _say_overview(book: FactBook, series: Series, description: SeriesDescription, subject: str) -> None:
    unit, summary = unit_of(series), description.summary
    source = f"analysis.summary({series.name})"
    count = book.number(len(series), f"Rows of {series.name}", source)
    if series.dated:
        start = book.time(series.times[0], series.frequency, f"First time of {series.name}", source)
        end = book.time(series.times[-1], series.frequency, f"Last time of {series.name}", source)
        span = f" from {start} to {end}"
    else:
        span = ", in the file's order (it has no time column)"
    missing = ""
    if series.missing:
        missing = f"; {book.number(series.missing, f'Missing values of {series.name}', source)} of them missing"
    book.say(f"{subject} holds {count} {rhythm(series.frequency)} values{span}{missing}.")
    if summary.minimum is None or summary.maximum is None or summary.minimum_at is None or summary.maximum_at is None:
        return
    low = book.number(summary.minimum, f"The minimum (lowest value) of {series.name} is {{}}", source, unit)
    high = book.number(summary.maximum, f"The maximum (highest value) of {series.name} is {{}}", source, unit)
    times = description.series.times
    low_at = book.time(times[summary.minimum_at], series.frequency, f"{series.name} was lowest on {{}}", source)
    high_at = book.time(times[summary.maximum_at], series.frequency, f"{series.name} was highest on {{}}", source)
    mean = book.number(summary.mean, f"The mean (average) of {series.name} is {{}}", source, unit)
    median = book.number(summary.median, f"The median of {series.name} is {{}}", source, unit)
    book.say(f"Values run from {low} ({low_at}) to {high} ({high_at}), with mean {mean} and median {median}.")
    say_pulled_mean(book, description)


def _say_trend(book: FactBook, series: Series, description: SeriesDescription, subject: str, *, brief: bool) -> None:
    trend, unit = description.trend, unit_of(series)
    if trend is None:
        book.say("There is too little data to speak of a trend.")
        return
    source = f"analysis.trend({series.name})"
    rate = f"{unit or ''} per {trend.per}".strip()
    slope = book.number(trend.slope, f"The trend (slope) of {series.name} is {{}}", source, rate)
    low = book.number(trend.low, f"Lower end of the trend's interval in {series.name}: {{}}", source)
    high = book.number(trend.high, f"Upper end of the trend's interval in {series.name}: {{}}", source)
    level = book.number(95, "Confidence level of the trend's interval", source, "%")
    if trend.low == trend.high == trend.slope == 0:
        _trend_flags(book, series.name, "none", source)
        book.say(f"{subject} is constant, so it has no trend.")
        return
    if trend.direction == "none":
        _trend_flags(book, series.name, trend.direction, source)
        open_sign = trend.low <= 0 <= trend.high
        verdict = "leaves its sign open" if open_sign else "keeps it small beside the spread of the values"
        book.say(f"{subject} shows no clear trend: the slope is {slope}, and its {level} interval ({low} to {high}) {verdict}.")
        if not brief:
            _say_drift(book, series, description, source)
        return
    rising = trend.direction == "up"
    _trend_flags(book, series.name, trend.direction, source)
    book.say(f"{subject} has a {'rising' if rising else 'falling'} trend of {slope} ({level} interval {low} to {high}).")


def _trend_flags(book: FactBook, name: str, direction: str, source: str) -> None:
    """Both answers, so that neither "rising" nor "falling" may be said of a series without a trend."""
    book.flag(direction == "up", f"{name} has a trend upward: {{}}", f"{source}.trend_up")
    book.flag(direction == "down", f"{name} has a trend downward: {{}}", f"{source}.trend_down")


def _say_drift(book: FactBook, series: Series, description: SeriesDescription, source: str) -> None:
    """A plain Mann–Kendall test sees a trend where the interval does not: it takes neighbouring values for independent."""
    drift = description.drift
    if drift is None or drift.p_value >= _DRIFT_LEVEL:
        return
    tau = book.number(drift.tau, f"Kendall's tau of {series.name} with time", source)
    chance = book.chance(drift.p_value, f"p-value of the plain Mann–Kendall test on {series.name}", source)
    book.say(
        f"A plain Mann–Kendall test would see a drift {'up' if drift.tau > 0 else 'down'} (tau {tau}, p = {chance}), but it "
        "takes "
        "neighbouring values for independent; the interval allows for their memory, and it rules."
    )


def _say_seasons(book: FactBook, series: Series, description: SeriesDescription, subject: str, *, brief: bool) -> None:
    source = f"analysis.seasonality({series.name})"
    book.flag(bool(description.seasons), f"{series.name} is seasonal: {{}}", f"{source}.seasonal")
    if not description.seasons:
        book.say(f"{subject} shows no repeating cycle.")
        return
    for position, season in enumerate(description.seasons):
        period = book.number(
            season.period, f"A season (period) of {series.name}", source, step_words(series.frequency, season.period)
        )
        strength = book.number(season.strength, f"Strength of that season of {series.name} (0 to 1)", source)
        called = cycle_name(season.period, series.frequency)
        what = f"{'an' if called == 'hourly' else 'a'} {called} cycle ({period})" if called else f"a cycle of {period}"
        weight = "strong" if season.strength >= 0.64 else "moderate" if season.strength >= 0.4 else "weak"
        book.say(f"{'There is also' if position else f'{subject} has'} {what}, {weight} (strength {strength}).")
        if weight == "weak" and not brief:
            chance = book.chance(season.p_value, f"p-value of that season of {series.name}, beside its strength", source)
            book.say(
                f"The test of the spectrum is sure of it (p = {chance}), yet it carries little of the movement; for what to "
                "expect "
                "the strength rules."
            )


def _say_changes(book: FactBook, series: Series, description: SeriesDescription, subject: str, *, brief: bool) -> None:
    source = f"analysis.changepoints({series.name})"
    if not description.changes:
        if not brief:
            book.say(f"{subject} shows no lasting change of level, slope or variance.")
        return
    count = book.number(len(description.changes), f"Change points found in {series.name}", source)
    often = f"at {count} points" if len(description.changes) != 1 else "once"
    book.say(f"{subject} changes its behaviour {often}:")
    for change in description.changes[:10]:
        when = book.time(
            description.series.times[change.position], series.frequency, f"A {change.kind} change of {series.name}", source
        )
        unit = unit_of(series)
        if change.kind == "slope":
            unit = f"{unit or ''} per {step_words(series.frequency, 1)}".strip()
        what = "standard deviation" if change.kind == "variance" else change.kind
        size = book.number(
            change.size,
            f"Size of the change of the {what} of {series.name} at that time (negative: down)",
            source,
            unit,
            text=number_text(abs(change.size), unit),
        )
        book.say(f"- {when}: the {what} moves {'up' if change.size > 0 else 'down'} by {size}")


def _say_outliers(book: FactBook, series: Series, description: SeriesDescription) -> None:
    from assistant.agents.anomaly import say_event

    if not description.anomalies:
        return
    source = f"analysis.anomalies({series.name})"
    count = book.number(len(description.anomalies), f"Unusual events in {series.name}", source)
    strongest = description.anomalies[0]
    noun = "event stands" if len(description.anomalies) == 1 else "events stand"
    book.say("")
    book.say(f"{count} unusual {noun} out; the strongest: {say_event(book, description.series, strongest)}.")
