"""The trainer: fits a classifier on the user's labelled table, always beside the plain one on the same split."""

from __future__ import annotations

import hashlib
import itertools
import re
import shlex
import time
import unicodedata
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from assistant import results
from assistant.agents.base import AgentContext, AgentReport, report
from assistant.agents.trainer_stages import finished_stages, kept_stages
from assistant.agents.trainer_words import interval, say
from assistant.agents.wording import model_title
from assistant.data.case_groups import shared_column
from assistant.data.labels import all_cases, case_rows, channel_names, with_labels
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest, Cancelled
from assistant.facts import FactBook
from assistant.plan import TrainerArgs
from assistant.uploads import UploadReport

if TYPE_CHECKING:
    from models.checkpoint import TrainingRecord
    from models.selection import Comparison

SEED = 0
AUTO = "auto"
LEARNT_FROM = (
    "A classifier learns from a table with one case a row and its values in columns, or with the steps of a recording in rows "
    "and a column that names the recording; a column says the class of each: at least two classes, most with several cases."
)
_LONGEST_NAME, _MARK = 40, 4


def labelled_upload(uploads: tuple[UploadReport, ...], file: str | None) -> UploadReport:
    """The labelled table to train on: the one named, or the latest. Raises BadRequest when there is none, with what was found."""
    asked = [upload for upload in uploads if file in (None, upload.file_name)]
    labelled = [upload for upload in asked if upload.label_column]
    if not labelled:
        where = f"{file!r} is not" if file else "None of the files is"
        found = asked[-1].unlabelled if asked else ""
        raise BadRequest(f"{where} a labelled table. {found or LEARNT_FROM}")
    return labelled[-1]


def run(step: int, args: TrainerArgs, context: AgentContext) -> AgentReport:
    """Compare classifiers on a held-out split and save the best, or the one that was asked for, fitted to the table.

    Errors: BadRequest; Cancelled, which says whether asking again goes on where it was.
    """
    from models.selection import members_for, trains_in_stages

    book = FactBook(f"s{step}")
    started = time.monotonic()
    upload = labelled_upload(context.uploads, args.file)
    cases, labels, channels = _read(upload, context)
    members = members_for(args.model, cases.shape, len(set(labels)), context.tools.training_seconds)
    name, replaced = _free_name(upload.file_name, labels, context)
    with kept_stages(cases, labels) if any(map(trains_in_stages, members)) else nullcontext() as work:
        earlier = bool(finished_stages(work))
        outcome = _compared(args, members, cases, labels, work, context)
        record = _record(args, upload, outcome, np.shape(cases)[-1], channels)
        outcome.model.save(context.tools.model_folder(name), training=record, replace=True)
    document = results.Training(
        model=name,
        file=upload.file_name,
        classes=tuple(outcome.model.classes),
        cases=len(labels),
        trained_on=outcome.model.trained_on,
        accuracy=outcome.accuracy,
        plain_accuracy=outcome.plain_accuracy,
        seconds=round(time.monotonic() - started, 2),
        resumed=earlier and any(trains_in_stages(score.model) for score in outcome.scores),
        method=outcome.model.name,
        scores=tuple(
            {"model": score.model, "accuracy": score.accuracy, "seconds": round(score.seconds, 2)} for score in outcome.scores
        ),
        failed=dict(outcome.failed),
    )
    say(book, document, outcome, np.shape(cases)[-1], column=str(upload.label_column), chosen=args.model != AUTO)
    if replaced:
        context.warnings.append(f"There was a classifier called {name} with the same classes; this one takes its place.")
    for method, why in outcome.failed:
        context.warnings.append(f"{model_title(method)} could not be trained on these cases: {why}")
    return report(step, "trainer", book, [context.keep(document, title=f"Training of {name}")], context)


def _read(upload: UploadReport, context: AgentContext) -> tuple[np.ndarray, list[str], tuple[str, ...]]:
    """The cases that carry a class, their classes, and the names of their channels; what is to be known of them is warned of."""
    dataset = read_dataset_safely(context.workspace.upload_path(upload.upload_id), upload.options, name=upload.file_name)
    every, names = all_cases(dataset, context.warnings)
    cases, labels = with_labels(every, names, dataset)
    _check_cases(cases, [row for row, label in zip(case_rows(dataset), names, strict=True) if label], upload)
    unlabelled = len(every) - len(cases)
    if unlabelled:
        said = "case has" if unlabelled == 1 else "cases have"
        context.warnings.append(f"{unlabelled} {said} no class in {upload.file_name}, and nothing was learnt from there.")
    whose = shared_column(dataset)
    if whose is not None:
        context.warnings.append(
            f"Several cases of {upload.file_name} have the same {whose}, and stand on both sides of the held-out split: on cases "
            f"of a new {whose} expect a lower accuracy."
        )
    return cases, labels, channel_names(dataset)


