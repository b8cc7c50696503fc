"""The classifier: names the class of each case, with the accuracies that say how far to trust it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, model_fact, report, series_fact
from assistant.data.labels import labelled_cases, unlabelled_cases
from assistant.data.series import DocumentRef
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import ClassifierArgs

if TYPE_CHECKING:
    from models.types import Classification

CASES_AT_ONCE = 500
_TOLD = 12
_UNSURE = 0.5
_SAME_LENGTH = 0.2


def run(step: int, args: ClassifierArgs, context: AgentContext) -> AgentReport:
    """Classify the newest table of cases, or the named series."""
    from models import load_model
    from models.base import Classifier
    from models.checkpoint import read_checkpoint

    book = FactBook(f"s{step}")
    name, folder = _model(args, context)
    model = load_model(folder)
    if not isinstance(model, Classifier):
        raise BadRequest(f"{name} is a forecaster, not a classifier. Name another model.")
    figures = read_checkpoint(folder).training.figures
    titles, cases, truth = _cases(args, context)
    _warn_of_strangers(context, name, figures, cases)
    outcome = model.predict(cases)
    _say(book, name, figures, titles, outcome, truth)
    documents = [_keep(context, name, figures, title, outcome, row) for row, title in enumerate(titles)]
    return report(step, "classifier", book, documents, context)


def _model(args: ClassifierArgs, context: AgentContext) -> tuple[str, Any]:
    trained = context.tools.trained()
    if not trained:
        raise BadRequest(
            "There is no trained classifier yet. Upload a labelled table (one case a row, its class in one text column) "
            "and ask me to train a classifier on it."
        )
    if args.model is None:
        name = next(iter(trained))
        return name, trained[name]
    if args.model not in trained:
        raise BadRequest(f"There is no model called {args.model!r}. There is: {', '.join(trained)}.")
    return args.model, trained[args.model]


def _cases(args: ClassifierArgs, context: AgentContext) -> tuple[list[str], Any, list[str] | None]:
    """Titles, cases and, where the table has them, the true labels."""
    tables = [upload for upload in context.uploads if upload.label_column or not upload.series]
    if not args.series and tables:
        upload = tables[-1]
        dataset = read_dataset_safely(context.workspace.upload_path(upload.upload_id), upload.options, name=upload.file_name)
        if upload.label_column:
            cases, labels = labelled_cases(dataset)
            truth: list[str] | None = labels
        else:
            cases, truth = unlabelled_cases(dataset), None
        if len(cases) > CASES_AT_ONCE:
            context.warnings.append(f"{upload.file_name} holds {len(cases)} cases; the first {CASES_AT_ONCE} were classified.")
            cases, truth = cases[:CASES_AT_ONCE], truth and truth[:CASES_AT_ONCE]
        return [f"case {row + 1}" for row in range(len(cases))], cases, truth
    refs = context.refs(args.series)
    return [ref.name for ref in refs], [context.load(ref, args.span).values[np.newaxis, :] for ref in refs], None


def _warn_of_strangers(context: AgentContext, name: str, figures: Any, cases: Any) -> None:
    """Say so when the cases are much longer or shorter than those the model was trained on."""
    trained = figures.get("time_steps")
    lengths = {int(np.shape(case)[-1]) for case in cases}
    if trained and any(abs(length - trained) > _SAME_LENGTH * trained for length in lengths):
        found = f"{min(lengths)}" if len(lengths) == 1 else f"{min(lengths)} to {max(lengths)}"
        context.warnings.append(
            f"The cases have {found} time steps and {name} was trained on {trained:g}: they are unlike what it learnt from, "
            "so its labels may mean nothing."
        )


def _keep(context: AgentContext, name: str, figures: Any, title: str, outcome: Classification, row: int) -> DocumentRef:
    document = results.Classification(
        series=title,
        label=outcome.labels[row],
        probabilities={c: float(p) for c, p in zip(outcome.classes, outcome.probabilities[row], strict=True)},
        model=name,
        accuracy=figures.get("accuracy"),
        plain_accuracy=figures.get("plain_accuracy"),
        neighbours=tuple({"index": n.index, "label": n.label, "distance": n.distance} for n in outcome.neighbours[row]),
    )
    return context.keep(document, title=f"Class of {title}")


def _say(book: FactBook, name: str, figures: Any, titles: list[str], outcome: Classification, truth: list[str] | None) -> None:
    source = f"models.classify({name})"
    model = model_fact(book, name, "The classifier is {}", source)
    count = book.number(len(titles), "Cases classified", source)
    book.say(f"{model} classified {count} case{'s' if len(titles) != 1 else ''}:")
    if len(titles) > _TOLD:
        for label in outcome.classes:
            share = book.number(sum(found == label for found in outcome.labels), f"Cases classified as {label}", source)
            book.say(f"- {book.name(label, 'text', 'A class: {}', source)}: {share}")
    else:
        for row, title in enumerate(titles):
            book.say(f"- {_one(book, title, outcome, row, source)}")
    if truth is not None:
        hits = sum(found == true for found, true in zip(outcome.labels, truth, strict=True))
        right = book.number(hits, "Cases whose class agrees with the table's own", source)
        book.say(f"The table carries its own classes, and {right} agree; where it was also trained on, that says little.")
    if "accuracy" in figures and "plain_accuracy" in figures:
        accuracy = book.number(round(100 * figures["accuracy"], 1), f"Held-out accuracy of {name}", source, "%")
        plain = book.number(round(100 * figures["plain_accuracy"], 1), "Held-out accuracy of nearest-neighbour", source, "%")
        yardstick = model_fact(book, "nearest-neighbour", "The plain classifier is {}", source)
        book.say(
            f"When it was trained, its held-out accuracy was {accuracy}, and the plain {yardstick} had {plain} on the same split."
        )


def _one(book: FactBook, title: str, outcome: Classification, row: int, source: str) -> str:
    label = book.name(outcome.labels[row], "text", f"Class of {title}: {{}}", source)
    column = outcome.classes.index(outcome.labels[row])
    probability = float(outcome.probabilities[row][column])
    shown = book.number(round(100 * probability, 1), f"Probability of the class of {title}", source, "%")
    near = outcome.neighbours[row]
    example = ""
    if near:
        first = book.number(near[0].index + 1, f"The training case nearest to {title} (row)", source)
        kind = book.name(near[0].label, "text", f"Class of the training case nearest to {title}: {{}}", source)
        example = f"; the nearest training example is case {first} ({kind})"
    unsure = ", so unsure" if probability < _UNSURE else ""
    return f"{series_fact(book, title)}: {label} (probability {shown}{unsure}){example}"
