"""What the answering commands share: open a session, add files, ask, show the answer."""

from __future__ import annotations

import asyncio
import json
import logging
import signal
import sys
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ui.cli_options import LOCAL_OWNER

if TYPE_CHECKING:
    from assistant.data.series import ReadOptions
    from assistant.events import Answer, StepFinished, StepProgress
    from assistant.plan import Plan
    from assistant.services import Services
    from assistant.session import Conversation
    from assistant.settings import Settings


def run_and_show(work: Coroutine[Any, Any, Answer], as_json: bool) -> Answer:
    """Run a command's work to its answer, print it and give it back."""
    # A coroutine that never runs would complain at exit, on top of the message about the settings.
    with closing(work):
        start_logging()
        answer = asyncio.run(work)
    show(answer, as_json)
    return answer


def start_logging(**overrides: Any) -> Settings:
    """The settings; from here on logs go to stderr, errors alone unless TIDINGS_LOG_LEVEL is set. Raises BadRequest."""
    from assistant.settings import load_settings

    settings = load_settings(**overrides)
    level = settings.log_level if "log_level" in settings.model_fields_set else "ERROR"
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Formatter("%(levelname)s %(name)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=level)
    # Libraries warn about their own affairs; that belongs in the log, not between a user's lines.
    logging.captureWarnings(True)
    return settings


class _Formatter(logging.Formatter):
    """Leaves stack traces to TIDINGS_LOG_LEVEL=DEBUG: to a user they say nothing."""

    def formatException(self, ei: Any) -> str:  # noqa: N802  (the library's name)
        """The trace, or the error's type alone."""
        if logging.getLogger().isEnabledFor(logging.DEBUG):
            return super().formatException(ei)
        return f"({ei[0].__name__}; TIDINGS_LOG_LEVEL=DEBUG shows where)"


def show(answer: Answer, as_json: bool) -> None:
    """The envelope as one JSON document, or the answer on stdout and notes on stderr."""
    if as_json:
        typer.echo(json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, allow_nan=False))
        return
    typer.echo(answer.answer)
    for warning in answer.warnings:
        typer.echo(f"Note: {warning}", err=True)
    if answer.removed:
        typer.echo(f"Note: verification removed {counted(len(answer.removed), 'sentence')}.", err=True)
    if answer.confirmation:
        first, *others = answer.confirmation.choices
        ambiguous = answer.confirmation.action.endswith("day or month first")
        flags = "--dayfirst or --monthfirst" if ambiguous else "--yes"
        typer.echo(f'Reply with: tidings ask "{first}" --session {answer.session}', err=True)
        instead = " or ".join(f'"{choice}"' for choice in others)
        typer.echo(f"({instead} instead, or run the command again with {flags})" if others else f"(or {flags})", err=True)
    elif answer.suggestions:
        typer.echo("You could ask: " + " · ".join(answer.suggestions), err=True)


