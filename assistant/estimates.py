"""How long a plan may take, and whether it has to be confirmed first."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.agents.base import TRAINING_SECONDS
from assistant.agents.forecast_prepare import default_horizon, main_period
from assistant.agents.forecaster import FORECASTS_AT_ONCE
from assistant.agents.trainer import labelled_upload
from assistant.agents.trainer_stages import finished_stages, stages_folder
from assistant.agents.wording import model_title
from assistant.data.labels import labelled_cases
from assistant.data.series import CLASS_COLUMN, Guess, SeriesRef
from assistant.data.worker import read_dataset_safely
from assistant.data.workspace import Workspace
from assistant.errors import TidingsError
from assistant.events import Confirmation
from assistant.plan import ForecastArgs, Plan, StepArgs, TrainerArgs
from assistant.uploads import UploadReport


def confirmation_for(
    plan: Plan,
    uploads: Sequence[UploadReport],
    limit_seconds: float,
    workspace: Workspace | None = None,
    training_seconds: float = TRAINING_SECONDS,
) -> Confirmation | None:
    """The question to put before a plan runs: an ambiguity that matters, training, or work longer than the limit.

    workspace: where the uploads lie; without it nothing can be said of how long a training takes. training_seconds: as in
    `Tools`.
    """
    used = _used(plan, uploads)
    for upload in uploads:
        guess = next((one for one in upload.questions if _matters(one, upload, plan, used)), None)
        if guess is not None:
            return Confirmation(
                question=f"In {upload.file_name}, {guess.what} could not be told from the data. {guess.why} Which one is right?",
                action=f"read:{upload.upload_id}:{guess.what}",
                choices=tuple(dict.fromkeys((guess.chosen, *guess.alternatives))),
            )
    for step in plan.steps:
        if isinstance(step, TrainerArgs):
            name = step.file or next((u.file_name for u in uploads if u.label_column), "your table")
            expected = _training_words(step, uploads, workspace, training_seconds) if workspace is not None else ""
            question = f"Train a classifier on {name}? {expected or 'It may take a minute or two.'}"
            return Confirmation(question=question, action=f"train classifier on {name}")
    seconds = sum(_seconds(step, used) for step in plan.steps)
    if seconds > limit_seconds:
        return Confirmation(question=f"This may take about {seconds:.0f} seconds. Go ahead?", action="run the long computation")
    return None


def _matters(guess: Guess, upload: UploadReport, plan: Plan, used: Sequence[SeriesRef]) -> bool:
    """Whether an ambiguity bears on what a plan does with a file."""
    if guess.what == CLASS_COLUMN:
        return any(isinstance(step, TrainerArgs) and step.file in (None, upload.file_name) for step in plan.steps)
    return any(ref in used for ref in upload.series)


def duration_text(seconds: float) -> str:
    """A time ahead, no finer than it is known: "a few seconds", "about 20 seconds", "about 4 minutes", "about 2 hours"."""
    if seconds < 10:
        return "a few seconds"
    if seconds < 55:
        return f"about {10 * round(seconds / 10)} seconds"
    if seconds < 90:
        return "about a minute"
    if seconds < 5_400:
        return f"about {round(seconds / 60)} minutes"
    hours = round(seconds / 3_600)
    return f"about {hours} hours" if hours > 1 else "about an hour"


def _training_words(step: TrainerArgs, uploads: Sequence[UploadReport], workspace: Workspace, limit: float) -> str:
    """What a training compares and how long it takes; "" where the table cannot be read as cases, which the trainer then says."""
    from models.errors import ModelError
    from models.selection import PLAIN, comparison_seconds, members_for, trains_in_stages

    try:
        upload = labelled_upload(tuple(uploads), step.file)
        path = workspace.upload_path(upload.upload_id)
        cases, labels = labelled_cases(read_dataset_safely(path, upload.options, name=upload.file_name))
        shape = (len(cases), cases.shape[1], cases.shape[2])
        classes = len(set(labels))
        members = members_for(step.model, shape, classes, limit)
    except (TidingsError, ModelError):
        return ""
    others = [model_title(name) for name in members if name != PLAIN]
    beside = (
        f"{' and '.join(others)} beside the plain {model_title(PLAIN)}" if others else f"the plain {model_title(PLAIN)} alone"
    )
    duration = duration_text(comparison_seconds(members, shape, classes))
    staged = any(map(trains_in_stages, members))
    earlier = staged and finished_stages(stages_folder(cases, labels))
    later = (
        " It goes on from what a stopped training had finished, and may take less."
        if earlier
        else " If you stop it, asking again goes on where it was."
    )
    return f"It holds {len(labels):,} cases in {classes:,} classes; training {beside} takes {duration}.{later if staged else ''}"


def _used(plan: Plan, uploads: Sequence[UploadReport]) -> list[SeriesRef]:
    every = [ref for upload in uploads for ref in upload.series]
    names = {name for step in plan.steps for name in getattr(step, "series", ())}
    return [ref for ref in every if ref.name in names] if names else every


def _seconds(step: StepArgs, used: Sequence[SeriesRef]) -> float:
    if not isinstance(step, ForecastArgs):
        return 0.0
    from models.many import usable_cores
    from models.tournament import estimate_seconds

    refs = [ref for ref in used if not step.series or ref.name in step.series][:FORECASTS_AT_ONCE]
    seconds = sum(
        estimate_seconds(ref.n, p := main_period(ref.frequency, ref.n), step.horizon or default_horizon(p)) for ref in refs
    )
    # Drivers are tried with and without, at every origin once more, and one series after the other.
    helped = bool(step.drivers or step.calendar or any(one.driver for one in step.assume))
    return 3 * seconds if helped else seconds / min(usable_cores(), len(refs) or 1)
