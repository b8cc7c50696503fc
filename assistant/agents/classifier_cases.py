"""What is to be classified: the cases of a table, or loaded series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from assistant.agents.base import SERIES_AT_ONCE, AgentContext
from assistant.agents.classifier_models import SAME_LENGTH, KnownClassifier
from assistant.data.labels import all_cases, recording_names, unlabelled_cases
from assistant.data.series import Dataset, Series
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest
from assistant.plan import ClassifierArgs
from assistant.uploads import UploadReport

CASES_AT_ONCE = 500
PAIR = 2
# A table of series with fewer columns than this is never taken for one of cases.
FEWEST_STEPS = 8


@dataclass(frozen=True)
class AskedCases:
    """Cases with their titles. cases: (channel, time) float64 each, NaN where missing. truth: the table's own labels, ""
    for a row without one.

    file, digest: of the table they are rows of (`UploadReport.digest`), "" for series. series: where the cases are loaded series,
    these, so that their times are known; else empty.
    """

    titles: tuple[str, ...]
    cases: tuple[np.ndarray, ...]
    truth: tuple[str, ...] | None = None
    series: tuple[Series, ...] = ()
    file: str = ""
    digest: str = ""

    @property
    def channels(self) -> int:
        """How many channels the cases have."""
        return len(self.cases[0])

    @property
    def steps(self) -> int:
        """The time steps of the longest case."""
        return max(int(case.shape[1]) for case in self.cases)


def asked_cases(args: ClassifierArgs, known: Sequence[KnownClassifier], context: AgentContext) -> AskedCases:
    """The named series, or what the newest file holds: the cases of a table, or series. Errors: BadRequest where there are none.

    A table of cases has labels, or no series, or as many columns as one of the classifiers' cases has values.
    """
    newest = context.uploads[-1] if context.uploads else None
    if args.series or newest is None:
        return _series(args.series, args, known, context)
    dataset = _dataset(newest, context) if newest.label_column or not newest.series or _wide(newest) else None
    if dataset is not None and newest.label_column:
        cases, labels = all_cases(dataset, context.warnings)
        return _table(cases, tuple(labels) if any(labels) else None, newest, context, recording_names(dataset))
    if dataset is not None:
        left_out: list[str] = []
        cases = unlabelled_cases(dataset, left_out)
        if not newest.series or _fits(cases, dataset, known):
            context.warnings += left_out
            return _table(cases, None, newest, context)
    tables = any(upload.label_column for upload in context.uploads)
    names = tuple(ref.name for ref in newest.series) if tables or _channels_of_one(len(newest.series), known) else ()
    return _series(names, args, known, context)


def _series(names: tuple[str, ...], args: ClassifierArgs, known: Sequence[KnownClassifier], context: AgentContext) -> AskedCases:
    """Each series as a case; or all together as one, where they are as many as a classifier's channels."""
    count = len(names or context.series)
    together = _channels_of_one(count, known)
    refs = context.refs(names if together else names[:SERIES_AT_ONCE], count if together else SERIES_AT_ONCE)
    series = tuple(context.load(ref, args.span) for ref in refs)
    if together and all(one.times.equals(series[0].times) for one in series):
        title = " and ".join(ref.name for ref in refs) if count == PAIR else f"{refs[0].name} to {refs[-1].name}"
        return AskedCases((title,), (np.stack([one.values for one in series]),), series=series[:1])
    return AskedCases(tuple(ref.name for ref in refs), tuple(one.values[np.newaxis] for one in series), series=series)


def _channels_of_one(count: int, known: Sequence[KnownClassifier]) -> bool:
    """Whether so many series may be the channels of one case: some classifier takes so many, and none a single one."""
    channels = {one.channels for one in known}
    return count > 1 and count in channels and not channels & {1, None}


def _dataset(upload: UploadReport, context: AgentContext) -> Dataset:
    return read_dataset_safely(context.workspace.upload_path(upload.upload_id), upload.options, name=upload.file_name)


def _table(
    cases: np.ndarray,
    truth: tuple[str, ...] | None,
    upload: UploadReport,
    context: AgentContext,
    names: tuple[str, ...] = (),
) -> AskedCases:
    """The rows of a table as cases, or its recordings where these have names, the first `CASES_AT_ONCE` of them."""
    if not len(cases):
        raise BadRequest(f"{upload.file_name} holds no cases. A table of cases has one case a row.")
    if upload.series and not names:
        context.warnings.append(
            f"Each row of {upload.file_name} was taken for a case: its columns are as many as a case's values."
        )
    if len(cases) > CASES_AT_ONCE:
        context.warnings.append(f"{upload.file_name} holds {len(cases)} cases; the first {CASES_AT_ONCE} were classified.")
        cases, truth = cases[:CASES_AT_ONCE], truth and truth[:CASES_AT_ONCE]
    empty = np.flatnonzero(np.isnan(cases).all(axis=(1, 2)))
    if len(empty):
        raise BadRequest(f"Case {int(empty[0]) + 1} of {upload.file_name} has no value at all; take it out.")
    titles = names[: len(cases)] or tuple(f"case {row + 1}" for row in range(len(cases)))
    return AskedCases(titles, tuple(cases), truth, file=upload.file_name, digest=upload.digest)


def _wide(upload: UploadReport) -> bool:
    """Whether a table that was read as series may be one of cases: many columns without times."""
    return len(upload.series) >= FEWEST_STEPS and all(ref.frequency is None for ref in upload.series)


def _fits(cases: np.ndarray, dataset: Dataset, known: Sequence[KnownClassifier]) -> bool:
    """Whether rows of such a table look like the cases of a classifier: as many values, or nearly so in numbered columns."""
    _, channels, steps = cases.shape
    numbered = all(one.name[-1:].isdigit() for one in dataset.series)
    for one in known:
        if one.channels == channels and one.steps:
            share = abs(one.steps - steps) / one.steps
            if share == 0 or (numbered and share <= SAME_LENGTH):
                return True
    return False
