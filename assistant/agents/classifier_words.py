"""What the classifier says: the class of each case with its reasons, doubts as doubts, and how far the model is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.agents.base import model_fact, series_fact
from assistant.agents.classifier_cases import AskedCases
from assistant.agents.classifier_evidence import TOLD, Verdict
from assistant.agents.classifier_models import KnownClassifier
from assistant.agents.wording import against_plain
from assistant.facts import FactBook, Reference

if TYPE_CHECKING:
    from models.occlusion import Saliency

PLAIN = "nearest-neighbour"
# On record for models that ship: the best classifier without training of its features.
STRONGER = "minirocket_accuracy"
HEADS = {
    "language": "its language model",
    "linear": "its encoders' own linear layers, not from its language model",
    "ridge": "ridge regression on its features, not from its language model",
    "convolutions": "ridge regression on random convolutions, not from its encoders or its language model",
    "aligned": "the nearness to the classes' texts, not from its language model",
}
_NAMED = 8
_UNLIKE = {
    "shape": "its shape",
    "level": "its level",
    "spread": "how much it varies",
    "roughness": "how rough it is",
    "reach": "how far its farthest value lies out",
    "rhythm": "its rhythm",
    "length": "its length",
}


def say(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], classes: Sequence[str], asked: AskedCases) -> None:
    """Put the whole answer into the book."""
    source = f"models.classify({model.name})"
    name = model_fact(book, model.name, "The classifier is {}", source)
    count = book.number(len(found), "Cases classified", source)
    what = f"{count} case{'s' if len(found) != 1 else ''}"
    if asked.file:
        what += f" of {book.name(asked.file, 'text', 'The table of the cases: {}', source)}"
    book.say(f"{name} classified {what}:")
    if len(found) > TOLD:
        _say_counts(book, found, classes, source)
        _say_doubts(book, found, name, source)
    else:
        for verdict in found:
            book.say(f"- {_told(book, verdict, name, source)}")
    if asked.truth is not None:
        _say_agreement(book, found, asked, model, classes, source)
    _say_trust(book, model, name, source)


def _told(book: FactBook, verdict: Verdict, name: Reference, source: str) -> str:
    """One case as a list item."""
    title = series_fact(book, verdict.title)
    if verdict.strange:
        return f"{title}: {_strange(book, verdict, name, source)}"
    label = book.name(verdict.label, "text", f"Class of {verdict.title}: {{}}", source)
    shown = _share(book, verdict.probability, f"Probability of the class of {verdict.title}", source)
    if verdict.unsure:
        other, share = verdict.second
        second = book.name(other, "text", f"Next likely class of {verdict.title}: {{}}", source)
        beside = _share(book, share, f"Probability of the next likely class of {verdict.title}", source)
        book.flag(True, f"The class of {verdict.title} is unsure", source)
        head = f"unsure, {label} (probability {shown}) or {second} (probability {beside})"
    else:
        head = f"{label} (probability {shown})"
    parts = [head, _decided(book, verdict, source), _example(book, verdict, source)]
    return f"{title}: " + "; ".join(part for part in parts if part)


def _strange(book: FactBook, verdict: Verdict, name: Reference, source: str) -> str:
    """A case the model knows nothing like: no label is insisted on."""
    book.flag(True, f"{verdict.title} is unlike anything the classifier was trained on", source)
    how = _UNLIKE[verdict.unlike]
    in_what = book.name(how, "text", f"In what {verdict.title} differs most from the training examples: {{}}", source)
    ratio = book.number(
        round(verdict.strangeness, 1 if verdict.strangeness < 100 else 0),
        f"Distance of {verdict.title} to the nearest training example, over the farthest that is usual",
        source,
    )
    near = f", of the class {_kind(book, verdict, source)}," if verdict.neighbours else ""
    return (
        f"unlike anything {name} was trained on, above all in {in_what}; the nearest training example{near} lies at {ratio} "
        "times the distance that is still usual"
    )


def _decided(book: FactBook, verdict: Verdict, source: str) -> str:
    """The stretch whose hiding costs most, or that there is none."""
    if verdict.saliency is None:
        return ""
    deciding = verdict.decisive
    if deciding is None:
        return "no single stretch decided it"
    drop = book.number(
        round(100 * deciding.drop, 1),
        f"Percentage points that the probability of the class of {verdict.title} loses when the deciding stretch is hidden",
        source,
        "percentage points",
    )
    return f"what decided was {_stretch(book, verdict, deciding, source)}, without which the probability is {drop} lower"


def _stretch(book: FactBook, verdict: Verdict, deciding: Saliency, source: str) -> str:
    series = verdict.series
    begun, ended = (
        f"The deciding stretch of {verdict.title} starts at {{}}",
        f"The deciding stretch of {verdict.title} ends at {{}}",
    )
    if series is not None:
        first, last = (
            book.time(series.times[step], series.frequency, statement, source)
            for step, statement in ((deciding.start, begun), (deciding.end, ended))
        )
        return f"the stretch from {first} to {last}"
    first, last = (
        book.number(step + 1, statement, source) for step, statement in ((deciding.start, begun), (deciding.end, ended))
    )
    return f"the stretch from time step {first} to {last}"


def _example(book: FactBook, verdict: Verdict, source: str) -> str:
    if not verdict.neighbours:
        return ""
    near = verdict.neighbours[0]
    row = book.number(near.index + 1, f"The training case nearest to {verdict.title} (row)", source)
    kind = "of the same class" if near.label == verdict.label else f"of the class {_kind(book, verdict, source)}"
    return f"the nearest of its training cases is number {row}, {kind}"


def _kind(book: FactBook, verdict: Verdict, source: str) -> Reference:
    label = verdict.neighbours[0].label
    return book.name(label, "text", f"Class of the training case nearest to {verdict.title}: {{}}", source)


def _share(book: FactBook, share: float, statement: str, source: str) -> Reference:
    return book.number(round(100 * share, 1), statement, source, "%")


def _say_counts(book: FactBook, found: Sequence[Verdict], classes: Sequence[str], source: str) -> None:
    """How many of each class; strange cases belong to none."""
    for label in classes:
        count = sum(verdict.label == label and not verdict.strange for verdict in found)
        if count or len(classes) <= TOLD:
            share = book.number(count, f"Cases classified as {label}", source)
            book.say(f"- {book.name(label, 'text', 'A class: {}', source)}: {share}")


def _say_doubts(book: FactBook, found: Sequence[Verdict], name: Reference, source: str) -> None:
    """How many are unsure or strange, and which."""
    unsure = [verdict for verdict in found if verdict.unsure and not verdict.strange]
    strange = [verdict for verdict in found if verdict.strange]
    if unsure:
        count = book.number(len(unsure), "Cases whose class is unsure", source)
        book.say(f"Of these, {count} {'is' if len(unsure) == 1 else 'are'} unsure: {_titles(book, unsure)}.")
    if strange:
        count = book.number(len(strange), "Cases unlike anything the classifier was trained on", source)
        verb = "is" if len(strange) == 1 else "are"
        book.say(f"Counted to no class, {count} {verb} unlike anything {name} was trained on: {_titles(book, strange)}.")


def _titles(book: FactBook, verdicts: Sequence[Verdict]) -> str:
    named = ", ".join(series_fact(book, verdict.title) for verdict in verdicts[:_NAMED])
    return named + (" and others" if len(verdicts) > _NAMED else "")


def _say_agreement(
    book: FactBook, found: Sequence[Verdict], asked: AskedCases, model: KnownClassifier, classes: Sequence[str], source: str
) -> None:
    """How often the table's own classes are found again."""
    truth = asked.truth or ()
    if not set(truth) - {""} & set(classes):
        book.say("The table carries classes of its own, none of which the classifier knows.")
        return
    named = [(verdict.label, true) for verdict, true in zip(found, truth, strict=True) if true and not verdict.strange]
    if not named:
        return
    hits = sum(label == true for label, true in named)
    right = book.number(hits, "Cases whose class agrees with the table's own", source)
    whole = book.number(len(named), "Cases with a class in the table that were given one", source)
    little = (
        "but the classifier was trained on this very table, so that this says little"
        if asked.digest and asked.digest in model.training.data
        else "where the classifier has learnt from the same cases, that says little"
    )
    book.say(f"The table carries its own classes, and {right} of {whole} agree; {little}.")


