"""Answers to what people ask once cases are classified: which are unsure, how many there are of each class, which is the oddest,
how far the table's own classes agree, and which training examples are nearest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from assistant.agents.base import model_fact, series_fact
from assistant.agents.classifier_cases import AskedCases
from assistant.agents.classifier_evidence import LISTED, TOLD, Verdict
from assistant.agents.classifier_models import KnownClassifier
from assistant.agents.classifier_trust import say_trust
from assistant.agents.classifier_words import (
    by_class,
    counted_cases,
    distance,
    likely,
    say_counts,
    say_strange,
    source_of,
    strange,
    told,
    trained_on,
)
from assistant.errors import BadRequest
from assistant.facts import FactBook

_NEAREST = 3


def say_reasons(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:  # noqa: ARG001
    """Cases with what decided each."""
    name = model_fact(book, model.name, "The classifier is {}", source_of(model))
    book.say("What decided is the stretch that costs most of the probability when it is hidden:")
    for verdict in found:
        book.say(f"- {told(book, verdict, name, source_of(model))}")


def say_doubts(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:
    """All unsure cases with their two classes, and those unlike anything known."""
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    cases = counted_cases(book, len(found), asked, source)
    unsure = [verdict for verdict in found if verdict.unsure and not verdict.strange]
    if unsure:
        count = book.number(len(unsure), "Cases whose class is unsure", source)
        book.say(f"Of {cases}, {count} {'is' if len(unsure) == 1 else 'are'} unsure:")
        for verdict in unsure[:LISTED]:
            book.say(f"- {series_fact(book, verdict.title)}: {likely(book, verdict, source)}")
        if len(unsure) > LISTED:
            book.say("Others are unsure too.")
    else:
        least = min((verdict for verdict in found if not verdict.strange), key=lambda verdict: verdict.probability)
        sure = f"{series_fact(book, least.title)}, {likely(book, least, source)}"
        book.say(f"Of {cases}, none is unsure; the least sure is {sure}.")
    say_strange(book, found, name, source)


def say_class_counts(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:
    """How many cases are given each class."""
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    book.say(f"Of {counted_cases(book, len(found), asked, source)}, {name} names:")
    say_counts(book, found, source)
    _say_commonest(book, {label: len(group) for label, group in by_class(found).items()}, source)
    unsure = sum(verdict.unsure and not verdict.strange for verdict in found)
    if unsure:
        book.say(
            f"Of these, {book.number(unsure, 'Cases whose class is unsure', source)} {'is' if unsure == 1 else 'are'} unsure."
        )
    say_strange(book, found, name, source)


def say_own_counts(book: FactBook, file: str, labels: Sequence[str]) -> None:
    """How many cases of a table carry each of its own classes. labels: of each case, "" for one without."""
    source = f"data.labels({file})"
    counts = Counter(label for label in labels if label)
    whole = book.number(len(labels), f"Cases in {file}", source)
    classes = book.number(len(counts), f"Classes in {file}", source)
    table = book.name(file, "text", "The table of the cases: {}", source)
    book.say(f"{table} holds {whole} cases in {classes} class{'es' if len(counts) != 1 else ''}, by its own column:")
    for label, count in counts.most_common(LISTED):
        told_count = book.number(count, f"Cases of the class {label}", source)
        book.say(f"- {book.name(label, 'text', 'A class: {}', source)}: {told_count}")
    if len(counts) > LISTED:
        book.say("The other classes are rarer, or as rare.")
    without = len(labels) - sum(counts.values())
    if without:
        book.say(f"Without a class: {book.number(without, f'Cases in {file} without a class', source)}.")
    _say_commonest(book, counts, source)


def _say_commonest(book: FactBook, counts: dict[str, int] | Counter[str], source: str) -> None:
    most = max(counts.values(), default=0)
    top = [label for label, count in counts.items() if count == most]
    if len(counts) < 2 or not most:
        return
    if len(top) == len(counts):
        book.say("All of them are equally common.")
    elif len(top) == 1:
        book.say(f"The commonest class is {book.name(top[0], 'text', 'The commonest class: {}', source)}.")


def say_strangest(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:
    """The case farthest from the training examples, for what is usual among them."""
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    verdict = max(found, key=lambda one: one.strangeness)
    opening = f"Of {counted_cases(book, len(found), asked, source)}, the most unusual is {series_fact(book, verdict.title)}: "
    if verdict.strange:
        book.say(f"{opening}{strange(book, verdict, name, source)}.")
        if sum(one.strange for one in found) > 1:
            say_strange(book, found, name, source)
        return
    book.say(
        f"{opening}the nearest training example lies at {distance(book, verdict, source)} the distance that is still usual, so "
        f"nothing here is unlike what {name} was trained on."
    )
    book.say(f"Its class is {likely(book, verdict, source)}.")


def say_matrix(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:
    """How often each of the table's own classes was named what. Errors: BadRequest for a table without classes of its own."""
    truth = asked.truth or ()
    pairs = [(true, verdict) for true, verdict in zip(truth, found, strict=bool(truth)) if true]
    if not pairs:
        raise BadRequest(
            f"A class is right or wrong only by the table's own, and {asked.file or 'what is loaded'} carries none. "
            "Add a table of cases with a column of their classes, and ask again."
        )
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    right = book.number(sum(true == one.label and not one.strange for true, one in pairs), "Cases named as in the table", source)
    whole = book.number(len(pairs), "Cases with a class in the table", source)
    table = book.name(asked.file, "text", "The table of the cases: {}", source)
    book.say(f"{name} names {right} of {whole} cases of {table} as the table does:")
    for true in sorted({true for true, _ in pairs}):
        book.say(f"- {_named_as(book, true, [one for label, one in pairs if label == true], source)}")
    wrong = [(true, one) for true, one in pairs if true != one.label and not one.strange]
    if wrong:
        listed = ", ".join(series_fact(book, one.title) for _, one in wrong[:LISTED])
        book.say(f"Named otherwise: {listed}{' and others' if len(wrong) > LISTED else ''}.")
    if trained_on(model, asked):
        book.say("It was trained on this very table, so that this says little about new cases.")
    say_trust(book, model, name, source, brief=True)


