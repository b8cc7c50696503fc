"""What the answering commands share: open a session, add files, ask, show the answer."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Coroutine, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from ui.cli_options import LOCAL_OWNER

if TYPE_CHECKING:
    from assistant.data.series import ReadOptions
    from assistant.events import Answer
    from assistant.plan import Plan
    from assistant.services import Services
    from assistant.session import Conversation


def run_and_show(work: Coroutine[Any, Any, Answer], as_json: bool) -> None:
    """Run a command's work to its answer and print it."""
    start_logging()
    show(asyncio.run(work), as_json)


def start_logging() -> None:
    """Logs go to stderr, at the level of TIDINGS_LOG_LEVEL (errors alone unless set)."""
    logging.basicConfig(
        stream=sys.stderr,
        level=os.environ.get("TIDINGS_LOG_LEVEL", "ERROR").upper(),
        format="%(levelname)s %(name)s: %(message)s",
    )


def show(answer: Answer, as_json: bool) -> None:
    """The envelope as one JSON document, or the answer on stdout and notes on stderr."""
    if as_json:
        typer.echo(json.dumps(answer.model_dump(mode="json"), ensure_ascii=False, allow_nan=False))
        return
    typer.echo(answer.answer)
    for warning in answer.warnings:
        typer.echo(f"Note: {warning}", err=True)
    if answer.removed:
        typer.echo(f"Note: verification removed {len(answer.removed)} sentence(s).", err=True)
    if answer.confirmation:
        choices = " / ".join(answer.confirmation.choices)
        typer.echo(f'({choices}: tidings ask "…" --session {answer.session}, or run again with --yes)', err=True)
    elif answer.suggestions:
        typer.echo("You could ask: " + " · ".join(answer.suggestions), err=True)


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
    from assistant.events import AnswerReady
    from assistant.services import open_services
    from assistant.settings import load_settings

    async with open_services(load_settings()) as services:
        conversation = await open_conversation(services, session, files, options)
        selected = _known(conversation, series or ())
        events = (
            conversation.run(
                plan.model_copy(update={"steps": tuple(_with_series(s, selected) for s in plan.steps)}), approve=approve
            )
            if plan is not None
            else conversation.ask(question or "", selected=selected, approve=approve)
        )
        answer = None
        async for event in events:
            if isinstance(event, AnswerReady):
                answer = event.answer
        assert answer is not None, "a turn ends with an answer"
        return answer


def _with_series(step: Any, names: tuple[str, ...]) -> Any:
    return step.model_copy(update={"series": names}) if names and "series" in type(step).model_fields else step


async def open_conversation(services: Services, session: str | None, files: Sequence[Path], options: ReadOptions) -> Conversation:
    """A new session, or the one named, with the files added that it does not hold yet."""
    from assistant.errors import BadRequest, FileRejected

    if session is None:
        if not files:
            raise BadRequest("Name at least one file, or a session that has one (--session).")
        conversation = await services.create_session(LOCAL_OWNER)
    else:
        conversation = await services.open_session(session, LOCAL_OWNER)
    held = {upload.upload_id.split(".")[0] for upload in conversation.uploads()}
    try:
        for path in files:
            if not path.is_file():
                raise FileRejected(f"Expected a file, found none at {path}. Check the path.")
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
