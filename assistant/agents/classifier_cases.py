"""What is to be classified: the cases of a table, or loaded series."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from assistant.agents.base import SERIES_AT_ONCE, AgentContext
from assistant.agents.classifier_models import KnownClassifier, is_near
from assistant.data.labels import all_cases, case_rows, channel_names, recording_names, unlabelled_cases
from assistant.data.series import Dataset, Series, SeriesRef
from assistant.data.worker import read_dataset_safely
from assistant.errors import BadRequest
from assistant.plan import MAX_CASES, ClassifierArgs
from assistant.uploads import UploadReport

PAIR = 2
# A table of series with fewer columns than this is never taken for one of cases.
FEWEST_STEPS = 8
# Cases in numbered columns may be longer or shorter than those a classifier knows, which it then says; no more than this.
TIMES_AS_LONG = 3


@dataclass(frozen=True)
class AskedCases:
    """Cases with their titles. cases: (channel, time) float64 each, NaN where missing. truth: the table's own labels, ""
    for a row without one.

    file, digest: of the table they are rows of (`UploadReport.digest`), "" for series. series: where the cases are loaded series,
    these, so that their times are known; else empty. channel_names: in order, "" for one without a name.
    """

    titles: tuple[str, ...]
    cases: tuple[np.ndarray, ...]
    truth: tuple[str, ...] | None = None
    series: tuple[Series, ...] = ()
    file: str = ""
    digest: str = ""
    channel_names: tuple[str, ...] = ()

    @property
    def channels(self) -> int:
        """How many channels the cases have."""
        return len(self.cases[0])

    @property
    def steps(self) -> int:
        """The time steps of the longest case."""
        return max(int(case.shape[1]) for case in self.cases)

    def rows(self, chosen: Sequence[int]) -> AskedCases:
        """The cases at these places alone."""
        return replace(
            self,
            titles=tuple(self.titles[row] for row in chosen),
            cases=tuple(self.cases[row] for row in chosen),
            truth=None if self.truth is None else tuple(self.truth[row] for row in chosen),
            series=tuple(self.series[row] for row in chosen) if self.series else (),
        )

    def at_once(self, warnings: list[str], *, chosen: bool) -> AskedCases:
        """The first `MAX_CASES` of a table's, with a warning where there are more. chosen: whether these are a part of it."""
        count = len(self.titles)
        if not self.file or count <= MAX_CASES:
            return self
        whole = f"You asked for {count:,} cases of {self.file}" if chosen else f"{self.file} holds {count:,} cases"
        warnings.append(f"{whole}; the first {MAX_CASES:,} {'of these ' if chosen else ''}were classified.")
        return self.rows(range(MAX_CASES))

    def in_order_of(self, model: KnownClassifier, warnings: list[str]) -> AskedCases:
        """The same with the channels in the order in which the classifier knows them, by their names where both have the same.

        Where the names differ the channels stay as they are, which the warnings say.
        """
        theirs, ours = ([name.casefold() for name in names] for names in (model.training.channels, self.channel_names))
        if theirs == ours or self.channels == 1 or not any(theirs) or len(theirs) != self.channels or len(ours) != self.channels:
            return self
        if sorted(theirs) != sorted(ours) or len(set(ours)) < len(ours):
            warnings.append(
                f"The channels were taken in the order {', '.join(self.channel_names)}; {model.name} was trained on "
                f"{', '.join(model.training.channels)}."
            )
            return self
        order = [ours.index(name) for name in theirs]
        names = tuple(self.channel_names[place] for place in order)
        return replace(self, cases=tuple(case[order] for case in self.cases), channel_names=names)


