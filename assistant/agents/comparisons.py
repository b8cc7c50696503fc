"""The analyst's comparisons: how series move together, which leads, and what each averages."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from assistant import results
from assistant.agents.base import AgentContext, series_fact
from assistant.agents.lookups import mean_of
from assistant.agents.verdicts import Verdict, open_with, verdict_of
from assistant.agents.wording import step_words, unit_of
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import AnalystArgs, Claim

if TYPE_CHECKING:
    from assistant.analysis.relations import Correlation

_WHOLE_AT_ONCE = 3
_STRONG, _WORTH_NAMING = 0.7, 0.3
_UNLIKELY = 0.05
_FEW = 2

_Pair = tuple[Series, Series, "Correlation"]


def run(book: FactBook, args: AnalystArgs, refs: list[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """Compare every pair of series: in full for a few pairs, a line each, the strongest first, for many."""
    from assistant.analysis.relations import across_pairs, correlate, without_seasons

    if len(refs) < 2:
        raise BadRequest(
            "Comparing needs two series, and only one is here. Name a second one, or two times such as 2014 and 2015."
        )
    loaded = [context.load(ref, args.span) for ref in refs]
    seasonless = {series.name: without_seasons(series) for series in loaded}
    sides = list(combinations(loaded, 2))
    found = []
    for left, right in sides:
        context.stop_if_cancelled()
        found.append(correlate(left, right, seasonless=(seasonless[left.name], seasonless[right.name])))
    pairs: list[_Pair] = [(left, right, one) for (left, right), one in zip(sides, across_pairs(found), strict=True)]
    if len(pairs) > _WHOLE_AT_ONCE:
        _say_lines(book, pairs)
    else:
        for position, pair in enumerate(pairs):
            if position:
                book.say("")
            start = len(book.sentences)
            if args.claim in ("more", "less", "how far apart"):
                _say_apart(book, pair, args.claim)
                continue
            _say_pair(book, pair)
            verdict = _verdict(args.claim, pair[2])
            if verdict is not None:
                open_with(book, start, verdict, _source(pair[0], pair[1]))
    return [context.keep(relation_document(*pair), title=f"{pair[0].name} and {pair[1].name}") for pair in pairs]


def _verdict(claim: Claim | None, found: Correlation) -> Verdict | None:
    """Whether two series are related, or whether the first one leads; None where neither was asked."""
    if claim not in ("so", "first leads"):
        return None
    if found.correlation is None or found.p_value is None:
        return verdict_of(None)
    if claim == "first leads":
        return verdict_of((found.best_lag or 0) > 0)
    lagged = found.best_lag is not None and found.lag_correlation is not None
    return verdict_of(_related(found) or (lagged and abs(found.lag_correlation or 0.0) >= _WORTH_NAMING))


def _related(found: Correlation) -> bool:
    """Whether two series correlate at the same time by more than chance or drift explains."""
    if found.correlation is None or found.p_value is None:
        return False
    return abs(found.correlation) >= _WORTH_NAMING and found.p_value < _UNLIKELY and not found.spurious


def relation_document(left: Series, right: Series, found: Correlation, **more: object) -> results.Relation:
    """The relation of two series as it is kept, with `more` in its details for machines."""
    detail: dict[str, object] = {
        "p_value": found.p_value,
        "spearman": found.spearman,
        "change_correlation": found.change_correlation,
        "change_p": found.change_p,
        "lag_p": found.lag_p,
        "wandering": found.wandering,
        "spurious": found.spurious,
    }
    return results.Relation(
        series=(left.name, right.name),
        correlation=found.correlation,
        lag=found.best_lag,
        lag_correlation=found.lag_correlation,
        n=found.n,
        means={series.name: mean_of(series) for series in (left, right)},
        detail=detail | more,
    )


def _source(left: Series, right: Series) -> str:
    return f"analysis.relations({left.name}, {right.name})"


def _say_lines(book: FactBook, pairs: list[_Pair]) -> None:
    count = book.number(len(pairs), "Pairs of series compared", "analysis.relations")
    linked = [one for _, _, one in pairs if _related(one)]
    related = book.number(len(linked), "Pairs of series with a clear correlation", "analysis.relations")
    verb = "pair moves" if len(linked) == 1 else "pairs move"
    book.say(
        f"Of {count} pairs of series, {related} {verb} together or against each other beyond chance "
        "and a shared drift; the most strongly correlated first:"
    )
    for left, right, found in sorted(pairs, key=lambda pair: -abs(pair[2].correlation or 0.0)):
        names = f"{series_fact(book, left.name)} and {series_fact(book, right.name)}"
        if found.correlation is None:
            book.say(f"- {names}: no correlation can be given")
            continue
        source, about = _source(left, right), f"{left.name} and {right.name}"
        value = book.number(found.correlation, f"Correlation (Pearson) of {about}", source)
        chance = (
            ", which both owe to their drift: their changes do not bear it out"
            if found.spurious
            else ", which may well be chance"
            if found.p_value is not None and found.p_value >= _UNLIKELY
            else ""
        )
        book.say(f"- {names}: correlation {value}{chance}{_lead_clause(book, left, right, found, source)}")


def _lead_clause(book: FactBook, left: Series, right: Series, found: Correlation, source: str) -> str:
    if not found.best_lag:
        return ""
    first = left if found.best_lag > 0 else right
    return f"; {series_fact(book, first.name)} leads by {_lag(book, left, right, found, source)}"


def _lag(book: FactBook, left: Series, right: Series, found: Correlation, source: str) -> str:
    lag = abs(found.best_lag or 0)
    return book.number(lag, f"Lag between {left.name} and {right.name}", source, step_words(found.frequency, lag))


def _say_pair(book: FactBook, pair: _Pair, *, means: bool = True) -> None:
    left, right, found = pair
    a, b = series_fact(book, left.name), series_fact(book, right.name)
    source, about = _source(left, right), f"{left.name} and {right.name}"
    if found.correlation is None:
        why = "one of them is constant where they overlap" if found.n > _FEW else "they have too few times in common"
        book.say(f"{a} and {b} cannot be compared by how they move: {why}.")
    else:
        shared = book.number(found.n, f"Times that {about} have in common", source)
        value = book.number(found.correlation, f"Correlation (Pearson) of {about}", source)
        size = abs(found.correlation)
        way = "together" if found.correlation > 0 else "in opposite directions"
        how = f"move {way} closely" if size >= _STRONG else f"move {way} to some extent"
        how = how if size >= _WORTH_NAMING else "hardly move together"
        book.say(f"{a} and {b} {how}: their correlation at the same time is {value}, over {shared} common times.")
        _say_p_value(book, found.p_value, about, source)
        _say_disagreements(book, found, about, source)
        _say_lead(book, left, right, found, source)
    if means:
        _say_means(book, (left, right), source)


def _say_p_value(book: FactBook, p_value: float | None, about: str, source: str) -> None:
    if p_value is None:
        return
    shown = book.chance(p_value, f"p-value of the correlation of {about}, allowing for autocorrelation", source)
    verdict = "is unlikely to be chance" if p_value < _UNLIKELY else "may well be chance"
    book.say(f"That {verdict}, allowing for how much each resembles its own past (p = {shown}).")


def _say_disagreements(book: FactBook, found: Correlation, about: str, source: str) -> None:
    """Where levels, changes and ranks tell different stories: what each says, and which one rules."""
    notable = found.correlation is not None and abs(found.correlation) >= _WORTH_NAMING
    if found.few_values_rule and found.spearman is not None:
        ranks = book.number(found.spearman, f"Rank correlation (Spearman) of {about}", source)
        book.say(f"By ranks it is {ranks}: a few extreme values make the difference, so the ranks rule.")
    if found.change_correlation is None or found.change_p is None or not (found.wandering or notable):
        return
    value = book.number(found.change_correlation, f"Correlation of the changes of {about}, seasons taken out", source)
    chance = book.chance(found.change_p, f"p-value of the correlation of the changes of {about}", source)
    borne_out = found.change_p < _UNLIKELY and found.change_correlation * (found.correlation or 0.0) > 0
    if found.spurious:
        book.flag(True, f"The correlation of {about} may be spurious: {{}}", f"{source}.spurious")
        book.say(
            f"Both trend or wander, and the levels of such series correlate easily without having to do with each other; their "
            f"changes correlate at {value} (p = {chance}). The changes rule: nothing here links them beyond their drift."
        )
    elif found.wandering and borne_out:
        book.say(
            f"Both trend or wander, but their changes correlate as well: {value} (p = {chance}); it is more than a shared drift."
        )
    elif notable and not borne_out and not found.best_lag:
        book.say(
            f"From step to step they do not move together (their changes correlate at {value}, p = {chance}): what "
            "they share "
            "is slow movement or a cycle."
        )


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
    steps = _lag(book, left, right, found, source)
    book.say(f"{first} leads {second} by {steps} (correlation of their changes {value}).")


def _say_apart(book: FactBook, pair: _Pair, claim: Claim) -> None:
    """By how much the means of two series differ; then how they move."""
    left, right, _ = pair
    first, second = mean_of(left), mean_of(right)
    if first is None or second is None or (left.unit or None) != (right.unit or None):
        _say_pair(book, pair)
        return
    source, about = _source(left, right), f"{left.name} and {right.name}"
    shown = [
        book.number(value, f"The mean (average) of {series.name} is {{}}", source, unit_of(series))
        for series, value in ((left, first), (right, second))
    ]
    gap = first - second
    difference = book.number(gap, f"Difference of the means of {about}", source, unit_of(left))
    start = len(book.sentences)
    book.say(
        f"{series_fact(book, left.name)} averages {shown[0]} and {series_fact(book, right.name)} {shown[1]}: a difference of "
        f"{difference}."
    )
    if claim != "how far apart":
        open_with(book, start, verdict_of(gap > 0 if claim == "more" else gap < 0), source)
    _say_pair(book, pair, means=False)


def _say_means(book: FactBook, pair: tuple[Series, Series], source: str) -> None:
    shown = []
    for series in pair:
        value = mean_of(series)
        if value is not None:
            fact = book.number(value, f"The mean (average) of {series.name} is {{}}", source, unit_of(series))
            shown.append(f"{series_fact(book, series.name)} averages {fact}")
    if shown:
        book.say("; ".join(shown) + ".")
