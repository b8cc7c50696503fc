"""How long a plan may take, and whether it has to be confirmed first."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.agents.forecast_prepare import default_horizon, main_period
from assistant.agents.forecaster import FORECASTS_AT_ONCE
from assistant.data.series import SeriesRef
from assistant.events import Confirmation
from assistant.plan import ForecastArgs, Plan, StepArgs, TrainerArgs
from assistant.uploads import UploadReport


def confirmation_for(plan: Plan, uploads: Sequence[UploadReport], limit_seconds: float) -> Confirmation | None:
    """The question to put before a plan runs: an ambiguity that matters, training, or work longer than the limit."""
    used = _used(plan, uploads)
    for upload in uploads:
        if upload.questions and any(ref in used for ref in upload.series):
            guess = upload.questions[0]
            return Confirmation(
                question=f"In {upload.file_name}, {guess.what} could not be told from the data. {guess.why} Which one is right?",
                action=f"read:{upload.upload_id}:{guess.what}",
                choices=tuple(dict.fromkeys((guess.chosen, *guess.alternatives))),
            )
    for step in plan.steps:
        if isinstance(step, TrainerArgs):
            name = step.file or next((u.file_name for u in uploads if u.label_column), "your table")
            return Confirmation(
                question=f"Train a classifier on {name}? It may take a minute or two.", action=f"train classifier on {name}"
            )
    seconds = sum(_seconds(step, used) for step in plan.steps)
    if seconds > limit_seconds:
        return Confirmation(question=f"This may take about {seconds:.0f} seconds. Go ahead?", action="run the long computation")
    return None


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