def counted(number: int, noun: str) -> str:
    """A number and its noun: "1 question", "2 questions", "1,200 files"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def require_file(path: Path) -> None:
    """Raises FileRejected where there is no file at `path`."""
    from assistant.errors import FileRejected

    if path.is_dir():
        raise FileRejected(f"Expected a file, found a folder at {path}. Name the files in it.")
    if not path.is_file():
        raise FileRejected(f"Expected a file, found none at {path}. Check the path.")


async def converse(
    files: Sequence[Path],
    options: ReadOptions,
    *,
    session: str | None = None,
    question: str | None = None,
    plan: Plan | None = None,
    series: Sequence[str] | None = None,
    approve: bool = False,
) -> Answer:
    """Open (or go on in) a session, add the files, and ask a question or run a plan."""
    from assistant.errors import TidingsError
    from assistant.events import AnswerReady, StepFinished, StepProgress
    from assistant.services import open_services
    from assistant.settings import load_settings

    async with open_services(load_settings()) as services:
        conversation = await open_conversation(services, session, files, options)
        selected = _known(conversation, series or ())
        if plan is not None:
            _check_models(plan, services)
        events = (
            conversation.run(
                plan.model_copy(update={"steps": tuple(_with_series(s, selected) for s in plan.steps)}), approve=approve
            )
            if plan is not None
            else conversation.ask(question or "", selected=selected, approve=approve)
        )
        answer, failures = None, []
        with stopped_by_interrupt(conversation):
            async for event in events:
                if isinstance(event, StepProgress | StepFinished):
                    _show_progress(event)
                if isinstance(event, StepFinished) and event.failed:
                    failures.append(event.summary)
                elif isinstance(event, AnswerReady):
                    answer = event.answer
        assert answer is not None, "a turn ends with an answer"
        # A question may be answered in part or not at all; a command none of whose steps succeeded has failed.
        if plan is not None and len(failures) == len(plan.steps):
            raise TidingsError(" ".join(failures))
        if conversation.turns()[-1].state == "failed":
            raise TidingsError(answer.answer)
        return answer


@contextmanager
def stopped_by_interrupt(conversation: Conversation) -> Iterator[None]:
    """The first Ctrl-C stops the turn as the page's button does; otherwise the turn would stay unfinished and be taken up again.

    A second one ends the process. Where the platform knows no such signals, Ctrl-C ends it at once.
    """
    loop, stopping = asyncio.get_running_loop(), set()

    def stop() -> None:
        loop.remove_signal_handler(signal.SIGINT)
        # A task that nobody holds may be collected before it runs.
        stopping.add(loop.create_task(conversation.cancel()))

    try:
        loop.add_signal_handler(signal.SIGINT, stop)
    except (NotImplementedError, RuntimeError, ValueError):
        yield
        return
    try:
        yield
    finally:
        loop.remove_signal_handler(signal.SIGINT)


def _show_progress(event: StepProgress | StepFinished) -> None:
    """How far a step is, on the last line of a terminal; the line is empty again when the step has ended."""
    from assistant.events import StepProgress

    if not _on_a_terminal():
        return
    words = ""
    if isinstance(event, StepProgress):
        words = event.text if event.fraction is None else f"{100 * event.fraction:3.0f} % {event.text}"
    typer.echo(f"\r\033[K{words}", err=True, nl=False)


def _on_a_terminal() -> bool:
    return sys.stderr.isatty()


def _check_models(plan: Plan, services: Services) -> None:
    """Raises BadRequest for a model that a step asks for and nobody knows, before any work is done."""
    from assistant.errors import BadRequest
    from assistant.plan import ClassifierArgs, ForecastArgs, TrainerArgs
    from models.combination import COMBINATION
    from models.registry import available
    from models.selection import AUTO

    for step in plan.steps:
        if isinstance(step, ForecastArgs):
            known, what = [*(entry.name for entry in available("forecaster")), COMBINATION], "forecaster"
        elif isinstance(step, ClassifierArgs):
            known, what = list(services.trained(LOCAL_OWNER) | services.shipped()), "trained classifier"
        elif isinstance(step, TrainerArgs):
            known, what = [AUTO, *(entry.name for entry in available("classifier"))], "classifier"
        else:
            continue
        if step.model is not None and step.model not in known:
            have = f"Known: {', '.join(known)}." if known else "Train one with `tidings train classifier FILE`."
            raise BadRequest(f"There is no {what} called {step.model!r}. {have}")


def _with_series(step: Any, names: tuple[str, ...]) -> Any:
    return step.model_copy(update={"series": names}) if names and "series" in type(step).model_fields else step


async def open_conversation(services: Services, session: str | None, files: Sequence[Path], options: ReadOptions) -> Conversation:
    """A new session, or the one named, with the files added that it does not hold yet."""
    from assistant.errors import BadRequest

    if session is None:
        if not files:
            raise BadRequest("Name at least one file, or a session that has one (--session).")
        conversation = await services.create_session(LOCAL_OWNER)
    else:
        conversation = await services.open_session(session, LOCAL_OWNER)
    held = {upload.upload_id.split(".")[0] for upload in conversation.uploads()}
    try:
        for path in files:
            require_file(path)
            if _sha256(path) not in held:
                await conversation.add_file(path, path.name, options)
    except Exception:
        # A session that was only just made for files that cannot be read would stay behind as an empty shell.
        if session is None:
            await services.delete_session(conversation.id, LOCAL_OWNER)
        raise
    return conversation


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _known(conversation: Conversation, names: Sequence[str]) -> tuple[str, ...]:
    """The names, each checked (case does not matter). Raises UnknownSeries with the nearest ones."""
    from assistant.agents.base import nearest_names
    from assistant.errors import UnknownSeries

    known = {ref.name.casefold(): ref.name for upload in conversation.uploads() for ref in upload.series}
    for name in names:
        if name.casefold() not in known:
            nearest = nearest_names(name, known.values())
            hint = f" Nearest: {', '.join(nearest)}." if nearest else ""
            raise UnknownSeries(f"There is no series called {name!r}.{hint} Name one of those in the file.", nearest)
    return tuple(known[name.casefold()] for name in names)
