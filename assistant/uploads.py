"""An upload as the conversation knows it: its series' handles, the guesses made, and what has to be asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pydantic import BaseModel, ConfigDict

from assistant.data.series import Dataset, Guess, ReadOptions, SeriesRef
from assistant.records import UploadRecord

_NOTES = {"dataset_name", "guesses", "questions", "warnings", "label_column"}


class UploadReport(BaseModel):
    """What became of one uploaded file. questions: guesses that must be asked before an answer may rest on them."""

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
    )


def recorded_upload(record: UploadRecord) -> UploadReport:
    """The report that a record keeps."""
    notes = {"dataset_name": record.name, **record.notes}
    return UploadReport(upload_id=record.id, file_name=record.name, series=record.series, options=record.options, **notes)


def free_name(name: str, source: str, taken: Collection[str]) -> str:
    """A series' name, with its file's and if need be a number behind it where another series has it already."""
    candidates = (name, f"{name} ({source})", *(f"{name} ({source} {number})" for number in range(2, len(taken) + 3)))
    return next(candidate for candidate in candidates if candidate not in taken)
