"""What the classifier says: the class of each case with its reasons, doubts as doubts, and how far the model is to be trusted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from assistant.agents.base import model_fact, series_fact
from assistant.agents.classifier_cases import AskedCases
from assistant.agents.classifier_evidence import LISTED, TOLD, Verdict
from assistant.agents.classifier_models import KnownClassifier
from assistant.agents.classifier_trust import say_trust
from assistant.agents.trainer_words import share_fact
from assistant.facts import FactBook, Reference

if TYPE_CHECKING:
    from models.occlusion import Saliency

# What the models say of a case that is unlike the training cases of the one class that it comes nearest to.
_OF_CLASS = "class"
_UNLIKE = {
    "shape": "its shape",
    "level": "its level",
    "spread": "how much it varies",
    "roughness": "how rough it is",
    "reach": "how far its farthest value lies out",
    "rhythm": "its rhythm",
    "length": "its length",
}
# A case that lies farther out than this is far from anything known, and how far tells nobody more.
_FAR = 10.0


def say(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases, *, brief: bool = False) -> None:
    """Put the whole answer into the book. found: all that was asked about, or those of one class. brief: with little on the
    model."""
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    cases = counted_cases(book, len(asked.titles), asked, source)
    if len(found) < len(asked.titles):
        count = book.number(len(found), "Cases of the class that was asked for", source)
        book.say(f"{name} gave {count} of {cases} the class {label_fact(book, found[0], source)}:")
    else:
        book.say(f"{name} classified {cases}:")
    if len(found) <= TOLD:
        for verdict in found:
            book.say(f"- {told(book, verdict, name, source)}")
    elif len(found) <= LISTED:
        _say_by_class(book, found, name, source)
    else:
        say_counts(book, found, source)
        _say_doubts(book, found, name, source)
        book.say(
            "The class of each classified case is in a table: the chat offers it as a download, and tidings classify with --out "
            "writes it."
        )
    if asked.truth is not None:
        _say_agreement(book, found, asked, model, source)
    say_trust(book, model, name, source, brief=brief)


def say_supposed(book: FactBook, supposed: str, found: Sequence[Verdict], model: KnownClassifier) -> None:
    """Whether the cases were given the class that the question took them for."""
    source = source_of(model)
    named = book.name(supposed, "text", "The class that the question supposes: {}", source)
    if supposed.casefold() not in {label.casefold() for label in found[0].shares}:
        book.say(f"{model_fact(book, model.name, 'The classifier is {}', source)} knows no class {named}.")
        return
    alike = [verdict for verdict in found if verdict.label.casefold() == supposed.casefold() and not verdict.strange]
    if len(found) > 1:
        count = book.number(len(found), "Cases asked about", source)
        given = book.number(len(alike), "Cases of the class that the question supposes", source)
        book.say(f"Of these {count} cases, {given} {'was' if len(alike) == 1 else 'were'} given the class {named}.")
        return
    (verdict,) = found
    title = series_fact(book, verdict.title)
    if verdict.strange:
        book.say(f"I cannot tell whether {title} is {named}.")
    elif not alike:
        book.say(f"{title} was not given the class {named}, but {label_fact(book, verdict, source)}.")
    else:
        book.say(f"{title} was given the class {named}{', which is unsure' if verdict.unsure else ''}.")


def source_of(model: KnownClassifier) -> str:
    """The tool that named the classes."""
    return f"models.classify({model.name})"


def counted_cases(book: FactBook, count: int, asked: AskedCases, source: str) -> str:
    """ "15 cases of new.csv"."""
    what = f"{book.number(count, 'Cases classified', source)} case{'s' if count != 1 else ''}"
    return f"{what} of {book.name(asked.file, 'text', 'The table of the cases: {}', source)}" if asked.file else what


def told(book: FactBook, verdict: Verdict, name: Reference, source: str) -> str:
    """One case as a list item: its class and probability, then what decided and the example nearest to it."""
    title = series_fact(book, verdict.title)
    if verdict.strange:
        return f"{title}: {strange(book, verdict, name, source)}"
    parts = [likely(book, verdict, source), _decided(book, verdict, source), _example(book, verdict, source)]
    return f"{title}: " + "; ".join(part for part in parts if part)


def likely(book: FactBook, verdict: Verdict, source: str) -> str:
    """The class and its probability, with the next likely one where the class is unsure."""
    head = f"{label_fact(book, verdict, source)} ({probability_fact(book, verdict, source)}"
    if not verdict.unsure:
        return f"{head})"
    other, share = verdict.second
    second = book.name(other, "text", f"Next likely class of {verdict.title}: {{}}", source)
    beside = share_fact(book, share, f"Probability of the next likely class of {verdict.title}", source)
    book.flag(True, f"The class of {verdict.title} is unsure", source)
    return f"{head}) or {second} ({beside}), unsure"


def label_fact(book: FactBook, verdict: Verdict, source: str) -> Reference:
    """The class of a case."""
    return book.name(verdict.label, "text", f"Class of {verdict.title}: {{}}", source)


def probability_fact(book: FactBook, verdict: Verdict, source: str) -> Reference:
    """The probability of a case's class."""
    return share_fact(book, verdict.probability, f"Probability of the class of {verdict.title}", source)


