"""The analyst on prediction: which series' past helps to predict another, and never what causes it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant.agents.base import AgentContext, series_fact
from assistant.agents.comparisons import relation_document
from assistant.agents.wording import step_words
from assistant.data.series import DocumentRef, Series, SeriesRef
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import AnalystArgs

if TYPE_CHECKING:
    from assistant.analysis.granger import Help, Steady
    from assistant.analysis.relations import Correlation

_MOST_HELPERS = 24
_MOST_TOLD = 12


def run(book: FactBook, args: AnalystArgs, refs: list[SeriesRef], context: AgentContext) -> list[DocumentRef]:
    """Test whether the others help to predict the target, or each helps to predict each where no target is named."""
    from assistant.analysis.granger import corrected, helps_to_predict, make_steady
    from assistant.analysis.relations import correlate

    if len(refs) < 2:
        raise BadRequest(
            "Asking what helps to predict needs two series, and only one is here. Upload another file or name a second."
        )
    if len(refs) > _MOST_HELPERS + 1:
        context.warnings.append(f"Of {len(refs)} series the first {_MOST_HELPERS + 1} were tested; name the ones you want.")
    loaded = {ref.name: context.load(ref, args.span) for ref in refs[: _MOST_HELPERS + 1]}
    steady: dict[str, Steady] = {}
    for name, series in loaded.items():
        context.stop_if_cancelled()
        if series.frequency == "irregular":
            raise BadRequest(
                f"{name!r} has irregular times, so its past is no fixed number of steps. Ask how the series correlate instead."
            )
        steady[name] = make_steady(series)
    directions = _directions(list(loaded), args.target)
    tests = [(helper, target, helps_to_predict(steady[helper], steady[target])) for helper, target in directions]
    found = corrected([test for _, _, test in tests if test is not None])
    if not found:
        raise BadRequest(
            "The series share too few rows (or do not move there), so whether one helps to predict another cannot be tested."
        )
    pairs = {frozenset(direction): direction for direction in reversed(directions)}
    relations = {
        pair: correlate(loaded[helper], loaded[target], seasonless=(steady[helper].seasonless, steady[target].seasonless))
        for pair, (helper, target) in pairs.items()
    }
    _say(book, found, args.target, steady, relations, loaded)
    documents = []
    for pair, (helper, target) in pairs.items():
        tests_between = _tests_between(helper, target, found)
        document = relation_document(loaded[helper], loaded[target], relations[pair], granger=tests_between)
        documents.append(context.keep(document, title=f"{helper} and {target}"))
    return documents


def _directions(names: list[str], target: str | None) -> list[tuple[str, str]]:
    """(helper, target) of every test; a pair is tested both ways, so that what is said of one way is not all there is."""
    if target is None or len(names) == 2:
        pairs = [(helper, goal) for goal in names for helper in names if helper != goal]
        return sorted(pairs, key=lambda pair: pair[1] != target) if target is not None else pairs
    return [(name, target) for name in names if name != target]


def _tests_between(one: str, other: str, found: list[Help]) -> list[dict[str, object]]:
    """The tests of either direction between two series, for machines."""
    fields = ("helper", "target", "lags", "statistic", "p_value", "corrected", "gain", "helps", "n")
    between = [test for test in found if {test.helper, test.target} == {one, other}]
    return [{field: getattr(test, field) for field in fields} for test in between]


def _say(
    book: FactBook,
    found: list[Help],
    target: str | None,
    steady: dict[str, Steady],
    relations: dict[frozenset[str], Correlation],
    loaded: dict[str, Series],
) -> None:
    if len(loaded) == 2:
        for test in found:
            _say_test(book, test, loaded[test.target])
        _say_lead(book, found[0], relations[frozenset((found[0].helper, found[0].target))])
    else:
        _say_many(book, found, target, loaded)
    _say_treatment(book, [steady[name] for name in dict.fromkeys(name for test in found for name in (test.helper, test.target))])
    book.say("Helping to predict is all that this shows: something else that both follow, sooner or later, looks the same.")


def _source(test: Help) -> str:
    return f"analysis.relations({test.helper}, {test.target})"


def _p_value(book: FactBook, test: Help) -> str:
    about = f"{test.helper} helping to predict {test.target}"
    return book.chance(test.corrected, f"p-value of {about} (Granger test, corrected for the number of tests)", _source(test))


def _gain(book: FactBook, test: Help) -> str:
    about = f"How much smaller the variance of the error at the next value of {test.target} is with the past of {test.helper}"
    return book.number(100 * test.gain, about, _source(test), "%")


def _lags(book: FactBook, test: Help, series: Series) -> str:
    statement = f"Past values of {test.helper} that the test on {test.target} uses"
    return book.number(test.lags, statement, _source(test), step_words(series.frequency, test.lags))


def _say_test(book: FactBook, test: Help, series: Series) -> None:
    helper, target = series_fact(book, test.helper), series_fact(book, test.target)
    chance, lags = _p_value(book, test), _lags(book, test, series)
    book.flag(test.helps, f"{test.helper} helps to predict {test.target}: {{}}", f"{_source(test)}.helps")
    if not test.helps:
        book.say(
            f"The past of {helper} does not help to predict {target} beyond the past of {target} itself (Granger test over "
            f"{lags}, p = {chance})."
        )
        return
    book.say(
        f"The past of {helper} helps to predict {target}: with its last {lags} the variance of the error at the next value is "
        f"{_gain(book, test)} smaller than with the past of {target} alone (Granger test, p = {chance})."
    )


def _say_many(book: FactBook, found: list[Help], target: str | None, loaded: dict[str, Series]) -> None:
    tests = book.number(len(found), "Granger tests made together, for which the p-values are corrected", "analysis.relations")
    helping = sorted((test for test in found if test.helps), key=lambda test: (-test.gain, test.corrected))
    goal = f" {series_fact(book, target)}" if target is not None else " another"
    for test in found:
        book.flag(test.helps, f"{test.helper} helps to predict {test.target}: {{}}", f"{_source(test)}.helps")
    if not helping:
        book.say(
            f"None of the series helps to predict{goal} beyond its own past ({tests} Granger tests, corrected for their number)."
        )
        return
    count = book.number(len(helping), "Tests that found help in predicting", "analysis.relations")
    book.say(
        f"Of {tests} Granger tests, corrected for their number, {count} found help in predicting{goal}. Each line says how much "
        "smaller the variance of the error at the next value gets:"
    )
    for test in helping[:_MOST_TOLD]:
        names = series_fact(book, test.helper) + (
            "" if target is not None else f" helps to predict {series_fact(book, test.target)}"
        )
        lags = _lags(book, test, loaded[test.target])
        book.say(f"- {names}: {_gain(book, test)} smaller, with its last {lags} (p = {_p_value(book, test)})")
    if target is not None and len(helping) < len(found):
        others = [series_fact(book, test.helper) for test in found if not test.helps][:_MOST_TOLD]
        book.say(f"No help was found from {', '.join(others)}.")


def _say_lead(book: FactBook, test: Help, relation: Correlation) -> None:
    """Where the cross-correlation names another order than the tests do."""
    if not relation.best_lag:
        if test.helps:
            book.say("No single lag stands out as a lead; the test weighs many lags together, so for prediction it rules.")
        return
    # The relation is of helper and target, in this order, so that a negative lag puts the target first.
    if (relation.best_lag > 0) == test.helps:
        return
    first, second = (test.helper, test.target) if relation.best_lag > 0 else (test.target, test.helper)
    about = f"Lag between {test.helper} and {test.target}"
    lag = book.number(abs(relation.best_lag), about, _source(test), step_words(relation.frequency, abs(relation.best_lag)))
    book.say(
        f"The cross-correlation has {series_fact(book, first)} ahead of {series_fact(book, second)} by {lag}, which this "
        "test does not bear out; for prediction the test rules."
    )


def _say_treatment(book: FactBook, used: list[Steady]) -> None:
    """What was done to the series so that the test is valid."""
    words = {"differenced": "as changes from each value to the next", "line taken out": "without the trend line"}
    alike: dict[str, list[str]] = {}
    for one in used:
        done = (["without the cycles"] if one.seasonal else []) + ([words[one.treatment]] if one.treatment in words else [])
        if done:
            alike.setdefault(" and ".join(done), []).append(one.series.name)
    parts = [
        f"{_listed(book, names) if len(names) < len(used) or len(used) == 1 else 'all of them'} {done}"
        for done, names in alike.items()
    ]
    if parts:
        book.say(f"The test used steady data: {'; '.join(parts)}.")


def _listed(book: FactBook, names: list[str]) -> str:
    shown = [series_fact(book, name) for name in names[:_MOST_TOLD]]
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else shown[0]
