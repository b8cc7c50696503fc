"""The analyst's comparisons: how series move together, which leads, and what each averages."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from assistant import results
from assistant.agents.base import AgentContext, series_fact
from assistant.agents.lookups import mean_of
from assistant.agents.wording import step_words, unit_of
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import AnalystArgs

if TYPE_CHECKING:
    from assistant.analysis.relations import Correlation

_WHOLE_AT_ONCE = 3
_STRONG, _WORTH_NAMING = 0.7, 0.3
_UNLIKELY = 0.05
_FEW = 2

_Pair = tuple[Series, Series, "Correlation"]


def run(book: FactBook, args: AnalystArgs, refs: list[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """Compare every pair of series: in full for a few pairs, a line each, the strongest first, for many."""
    from assistant.analysis.relations import correlate

    if len(refs) < 2:
        raise BadRequest("Comparing needs two series, and only one is here. Upload another file or name a second series.")
    loaded = [context.load(ref, args.span) for ref in refs]
    pairs: list[_Pair] = []
    for left, right in combinations(loaded, 2):
        context.stop_if_cancelled()
        pairs.append((left, right, correlate(left, right)))
    if len(pairs) > _WHOLE_AT_ONCE:
        _say_lines(book, pairs)
    else:
        for position, pair in enumerate(pairs):
            if position:
                book.say("")
            _say_pair(book, pair)
    return [context.keep(_document(pair), title=f"{pair[0].name} and {pair[1].name}") for pair in pairs]


def _document(pair: _Pair) -> results.Relation:
    left, right, found = pair
    return results.Relation(
        series=(left.name, right.name),
        correlation=found.correlation,
        lag=found.best_lag,
        lag_correlation=found.lag_correlation,
        n=found.n,
        means={series.name: mean_of(series) for series in (left, right)},
    )


def _source(left: Series, right: Series) -> str:
    return f"analysis.relations({left.name}, {right.name})"


def _say_lines(book: FactBook, pairs: list[_Pair]) -> None:
    count = book.number(len(pairs), "Pairs of series compared", "analysis.relations")
    book.say(f"Here are {count} pairs, the most strongly correlated first:")
    for left, right, found in sorted(pairs, key=lambda pair: -abs(pair[2].correlation or 0.0)):
        names = f"{series_fact(book, left.name)} and {series_fact(book, right.name)}"
        if found.correlation is None:
            book.say(f"- {names}: no correlation can be given")
            continue
        source, about = _source(left, right), f"{left.name} and {right.name}"
        value = book.number(found.correlation, f"Correlation (Pearson) of {about}", source)
        chance = "" if found.p_value is None or found.p_value < _UNLIKELY else ", which may well be chance"
        book.say(f"- {names}: correlation {value}{chance}{_lead_clause(book, left, right, found, source)}")


def _lead_clause(book: FactBook, left: Series, right: Series, found: Correlation, source: str) -> str:
    if not found.best_lag:
        return ""
    first = left if found.best_lag > 0 else right
    return f"; {series_fact(book, first.name)} leads by {_lag(book, left, right, found.best_lag, source)}"


def _lag(book: FactBook, left: Series, right: Series, lag: int, source: str) -> str:
    return book.number(abs(lag), f"Lag between {left.name} and {right.name}", source, step_words(left.frequency, abs(lag)))


def _say_pair(book: FactBook, pair: _Pair) -> None:
    left, right, found = pair
    a, b = series_fact(book, left.name), series_fact(book, right.name)
    source, about = _source(left, right), f"{left.name} and {right.name}"
    if found.correlation is None:
        why = "one of them is constant where they overlap" if found.n > _FEW else "they have too few times in common"
        book.say(f"No correlation can be given for {a} and {b}: {why}.")
    else:
        shared = book.number(found.n, f"Times that {about} have in common", source)
        value = book.number(found.correlation, f"Correlation (Pearson) of {about}", source)
        size = abs(found.correlation)
        weight = "strongly" if size >= _STRONG else "moderately" if size >= _WORTH_NAMING else "hardly"
        sign = "" if weight == "hardly" else "positively " if found.correlation > 0 else "negatively "
        and_sign = f"{weight} and {sign}".removesuffix(" and ") if sign else f"{weight} "
        book.say(f"{a} and {b} are {and_sign}correlated at the same time: {value} over {shared} common times.")
        _say_p_value(book, found.p_value, about, source)
        _say_lead(book, left, right, found, source)
    _say_means(book, (left, right), source)


def _say_p_value(book: FactBook, p_value: float | None, about: str, source: str) -> None:
    if p_value is None:
        return
    shown = book.number(p_value, f"p-value of the correlation of {about}, allowing for autocorrelation", source)
    verdict = "is unlikely to be chance" if p_value < _UNLIKELY else "may well be chance"
    book.say(f"Allowing for autocorrelation, that {verdict} (p = {shown}).")


def _say_lead(book: FactBook, left: Series, right: Series, found: Correlation, source: str) -> None:
    a, b = series_fact(book, left.name), series_fact(book, right.name)
    if found.best_lag is None or found.lag_correlation is None:
        book.say(f"No lead or lag between {a} and {b} is clear enough to name.")
        return
    value = book.number(found.lag_correlation, f"Correlation of {left.name} and {right.name} at their best lag", source)
    if found.best_lag == 0:
        book.say(f"They move at the same time; neither leads (correlation of their changes {value}).")
        return
    first, second = (a, b) if found.best_lag > 0 else (b, a)
    steps = _lag(book, left, right, found.best_lag, source)
    book.say(f"{first} leads {second} by {steps} (correlation of their changes {value}).")


def _say_means(book: FactBook, pair: tuple[Series, Series], source: str) -> None:
    shown = []
    for series in pair:
        value = mean_of(series)
        if value is not None:
            fact = book.number(value, f"The mean (average) of {series.name} is {{}}", source, unit_of(series))
            shown.append(f"{series_fact(book, series.name)} averages {fact}")
    if shown:
        book.say("; ".join(shown) + ".")