def _named_as(book: FactBook, true: str, found: Sequence[Verdict], source: str) -> str:
    """ "walking: 18 as walking, 2 as running, 1 unlike what is known"."""
    counts = Counter(verdict.label for verdict in found if not verdict.strange)
    parts = [
        f"{book.number(count, f'Cases of {true} named {label}', source)} as {book.name(label, 'text', 'A class: {}', source)}"
        for label, count in sorted(counts.items(), key=lambda item: (item[0] != true, -item[1], item[0]))
    ]
    odd = sum(verdict.strange for verdict in found)
    if odd:
        parts.append(f"{book.number(odd, f'Cases of {true} unlike what is known', source)} unlike what is known")
    return f"{book.name(true, 'text', 'A class of the table: {}', source)}: {', '.join(parts)}"


def say_neighbours(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:  # noqa: ARG001
    """The training examples nearest to each case."""
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    book.say(f"The cases that {name} was trained on and that are nearest, the nearest first:")
    for verdict in found[:TOLD]:
        near = [
            f"training case {book.number(one.index + 1, f'A training case near {verdict.title} (row)', source)} "
            f"({book.name(one.label, 'text', f'Class of a training case near {verdict.title}: {{}}', source)})"
            for one in verdict.neighbours[:_NEAREST]
        ]
        what = strange(book, verdict, name, source) if verdict.strange else likely(book, verdict, source)
        book.say(f"- {series_fact(book, verdict.title)}, {what}: {', '.join(near) or 'none is kept with this model'}")
    if len(found) > TOLD:
        book.say("Name a case to see those of others.")
