"""How far to trust a classifier: what it was trained on, and its held-out accuracy beside the plain one's and a guess's."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from assistant.agents.base import model_fact
from assistant.agents.classifier_models import KnownClassifier
from assistant.agents.trainer_words import CONFIDENCE, PLAIN, may_be_luck, share_fact
from assistant.agents.wording import against_plain
from assistant.facts import FactBook, Reference

# On record for models that ship: the best classifier without training of its features.
STRONGER = "minirocket_accuracy"
HEADS = {
    "language": "its language model",
    "linear": "its encoders' own linear layers, not from its language model",
    "ridge": "ridge regression on its features, not from its language model",
    "convolutions": "ridge regression on random convolutions, not from its encoders or its language model",
    "aligned": "the nearness to the classes' texts, not from its language model",
}
# On record: the share of the held-out cases that are of the commonest class, and the ends of the accuracy's interval.
MAJORITY, LOW, HIGH = "majority", "accuracy_low", "accuracy_high"
_NAMED = 8
# The record of a training names the file with the beginning of its digest, which tells people nothing.
_DIGEST = re.compile(r" \(sha256 [0-9a-f]+…?\)")


def say_trust(book: FactBook, model: KnownClassifier, name: Reference, source: str, *, brief: bool = False) -> None:
    """Where the model comes from, and its held-out accuracy beside the plain one's and a guess's; in brief, without the guess."""
    if model.shipped and not brief:
        method = model_fact(book, model.method, "The method of the classifier: {}", source)
        book.say(f"{name} comes with the product; it is a {method} classifier trained on {_data(book, model, source)}.")
    if not _measured(model):
        book.say(f"No held-out accuracy of {name} is on record, so that nothing says how far to trust it.")
        return
    if model.head in HEADS and not brief:
        book.say(f"The class comes from {HEADS[model.head]}: of its ways to answer, that did best on held-out cases.")
    kind = ""
    if not model.shipped and model.method != PLAIN:
        kind = f" ({model_fact(book, model.method, 'The method of the classifier: {}', source)})"
    book.say(f"When {name}{kind} was trained, {_accuracy(book, model, source)}.")
    figures = model.training.figures
    if MAJORITY in figures and not brief:
        guess = _guess(book, figures[MAJORITY], source)
        worse = ": it is no better than guessing" if figures["accuracy"] <= figures[MAJORITY] else ""
        worse = worse or ("; that it did better may be luck" if _luck(figures, figures[MAJORITY]) else "")
        book.say(f"Always naming the commonest class would have been right in {guess}{worse}.")


def say_model(book: FactBook, model: KnownClassifier, classes: Sequence[str]) -> None:
    """What the model is, what it was trained on, how good it is, and whether that is better than guessing."""
    source = f"models.checkpoint({model.name})"
    name = model_fact(book, model.name, "The classifier is {}", source)
    method = model_fact(book, model.method, "The method of the classifier: {}", source)
    count = book.number(len(classes), f"Classes that {model.name} knows", source)
    listed = [book.name(label, "text", "A class: {}", source) for label in classes[:_NAMED]]
    more = "" if len(classes) <= _NAMED else " and others"
    comes = "comes with the product; it " if model.shipped else ""
    book.say(
        f"{name} {comes}is a {method} classifier trained on {_data(book, model, source)}, in {count} classes: "
        f"{', '.join(listed)}{more}."
    )
    if not _measured(model):
        book.say("No held-out accuracy is on record, so that nothing says how far to trust it.")
        return
    measured = _accuracy(book, model, source)
    book.say(f"{measured[:1].upper()}{measured[1:]}.")
    _say_guess(book, model.training.figures, len(classes), source)


def _say_guess(book: FactBook, figures: Mapping[str, float], classes: int, source: str) -> None:
    """What a guess would have reached, and whether the model did better."""
    if MAJORITY in figures:
        chance = figures[MAJORITY]
        guess = f"Always naming the commonest class would have been right in {_guess(book, chance, source)}"
    else:
        chance = 1 / classes
        blind = share_fact(book, chance, "Share that a blind guess among the classes names rightly", source)
        guess = f"A blind guess among its classes would be right in {blind}"
    if figures["accuracy"] <= chance:
        book.say(f"{guess}, so it is no better than guessing, and its classes are not to be relied on.")
    elif _luck(figures, chance):
        book.say(f"{guess}; it did better, but on so few held-out cases that this may be luck.")
    else:
        book.say(f"{guess}, so it is better than guessing.")


def _luck(figures: Mapping[str, float], chance: float) -> bool:
    """Whether a guess that is right with this chance may do as well on as many cases."""
    return "held_out" in figures and may_be_luck(figures["accuracy"], round(figures["held_out"]), chance)


def _measured(model: KnownClassifier) -> bool:
    return {"accuracy", "plain_accuracy"} <= set(model.training.figures)


def _accuracy(book: FactBook, model: KnownClassifier, source: str) -> str:
    """ "its accuracy on 15 held-out cases was 93.3%", with its interval, beside that of the plain one where it is another."""
    figures = model.training.figures
    accuracy = share_fact(book, figures["accuracy"], f"Held-out accuracy of {model.name}", source)
    if "held_out" in figures:
        tested = book.number(round(figures["held_out"]), f"Held-out cases that {model.name} was measured on", source)
        measured = f"its accuracy on {tested} held-out cases was {accuracy}"
    else:
        measured = f"its held-out accuracy was {accuracy}"
    if {LOW, HIGH} <= set(figures):
        low, high = (
            share_fact(book, figures[key], f"{end} end of the interval of that accuracy", source)
            for key, end in ((LOW, "Lower"), (HIGH, "Upper"))
        )
        confidence = book.number(round(100 * CONFIDENCE), "Confidence of that interval", source, "%")
        measured += f" (between {low} and {high} with {confidence} confidence)"
    if model.method == PLAIN:
        return measured
    plain = share_fact(book, figures["plain_accuracy"], f"Held-out accuracy of {PLAIN}", source)
    yardstick = model_fact(book, PLAIN, "The plain classifier is {}", source)
    verdict = against_plain(figures["accuracy"], figures["plain_accuracy"])
    stronger = ""
    if STRONGER in figures:
        other = share_fact(book, figures[STRONGER], "Held-out accuracy of minirocket", source)
        stronger = f"; that of {model_fact(book, 'minirocket', 'Another classifier beside it is {}', source)} was {other}"
    return f"{measured}, {verdict} the {plain} of the plain {yardstick} on the same split{stronger}"


def _guess(book: FactBook, majority: float, source: str) -> Reference:
    return share_fact(book, majority, "Held-out accuracy of always naming the commonest class", source)


def _data(book: FactBook, model: KnownClassifier, source: str) -> Reference:
    data = _DIGEST.sub("", model.training.data) or "data that are not named"
    return book.name(data, "text", "The classifier was trained on {}", source)