def strange(book: FactBook, verdict: Verdict, name: Reference, source: str) -> str:
    """A case the model knows nothing like: no label is insisted on."""
    _flag_strange(book, verdict, source)
    if verdict.unlike == _OF_CLASS:
        other = verdict.neighbours and verdict.neighbours[0].label != verdict.label
        nearest = f"; the nearest of all is of the class {_kind(book, verdict, source)}" if other else ""
        return (
            f"{name} would say {label_fact(book, verdict, source)}, but it is unlike all training examples of that class, the "
            f"nearest of which lies at {distance(book, verdict, source)} the distance that is still usual{nearest}"
        )
    in_what = _oddity(book, verdict, source)
    near = f", of the class {_kind(book, verdict, source)}," if verdict.neighbours else ""
    return (
        f"unlike anything {name} was trained on, above all in {in_what}; the nearest training example{near} lies at "
        f"{distance(book, verdict, source)} the distance that is still usual"
    )


def _flag_strange(book: FactBook, verdict: Verdict, source: str) -> None:
    what = "the training examples of its class" if verdict.unlike == _OF_CLASS else "anything the classifier was trained on"
    book.flag(True, f"{verdict.title} is unlike {what}", source)


def distance(book: FactBook, verdict: Verdict, source: str) -> str:
    """ "3.2 times": how far a case lies from the nearest training example."""
    ratio = verdict.strangeness
    far = ratio > _FAR
    text = f"more than {_FAR:g}" if far else None
    which = " of its class" if verdict.unlike == _OF_CLASS else ""
    statement = f"Distance of {verdict.title} to the nearest training example{which}, over the farthest that is usual"
    return f"{book.number(round(ratio, 0 if far else 2 if ratio < 1 else 1), statement, source, text=text)} times"


def _oddity(book: FactBook, verdict: Verdict, source: str) -> Reference:
    statement = f"In what {verdict.title} differs most from the training examples: {{}}"
    return book.name(_UNLIKE[verdict.unlike], "text", statement, source)


def say_nothing_known(book: FactBook, model: KnownClassifier, found: Sequence[Verdict], asked: AskedCases) -> None:
    """Cases that are all unlike the training ones: none is named, and no accuracy tells anything of them."""
    source = source_of(model)
    name = model_fact(book, model.name, "The classifier is {}", source)
    cases = counted_cases(book, len(found), asked, source)
    unplaced = any(verdict.unlike == _OF_CLASS for verdict in found)
    if len(found) == 1:
        why = f"What {name} would say does not fit its examples" if unplaced else f"{name} knows nothing like this"
        book.say(f"{why}, so I name no class:")
        book.say(f"- {told(book, found[0], name, source)}")
        return
    why = f"fits what {name} knows of its classes" if unplaced else f"is like what {name} was trained on"
    book.say(f"None of the {cases} {why}, so I name the class of none.")
    for oddity in dict.fromkeys(verdict.unlike for verdict in found):
        alike = [verdict for verdict in found if verdict.unlike == oddity]
        for verdict in alike:
            _flag_strange(book, verdict, source)
        nearest = min(alike, key=lambda verdict: verdict.strangeness)
        least = "" if len(alike) == 1 or nearest.strangeness > _FAR else "at least "
        far = f"{least}{distance(book, nearest, source)} as far from"
        if oddity == _OF_CLASS:
            which = f"{far} all training examples of the class that {name} would say as is still usual"
        else:
            which = f"above all in {_oddity(book, nearest, source)}, {far} any training example as is still usual"
        book.say(f"- {which[0].upper()}{which[1:]}: {titles(book, alike)}.")


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
    return f"decided by {_stretch(book, verdict, deciding, source)} ({drop} less without)"


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
    return f"time steps {first} to {last}"