def _say_trust(book: FactBook, model: KnownClassifier, name: Reference, source: str) -> None:
    """Where the model comes from, and its held-out accuracy beside the plain one's."""
    figures = model.training.figures
    method = model_fact(book, model.method, "The method of the classifier: {}", source)
    if model.shipped:
        data = book.name(model.training.data or "data that are not named", "text", "The classifier was trained on {}", source)
        book.say(f"{name} comes with the product; it is a {method} classifier trained on {data}.")
    if "accuracy" not in figures or "plain_accuracy" not in figures:
        book.say(f"No held-out accuracy of {name} is on record, so that nothing says how far to trust it.")
        return
    accuracy = _share(book, figures["accuracy"], f"Held-out accuracy of {model.name}", source)
    if "held_out" in figures:
        tested = book.number(round(figures["held_out"]), f"Held-out cases that {model.name} was measured on", source)
        measured = f"its accuracy on {tested} held-out cases was {accuracy}"
    else:
        measured = f"its held-out accuracy was {accuracy}"
    if model.method == PLAIN:
        book.say(f"When it was trained, {measured}; {name} is itself the plain {method}.")
        return
    plain = _share(book, figures["plain_accuracy"], f"Held-out accuracy of {PLAIN}", source)
    yardstick = model_fact(book, PLAIN, "The plain classifier is {}", source)
    kind = "" if model.shipped else f" ({method})"
    verdict = against_plain(figures["accuracy"], figures["plain_accuracy"])
    if model.head in HEADS:
        book.say(f"The class comes from {HEADS[model.head]}: of its ways to answer, that did best on held-out cases.")
    stronger = ""
    if STRONGER in figures:
        other = _share(book, figures[STRONGER], "Held-out accuracy of minirocket", source)
        stronger = f"; that of {model_fact(book, 'minirocket', 'Another classifier beside it is {}', source)} was {other}"
    book.say(
        f"When {name}{kind} was trained, {measured}, {verdict} the {plain} of the plain {yardstick} on the same split{stronger}."
    )
