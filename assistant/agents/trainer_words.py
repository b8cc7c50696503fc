"""What the trainer says: how well the classifier did on held-out cases, how far that can be luck, and what else was tried."""

from __future__ import annotations

from typing import TYPE_CHECKING

from assistant import results
from assistant.agents.base import model_fact
from assistant.agents.wording import against_plain
from assistant.facts import FactBook, Reference

if TYPE_CHECKING:
    from models.selection import Comparison

PLAIN = "nearest-neighbour"
CONFIDENCE = 0.95
_NAMED = 6
# A class is told by itself where it has less than this part of an even share of the tested cases, or is mostly missed.
_RARE, _MISSED = 0.5, 0.5


def share_fact(book: FactBook, share: float, statement: str, source: str) -> Reference:
    """A share of 0 to 1 as percent."""
    return book.number(round(100 * share, 1), statement, source, "%")


def interval(accuracy: float, tested: int) -> tuple[float, float]:
    """Where the true accuracy lies with `CONFIDENCE`, by one that was measured on so many cases; shares.

    Source: Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    from scipy.stats import binomtest

    found = binomtest(round(accuracy * tested), tested).proportion_ci(CONFIDENCE, method="wilson")
    return float(found.low), float(found.high)


def may_be_luck(accuracy: float, tested: int, guess: float) -> bool:
    """Whether naming one class with the accuracy `guess` would do as well by chance, more than one time in twenty."""
    from scipy.stats import binomtest

    return bool(binomtest(round(accuracy * tested), tested, guess, alternative="greater").pvalue > 1 - CONFIDENCE)


def say(book: FactBook, document: results.Training, outcome: Comparison, steps: int, *, column: str, chosen: bool) -> None:
    """Put the whole answer into the book. steps: of a case. column: with the classes. chosen: by the user, not by accuracy."""
    source = f"models.selection({document.file})"
    _say_data(book, document, column, source)
    book.number(steps, f"Time steps of a case in {document.file}", source)
    _say_accuracy(book, document, outcome, source, chosen=chosen)
    _say_others(book, document, outcome, source)
    _say_classes(book, outcome, source)
    if _say_guess(book, document, outcome, source):
        book.say("Now ask me to classify a file with it.")
    else:
        book.say("It is not to be relied on.")


def _say_data(book: FactBook, document: results.Training, column: str, source: str) -> None:
    name = model_fact(book, document.model, "The trained model is called {}", source)
    file = book.name(document.file, "text", "Trained on {}", source)
    cases = book.number(document.cases, f"Cases in {document.file}", source)
    classes = book.number(len(document.classes), f"Classes in {document.file}", source)
    seconds = book.number(document.seconds, "Seconds that the training took", source, "s")
    label = book.name(column, "text", "The column that names the class: {}", source)
    named = ", ".join(book.name(one, "text", "A class: {}", source) for one in document.classes[:_NAMED])
    more = " and others" if len(document.classes) > _NAMED else ""
    earlier = ", going on from what a stopped training had finished" if document.resumed else ""
    book.say(f"I trained {name} on {file}: {cases} cases in {classes} classes, in {seconds}{earlier}.")
    book.say(f"The class is what the column {label} says: {named}{more}.")
    if document.trained_on not in (None, document.cases):
        learnt = book.number(document.trained_on, f"Cases that {document.model} has learnt from", source)
        book.say(f"It has learnt from {learnt} of them; the others were held out to measure it.")


def _say_accuracy(book: FactBook, document: results.Training, outcome: Comparison, source: str, *, chosen: bool) -> None:
    method = model_fact(book, document.method, "The method that was kept: {}", source)
    accuracy = share_fact(book, document.accuracy, f"Held-out accuracy of {document.model}", source)
    tested = book.number(outcome.held_out, "Held-out cases", source)
    yardstick = model_fact(book, PLAIN, "The plain classifier is {}", source)
    if document.method == PLAIN:
        why = "as you asked" if chosen else "since nothing did better"
        book.say(f"Kept was the plain {yardstick}, {why}: on {tested} held-out cases its accuracy is {accuracy}.")
    else:
        plain = share_fact(book, document.plain_accuracy, f"Held-out accuracy of {PLAIN}", source)
        verdict = against_plain(document.accuracy, document.plain_accuracy)
        book.say(
            f"The method kept is {method}: on {tested} held-out cases its accuracy is {accuracy}, "
            f"{verdict} the {plain} of the plain {yardstick} on the same split."
        )
        if not chosen:
            book.say("It was picked by these cases, so on new ones it may do a little worse.")
    bounds = interval(document.accuracy, outcome.held_out)
    low, high = (
        share_fact(book, bound, f"{which} bound of the accuracy of {document.model}", source)
        for which, bound in zip(("Lower", "Upper"), bounds, strict=True)
    )
    sure = book.number(round(100 * CONFIDENCE), "Confidence of these bounds", source, "%")
    book.say(f"On cases like these it lies between {low} and {high} with {sure} confidence.")
    if outcome.folds > 1:
        folds = book.number(outcome.folds, f"Folds that {document.file} was split into", source)
        book.say(f"The cases are few, so each of a class with several was held out once, in {folds} folds.")


def _say_others(book: FactBook, document: results.Training, outcome: Comparison, source: str) -> None:
    """The accuracies of what was tried and not kept."""
    tried = []
    for score in outcome.scores:
        if score.model not in (document.method, PLAIN):
            other = model_fact(book, score.model, "Also tried: {}", source)
            found = share_fact(book, score.accuracy, f"Held-out accuracy of {score.model}", source)
            tried.append(f"{other}, with {found}")
    if tried:
        book.say(f"Also tried {'was' if len(tried) == 1 else 'were'} {', and '.join(tried)}.")


def _say_classes(book: FactBook, outcome: Comparison, source: str) -> None:
    """Classes that the accuracy says little of: rare ones, those that are mostly missed, and those that could not be tested."""
    even = outcome.held_out / max(1, len(outcome.recalls))
    told = [
        f"{book.number(right, f'Held-out cases of {label} that were named rightly', source)} of "
        f"{book.number(tested, f'Held-out cases of {label}', source)} of {book.name(label, 'text', 'A class: {}', source)}"
        for label, (right, tested) in outcome.recalls.items()
        if tested < _RARE * even or right < _MISSED * tested
    ]
    if told:
        more = ", and other classes are like that" if len(told) > _NAMED else ""
        book.say(f"By class it named rightly {', '.join(told[:_NAMED])}{more}.")
    if outcome.singles:
        names = ", ".join(
            book.name(label, "text", "A class with a single case: {}", source) for label in outcome.singles[:_NAMED]
        )
        more = " and others" if len(outcome.singles) > _NAMED else ""
        book.say(f"Classes with a single case could not be tested: {names}{more}.")


def _say_guess(book: FactBook, document: results.Training, outcome: Comparison, source: str) -> bool:
    """What always naming the commonest class would give; returns whether the classifier is better than that."""
    guess = share_fact(book, outcome.majority, "Held-out accuracy of always naming the commonest class", source)
    always = f"Always naming the commonest class would be right in {guess} of these cases"
    better = document.accuracy > outcome.majority
    if not better:
        book.say(f"{always}: this classifier is no better than guessing.")
    elif may_be_luck(document.accuracy, outcome.held_out, outcome.majority):
        book.say(f"{always}; on so few cases the difference may be luck.")
    else:
        book.say(f"{always}.")
    return better