def _compared(
    args: TrainerArgs, members: Sequence[str], cases: np.ndarray, labels: Sequence[str], work: Path | None, context: AgentContext
) -> Comparison:
    from models.errors import Stopped
    from models.monitor import Monitor
    from models.selection import compare_classifiers

    try:
        outcome = compare_classifiers(
            cases,
            labels,
            seed=SEED,
            models=members,
            keep=None if args.model == AUTO else args.model,
            monitor=Monitor(context.progress, context.cancelled),
            work=work,
            device=context.tools.device,
        )
        context.stop_if_cancelled()
    except (Stopped, Cancelled) as stopped:
        kept = "; what was finished is kept for a week, and asking for this training again goes on from there"
        raise Cancelled(f"Stopped, as you asked. No model was saved{kept if finished_stages(work) else ''}.") from stopped
    return outcome


def _free_name(file_name: str, labels: Sequence[str], context: AgentContext) -> tuple[str, bool]:
    """The new model's name, and whether it is that of an earlier one which it replaces: of the same classes.

    A model of other classes keeps its name; the new one's gets a number behind.
    """
    from models.checkpoint import known_classes

    plain, trained = model_name(file_name), context.tools.trained()
    for count in itertools.count(1):
        name = plain if count == 1 else f"{plain}-{count}"
        if name not in trained:
            return name, False
        if set(known_classes([trained[name]])) == set(labels):
            return name, True
    raise AssertionError("counting does not end")


def _record(
    args: TrainerArgs, upload: UploadReport, outcome: Comparison, steps: int, channels: tuple[str, ...]
) -> TrainingRecord:
    """What is saved with the model of how it came about. steps: time steps of a case. channels: their names."""
    from models.checkpoint import TrainingRecord

    learnt = outcome.model.trained_on
    low, high = interval(outcome.accuracy, outcome.held_out)
    count = f"{outcome.cases} cases" if learnt == outcome.cases else f"{learnt} of {outcome.cases} cases"
    said = ["tidings", "train", "classifier", upload.file_name]
    said += [] if args.model == AUTO else ["--model", args.model]
    said += [] if upload.options.label is None else ["--label", upload.options.label]
    return TrainingRecord(
        command=shlex.join(said),
        data=f"{upload.file_name} (sha256 {upload.digest}…), {count}",
        licence="the user's own data",
        seed=SEED,
        channels=channels,
        figures={
            "accuracy": outcome.accuracy,
            "plain_accuracy": outcome.plain_accuracy,
            "accuracy_low": low,
            "accuracy_high": high,
            "majority": outcome.majority,
            "held_out": float(outcome.held_out),
            "time_steps": float(steps),
        },
    )


def _check_cases(cases: np.ndarray, rows: Sequence[int], upload: UploadReport) -> None:
    """Raises BadRequest for a case without any value, by its row in the file."""
    empty = np.flatnonzero(np.isnan(cases).all(axis=(1, 2)))
    if len(empty):
        raise BadRequest(f"Labelled case {rows[int(empty[0])]} of {upload.file_name} has no value at all; take its row out.")


def model_name(file_name: str) -> str:
    """A model's name from its file's: lower case letters, digits and hyphens, at most `_LONGEST_NAME`.

    Where it cannot hold all letters, a mark of the whole is added: no table's model takes the place of another's.
    """
    stem = file_name.rsplit(".", 1)[0].casefold()
    letters = "".join(c for c in unicodedata.normalize("NFKD", stem) if not unicodedata.combining(c))
    name = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")
    if name and len(name) <= _LONGEST_NAME and not any(c.isalnum() and not c.isascii() for c in letters):
        return name
    mark = hashlib.sha256(stem.encode()).hexdigest()[:_MARK]
    if len(name) > _LONGEST_NAME:
        name = name[: _LONGEST_NAME - _MARK].rpartition("-")[0] or name[: _LONGEST_NAME - _MARK - 1]
    return f"{name or 'table'}-{mark}"
