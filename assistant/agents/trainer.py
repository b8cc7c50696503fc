"""The trainer: fits a classifier on the user's labelled table, always beside the plain one on the same split."""

from __future__ import annotations

import re
import time

import numpy as np

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, model_fact, report
from assistant.data.labels import labelled_cases
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest
from assistant.facts import FactBook
from assistant.plan import TrainerArgs
from assistant.uploads import UploadReport

SEED = 0


def labelled_upload(uploads: tuple[UploadReport, ...], file: str | None) -> UploadReport:
    """The labelled table to train on: the one named, or the latest. Raises BadRequest when there is none."""
    labelled = [upload for upload in uploads if upload.label_column and file in (None, upload.file_name)]
    if not labelled:
        where = f"{file!r} is" if file else "None of the files is"
        raise BadRequest(
            f"{where} not a labelled table. A classifier learns from a table with one case a row, its values in columns, "
            "and its class in one text column."
        )
    return labelled[-1]


def run(step: int, args: TrainerArgs, context: AgentContext) -> AgentReport:
    """Compare the plain classifiers on a held-out split, keep the better one, refitted on all cases."""
    from models.checkpoint import TrainingRecord
    from models.monitor import Monitor
    from models.selection import compare_classifiers

    book = FactBook(f"s{step}")
    started = time.monotonic()
    upload = labelled_upload(context.uploads, args.file)
    dataset = read_dataset_safely(context.workspace.upload_path(upload.upload_id), upload.options, name=upload.file_name)
    cases, labels = labelled_cases(dataset)
    outcome = compare_classifiers(cases, labels, seed=SEED, monitor=Monitor(context.progress, context.cancelled))
    context.stop_if_cancelled()
    name = model_name(upload.file_name)
    record = TrainingRecord(
        command=f"tidings train classifier {upload.file_name}",
        data=f"{upload.file_name} (sha256 {upload.upload_id[:12]}…), {len(labels)} cases",
        licence="the user's own data",
        seed=SEED,
        figures={
            "accuracy": outcome.accuracy,
            "plain_accuracy": outcome.plain_accuracy,
            "held_out": float(outcome.held_out),
            "time_steps": float(np.shape(cases)[-1]),
        },
    )
    outcome.model.save(context.tools.model_folder(name), training=record, replace=True)
    document = results.Training(
        model=name,
        file=upload.file_name,
        classes=tuple(outcome.model.classes),
        cases=len(labels),
        accuracy=outcome.accuracy,
        plain_accuracy=outcome.plain_accuracy,
        seconds=round(time.monotonic() - started, 2),
    )
    _say(book, document, outcome.model.name, outcome.held_out, np.shape(cases))
    return report(step, "trainer", book, [context.keep(document, title=f"Training of {name}")], context)


def model_name(file_name: str) -> str:
    """A model's name from its file's: lower case letters, digits and hyphens."""
    stem = re.sub(r"[^a-z0-9]+", "-", file_name.rsplit(".", 1)[0].lower()).strip("-")
    return (stem or "table")[:40]


def _say(book: FactBook, document: results.Training, kind: str, held_out: int, shape: tuple[int, ...]) -> None:
    source = f"models.selection({document.file})"
    name = model_fact(book, document.model, "The trained model is called {}", source)
    method = model_fact(book, kind, "The method that was kept: {}", source)
    file = book.name(document.file, "text", "Trained on {}", source)
    cases = book.number(document.cases, f"Cases in {document.file}", source)
    classes = book.number(len(document.classes), f"Classes in {document.file}", source)
    seconds = book.number(document.seconds, "Seconds that the training took", source, "s")
    book.number(shape[-1], f"Time steps of a case in {document.file}", source)
    book.say(f"I trained {name} on {file}: {cases} cases in {classes} classes, in {seconds}.")
    accuracy = book.number(round(100 * document.accuracy, 1), f"Held-out accuracy of {document.model}", source, "%")
    plain = book.number(round(100 * document.plain_accuracy, 1), "Held-out accuracy of nearest-neighbour", source, "%")
    tested = book.number(held_out, "Held-out cases", source)
    yardstick = model_fact(book, "nearest-neighbour", "The plain classifier is {}", source)
    if kind == "nearest-neighbour":
        book.say(
            f"On {tested} held-out cases nothing did better than the plain {yardstick}, at {accuracy} accuracy, so it was kept."
        )
    else:
        verdict = "better than" if document.accuracy > document.plain_accuracy else "no better than"
        book.say(
            f"The method kept is {method}: on {tested} held-out cases its accuracy is {accuracy}, "
            f"{verdict} the {plain} of the plain {yardstick} on the same split."
        )
    book.say("Now ask me to classify a file with it.")
