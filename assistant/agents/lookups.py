"""The analyst's look-ups: one computed answer, in a sentence that says what it was computed from."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pandas as pd

from assistant import results
from assistant.agents.base import AgentContext, series_fact
from assistant.agents.lookup_words import Telling
from assistant.agents.spells import spells_detail
from assistant.agents.verdicts import Verdict, lookup_verdict
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import AnalystArgs

if TYPE_CHECKING:
    from assistant.analysis.lookup_answer import LookupAnswer

SERIES_AT_ONCE = 300
_TOLD = 12


def run(book: FactBook, args: AnalystArgs, refs: list[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """Answer a look-up for each series; a series that cannot answer says why, and the others still do."""
    from assistant.analysis.lookup import answer_lookup

    if args.lookup is None:
        raise BadRequest("A look-up was planned without saying what to look up. Ask for the highest, the average, a count …")
    answered: list[tuple[Series, LookupAnswer]] = []
    for ref in refs:
        context.stop_if_cancelled()
        series = context.workspace.series(ref)
        try:
            answered.append((series, answer_lookup(series, args.lookup, args.span)))
        except BadRequest as error:
            if len(refs) == 1:
                raise
            context.warnings.append(str(error))
    if not answered:
        raise BadRequest(f"None of the {len(refs)} series can answer that. {context.warnings[-1]}")
    if len(answered) > 1:
        lowest_first = args.lookup.group is None and args.lookup.pick == "min"
        sign = 1 if lowest_first else -1
        answered.sort(key=lambda pair: sign * pair[1].value if math.isfinite(pair[1].value) else math.inf)
        verdicts = [lookup_verdict(args.claim, args.lookup, answer) for _, answer in answered]
        if any(verdicts):
            _say_shares(book, verdicts)
        else:
            _say_ranking(book, answered, lowest_first=lowest_first)
    for series, answer in answered[:_TOLD]:
        before = len(book.sentences)
        Telling(book, series, args.lookup, args.span, answer, claim=args.claim, brief=len(answered) > 1).say()
        if len(answered) > 1:
            book.sentences[before:] = [f"- {' '.join(book.sentences[before:])}"]
    return [context.keep(_document(series, answer), title=f"{answer.what} of {series.name}") for series, answer in answered]


def _say_shares(book: FactBook, verdicts: list[Verdict | None]) -> None:
    """Of how many series it is so that was asked."""
    count = book.number(len(verdicts), "Series that were looked at", "analysis.lookup")
    so = book.number(verdicts.count("Yes"), "Series of which it is so", "analysis.lookup")
    book.say(f"That is so for {so} of {count} series:")


def _say_ranking(book: FactBook, answered: list[tuple[Series, LookupAnswer]], *, lowest_first: bool) -> None:
    """Which of several series has the highest and the lowest answer; they come ranked."""
    ranked = [pair for pair in answered if math.isfinite(pair[1].value)]
    count = book.number(len(answered), "Series that were looked at", "analysis.lookup")
    if len(ranked) < 2 or answered[0][1].group is not None:  # "when is it busiest" has an answer for each, and no ranking
        book.say(f"For {count} series:")
        return
    if ranked[0][1].value == ranked[-1][1].value and len(ranked) == len(answered):
        same = book.number(
            ranked[0][1].value, f"The {ranked[0][1].what} of every series: {{}}", "analysis.lookup", ranked[0][1].unit
        )
        book.say(f"It is the same for each of the {count} series, {same}:")
        return
    ends = []
    orders = ("lowest", "highest") if lowest_first else ("highest", "lowest")
    for (series, answer), order in zip((ranked[0], ranked[-1]), orders, strict=True):
        statement = f"The {order} {answer.what} of the series is that of {series.name}: {{}}"
        value = book.number(answer.value, statement, f"analysis.lookup({series.name})", answer.unit)
        ends.append(f"{order} for {series_fact(book, series.name)} ({value})")
    rest = "" if len(answered) <= _TOLD else f"; the first {book.number(_TOLD, 'Series listed', 'analysis.lookup')} are listed"
    book.say(f"Of {count} series it is {ends[0]} and {ends[1]}{rest}:")


def mean_of(series: Series) -> float | None:
    """The mean of the known values; None where there are none."""
    known = series.values[~pd.isna(series.values)]
    return float(known.mean()) if len(known) else None


def _document(series: Series, answer: LookupAnswer) -> results.LookupValue:
    detail = {key: value for key, value in answer.detail.items() if not isinstance(value, float) or math.isfinite(value)}
    if "spells" in detail:
        detail |= spells_detail(series, answer)
    if answer.groups:
        detail["groups"] = [[label, value if math.isfinite(value) else None] for label, value in answer.groups[:400]]
    if answer.group is not None:
        detail["group"] = answer.group
    if len(answer.positions) > 1:
        detail["ranked"] = [[series.time_text(p), v] for p, v in zip(answer.positions, answer.values, strict=True)]
    return results.LookupValue(
        series=series.name,
        what=answer.what,
        value=answer.value if math.isfinite(answer.value) else None,
        unit=answer.unit,
        time=series.time_text(answer.position) if answer.position is not None else None,
        detail=detail,
    )