def _example(book: FactBook, verdict: Verdict, source: str) -> str:
    if not verdict.neighbours:
        return ""
    near = verdict.neighbours[0]
    row = book.number(near.index + 1, f"The training case nearest to {verdict.title} (row)", source)
    kind = "" if near.label == verdict.label else f", of the class {_kind(book, verdict, source)}"
    return f"nearest is training case {row}{kind}"


def _kind(book: FactBook, verdict: Verdict, source: str) -> Reference:
    label = verdict.neighbours[0].label
    return book.name(label, "text", f"Class of the training case nearest to {verdict.title}: {{}}", source)


def by_class(found: Sequence[Verdict]) -> dict[str, list[Verdict]]:
    """The cases of each class that is known to the classifier, those unlike anything known in none; in the classes' order."""
    known = [verdict for verdict in found if not verdict.strange]
    return {label: [verdict for verdict in known if verdict.label == label] for label in (found[0].shares if found else ())}


def _say_by_class(book: FactBook, found: Sequence[Verdict], name: Reference, source: str) -> None:
    """Every case with its probability, a line a class, and those without a class in a line of their own."""
    for label, group in by_class(found).items():
        if not group:
            continue
        count = book.number(len(group), f"Cases classified as {label}", source)
        items = []
        for verdict in group:
            label_fact(book, verdict, source)
            doubt = ""
            if verdict.unsure:
                doubt = ", unsure"
                book.flag(True, f"The class of {verdict.title} is unsure", source)
            items.append(f"{series_fact(book, verdict.title)} ({probability_fact(book, verdict, source)}{doubt})")
        book.say(f"- {book.name(label, 'text', 'A class: {}', source)} ({count}): {', '.join(items)}")
    say_strange(book, found, name, source)


def say_counts(book: FactBook, found: Sequence[Verdict], source: str) -> None:
    """How many of each class; strange cases belong to none."""
    groups = by_class(found)
    for label, group in groups.items():
        if group or len(groups) <= TOLD:
            share = book.number(len(group), f"Cases classified as {label}", source)
            book.say(f"- {book.name(label, 'text', 'A class: {}', source)}: {share}")


def _say_doubts(book: FactBook, found: Sequence[Verdict], name: Reference, source: str) -> None:
    """How many are unsure or strange, and which."""
    unsure = [verdict for verdict in found if verdict.unsure and not verdict.strange]
    if unsure:
        count = book.number(len(unsure), "Cases whose class is unsure", source)
        book.say(f"Of these, {count} {'is' if len(unsure) == 1 else 'are'} unsure: {titles(book, unsure)}.")
    say_strange(book, found, name, source)


def say_strange(book: FactBook, found: Sequence[Verdict], name: Reference, source: str) -> None:
    """How many cases are unlike anything known, and which; nothing where there are none."""
    odd = [verdict for verdict in found if verdict.strange]
    if odd:
        count = book.number(len(odd), "Cases unlike anything the classifier was trained on", source)
        verb = "is" if len(odd) == 1 else "are"
        or_class = ", or unlike the class it would say" if any(verdict.unlike == _OF_CLASS for verdict in odd) else ""
        book.say(f"Counted to no class, {count} {verb} unlike anything {name} was trained on{or_class}: {titles(book, odd)}.")


def titles(book: FactBook, found: Sequence[Verdict]) -> str:
    """Cases by their titles, the first `LISTED` of them."""
    named = ", ".join(series_fact(book, verdict.title) for verdict in found[:LISTED])
    return named + (" and others" if len(found) > LISTED else "")


def _say_agreement(book: FactBook, found: Sequence[Verdict], asked: AskedCases, model: KnownClassifier, source: str) -> None:
    """How often the table's own classes are found again."""
    truth = asked.truth or ()
    if not set(truth) - {""} & set(found[0].shares):
        book.say("The table carries classes of its own, none of which the classifier knows.")
        return
    own = dict(zip(asked.titles, truth, strict=True))
    named = [(verdict.label, own[verdict.title]) for verdict in found if own[verdict.title] and not verdict.strange]
    if not named:
        return
    right = book.number(sum(a == b for a, b in named), "Cases whose class agrees with the table's own", source)
    whole = book.number(len(named), "Cases with a class in the table that were given one", source)
    little = (
        "but the classifier was trained on this very table, so that this says little"
        if trained_on(model, asked)
        else "where the classifier has learnt from the same cases, that says little"
    )
    book.say(f"The table carries its own classes, and {right} of {whole} agree; {little}.")


def trained_on(model: KnownClassifier, asked: AskedCases) -> bool:
    """Whether the classifier was trained on the very table that the cases come from."""
    return bool(asked.digest) and asked.digest in model.training.data