def asked_cases(args: ClassifierArgs, known: Sequence[KnownClassifier], context: AgentContext) -> AskedCases:
    """The named series, or what the newest file holds: the cases of a table, or series. Errors: BadRequest where there are none.

    A table of cases has labels, or no series, or as many columns as one of the classifiers' cases has values.
    """
    newest = context.uploads[-1] if context.uploads else None
    if args.series or newest is None:
        return _series(args.series, args, known, context)
    known_cases = newest.label_column or newest.recording_column
    dataset = _dataset(newest, context) if known_cases or not newest.series or _wide(newest) else None
    if dataset is not None and known_cases:
        cases, labels = all_cases(dataset, context.warnings)
        return _table(cases, tuple(labels) if any(labels) else None, newest, context, dataset)
    if dataset is not None:
        left_out: list[str] = []
        cases = unlabelled_cases(dataset, left_out)
        if not newest.series or _fits(cases, dataset, known):
            context.warnings += left_out
            return _table(cases, None, newest, context, dataset)
    tables = any(upload.label_column for upload in context.uploads)
    names = tuple(ref.name for ref in newest.series) if tables or _channels_of_one(newest.series, known) else ()
    return _series(names, args, known, context)


def _series(names: tuple[str, ...], args: ClassifierArgs, known: Sequence[KnownClassifier], context: AgentContext) -> AskedCases:
    """Each series as a case; or all together as one, where they are as many as a classifier's channels."""
    count = len(names or context.series)
    together = _channels_of_one(context.refs(names, count), known)
    refs = context.refs(names if together else names[:SERIES_AT_ONCE], count if together else SERIES_AT_ONCE)
    series = tuple(context.load(ref, args.span) for ref in refs)
    if together and all(one.times.equals(series[0].times) for one in series):
        title = " and ".join(ref.name for ref in refs) if count == PAIR else f"{refs[0].name} to {refs[-1].name}"
        channels = tuple(ref.name for ref in refs)
        return AskedCases((title,), (np.stack([one.values for one in series]),), series=series[:1], channel_names=channels)
    return AskedCases(tuple(ref.name for ref in refs), tuple(one.values[np.newaxis] for one in series), series=series)


def _channels_of_one(refs: Sequence[SeriesRef], known: Sequence[KnownClassifier]) -> bool:
    """Whether these series may be the channels of one case: some classifier takes so many, and none a single one, or the length
    says which."""
    several = [one for one in known if one.channels == len(refs)]
    if len(refs) == 1 or not several:
        return False
    single = [one for one in known if one.channels in (1, None)]
    steps = max(ref.n for ref in refs)
    return not single or (any(is_near(one, steps) for one in several) and not any(is_near(one, steps) for one in single))


def _dataset(upload: UploadReport, context: AgentContext) -> Dataset:
    return read_dataset_safely(context.workspace.upload_path(upload.upload_id), upload.options, name=upload.file_name)


def _table(
    cases: np.ndarray,
    truth: tuple[str, ...] | None,
    upload: UploadReport,
    context: AgentContext,
    dataset: Dataset,
) -> AskedCases:
    """The rows of a table as cases, or its recordings where these have names.

    A row is called by its place in the file, as a user counts.
    """
    names = recording_names(dataset)
    if not len(cases):
        raise BadRequest(f"{upload.file_name} holds no cases. A table of cases has one case a row.")
    if upload.series and not names:
        context.warnings.append(
            f"Each row of {upload.file_name} was taken for a case: its columns are as many as a case's values."
        )
    titles = names or tuple(f"case {row}" for row in case_rows(dataset))
    empty = np.flatnonzero(np.isnan(cases).all(axis=(1, 2)))
    if len(empty):
        raise BadRequest(f"In {upload.file_name}, {titles[int(empty[0])]} has no value at all; take it out.")
    channels = channel_names(dataset)
    return AskedCases(titles, tuple(cases), truth, file=upload.file_name, digest=upload.digest, channel_names=channels)


def _wide(upload: UploadReport) -> bool:
    """Whether a table that was read as series may be one of cases: many columns without times."""
    return len(upload.series) >= FEWEST_STEPS and all(ref.frequency is None for ref in upload.series)


def _fits(cases: np.ndarray, dataset: Dataset, known: Sequence[KnownClassifier]) -> bool:
    """Whether rows of such a table look like the cases of a classifier: as many values, or in numbered columns about as many,
    and no farther from as many than the columns would be as series."""
    rows, channels, steps = cases.shape
    numbered = all(one.name[-1:].isdigit() for one in dataset.series)
    for one in known:
        if one.channels == channels and one.steps:
            across, down = (abs(math.log(length / one.steps)) for length in (steps, rows))
            if across == 0 or (numbered and across <= min(down, math.log(TIMES_AS_LONG))):
                return True
    return False
