"""An upload as the conversation knows it: its series' handles, the guesses made, and what has to be asked."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.data.labels import recording_names
from assistant.data.series import Dataset, Guess, Limits, ReadOptions, SeriesRef
from assistant.data.worker import read_dataset_safely
from assistant.data.workspace import Workspace
from assistant.plan import MAX_CASES
from assistant.records_rows import UploadRecord

_NOTES = {"dataset_name", "guesses", "questions", "warnings", "label_column", "recording_column", "recordings", "unlabelled"}


class UploadReport(BaseModel):
    """What became of one uploaded file. questions: guesses that must be asked before an answer may rest on them.

    label_column, recording_column, unlabelled: as of a `Dataset`; a file with either column is a table of cases. recordings: what
    its recordings are called, at most `MAX_CASES` of them.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    upload_id: str
    dataset_name: str
    file_name: str
    series: tuple[SeriesRef, ...]
    guesses: tuple[Guess, ...] = ()
    questions: tuple[Guess, ...] = ()
    warnings: tuple[str, ...] = ()
    options: ReadOptions = ReadOptions()
    label_column: str | None = None
    recording_column: str | None = None
    recordings: tuple[str, ...] = ()
    unlabelled: str = ""

    @property
    def digest(self) -> str:
        """The beginning of the file's sha256, by which the record of a training names the file."""
        return self.upload_id[:12]

    def notes(self) -> dict[str, Any]:
        """What the records keep beside the file's name, options and series."""
        return self.model_dump(mode="json", include=_NOTES)


def report_upload(upload_id: str, file_name: str, dataset: Dataset, refs: tuple[SeriesRef, ...]) -> UploadReport:
    """The report of a data set that was read and stored."""
    return UploadReport(
        upload_id=upload_id,
        dataset_name=dataset.name,
        file_name=file_name,
        series=refs,
        guesses=dataset.guesses,
        questions=dataset.questions,
        warnings=dataset.warnings,
        options=dataset.options,
        label_column=dataset.label_column,
        recording_column=dataset.recording_column,
        recordings=recording_names(dataset)[:MAX_CASES],
        unlabelled=dataset.unlabelled,
    )


def recorded_upload(record: UploadRecord) -> UploadReport:
    """The report that a record keeps."""
    notes = {"dataset_name": record.name, **record.notes}
    return UploadReport(upload_id=record.id, file_name=record.name, series=record.series, options=record.options, **notes)


def free_name(name: str, source: str, taken: Collection[str]) -> str:
    """A series' name, with its file's and if need be a number behind it where another series has it already."""
    candidates = (name, f"{name} ({source})", *(f"{name} ({source} {number})" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)


def read_upload(
    workspace: Workspace,
    loaded: Sequence[UploadReport],
    path: Path,
    name: str,
    options: ReadOptions,
    limits: Limits,
    upload_id: str | None = None,
) -> UploadReport:
    """Read a file into the workspace, its series under names of their own beside those `loaded`.

    upload_id: of a file that the workspace holds already and that is read anew. Errors: FileRejected, StorageError.
    """
    dataset = read_dataset_safely(path, options, limits, name=name)
    if upload_id is None:
        upload_id, _ = workspace.put_upload(path, name)
    taken = {ref.name for upload in loaded if upload.upload_id != upload_id for ref in upload.series}
    refs = []
    for series in dataset.series:
        unique = free_name(series.name, name, taken)
        taken.add(unique)
        refs.append(workspace.put_series(replace(series, name=unique), name))
    return report_upload(upload_id, name, dataset, tuple(refs))
